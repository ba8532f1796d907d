package project_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/project"
)

func TestRequestLogAndTraces(t *testing.T) {
	tests := []struct {
		name, file string
		log        project.RequestLog
		traces     project.Traces
		err        string
	}{
		{name: "off", log: project.RequestLog{Keep: project.Age(720 * time.Hour), MaxSize: 1 << 30, PII: "mask"}, traces: project.Traces{Share: 1}},
		{name: "given", file: "request_log: {routes: [a], keep: 12h, max_size: 64MB, pii: allow}\ntraces: {endpoint: \"http://127.0.0.1:4318\", content: true, share: 0.5}\n",
			log:    project.RequestLog{Routes: []string{"a"}, Keep: project.Age(12 * time.Hour), MaxSize: 64 << 20, PII: "allow"},
			traces: project.Traces{Endpoint: "http://127.0.0.1:4318", Content: true, Share: 0.5}},
		{name: "all routes", file: "request_log: {routes: [\"*\"]}\n", log: project.RequestLog{Routes: []string{"*"}, Keep: project.Age(720 * time.Hour), MaxSize: 1 << 30, PII: "mask"}, traces: project.Traces{Share: 1}},
		{name: "an unset collector is none", file: "traces: {endpoint: \"${NOT_SET_HERE}\"}\n", log: project.RequestLog{Keep: project.Age(720 * time.Hour), MaxSize: 1 << 30, PII: "mask"}, traces: project.Traces{Share: 1}},
		{name: "no such route", file: "request_log: {routes: [z]}\n", err: `"z"`},
		{name: "no age", file: "request_log: {keep: forever}\n", err: "write it as 30d or 12h"},
		{name: "blocking is for calls", file: "request_log: {pii: block}\n", err: "block"},
		{name: "no collector", file: "traces: {endpoint: \"localhost:4318\"}\n", err: "write it as http://127.0.0.1:4318"},
		{name: "more than all", file: "traces: {share: 2}\n", err: "share of the calls"},
	}
	for _, tt := range tests {
		p, err := project.Parse("luodi.yaml", []byte(twoModels+tt.file), func(string) (string, bool) { return "", false })
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if d := cmp.Diff([]any{tt.log, tt.traces}, []any{p.RequestLog, p.Traces}); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
	}
}
