package proxy_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/openai/openaitest"
	"github.com/luodi/luodi/internal/proxy"
)

// groundedRig serves scenario/help, which says beside each reply what it was,
// and m, which is the same model passed through.
func groundedRig(t *testing.T, c openaitest.Config, change func(*gateway.Target)) *rig {
	v := openaitest.Start(t, c)
	help := upstream(v, "m")
	help.Upstream.Prepare = func(_ context.Context, _ gateway.Caller, m []gateway.Message) (gateway.Prepared, error) {
		return gateway.Prepared{Messages: m, Ground: func(_ context.Context, reply string) (any, error) {
			if strings.Contains(reply, "trouble") {
				return nil, errors.New("trouble")
			}
			return map[string]string{"reply": reply}, nil
		}}, nil
	}
	if change != nil {
		change(&help)
	}
	return start(t, []gateway.Route{route("m", upstream(v, "m")), {Name: "scenario/help", Scenario: "help", Targets: []gateway.Target{help}}}, nil)
}

func asked(model, text string, stream bool) string {
	b, _ := json.Marshal(map[string]any{"model": model, "stream": stream, "messages": []gateway.Message{{Role: "user", Content: text}}})
	return string(b)
}

func TestGroundedReply(t *testing.T) {
	r := groundedRig(t, openaitest.Config{}, nil)
	_, plain := r.post("/v1/chat/completions", r.cancel, asked("m", "a }\" b", false))
	res, got := r.post("/v1/chat/completions", r.cancel, asked("scenario/help", "a }\" b", false))
	var reply struct {
		Choices []struct{ Message gateway.Message }
		Luodi   struct{ Reply string }
	}
	if err := json.Unmarshal([]byte(got), &reply); err != nil || res.StatusCode != 200 || reply.Luodi.Reply == "" || reply.Luodi.Reply != reply.Choices[0].Message.Content {
		t.Fatalf("%v %s", err, got)
	}
	if strings.Contains(plain, "luodi\"") {
		t.Errorf("a reply that nothing grounds was changed: %s", plain)
	}
	if _, got := r.post("/v1/chat/completions", r.cancel, asked("scenario/help", "trouble", false)); strings.Contains(got, `"luodi"`) || !strings.Contains(got, "you said: trouble") {
		t.Errorf("a reply that cannot be grounded: %s", got)
	}
}

func TestGroundedStream(t *testing.T) {
	for name, c := range map[string]openaitest.Config{"[DONE] at its end": {}, "no [DONE]": {NoDone: true}} {
		t.Run(name, func(t *testing.T) {
			r := groundedRig(t, c, nil)
			_, body := r.post("/v1/chat/completions", r.cancel, asked("scenario/help", "one two three", true))
			frames := strings.Split(strings.TrimSpace(body), "\n\n")
			last := frames[len(frames)-1]
			if !c.NoDone {
				if last != "data: [DONE]" {
					t.Fatalf("ends with %q", last)
				}
				last = frames[len(frames)-2]
			}
			var f struct {
				Object  string
				Choices []any
				Luodi   struct{ Reply string }
			}
			if err := json.Unmarshal([]byte(strings.TrimPrefix(last, "data: ")), &f); err != nil || f.Object != "chat.completion.chunk" || f.Choices == nil || len(f.Choices) != 0 {
				t.Fatalf("%v %s", err, last)
			}
			if said := gateway.ReplyText([]byte(body)); f.Luodi.Reply != said || !strings.Contains(said, "one two three") {
				t.Errorf("grounded %q, sent %q", f.Luodi.Reply, said)
			}
			if strings.Count(body, `"luodi"`) != 1 {
				t.Errorf("not once:\n%s", body)
			}
			if _, body := r.post("/v1/chat/completions", r.cancel, asked("m", "one two three", true)); strings.Contains(body, `"luodi"`) {
				t.Errorf("a stream that nothing grounds was changed:\n%s", body)
			}
		})
	}
}

func TestGroundedWhereMasked(t *testing.T) {
	r := groundedRig(t, openaitest.Config{}, func(tt *gateway.Target) { tt.Upstream.PII = gateway.PIIMask })
	const mail = "write to li.wei@bank-example.com now"
	for _, stream := range []bool{false, true} {
		if _, body := r.post("/v1/chat/completions", r.cancel, asked("scenario/help", mail, stream)); !strings.Contains(body, `"luodi":{"reply":"you said: `+mail) {
			t.Errorf("stream %v: what was held to passages is not what was sent: %s", stream, body)
		}
	}
}

func TestKeyed(t *testing.T) {
	r := start(t, []gateway.Route{route("m", upstream(openaitest.Start(t, openaitest.Config{}), "m"))}, func(c *proxy.Config, _ *meter.Config) {
		c.Keyed = map[string]proxy.Keyed{"/mcp": func(w http.ResponseWriter, _ *http.Request, k *auth.Key) { w.Write([]byte("for " + k.Department)) }}
	})
	slow := r.key(auth.Key{Name: "slow", RequestsPerMinute: 1})
	for _, tt := range []struct {
		name, key string
		status    int
		says      string
	}{
		{"no key", "", 401, "no API key"},
		{"a made-up key", auth.Prefix + "00", 401, "unknown"},
		{"a key", r.cancel, 200, "for "},
		{"a limited key", slow, 200, "for "},
		{"a limited key again", slow, 429, "requests a minute"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if res, body := r.post("/mcp", tt.key, "{}"); res.StatusCode != tt.status || !strings.Contains(body, tt.says) {
				t.Errorf("%d %s", res.StatusCode, body)
			}
		})
	}
}
