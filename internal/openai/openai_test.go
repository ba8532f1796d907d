package openai_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/openai"
	"github.com/luodi/luodi/internal/openai/openaitest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

func endpoint(v *openaitest.Vendor) openai.Endpoint {
	return openai.Endpoint{Name: "qwen-plus", BaseURL: v.BaseURL, Model: "qwen-plus", Key: "sk-right", KeyName: "DASHSCOPE_API_KEY"}
}

func user(s string) []openai.Message { return []openai.Message{{Role: "user", Content: s}} }

// noWait records the pauses instead of taking them.
func noWait(pauses *[]time.Duration) *openai.Client {
	return &openai.Client{Sleep: func(_ context.Context, d time.Duration) error {
		*pauses = append(*pauses, d)
		return nil
	}}
}

func TestChatReadsEveryVendorsHabits(t *testing.T) {
	tests := []struct {
		name    string
		vendor  openaitest.Config
		rules   gateway.Rules
		stream  bool
		counted bool
	}{
		{name: "plain", counted: true},
		{name: "no id, created or model", vendor: openaitest.Config{Bare: true}, counted: true},
		{name: "usage in choices", vendor: openaitest.Config{Usage: "choices"}, counted: true},
		{name: "no usage", vendor: openaitest.Config{Usage: "none"}},
		{name: "stream", stream: true, counted: true},
		{name: "stream with keep-alive comments", vendor: openaitest.Config{KeepAlive: true}, stream: true, counted: true},
		{name: "stream in CRLF", vendor: openaitest.Config{CRLF: true}, stream: true, counted: true},
		{name: "stream without [DONE]", vendor: openaitest.Config{NoDone: true}, stream: true, counted: true},
		{name: "stream with usage in choices", vendor: openaitest.Config{Usage: "choices", NoDone: true}, stream: true, counted: true},
		{name: "stream with usage unasked", vendor: openaitest.Config{Usage: "always"}, rules: gateway.Rules{StreamUsage: "always"}, stream: true, counted: true},
		{name: "stream without usage or [DONE]", vendor: openaitest.Config{Usage: "none", NoDone: true}, stream: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.vendor.Key = "sk-right"
			v := openaitest.Start(t, tt.vendor)
			ep := endpoint(v)
			ep.Rules = tt.rules
			r, err := (&openai.Client{}).Chat(t.Context(), ep, user("贷款 利率 hello"), openai.Params{Stream: tt.stream})
			if err != nil {
				t.Fatal(err)
			}
			if want := "you said: 贷款 利率 hello"; r.Text != want {
				t.Errorf("text %q, want %q", r.Text, want)
			}
			want := meter.Usage{}
			if tt.counted {
				want = meter.Usage{Input: 3, Output: 5}
			}
			if r.Usage != want || r.Counted != tt.counted || r.FinishReason != "stop" {
				t.Errorf("usage %+v counted %v finish %q", r.Usage, r.Counted, r.FinishReason)
			}
			if r.FirstToken <= 0 || r.Latency < r.FirstToken {
				t.Errorf("first token %v, latency %v", r.FirstToken, r.Latency)
			}
		})
	}
}

func TestRetries(t *testing.T) {
	busy := `{"base_resp":{"status_code":1002,"status_msg":"rate limit"}}`
	tests := []struct {
		name   string
		vendor openaitest.Config
		rules  gateway.Rules
		tries  int
		code   errs.Code // "" : succeeds
		pause  time.Duration
	}{
		{name: "429 waits as long as it is told", vendor: openaitest.Config{Fail: []openaitest.Fail{{Status: 429, RetryAfter: "7"}}}, tries: 2, pause: 7 * time.Second},
		{name: "a wait too long ends the call", vendor: openaitest.Config{Fail: []openaitest.Fail{{Status: 429, RetryAfter: "3600"}}}, tries: 1, code: errs.CodeExhausted},
		{name: "5xx and resets", vendor: openaitest.Config{Fail: []openaitest.Fail{{Status: 500}, {}, {Status: 503}}}, tries: 4},
		{name: "bounded", vendor: openaitest.Config{Fail: make([]openaitest.Fail, 9)}, tries: 5, code: errs.CodeInternal},
		{name: "400 is not tried again", vendor: openaitest.Config{Fail: []openaitest.Fail{{Status: 400}}}, tries: 1, code: errs.CodeInvalid},
		{name: "404", vendor: openaitest.Config{Models: []string{"other"}}, tries: 1, code: errs.CodeNotFound},
		{name: "load under status 200", vendor: openaitest.Config{Body200: busy}, rules: gateway.Rules{Errors: []gateway.ErrorPlace{{Code: "base_resp.status_code", OK: "0", Message: "base_resp.status_msg"}}}, tries: 5, code: errs.CodeInternal},
		{name: "an error under status 200", vendor: openaitest.Config{Body200: `{"error":{"message":"no such account","code":"x1"}}`}, tries: 1, code: errs.CodeInternal},
		{name: "not JSON", vendor: openaitest.Config{Body200: "<html>gateway</html>"}, tries: 1, code: errs.CodeInternal},
		{name: "a reply shorter than announced", vendor: openaitest.Config{WrongSize: true}, tries: 5, code: errs.CodeInternal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := openaitest.Start(t, tt.vendor)
			ep := endpoint(v)
			ep.Rules = tt.rules
			var pauses []time.Duration
			_, err := noWait(&pauses).Chat(t.Context(), ep, user("hi"), openai.Params{})
			if got := errs.Of(err); got != tt.code {
				t.Errorf("error %v has code %q, want %q", err, got, tt.code)
			}
			if got := len(v.Calls()); got != tt.tries || len(pauses) != tt.tries-1 {
				t.Errorf("%d tries, %d pauses; want %d tries", got, len(pauses), tt.tries)
			}
			if tt.pause > 0 && pauses[0] < tt.pause {
				t.Errorf("paused %v, want at least %v", pauses[0], tt.pause)
			}
		})
	}
}

