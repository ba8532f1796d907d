package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/openai/openaitest"
	"github.com/luodi/luodi/internal/report"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/cascade"
)

// edit replaces a text of the desk's luodi.yaml.
func (d *desk) edit(t *testing.T, from, to string) {
	t.Helper()
	file := filepath.Join(d.dir, "luodi.yaml")
	b, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(b), from) {
		t.Fatalf("luodi.yaml has no %q (%v)", from, err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(b), from, to, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) report(t *testing.T) report.Scenario {
	t.Helper()
	rep, err := d.open(t).Report(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return rep.Scenarios[0]
}

func TestExamplesComeFromTrainingRowsOnly(t *testing.T) {
	d := openDesk(t, 500)
	d.edit(t, "    cascade: {}\n", "")
	d.up(t)
	examples, items := map[string]bool{}, map[string]bool{}
	for _, call := range d.models["cheap"].Calls() {
		var q struct {
			Messages []struct{ Role, Content string }
		}
		if err := json.Unmarshal(call.Body, &q); err != nil {
			t.Fatal(err)
		}
		for i, m := range q.Messages {
			switch id := caseNumber.FindString(m.Content); {
			case m.Role == "user" && i == len(q.Messages)-1:
				items[id] = true
			case m.Role == "user":
				if examples[id] = true; q.Messages[i+1].Content != d.gold[id] {
					t.Errorf("example %s is shown as %s", id, q.Messages[i+1].Content)
				}
			}
		}
	}
	if len(examples) != 4 || len(items) == 0 {
		t.Fatalf("%d examples, %d items", len(examples), len(items))
	}
	for id := range examples {
		if items[id] {
			t.Errorf("%s is an example and an item", id)
		}
	}
	t.Run("their records lead to the configuration", func(t *testing.T) {
		s := d.report(t)
		for _, a := range s.Result.Arms {
			if a.Name != "cheap-v2" {
				continue
			}
			tr, err := d.open(t).Trace(context.Background(), a.ID)
			if err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(tr)
			if err != nil || strings.Count(string(b), `"example"`) < 4 {
				t.Errorf("%s %v", b, err)
			}
		}
	})
}

func TestAPromptThatChangesIsAnotherConfiguration(t *testing.T) {
	d := openDesk(t, 500)
	d.edit(t, "    cascade: {}\n", "")
	d.up(t)
	id := func() (out string) {
		for _, a := range d.report(t).Result.Arms {
			if a.Name == "cheap-v2" {
				out = a.ID + " " + a.Configuration.Prompt.Version
			}
		}
		return out
	}
	before, calls := id(), d.calls()
	if err := os.WriteFile(filepath.Join(d.dir, "v2.txt"), []byte("Sort this ticket into {labels}: {input}"), 0o644); err != nil {
		t.Fatal(err)
	}
	d.up(t)
	if after := id(); after == before || !strings.Contains(after, "sha256:") || d.calls() == calls {
		t.Errorf("%s, was %s; %d calls, were %d", after, before, d.calls(), calls)
	}
}

func TestACandidateThatJoinsLaterIsABestGuessOnSeenItems(t *testing.T) {
	d := openDesk(t, 500)
	d.edit(t, "    cascade: {}\n", "")
	d.edit(t, "bar: {within: 0.03, of: strong}", "bar: {at_least: 0.995}")
	d.edit(t, "candidates: [small, {name: cheap-v2, model: cheap, prompt: v2.txt, examples: 4}, other, strong]", "candidates: [small, other]")
	first, _ := d.up(t)
	if first.Status == sizing.StatusCertified {
		t.Fatalf("%+v", first)
	}
	d.edit(t, "candidates: [small, other]", "candidates: [small, other, {name: strong-v2, model: strong, prompt: v2.txt}]")
	d.up(t)
	r := d.report(t).Result
	if r.Number != 1 {
		t.Errorf("study %d: the first one was not continued", r.Number)
	}
	for _, a := range r.Arms {
		if a.Name == "strong-v2" && (a.Later == nil || a.Later.Tested || a.Status == sizing.StatusCertified) {
			t.Errorf("%+v", a)
		}
	}
}

func TestAnEndpointThatFailsInACascadeIsAskedAgain(t *testing.T) {
	d := openDesk(t, 1400)
	var down atomic.Bool
	strong := openaitest.Start(t, openaitest.Config{Reply: func(p string) string { return d.says("strong", 97, p) }})
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		strong.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	d.edit(t, d.models["strong"].BaseURL, front.URL+"/v1")
	d.edit(t, "bar: {within: 0.03, of: strong}", "bar: {at_least: 0.8}")
	d.edit(t, "cascade: {}", "cascade: {of: strong, loss: 0.03}")
	down.Store(true)
	_, rec := d.up(t)
	if rec == nil || rec.Status != cascade.StatusStopped || rec.Reason.En == "" {
		t.Fatalf("%+v", rec)
	}
	down.Store(false)
	if _, rec = d.up(t); rec.Status != cascade.StatusCertified {
		t.Errorf("%s %+v", rec.Status, rec.Reason)
	}
}

func TestACascadeNeedsItsReference(t *testing.T) {
	d := openDesk(t, 500)
	d.edit(t, `{name: strong, endpoint: "`+d.models["strong"].BaseURL+`"`, `{name: strong, endpoint: "${LUODI_NOT_SET}"`)
	d.edit(t, "bar: {within: 0.03, of: strong}", "bar: {at_least: 0.99}")
	d.edit(t, "cascade: {}", "cascade: {of: strong}")
	_, rec := d.up(t)
	if rec == nil || rec.Status != cascade.StatusPlan || rec.Plan == nil || rec.Plan.ReferenceCalls != rec.ItemsA+rec.ItemsB {
		t.Errorf("%+v", rec)
	}
}

// A function-calling candidate is measured by its calls and served as text.
func TestToolsAreMeasuredAndServed(t *testing.T) {
	d := openDesk(t, 600)
	var last atomic.Value
	tools := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		last.Store(string(body))
		var q struct {
			Messages []struct{ Content string }
			Tools    []json.RawMessage
		}
		_ = json.Unmarshal(body, &q)
		text := q.Messages[len(q.Messages)-1].Content
		if len(q.Tools) == 0 {
			fmt.Fprint(w, `{"choices":[{"message":{"content":"no idea"}}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}`)
			return
		}
		args, _ := json.Marshal(fmt.Sprintf(`{"label":%q}`, d.says("strong", 97, text)))
		fmt.Fprintf(w, `{"choices":[{"finish_reason":"tool_calls","message":{"content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"classify","arguments":%s}}]}}],"usage":{"prompt_tokens":50,"completion_tokens":9,"total_tokens":59}}`, args)
	}))
	t.Cleanup(tools.Close)
	d.edit(t, d.models["strong"].BaseURL, tools.URL+"/v1")
	d.edit(t, "    cascade: {}\n", "")
	d.edit(t, "bar: {within: 0.03, of: strong}", "bar: {at_least: 0.9}")
	d.edit(t, "candidates: [small, {name: cheap-v2, model: cheap, prompt: v2.txt, examples: 4}, other, strong]", "candidates: [strong, {name: called, model: strong, tools: function}]")
	sum, _ := d.up(t)
	if sum.Status != sizing.StatusCertified || *sum.Configuration != "called" {
		t.Fatalf("%+v", sum)
	}
	if body := last.Load().(string); !strings.Contains(body, `"tool_choice":{"type":"function","function":{"name":"classify"}}`) || !strings.Contains(body, `"enum":["branch","card",`) {
		t.Errorf("sent %s", body)
	}
	a := d.open(t)
	ctx, stop := context.WithCancel(context.Background())
	addr, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Serve(ctx, "127.0.0.1:0", func(s string) { addr <- s }) }()
	key, err := a.CreateKey(ctx, app.KeyRequest{Name: "k", Department: "service"})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := ask(t, "http://"+<-addr+"/v1/chat/completions", key.Key, "case0007 w1 w2"); got != d.says("strong", 97, "case0007") {
		t.Errorf("served %q", got)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
