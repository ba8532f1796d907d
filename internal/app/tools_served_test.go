package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/sizing"
)

// teller is a vendor that calls get_rate, in fragments where the reply is
// streamed, and answers once it is told what the function said.
type teller struct {
	seen atomic.Pointer[map[string]any]
}

func (v *teller) last() map[string]any { return *v.seen.Load() }

func (v *teller) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Stream   bool
		Messages []struct {
			Role    string
			Content any
		}
		Tools []any
	}
	var buf bytes.Buffer
	_, _ = buf.ReadFrom(r.Body)
	var all map[string]any
	_, _ = json.Unmarshal(buf.Bytes(), &q), json.Unmarshal(buf.Bytes(), &all)
	v.seen.Store(&all)
	const usage = `"usage":{"prompt_tokens":50,"completion_tokens":10,"total_tokens":60}`
	told := q.Messages[len(q.Messages)-1].Role == "tool"
	switch {
	case len(q.Tools) == 0:
		w.WriteHeader(http.StatusBadRequest)
	case told:
		fmt.Fprint(w, `{"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"7.1"}}],`+usage+`}`)
	case !q.Stream:
		fmt.Fprint(w, `{"choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_rate","arguments":"{\"currency\":\"USD\"}"}}]}}],`+usage+`}`)
	default:
		w.Header().Set("Content-Type", "text/event-stream")
		for _, d := range []string{
			`{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"get_rate","arguments":""}}]}}`,
			`{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"curr"}}]}}`,
			`{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"ency\":\"USD\"}"}}]}}`,
			`{"index":0,"delta":{},"finish_reason":"tool_calls"}`,
		} {
			fmt.Fprintf(w, "data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"choices\":[%s]}\n\n", d)
			w.(http.Flusher).Flush()
		}
		fmt.Fprintf(w, "data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"choices\":[],%s}\n\ndata: [DONE]\n\n", usage)
	}
}

// The route of a tools scenario, over HTTP: the functions are the scenario's,
// whatever the client lists; the call arrives whole, buffered and streamed;
// and what the function said goes back to the model.
func TestToolsOverTheGateway(t *testing.T) {
	vendor := &teller{}
	srv := httptest.NewServer(vendor)
	t.Cleanup(srv.Close)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"t.json": rateTools,
		"q.jsonl": lines(120, func(i int) string {
			return fmt.Sprintf(`{"question": "Rate of USD, %d?", "calls": [{"name": "get_rate", "arguments": {"currency": "USD"}}]}`, i)
		}),
		"luodi.yaml": "project: rates\ndepartments: [{name: service}]\nmodels: [{name: clerk, model: m, endpoint: \"" + srv.URL + "/v1\", price: {in: 1, out: 2}}]\n" +
			"scenarios: [{name: rates, department: service, task: tools, tools: t.json, items: {file: q.jsonl}, bar: {at_least: 0.9, slack: 0.1}, candidates: [clerk]}]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	a, err := app.Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if up, err := a.Up(ctx, ""); err != nil || up.Scenarios[0].Status != sizing.StatusCertified {
		t.Fatalf("%+v, %v", up.Scenarios, err)
	}
	key, err := a.CreateKey(ctx, app.KeyRequest{Name: "k", Department: "service"})
	if err != nil {
		t.Fatal(err)
	}
	addr, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Serve(ctx, "127.0.0.1:0", func(s string) { addr <- s }) }()
	at := "http://" + <-addr + "/v1/chat/completions"
	post := func(body string) *http.Response {
		t.Helper()
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+key.Key)
		res, err := http.DefaultClient.Do(req)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%+v, %v", res, err)
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		return res
	}
	const ask = `"model": "scenario/rates", "tools": [{"type": "function", "function": {"name": "other"}}], "messages": [{"role": "user", "content": "Rate of USD today?"}]`

	var whole struct {
		Choices []struct {
			Finish  string `json:"finish_reason"`
			Message struct {
				Calls []map[string]any `json:"tool_calls"`
			}
		}
		Usage struct {
			Total int `json:"total_tokens"`
		}
	}
	if err := json.NewDecoder(post("{" + ask + "}").Body).Decode(&whole); err != nil {
		t.Fatal(err)
	}
	if c := whole.Choices[0]; c.Finish != "tool_calls" || len(c.Message.Calls) != 1 || fmt.Sprint(c.Message.Calls[0]["function"]) != `map[arguments:{"currency":"USD"} name:get_rate]` || whole.Usage.Total != 60 {
		t.Errorf("buffered: %+v", whole)
	}
	if got := fmt.Sprint(vendor.last()["tools"]); !strings.Contains(got, "get_rate") || strings.Contains(got, "other") {
		t.Errorf("the vendor was offered %s", got)
	}

	name, arguments, finish, done := streamedCall(t, post(`{"stream": true, `+ask+`}`))
	if name != "get_rate" || arguments != `{"currency":"USD"}` || finish != "tool_calls" || !done {
		t.Errorf("streamed: %s(%s), %s, %v", name, arguments, finish, done)
	}

	second := `{"model": "scenario/rates", "messages": [{"role": "user", "content": "Rate of USD today?"},
		{"role": "assistant", "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "get_rate", "arguments": "{\"currency\":\"USD\"}"}}]},
		{"role": "tool", "tool_call_id": "call_1", "content": "7.1"}]}`
	var answer bytes.Buffer
	_, _ = answer.ReadFrom(post(second).Body)
	if !strings.Contains(answer.String(), `"content":"7.1"`) || !strings.Contains(fmt.Sprint(vendor.last()["messages"]), "tool_call_id:call_1") {
		t.Errorf("%s\nfor %v", answer.String(), vendor.last()["messages"])
	}

	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// streamedCall puts the fragments of one function call together.
func streamedCall(t *testing.T, res *http.Response) (name, arguments, finish string, done bool) {
	t.Helper()
	in := bufio.NewScanner(res.Body)
	for in.Scan() {
		data, ok := strings.CutPrefix(in.Text(), "data: ")
		if !ok {
			continue
		}
		if data == "[DONE]" {
			return name, arguments, finish, true
		}
		var chunk struct {
			Choices []struct {
				Finish string `json:"finish_reason"`
				Delta  struct {
					Calls []struct {
						Function struct{ Name, Arguments string }
					} `json:"tool_calls"`
				}
			}
		}
		if err := json.Unmarshal([]byte(data), &chunk); err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		for _, c := range chunk.Choices {
			for _, call := range c.Delta.Calls {
				name, arguments = name+call.Function.Name, arguments+call.Function.Arguments
			}
			if c.Finish != "" {
				finish = c.Finish
			}
		}
	}
	return name, arguments, finish, false
}
