package proxy

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/luodi/luodi/internal/gateway"
)

// operations are the GenAI conventions' words for what a path does.
var operations = map[*endpoint]attribute.KeyValue{
	chat: semconv.GenAIOperationNameChat, messages: semconv.GenAIOperationNameChat, responses: semconv.GenAIOperationNameChat,
	completion: semconv.GenAIOperationNameTextCompletion, embedding: semconv.GenAIOperationNameEmbeddings,
	rerank: semconv.GenAIOperationNameKey.String("rerank"),
}

// providers are vendors that the conventions call by another name.
var providers = map[string]string{"gemini": "gcp.gemini", "moonshot": "moonshot_ai", "ark": "volcengine.ark"}

// startTrace begins the span of a call, below its caller's where it sends one.
func (c *call) startTrace() {
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.HeaderCarrier(c.r.Header))
	c.ctx, c.span = c.s.cfg.Tracer.Start(ctx, "POST "+c.endpoint.path, trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(c.start),
		trace.WithAttributes(semconv.HTTPRequestMethodPost, semconv.URLPath(c.r.URL.Path), attribute.String("luodi.request.id", c.id)))
	c.seen.traced = c.span.IsRecording()
}

// traceCall ends the span of a call.
func (c *call) traceCall(err error) {
	status, code := failureOf(err)
	c.span.SetAttributes(semconv.HTTPResponseStatusCode(status))
	if c.view != nil {
		c.span.SetAttributes(attribute.String("luodi.route", c.view.route.Name), attribute.String("luodi.department", c.key.Department),
			attribute.String("luodi.key", c.key.ID), attribute.String("luodi.outcome", string(c.seen.row.Outcome)))
	}
	if code != "" {
		c.span.SetAttributes(semconv.ErrorTypeKey.String(code))
		if status >= 500 || code == codeCut {
			c.span.SetStatus(codes.Error, code)
		}
	}
	c.span.End()
}

// traceAttempt is the span of one try at an upstream, by the GenAI conventions.
func (c *call) traceAttempt(a *attempt, err error) {
	now := time.Now()
	model := a.u.Model
	provider := a.u.Vendor
	if p := providers[provider]; p != "" {
		provider = p
	}
	op := operations[a.path]
	at := []attribute.KeyValue{
		op, semconv.GenAIProviderNameKey.String(provider), semconv.GenAIRequestModel(model), semconv.GenAIRequestStreamKey.Bool(a.stream),
	}
	if to := a.u.urls[a.path]; to != nil {
		at = append(at, semconv.ServerAddress(to.Hostname()))
		if port, perr := strconv.Atoi(to.Port()); perr == nil {
			at = append(at, semconv.ServerPort(port))
		}
	}
	if c.req.MaxTokens > 0 {
		at = append(at, semconv.GenAIRequestMaxTokens(int(c.req.MaxTokens)))
	}
	for name, key := range map[string]attribute.Key{"temperature": semconv.GenAIRequestTemperatureKey, "top_p": semconv.GenAIRequestTopPKey} {
		if v, perr := strconv.ParseFloat(string(c.req.Value(name)), 64); perr == nil {
			at = append(at, key.Float64(v))
		}
	}
	if a.res != nil {
		at = append(at, semconv.HTTPResponseStatusCode(a.res.StatusCode))
	}
	if u := c.used; !u.IsZero() {
		at = append(at, semconv.GenAIUsageInputTokens(int(u.Input)), semconv.GenAIUsageOutputTokens(int(u.Output)),
			semconv.GenAIUsageCacheReadInputTokensKey.Int64(u.CachedInput), semconv.GenAIUsageReasoningOutputTokensKey.Int64(u.Reasoning))
	}
	if !c.first.IsZero() && a.stream {
		at = append(at, semconv.GenAIResponseTimeToFirstChunkKey.Float64(c.first.Sub(a.sent).Seconds()))
	}
	at = append(at, said(c.heard)...)
	if c.s.cfg.TraceContent {
		at = append(at, c.traceContent()...)
	}
	status, code := failureOf(err)
	if code != "" {
		at = append(at, semconv.ErrorTypeKey.String(code))
	}
	_, span := c.s.cfg.Tracer.Start(c.ctx, op.Value.AsString()+" "+model, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithTimestamp(a.sent), trace.WithAttributes(at...))
	if code != "" && (status >= 500 || code == codeCut) {
		span.SetStatus(codes.Error, code)
	}
	span.End(trace.WithTimestamp(now))
}

// said is what a reply says of itself: its id, its model and why it ended.
func said(heard []byte) (at []attribute.KeyValue) {
	var id, model string
	var reasons []string
	read := func(b []byte) {
		var r struct {
			ID, Model string
			Reason    string `json:"stop_reason"`
			Delta     struct {
				Reason string `json:"stop_reason"`
			} // of messages
			Choices []struct {
				Reason string `json:"finish_reason"`
			} // of chats
		}
		if json.Unmarshal(b, &r) != nil {
			return
		}
		if id == "" {
			id, model = r.ID, r.Model
		}
		for _, ch := range r.Choices {
			r.Reason += ch.Reason
		}
		if r.Reason += r.Delta.Reason; r.Reason != "" {
			reasons = append(reasons, r.Reason)
		}
	}
	if len(heard) > 0 && heard[0] == '{' {
		read(heard)
	} else {
		for len(heard) > 0 {
			n := gateway.NextFrame(heard)
			if n == 0 {
				break
			}
			read(gateway.FrameData(heard[:n]))
			heard = heard[n:]
		}
	}
	if id != "" {
		at = append(at, semconv.GenAIResponseID(id))
	}
	if model != "" {
		at = append(at, semconv.GenAIResponseModel(model))
	}
	if reasons != nil {
		at = append(at, semconv.GenAIResponseFinishReasons(reasons...))
	}
	return at
}

// traceContent is what was asked and answered, redacted.
func (c *call) traceContent() (at []attribute.KeyValue) {
	type part struct {
		Type    string `json:"type"`
		Content string `json:"content"`
	}
	type message struct {
		Role  string `json:"role"`
		Parts []part `json:"parts"`
	}
	redact := c.s.redact.Text
	var asked []message
	if ms, err := gateway.ReadMessages(c.req.Value("messages")); err == nil {
		for _, m := range ms {
			asked = append(asked, message{m.Role, []part{{"text", redact(m.Content)}}})
		}
	}
	if b, err := json.Marshal(asked); err == nil && asked != nil {
		at = append(at, semconv.GenAIInputMessagesKey.String(string(b)))
	}
	if text := gateway.ReplyText(c.heard); text != "" {
		if b, err := json.Marshal([]message{{"assistant", []part{{"text", redact(text)}}}}); err == nil {
			at = append(at, semconv.GenAIOutputMessagesKey.String(string(b)))
		}
	}
	return at
}
