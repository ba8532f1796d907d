package proxy_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/openai/openaitest"
	"github.com/luodi/luodi/internal/proxy"
)

func TestFilesAndBatches(t *testing.T) {
	one, other := openaitest.Start(t, openaitest.Config{}), openaitest.Start(t, openaitest.Config{})
	budget := func(_ *proxy.Config, m *meter.Config) {
		m.Budgets = []meter.Budget{{Scope: meter.Scope{Kind: meter.Department, Name: "risk"}, Per: "month", Limit: money.Unit, Currency: money.CNY}}
	}
	r := start(t, []gateway.Route{route("a", upstream(one, "a")), route("b", upstream(one, "b")), route("c", upstream(other, "c"))}, budget)
	files := r.key(auth.Key{Name: "files", Files: true})
	poor := r.key(auth.Key{Name: "poor", Files: true, Department: "risk"})
	for _, tt := range []struct {
		name, method, path, key, model string
		status                         int
		says                           string
	}{
		{"a key that was not made for it", "GET", "/v1/files", r.cancel, "a", 403, "--files"},
		{"several vendors", "GET", "/v1/files", files, "", 400, "X-Luodi-Model"},
		{"no such model", "GET", "/v1/files", files, "z", 404, "model_not_found"},
		{"upload", "POST", "/v1/files?purpose=batch", files, "a", 200, `"query":"purpose=batch"`},
		{"content", "GET", "/v1/files/file-1/content?model=c", files, "", 200, `"path":"GET /v1/files/file-1/content","query":""`},
		{"delete", "DELETE", "/v1/files/file-1", files, "b", 200, "DELETE"},
		{"a batch", "POST", "/v1/batches", files, "a", 200, "POST /v1/batches"},
		{"a batch under a budget", "POST", "/v1/batches", poor, "a", 403, "budget"},
		{"a batch is looked at under a budget", "GET", "/v1/batches/b1", poor, "a", 200, "GET /v1/batches/b1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req, _ := http.NewRequest(tt.method, r.url+tt.path, strings.NewReader("some bytes"))
			req.Header.Set("Authorization", "Bearer "+tt.key)
			req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
			if tt.model != "" {
				req.Header.Set("X-Luodi-Model", tt.model)
			}
			res, err := r.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if body := string(b); res.StatusCode != tt.status || !strings.Contains(body, tt.says) {
				t.Errorf("%d %s", res.StatusCode, body)
			}
		})
	}
	if c := one.Calls()[0]; c.Header.Get("Authorization") != "Bearer sk-vendor-secret" || c.Header.Get("Content-Type") != "multipart/form-data; boundary=x" || string(c.Body) != "some bytes" {
		t.Errorf("%v %s", c.Header, c.Body)
	}
	for _, row := range r.rows(5) {
		if row.Cost != 0 || row.Outcome != meter.OK {
			t.Errorf("%+v", row)
		}
	}
}
