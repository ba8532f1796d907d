package proxy_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/openai/openaitest"
	"github.com/luodi/luodi/internal/proxy"
	"github.com/luodi/luodi/internal/requestlog"
)

// records ends the gateway and reads its request log.
func (r *rig) records(l *requestlog.Log, dir string) (out []requestlog.Record) {
	r.t.Helper()
	r.stopServer()
	if err := l.Close(); err != nil {
		r.t.Fatal(err)
	}
	if err := requestlog.Read(dir, func(rec requestlog.Record) error { out = append(out, rec); return nil }); err != nil {
		r.t.Fatal(err)
	}
	return out
}

func openLog(t *testing.T, cfg requestlog.Config) *requestlog.Log {
	t.Helper()
	l, err := requestlog.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestRequestLog(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	dir := t.TempDir()
	l := openLog(t, requestlog.Config{Dir: dir})
	kept := route("kept", upstream(v, "m"))
	kept.Log = true
	local := gateway.Route{Name: "local", Log: true, Targets: []gateway.Target{{Local: func(context.Context, gateway.Caller, []gateway.Message) (gateway.Reply, error) {
		return gateway.Reply{Text: "the answer"}, nil
	}}}}
	r := start(t, []gateway.Route{kept, local, route("silent", upstream(v, "m")), route("broken", gateway.Target{Upstream: &gateway.Upstream{BaseURL: "http://127.0.0.1:1/v1", Model: "m"}})}, func(c *proxy.Config, _ *meter.Config) { c.Requests = l })
	wants := r.key(auth.Key{Name: "wants", Log: true})
	ask := func(model, more string) string {
		return `{"model":"` + model + `",` + more + `"messages":[{"role":"user","content":"write to a.b@example.com"}]}`
	}
	r.post("/v1/chat/completions", r.cancel, ask("silent", ""))
	r.post("/v1/chat/completions", r.cancel, ask("kept", ""))
	r.post("/v1/chat/completions", r.cancel, ask("kept", `"stream":true,`))
	r.post("/v1/chat/completions", r.cancel, ask("local", ""))
	r.post("/v1/chat/completions", wants, ask("silent", ""))
	r.post("/v1/chat/completions", wants, ask("broken", ""))
	got := r.records(l, dir)
	var text strings.Builder
	var what []string
	for _, rec := range got {
		what = append(what, rec.Route+" "+rec.Outcome+" "+rec.Error)
		b, _ := json.Marshal(rec)
		text.Write(b)
	}
	want := []string{"kept ok ", "kept ok ", "local ok ", "silent ok ", "broken upstream_error upstream_unavailable"}
	if !slices.Equal(what, want) {
		t.Errorf("%q", what)
	}
	if s := text.String(); strings.Contains(s, "a.b@") || !strings.Contains(s, "[EMAIL]") || !strings.Contains(s, "the answer") || strings.Contains(s, r.cancel) {
		t.Error(s)
	}
	if rec := got[1]; string(rec.Reply) != `"you said: write to [EMAIL]"` || !rec.Stream || rec.Status != 200 || rec.Output == 0 || rec.Key == "" || rec.Department != "service" || rec.Model != "m" {
		t.Errorf("%+v %s", rec, rec.Reply)
	}
	if rec := got[4]; rec.Status != http.StatusBadGateway || len(rec.Reply) != 0 {
		t.Errorf("%+v", rec)
	}
}

// spans runs calls under a recorder and returns what it saw, as name → attributes.
func recorder() (*tracetest.SpanRecorder, trace.Tracer) {
	rec := tracetest.NewSpanRecorder()
	return rec, sdk.NewTracerProvider(sdk.WithSpanProcessor(rec)).Tracer("test")
}

func attributes(s sdk.ReadOnlySpan) map[attribute.Key]string {
	out := map[attribute.Key]string{}
	for _, kv := range s.Attributes() {
		out[kv.Key] = kv.Value.String()
	}
	return out
}

func TestTraces(t *testing.T) {
	bad := openaitest.Start(t, openaitest.Config{Fail: []openaitest.Fail{{Status: 500}}})
	good := openaitest.Start(t, openaitest.Config{})
	for _, content := range []bool{false, true} {
		rec, tracer := recorder()
		r := start(t, []gateway.Route{route("m", upstream(bad, "m-bad"), upstream(good, "m-good"))}, func(c *proxy.Config, _ *meter.Config) { c.Tracer, c.TraceContent = tracer, content })
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+"/v1/chat/completions", strings.NewReader(`{"model":"m","stream":true,"temperature":0.5,"max_tokens":9,"messages":[{"role":"user","content":"I am a.b@example.com"}]}`))
		req.Header.Set("Authorization", "Bearer "+r.cancel)
		req.Header.Set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		res, err := r.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.ReadAll(res.Body)
		res.Body.Close()
		r.stopServer()
		spans := rec.Ended()
		if !content { // the vendor fails once
			if len(spans) != 3 || spans[0].Name() != "chat m-bad" || attributes(spans[0])["error.type"] != "upstream_error" || spans[0].Status().Description != "upstream_error" {
				t.Fatalf("%d spans, %v", len(spans), spans)
			}
			spans = spans[1:]
		}
		i := slices.IndexFunc(spans, func(s sdk.ReadOnlySpan) bool { return s.SpanKind() == trace.SpanKindServer })
		server, client := spans[i], spans[i-1]
		if server.Name() != "POST /chat/completions" || server.SpanContext().TraceID().String() != "0af7651916cd43dd8448eb211c80319c" || client.Parent().SpanID() != server.SpanContext().SpanID() {
			t.Errorf("%v %v", server, client)
		}
		at := attributes(client)
		for key, want := range map[attribute.Key]string{
			"gen_ai.operation.name": "chat", "gen_ai.provider.name": "fake", "gen_ai.request.stream": "true",
			"gen_ai.request.temperature": "0.5", "gen_ai.request.max_tokens": "9", "gen_ai.usage.input_tokens": "3",
			"gen_ai.usage.output_tokens": "5", "gen_ai.response.id": "chatcmpl-fake", "server.address": "127.0.0.1",
		} {
			if at[key] != want {
				t.Errorf("%s is %q, want %q", key, at[key], want)
			}
		}
		if !strings.Contains(at["gen_ai.response.finish_reasons"], "stop") || at["gen_ai.response.time_to_first_chunk"] == "" {
			t.Error(at)
		}
		in, out := at["gen_ai.input.messages"], at["gen_ai.output.messages"]
		if content && (!strings.Contains(in, "[EMAIL]") || !strings.Contains(out, "you said: I am [EMAIL]")) || !content && in+out != "" || strings.Contains(in+out, "a.b@") {
			t.Errorf("%s %s", in, out)
		}
		if at := attributes(server); at["luodi.route"] != "m" || at["luodi.outcome"] != "ok" || at["http.response.status_code"] != "200" {
			t.Error(at)
		}
	}
}
