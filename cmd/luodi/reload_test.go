package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// until waits for what a running gateway takes over within seconds.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not come", what)
		}
	}
}

// A new luodi.yaml is taken over by a running gateway without dropping a
// stream: models, routes, budgets and guards. One that is wrong changes
// nothing and says why, without showing the file.
func TestServeTakesOverTheFile(t *testing.T) {
	goOn := make(chan struct{})
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(b), `"stream":true`) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"x"}}],"usage":{"prompt_tokens":10,"completion_tokens":10}}`)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"delta\":{\"content\":\"first\"}}]}\n\n")
		w.(http.Flusher).Flush()
		<-goOn
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"delta\":{\"content\":\"last\"}}]}\n\ndata: [DONE]\n\n")
	}))
	t.Cleanup(vendor.Close)
	dir := t.TempDir()
	file := filepath.Join(dir, "luodi.yaml")
	model := func(name string) string {
		return fmt.Sprintf("  - {name: %s, endpoint: %q, price: {in: 1, out: 1, currency: CNY}}\n", name, vendor.URL+"/v1")
	}
	write := func(yaml string) {
		t.Helper()
		if err := os.WriteFile(file, []byte("project: p\ndepartments: [{name: service}]\n"+yaml), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("models:\n" + model("m"))
	_, key := createKey(t, dir)
	g := serving(t, dir)
	ask := func(model string) (int, string) {
		status, body, err := g.do(http.MethodPost, "/v1/chat/completions", key, `{"model":"`+model+`","max_tokens":10,"messages":[{"role":"user","content":"`+"secret"+`"}]}`)
		if err != nil {
			t.Fatal(err)
		}
		return status, body
	}
	health := func() string {
		_, body, err := g.do(http.MethodGet, "/healthz", "", "")
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	req, _ := http.NewRequest(http.MethodPost, g.url+"/v1/chat/completions", strings.NewReader(`{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}`))
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	stream := bufio.NewReader(res.Body)
	if line, err := stream.ReadString('\n'); err != nil || !strings.Contains(line, "first") {
		t.Fatal(line, err)
	}

	write("models:\n" + model("m") + "    key: sk-oops-in-the-file\n")
	until(t, "the reason", func() bool { return strings.Contains(health(), "luodi.yaml:") })
	if h := health(); strings.Contains(h, "sk-oops") || !strings.Contains(h, `"status":"degraded"`) {
		t.Error(h)
	}
	if status, body := ask("m"); status != 200 {
		t.Errorf("beside a wrong file: %d %s", status, body)
	}

	write("models:\n" + model("n") + "routes: [{name: r, models: [n]}]\nguards: [{name: g, models: [r], deny: 'prompt.contains(\"secret\")'}]\nbudgets: [{per: month, limit: 0.000001 CNY}]\n")
	until(t, "the new file", func() bool { return !strings.Contains(health(), "reasons") })
	for model, want := range map[string]int{"m": 404, "r": 403, "n": 429} {
		if status, body := ask(model); status != want {
			t.Errorf("%s: %d %s", model, status, body)
		}
	}
	close(goOn)
	rest, err := io.ReadAll(stream)
	if err != nil || !strings.Contains(string(rest), "last") || !strings.Contains(string(rest), "[DONE]") {
		t.Errorf("the stream that was under way: %q %v", rest, err)
	}
	if s := g.log.String(); strings.Contains(s, "sk-oops") || !strings.Contains(s, "a new luodi.yaml is in force") {
		t.Error(s)
	}
	var audit struct {
		Intact bool
		Acts   []struct{ What, Detail string }
	}
	if err := json.Unmarshal(luodi(t, "audit", "-C", dir, "--json"), &audit); err != nil {
		t.Fatal(err)
	}
	if last := audit.Acts[len(audit.Acts)-1]; !audit.Intact || last.What != "config.reload" || last.Detail != "models +n, -m; routes +r; budgets +organisation/month (0.000001 CNY); guards +g" {
		t.Errorf("%+v", audit)
	}
}

// A budget that is edited while no gateway runs is in the audit trail from the
// next start on, with both amounts; one that is not edited is there once.
func TestBudgetsEditedBetweenRunsAreAudited(t *testing.T) {
	dir := t.TempDir()
	const yaml = "project: p\ndepartments: [{name: service}]\nmodels: [{name: m, endpoint: \"http://127.0.0.1:9/v1\", price: {in: 1, out: 1}}]\nbudgets: [{department: service, per: month, limit: 3000 CNY}]\n"
	if err := os.WriteFile(filepath.Join(dir, "luodi.yaml"), []byte(yaml), 0o644); err != nil {
		t.Fatal(err)
	}
	run := func() (changes []string) {
		t.Helper()
		if err := serving(t, dir).stop(); err != nil {
			t.Fatal(err)
		}
		var audit struct {
			Intact bool
			Acts   []struct{ What, Detail string }
		}
		if err := json.Unmarshal(luodi(t, "audit", "-C", dir, "--json"), &audit); err != nil || !audit.Intact {
			t.Fatal(err, audit)
		}
		for _, act := range audit.Acts {
			var detail struct{ Changes string }
			if act.What != "config.budgets" {
				continue
			}
			if err := json.Unmarshal([]byte(act.Detail), &detail); err != nil {
				t.Fatal(err)
			}
			changes = append(changes, detail.Changes)
		}
		return changes
	}
	const first, second, third = "+department service/month (3000 CNY)", "~department service/month (3000 CNY → 50 CNY)", "-department service/month"
	if got := run(); !slices.Equal(got, []string{first}) {
		t.Errorf("at first: %q", got)
	}
	if got := run(); len(got) != 1 {
		t.Errorf("unchanged: %q", got)
	}
	lowerBar(t, dir, "3000 CNY", "50 CNY")
	if got := run(); !slices.Equal(got, []string{first, second}) {
		t.Errorf("edited: %q", got)
	}
	lowerBar(t, dir, "budgets: [{department: service, per: month, limit: 50 CNY}]", "")
	if got := run(); !slices.Equal(got, []string{first, second, third}) {
		t.Errorf("removed: %q", got)
	}
}
