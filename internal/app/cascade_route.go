package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/cascade"
)

// cascadeRoute serves a certified cascade as it was measured: the same small
// model at the same threshold, the same candidates in the same order with
// their prompts, the same fallback.
func (a *App) cascadeRoute(ctx context.Context, s project.Scenario, blob, model string, m *meter.Meter) (gateway.Route, error) {
	rec, err := a.readRecord(ctx, blob)
	if err != nil {
		return gateway.Route{}, err
	}
	p, ok := rec.Wanted()
	if !ok {
		return gateway.Route{}, errs.Internal("cascade %s is not certified", rec.ID)
	}
	in, _, err := a.stock(ctx, s)
	if err != nil {
		return gateway.Route{}, err
	}
	if rec.Gate != nil { // as published; another may have been trained since
		in.small.Model, in.small.Blob = rec.Gate.Revision, model
	}
	run := a.runner(s, in)
	run.meter = m
	out := gateway.Route{Name: "scenario/" + s.Name, Department: a.departmentPath(s.Department), Scenario: s.Name, Configuration: rec.ID}
	if p.Served.Gated || len(p.Served.Ask) > 0 {
		status, err := a.cascadeStatus(ctx, rec)
		if err != nil {
			return out, err
		}
		first, err := run.answerCascade(ctx, rec, p.Served, status)
		if err != nil {
			return out, err
		}
		out.Targets = append(out.Targets, gateway.Target{Local: first})
	}
	last, ok := rec.Configuration(p.Served.Fallback)
	if !ok {
		return out, errs.Internal("cascade %s has no configuration %s", rec.ID, p.Served.Fallback)
	}
	target := gateway.Target{}
	if last.Kind == sizing.Small {
		if _, err := run.predict(ctx, last, ""); err != nil {
			return out, err
		}
		target.Local = run.answerSmall(last, cascade.StatusCertified)
	} else if target, err = run.chatTarget(last); err != nil {
		return out, err
	}
	out.Targets = append(out.Targets, target)
	return out, nil
}

// cascadeEntry is the route of a scenario whose cascade is the decision.
func (r *run) cascadeEntry(ctx context.Context, s project.Scenario, d sizing.Decision) (routeEntry, bool, error) {
	rec, out, err := r.chosenCascade(ctx, s, d)
	if err != nil || rec == nil {
		return routeEntry{}, false, err
	}
	return routeEntry{Scenario: s.Name, Decision: rec.ID, Cascade: out.Blob, Blob: out.Small}, true, nil
}

// keepCascade keeps a certified cascade that is published, where what would
// take its place is not certified and it can still be served.
func (r *run) keepCascade(ctx context.Context, s project.Scenario, kept, next routeEntry, decided, publish bool) (routeEntry, bool, error) {
	if _, err := r.cascadeRoute(ctx, s, kept.Cascade, kept.Blob, nil); err != nil {
		r.warn("scenario %s: the cascade %s cannot be served any more: %v", s.Name, kept.Decision, err)
		return next, publish, nil
	}
	lost, err := r.lost(ctx, kept)
	if err != nil || lost {
		return next, publish, err
	}
	if decided {
		kept.Refused = next.Decision
	}
	return kept, true, nil
}

// The stages of a cascade, as replies name them.
const (
	stageSure   = "sure"   // the small model alone
	stageAgreed = "agreed" // two that were asked agree
	stageAsked  = "asked"  // the fallback, which was among those asked
)

// cascadeExtra goes beside an answer that a cascade gave without going on to
// its fallback.
type cascadeExtra struct {
	Label  string   `json:"label"`
	Stage  string   `json:"stage"`
	Asked  []string `json:"asked,omitempty"` // candidates, in order
	Status string   `json:"status"`
}

// answerCascade is all of a cascade but its fallback: it declines where the
// small model is not sure and no two of those asked agree. Each candidate that
// it asks has a row of its own in the ledger. One that fails is no agreement:
// the fallback answers.
func (r *runner) answerCascade(ctx context.Context, rec *cascade.Record, s cascade.Served, status string) (gateway.Local, error) {
	var ask []sizing.Configuration
	for _, id := range s.Ask {
		c, ok := rec.Configuration(id)
		if !ok {
			return nil, errs.Internal("cascade %s has no configuration %s", rec.ID, id)
		}
		if c.Kind == sizing.Chat {
			if _, err := r.endpoint(c); err != nil {
				return nil, err
			}
		}
		ask = append(ask, c)
	}
	if s.Gated { // load it now: the first request should not wait, nor fail
		if _, err := r.predict(ctx, *rec.Gate, ""); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, by gateway.Caller, ms []gateway.Message) (gateway.Reply, error) {
		text := input(ms)
		reply := func(label, stage string, asked []string) (gateway.Reply, error) {
			return gateway.Reply{Text: label, Extra: cascadeExtra{label, stage, asked, status}}, nil
		}
		if s.Gated {
			p, err := r.predict(ctx, *rec.Gate, text)
			if err != nil {
				return gateway.Reply{}, err
			}
			if p.Margin >= s.Threshold {
				return reply(p.Label, stageSure, nil)
			}
		}
		var asked []string
		answer := map[string]sizing.Output{} // by id
		seen := map[string]bool{}
		for i, c := range ask {
			out, err := r.as(by).Run(ctx, c, sizing.Item{Input: text})
			switch {
			case ctx.Err() != nil, errs.Is(err, errs.CodeExhausted):
				return gateway.Reply{}, errors.Join(ctx.Err(), err)
			case err != nil:
				return gateway.Reply{}, fmt.Errorf("%w: %s: %v", gateway.ErrDecline, c.Name, err)
			}
			asked, answer[s.Ask[i]] = append(asked, c.Name), out
			label, err := r.label(out, c)
			if err != nil {
				return gateway.Reply{}, err
			}
			if label != "" && seen[label] {
				return reply(label, stageAgreed, asked)
			}
			seen[label] = true
		}
		if out, ok := answer[s.Fallback]; ok {
			return reply(out.Text, stageAsked, asked)
		}
		return gateway.Reply{}, gateway.ErrDecline
	}, nil
}

// label reads an output as its scorer does.
func (r *runner) label(out sizing.Output, c sizing.Configuration) (string, error) {
	scorer, err := scorerOf(r.scenario, itemsOutput{Labels: c.Labels})
	if err != nil {
		return "", err
	}
	if out.Failure != "" {
		return "", nil
	}
	return scorer.Score(sizing.Item{}, out).Predicted, nil
}
