package proxy_test

import (
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/openai/openaitest"
)

const personal = `{"model":"m","messages":[{"role":"user","content":"write to a@bank.com about 13812345678"}]}`

func guarded(v *openaitest.Vendor, pii string) gateway.Target {
	to := upstream(v, "m")
	to.Upstream.PII = pii
	return to
}

func TestPersonalDataIsMaskedAndComesBack(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	r := start(t, []gateway.Route{route("m", guarded(v, gateway.PIIMask))}, nil)
	stream := strings.Replace(personal, `"messages"`, `"stream":true,"messages"`, 1)
	for _, tt := range []struct{ path, body string }{
		{"/v1/chat/completions", personal}, {"/v1/chat/completions", stream}, {"/v1/messages", personal}, {"/v1/messages", stream},
		{"/v1/responses", `{"model":"m","input":"mail a@bank.com, 13812345678"}`}, {"/v1/responses", `{"model":"m","stream":true,"input":"mail a@bank.com, 13812345678"}`},
	} {
		_, body := r.post(tt.path, r.cancel, tt.body)
		if !strings.Contains(body, "a@bank.com") || !strings.Contains(body, "13812345678") || strings.Contains(body, "EMAIL_1") {
			t.Errorf("%s: %s", tt.path, body)
		}
	}
	for _, c := range v.Calls() {
		if s := string(c.Body); strings.Contains(s, "bank.com") || strings.Contains(s, "138") || !strings.Contains(s, "[EMAIL_1]") {
			t.Errorf("the vendor was sent %s", s)
		}
	}
	r.rows(6)
	if s := r.log.String(); strings.Contains(s, "bank.com") {
		t.Error(s)
	}
}

func TestPersonalDataIsBlocked(t *testing.T) {
	v, local := openaitest.Start(t, openaitest.Config{}), openaitest.Start(t, openaitest.Config{})
	r := start(t, []gateway.Route{
		route("m", guarded(v, gateway.PIIBlock)),
		route("both", guarded(v, gateway.PIIBlock), guarded(local, gateway.PIIAllow)),
	}, nil)
	res, body := r.post("/v1/chat/completions", r.cancel, personal)
	if res.StatusCode != 403 || !strings.Contains(body, "pii_blocked") || !strings.Contains(body, "email, mobile") || strings.Contains(body, "bank.com") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if res, body = r.post("/v1/chat/completions", r.cancel, strings.Replace(personal, `"m"`, `"both"`, 1)); res.StatusCode != 200 || !strings.Contains(body, "bank.com") {
		t.Errorf("the fallback: %d %s", res.StatusCode, body)
	}
	if len(v.Calls()) != 0 || len(local.Calls()) != 1 {
		t.Errorf("the vendor was asked %d times, the local model %d", len(v.Calls()), len(local.Calls()))
	}
	if res, _ := r.post("/v1/chat/completions", r.cancel, `{"model":"m","messages":[{"role":"user","content":"2 + 2"}]}`); res.StatusCode != 200 {
		t.Errorf("without personal data: %d", res.StatusCode)
	}
	for _, row := range r.rows(3) {
		if row.Outcome == meter.UpstreamError && row.Cost != 0 {
			t.Errorf("a blocked call costs %+v", row)
		}
	}
}