// Where nothing has ever answered, a refused connection is tried once more, not
// for seconds; a server that has answered may be starting anew.
func TestNothingListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Listener.Close()
	server.Listener = l
	for _, tt := range []struct {
		name    string
		address string
		fails   error
		pauses  int
	}{
		{"never", "http://127.0.0.1:1/v1", nil, 1},
		{"no such host", "http://unknown.invalid/v1", &net.DNSError{IsNotFound: true}, 1},
		{"no name server", "http://unknown.invalid/v1", &net.DNSError{IsTemporary: true}, 4},
		{"no longer", "http://" + l.Addr().String() + "/v1", nil, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ep := openai.Endpoint{BaseURL: tt.address, Model: "m"}
			if tt.name == "no longer" {
				server.Start()
				if _, err := new(openai.Client).Chat(t.Context(), ep, user("hi"), openai.Params{}); errs.Of(err) != errs.CodeNotFound {
					t.Fatal(err)
				}
				server.Close()
			}
			var pauses []time.Duration
			c := noWait(&pauses)
			if tt.fails != nil {
				c.Transport = fails{tt.fails}
			}
			if _, err := c.Chat(t.Context(), ep, user("hi"), openai.Params{}); err == nil || len(pauses) != tt.pauses {
				t.Errorf("%d pauses, want %d: %v", len(pauses), tt.pauses, err)
			}
		})
	}
}

// fails is a transport that never connects.
type fails struct{ err error }

func (f fails) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestStreamCutIsTriedAgain(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{CutAfter: 2})
	var pauses []time.Duration
	_, err := noWait(&pauses).Chat(t.Context(), endpoint(v), user("one two three"), openai.Params{Stream: true})
	if err == nil || !strings.Contains(err.Error(), "broke off") {
		t.Errorf("a cut stream gave %v", err)
	}
}

func TestErrorsSayWhatToDoAndHideTheKey(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{Key: "sk-other"})
	ep := endpoint(v)
	_, err := (&openai.Client{}).Chat(t.Context(), ep, user("hi"), openai.Params{})
	if !errs.Is(err, errs.CodeUnauthenticated) {
		t.Fatalf("a wrong key gave %v", err)
	}
	for _, want := range []string{"asking qwen-plus at " + v.BaseURL, "401", "check DASHSCOPE_API_KEY"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
	for _, s := range []string{err.Error(), fmt.Sprintf("%v %+v %#v %x", ep, ep, ep, ep.Key)} {
		if strings.Contains(s, "sk-right") || strings.Contains(s, "736b2d") {
			t.Errorf("the key is in %s", s)
		}
	}
}

func TestCancelEndsTheCall(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{Delay: time.Minute})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := (&openai.Client{}).Chat(ctx, endpoint(v), user("hi"), openai.Params{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	_, err = (&openai.Client{Timeout: 20 * time.Millisecond, Retries: -1}).Chat(t.Context(), endpoint(v), user("hi"), openai.Params{})
	if err == nil || !strings.Contains(err.Error(), "in time") {
		t.Errorf("a timeout gave %v", err)
	}
}

func TestRulesShapeTheRequest(t *testing.T) {
	v := openaitest.Start(t, openaitest.Config{})
	ep := endpoint(v)
	ep.Rules = gateway.Rules{
		Clamp:     map[string]gateway.Range{"top_p": {Min: .001, Max: .999}},
		Force:     map[string]string{"enable_thinking": "false"},
		Drop:      []string{"seed"},
		MaxTokens: "max_completion_tokens",
	}
	one, seed := 1.0, int64(7)
	_, err := (&openai.Client{}).Chat(t.Context(), ep, user("<hi>"), openai.Params{TopP: &one, Seed: &seed, MaxTokens: 9})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"model":"qwen-plus","messages":[{"role":"user","content":"<hi>"}],"max_completion_tokens":9,"top_p":0.999,"enable_thinking":false}`
	if got := string(v.Calls()[0].Body); got != want {
		t.Errorf("sent %s\nwant %s", got, want)
	}
}

func TestEmbeddingsAndModels(t *testing.T) {
	for name, cfg := range map[string]openaitest.Config{"floats": {}, "base64 unasked": {Base64: true}} {
		t.Run(name, func(t *testing.T) {
			v := openaitest.Start(t, cfg)
			vecs, u, err := (&openai.Client{}).Embeddings(t.Context(), endpoint(v), []string{"ab", "a b c"})
			if err != nil || len(vecs) != 2 || vecs[1][0] != 5 || vecs[0][2] != -1.25 || u.Input != 4 {
				t.Errorf("vectors %v, usage %+v, %v", vecs, u, err)
			}
		})
	}
	v := openaitest.Start(t, openaitest.Config{Models: []string{"b", "a"}})
	names, err := (&openai.Client{}).Models(t.Context(), endpoint(v))
	if err != nil || strings.Join(names, " ") != "a b" {
		t.Errorf("models %v, %v", names, err)
	}
}

func ExampleClient_Chat() {
	c := &openai.Client{Timeout: time.Second, Retries: -1}
	ep := openai.Endpoint{Name: "local-small", BaseURL: "http://127.0.0.1:1/v1", Model: "m"}
	_, err := c.Chat(context.Background(), ep, []openai.Message{{Role: "user", Content: "你好"}}, openai.Params{MaxTokens: 16})
	fmt.Println(err)
	// Output: asking local-small at http://127.0.0.1:1/v1: dial tcp 127.0.0.1:1: connect: connection refused; check that the endpoint runs and can be reached
}
