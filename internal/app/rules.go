package app

import (
	"reflect"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/gateway"
)

// rulesOf are a vendor's deviations for a model as the gateway applies them.
func rulesOf(ep *catalog.Endpoint) gateway.Rules {
	whole, streamed := ep.Quirks(false), ep.Quirks(true)
	if reflect.DeepEqual(whole, streamed) {
		return rules(whole)
	}
	out := gateway.Rules{Errors: errorPlaces(whole), MaxTokens: whole.MaxTokens, StreamUsage: streamed.StreamUsage,
		UsageInChoices: streamed.UsageAt == "choices", FloatsOnly: whole.FloatsOnly, ImageTokens: whole.ImageTokens,
		FinishReasons: whole.FinishReasons, InputsAtOnce: whole.EmbeddingsBatch}
	of, in := rules(whole), rules(streamed)
	out.Whole, out.Streamed = &of, &in
	return out
}

func rules(q catalog.Quirks) gateway.Rules {
	out := gateway.Rules{
		Rename: q.Rename, Drop: q.Drop, MaxTokens: q.MaxTokens, StreamUsage: q.StreamUsage,
		UsageInChoices: q.UsageAt == "choices", FloatsOnly: q.FloatsOnly, ImageTokens: q.ImageTokens, InputList: q.EmbeddingsList,
		FlattenContent: q.FlattenContent, ReasoningBack: q.ReasoningBack, Errors: errorPlaces(q), FinishReasons: q.FinishReasons, InputsAtOnce: q.EmbeddingsBatch,
		Clamp: map[string]gateway.Range{}, Default: raw(q.Default), Force: raw(q.Force), Replace: map[string]map[string]string{},
	}
	for k, v := range q.Clamp {
		out.Clamp[k] = gateway.Range{Min: v.Min, Max: v.Max}
	}
	for k, v := range q.Replace {
		out.Replace[k] = raw(v)
	}
	return out
}

func raw(values map[string]catalog.JSON) map[string]string {
	out := make(map[string]string, len(values))
	for k, v := range values {
		out[k] = string(v)
	}
	return out
}

func errorPlaces(q catalog.Quirks) (out []gateway.ErrorPlace) {
	for _, e := range q.Errors {
		out = append(out, gateway.ErrorPlace{Code: e.Code, OK: e.OK, Message: e.Message})
	}
	return out
}
