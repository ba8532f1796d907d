package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/openai/openaitest"
)

// createKey makes an API key and returns its id and secret.
func createKey(t *testing.T, dir string, args ...string) (id, secret string) {
	t.Helper()
	var key struct{ ID, Key string }
	if err := json.Unmarshal(luodi(t, append([]string{"key", "create", "test", "-C", dir, "--department", "service", "--json"}, args...)...), &key); err != nil {
		t.Fatal(err)
	}
	return key.ID, key.Key
}

func serving(t *testing.T, dir string) *gateway {
	t.Helper()
	g, err := startGateway(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.kill)
	return g
}

func chatBody(model, text string) string {
	return fmt.Sprintf(`{"model": %q, "messages": [{"role": "user", "content": %q}]}`, model, text)
}

// lowerBar edits luodi.yaml.
func lowerBar(t *testing.T, dir, from, to string) {
	t.Helper()
	name := filepath.Join(dir, "luodi.yaml")
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(b), from, to, 1)
	if text == string(b) {
		t.Fatalf("%s has no %q", name, from)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

type costRow struct {
	Scenario, Key, Currency string
	Requests, Estimated     int
	Input                   int `json:"input_tokens"`
	Output                  int `json:"output_tokens"`
	Cost                    float64
	Day, Department         string
	Configuration           string
}

func costs(t *testing.T, dir, by string) []costRow {
	t.Helper()
	var cost struct{ Rows []costRow }
	if err := json.Unmarshal(luodi(t, "cost", "-C", dir, "--by", by, "--json"), &cost); err != nil {
		t.Fatal(err)
	}
	return cost.Rows
}

// A model of luodi.yaml is reached under its name; what the vendor counts is in
// the ledger at the price of luodi.yaml, to the last digit.
func TestPassThroughIsPaid(t *testing.T) {
	vendor := openaitest.Start(t, openaitest.Config{Reply: func(string) string { return "one two three" }})
	dir := paid(t, vendor.BaseURL)
	id, key := createKey(t, dir)
	g := serving(t, dir)
	for range 2 {
		status, body, err := g.do(http.MethodPost, "/v1/chat/completions", key, chatBody("cheap", "four words are these"))
		if err != nil || status != http.StatusOK || !strings.Contains(body, "one two three") {
			t.Fatalf("%d %v %s", status, err, body)
		}
	}
	if err := g.stop(); err != nil {
		t.Fatal(err)
	}
	rows := costs(t, dir, "key,day")
	if len(rows) != 1 || rows[0].Key != id || rows[0].Requests != 2 || rows[0].Input != 8 || rows[0].Output != 6 || rows[0].Currency != "CNY" || rows[0].Estimated != 0 {
		t.Fatalf("rows %+v", rows)
	}
	// 8 tokens at 1 CNY and 6 at 2 CNY per million.
	if want := 20e-6; rows[0].Cost != want || rows[0].Day == "" {
		t.Errorf("cost %v on day %q, want %v", rows[0].Cost, rows[0].Day, want)
	}
}

// A key for one scenario reaches nothing else.
func TestKeyOfOneScenario(t *testing.T) {
	dir := bankCopy(t)
	_, key := createKey(t, dir, "--scenario", "fraud-triage")
	g := serving(t, dir)
	status, body, err := g.do(http.MethodGet, "/v1/models", key, "")
	if err != nil || status != http.StatusOK || !strings.Contains(body, "scenario/fraud-triage") || strings.Contains(body, "scenario/intent") {
		t.Errorf("models: %d %v %s", status, err, body)
	}
	for model, want := range map[string]int{"scenario/fraud-triage": http.StatusOK, "scenario/intent": http.StatusNotFound} {
		if status, body, err := g.do(http.MethodPost, "/v1/chat/completions", key, chatBody(model, "a transfer abroad at night")); err != nil || status != want {
			t.Errorf("%s: %d %v, want %d: %s", model, status, err, want, body)
		}
	}
}

// What luodi up publishes is served without a restart.
func TestServeTakesOverNewRoutes(t *testing.T) {
	dir := bankCopy(t)
	_, key := createKey(t, dir)
	g := serving(t, dir)
	const model = "scenario/rule-questions"
	if status, body, err := g.do(http.MethodPost, "/v1/chat/completions", key, chatBody(model, "转账限额")); err != nil || status != http.StatusNotFound {
		t.Fatalf("before: %d %v %s", status, err, body)
	}
	lowerBar(t, dir, "at_least: 0.9, slack: 0.03", "at_least: 0.45, slack: 0.03")
	luodi(t, "up", "-C", dir)
	for range 300 {
		status, body, err := g.do(http.MethodPost, "/v1/chat/completions", key, chatBody(model, "转账限额"))
		if err != nil {
			t.Fatal(err)
		}
		if status == http.StatusOK {
			if !strings.Contains(body, `"citations"`) {
				t.Errorf("an answer without its citations: %s", body)
			}
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("the new route is not served after 30 s")
}

// A budget is a hard stop: sizing ends before it is overdrawn, keeps what was
// paid for, says so, and goes on once there is room.
func TestBudgetStopsSizing(t *testing.T) {
	vendor := openaitest.Start(t, openaitest.Config{Reply: guess})
	dir := paid(t, vendor.BaseURL)
	name := filepath.Join(dir, "luodi.yaml")
	yaml, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	const limit = 0.005
	budget := fmt.Sprintf("budgets: [{department: service, per: month, limit: %v CNY}]\n", limit)
	if err := os.WriteFile(name, append(yaml, budget...), 0o644); err != nil {
		t.Fatal(err)
	}
	var up struct {
		Warnings  []string
		Scenarios []struct{ Status string }
	}
	if err := json.Unmarshal(luodi(t, "up", "-C", dir, "--json"), &up); err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(up.Warnings, "\n"); !strings.Contains(all, "budget") {
		t.Errorf("no warning speaks of the budget: %q", all)
	}
	calls, spent := len(vendor.Calls()), 0.0
	for _, r := range costs(t, dir, "scenario") {
		spent += r.Cost
	}
	if calls == 0 || spent <= 0 || spent > limit {
		t.Errorf("%d calls for %v CNY under a limit of %v", calls, spent, limit)
	}
	if err := os.WriteFile(name, yaml, 0o644); err != nil {
		t.Fatal(err)
	}
	luodi(t, "up", "-C", dir)
	kept := count(t, openState(t, dir), "SELECT count(*) FROM sizing_outcome")
	if total := len(vendor.Calls()); total != kept || total <= calls {
		t.Errorf("%d calls in all and %d outcomes kept; %d calls were made under the budget", total, kept, calls)
	}
}
