package project_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/project"
)

const twoModels = "project: p\nmodels: [{name: a, endpoint: http://127.0.0.1:1/v1}, {name: b, vendor: openai, pii: block}]\n"

func TestRoutes(t *testing.T) {
	p, err := parse(twoModels + "routes: [{name: chat, models: [a, b], weights: [3, 0.5], fallback: [a]}]\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []project.Route{{Name: "chat", Models: []string{"a", "b"}, Weights: []float64{3, 0.5}, Fallback: []string{"a"}}}
	if d := cmp.Diff(want, p.Routes); d != "" || p.Models[1].PII != project.PIIBlock {
		t.Errorf("%s %q", d, p.Models[1].PII)
	}
	for _, tt := range []struct{ name, routes, want string }{
		{"a model's name", "{name: a, models: [b]}", `a model is called "a" already`},
		{"a scenario's name", "{name: scenario/x, models: [b]}", "scenario/… is how"},
		{"no models", "{name: r}", "models is missing"},
		{"an unknown model", "{name: r, models: [c]}", `unknown model "c"`},
		{"an unknown fallback", "{name: r, models: [a], fallback: [c]}", `unknown model "c"`},
		{"too few weights", "{name: r, models: [a, b], weights: [1]}", "1 weights for 2 models"},
		{"a weight of nothing", "{name: r, models: [a, b], weights: [1, 0]}", "above 0"},
	} {
		if _, err := parse(twoModels + "routes: [" + tt.routes + "]\n"); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := parse(strings.Replace(twoModels, "block", "hide", 1)); err == nil || !strings.Contains(err.Error(), `unknown rule for personal data "hide"`) {
		t.Error(err)
	}
}
