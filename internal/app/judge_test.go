package app_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/sizing"
)

// office is a vendor with a writer, a referee and a clerk who calls functions.
type office struct {
	mu    sync.Mutex
	calls map[string]int // by model
	asked map[string]int // by model and question
	dir   string
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Model    string
		Messages []struct{ Content string }
		Tools    json.RawMessage
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	all := fmt.Sprint(q.Messages)
	text := q.Messages[len(q.Messages)-1].Content
	o.mu.Lock()
	o.calls[q.Model]++
	o.asked[q.Model+all+string(q.Tools)]++
	o.mu.Unlock()
	msg := map[string]any{"role": "assistant"}
	switch {
	case strings.HasPrefix(q.Model, "glm"):
		msg["content"] = "not met"
		if strings.Contains(text, "Reply:\npolite") {
			msg["content"] = "met"
		}
	case len(q.Tools) > 0 && strings.Contains(text, "USD"):
		msg["tool_calls"] = []any{map[string]any{"type": "function", "function": map[string]any{"name": "get_rate", "arguments": `{"currency":"USD"}`}}}
	case strings.Contains(text, "USD"):
		msg["content"] = `[{"name":"get_rate","arguments":{"currency":"USD"}}]`
	default:
		msg["content"] = "polite words about " + text
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": msg}},
		"usage":   map[string]int{"prompt_tokens": 50, "completion_tokens": 10, "total_tokens": 60},
	})
}

func openOffice(t *testing.T, scenarios string, files map[string]string) *office {
	t.Helper()
	o := &office{calls: map[string]int{}, asked: map[string]int{}, dir: t.TempDir()}
	srv := httptest.NewServer(o)
	t.Cleanup(srv.Close)
	yaml := "project: office\nmodels:\n"
	for name, model := range map[string]string{"writer": "qwen-plus", "referee": "glm-4", "cousin": "glm-3"} {
		yaml += fmt.Sprintf("- {name: %s, model: %s, endpoint: %q, price: {in: 1, out: 2}}\n", name, model, srv.URL+"/v1")
	}
	files["luodi.yaml"] = yaml + "scenarios:\n" + scenarios
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(o.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// size sizes as one run of the program does.
func (o *office) size(t *testing.T, fn func(a *app.App)) sizing.Result {
	t.Helper()
	a, err := app.Open(context.Background(), o.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if fn != nil {
		fn(a)
	}
	if _, err := a.Size(context.Background(), app.SizeRequest{}); err != nil {
		t.Fatal(err)
	}
	rep, err := a.Report(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return *rep.Scenarios[0].Result
}

func lines(n int, line func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i) + "\n")
	}
	return b.String()
}

func TestAJudgeFromLuodiYAML(t *testing.T) {
	ctx := context.Background()
	o := openOffice(t, "- {name: letters, task: generate, items: {file: q.jsonl}, judge: {model: referee, sample: 0.5}, bar: {at_least: 0.9, slack: 0.2}, candidates: [writer, cousin]}\n",
		map[string]string{"q.jsonl": lines(300, func(i int) string {
			return fmt.Sprintf(`{"question": "Letter %d", "rubric": ["mentions polite", "judge is polite"]}`, i)
		})})
	first := o.size(t, nil)
	writer, cousin := arm(t, first, "writer"), arm(t, first, "cousin")
	if first.Status != sizing.StatusBestGuess || !strings.Contains(writer.Reason, "luodi size label letters") || !strings.Contains(cousin.Reason, "judge of another family") {
		t.Fatalf("%s; writer: %s; cousin: %s", first.Status, writer.Reason, cousin.Reason)
	}
	var file bytes.Buffer
	second := o.size(t, func(a *app.App) {
		if err := a.Gate(ctx, "letters"); !errors.Is(err, app.ErrGate) {
			t.Errorf("the gate says %v", err)
		}
		res, err := a.WritePoints(ctx, "letters", &file)
		if err != nil || res.Written < 60 {
			t.Fatalf("%+v, %v", res, err)
		}
		if s := file.String(); strings.Contains(s, "qwen") || strings.Contains(s, "writer") {
			t.Error("people see who replied")
		}
		rows, err := csv.NewReader(&file).ReadAll()
		if err != nil || rows[1][1] != "0.5" {
			t.Fatalf("%v, %v", rows[1], err)
		}
		var filled bytes.Buffer
		w := csv.NewWriter(&filled)
		for i, row := range rows {
			if i > 0 {
				row[5] = "是"
			}
			_ = w.Write(row)
		}
		w.Flush()
		bad := strings.Replace(filled.String(), "是", "maybe", 1)
		if _, err := a.ReadPoints(ctx, "letters", strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "none was taken") {
			t.Errorf("%v", err)
		}
		stranger := "id,met\npoint_1,yes\n"
		if _, err := a.ReadPoints(ctx, "letters", strings.NewReader(stranger)); err == nil || !strings.Contains(err.Error(), "would bias the mean") {
			t.Errorf("%v", err)
		}
		if res, err := a.ReadPoints(ctx, "letters", strings.NewReader("\ufeff"+filled.String())); err != nil || res.Taken != len(rows)-1 {
			t.Errorf("%+v, %v", res, err)
		}
	})
	if second.Status != sizing.StatusCertified || second.Judge.Labels < 50 || !second.Judge.Agreement.Enough {
		t.Errorf("%s, %+v", second.Status, second.Judge)
	}
	for question, n := range o.asked {
		if n > 1 && !strings.Contains(question, "glm") { // a judge is asked in two orders, whose words differ
			t.Errorf("paid for %d times: %s", n, question)
		}
	}
	if before := o.calls["glm-4"]; before == 0 || o.calls["glm-3"] != 0 {
		t.Errorf("calls: %v", o.calls)
	}
}

func TestToolsFromLuodiYAML(t *testing.T) {
	tools := `[{"type": "function", "function": {"name": "get_rate", "parameters": {"type": "object", "properties": {"currency": {"type": "string"}}}}}]`
	items := lines(120, func(i int) string {
		if i%4 == 3 {
			return fmt.Sprintf(`{"question": "Thank you %d", "calls": []}`, i)
		}
		return fmt.Sprintf(`{"question": "Rate of USD, %d?", "calls": [{"name": "get_rate", "arguments": {"currency": "USD"}}]}`, i)
	})
	scenario := "- {name: rates, task: tools, tools: t.json, items: {file: q.jsonl}, bar: {at_least: 0.9, slack: 0.1}, candidates: [%s]}\n"
	for _, tt := range []struct{ name, candidate string }{{"in the request", "writer"}, {"in the prompt", "{name: text, model: writer, tools: prompt}"}} {
		t.Run(tt.name, func(t *testing.T) {
			o := openOffice(t, fmt.Sprintf(scenario, tt.candidate), map[string]string{"q.jsonl": items, "t.json": tools})
			r := o.size(t, nil)
			if r.Status != sizing.StatusCertified || *r.Arms[0].Quality != 1 || r.Scorer != "tool_calls/1" {
				t.Errorf("%s, %s: %s", r.Status, r.Arms[0].Status, r.Arms[0].Reason)
			}
			offered := 0
			for question := range o.asked {
				if strings.Contains(question, `"get_rate"`) {
					offered++
				}
			}
			if offered != len(o.asked) {
				t.Errorf("the tools were shown in %d of %d calls", offered, len(o.asked))
			}
		})
	}
	for _, tt := range []struct{ name, items, tools, want string }{
		{"a function that nobody offers", `{"question": "q", "calls": [{"name": "get_rat"}]}`, tools, `the function "get_rat", which is not among the tools`},
		{"no calls", `{"question": "q"}`, tools, `the item has no "calls"`},
		{"no list of tools", `{"question": "q", "calls": []}`, `{"name": "x"}`, "expected the list of tools of a chat request"},
		{"a tool twice", `{"question": "q", "calls": []}`, `[` + tools[1:len(tools)-1] + `,` + tools[1:], "get_rate is there twice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := openOffice(t, fmt.Sprintf(scenario, "writer"), map[string]string{"q.jsonl": tt.items, "t.json": tt.tools})
			a, err := app.Open(context.Background(), o.dir)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			if _, err := a.Size(context.Background(), app.SizeRequest{}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func arm(t *testing.T, r sizing.Result, name string) sizing.ArmResult {
	t.Helper()
	for _, a := range r.Arms {
		if a.Name == name {
			return a
		}
	}
	t.Fatalf("there is no candidate %s", name)
	return sizing.ArmResult{}
}
