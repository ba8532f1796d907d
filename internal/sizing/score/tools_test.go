package score_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/score"
)

func TestToolCalls(t *testing.T) {
	gold := `[{"name":"transfer","arguments":{"to":"6222","amount":100}},{"name":"notify","arguments":{"channel":"sms"}}]`
	tests := []struct {
		name, gold, reply string
		want              float64
	}{
		{"as gold", gold, gold, 1},
		{"other order", gold, `[{"name":"notify","arguments":{"channel":"sms"}},{"arguments":{"amount":100.0,"to":"6222"},"name":"transfer"}]`, 1},
		{"as a chat message", gold, `{"tool_calls":[{"type":"function","function":{"name":"notify","arguments":"{\"channel\":\"sms\"}"}},{"type":"function","function":{"name":"transfer","arguments":"{\"to\":\"6222\",\"amount\":100}"}}]}`, 1},
		{"in a fence", gold, "I will:\n```json\n" + gold + "\n```", 1},
		{"another type", gold, `[{"name":"transfer","arguments":{"to":6222,"amount":100}},{"name":"notify","arguments":{"channel":"sms"}}]`, 0},
		{"another amount", gold, `[{"name":"transfer","arguments":{"to":"6222","amount":1000}},{"name":"notify","arguments":{"channel":"sms"}}]`, 0},
		{"an argument more", gold, `[{"name":"transfer","arguments":{"to":"6222","amount":100,"memo":null}},{"name":"notify","arguments":{"channel":"sms"}}]`, 0},
		{"one twice", gold, `[{"name":"notify","arguments":{"channel":"sms"}},{"name":"notify","arguments":{"channel":"sms"}},{"name":"transfer","arguments":{"to":"6222","amount":100}}]`, 0},
		{"one missing", gold, `{"name":"notify","arguments":{"channel":"sms"}}`, 0},
		{"none", gold, "done", 0},
		{"none is right", `[]`, "No call is needed.", 1},
		{"none is right, one made", `[]`, gold, 0},
		{"wrong JSON", gold, gold + ",", 1}, // prose after it
		{"cut off", gold, gold[:40], 0},
		{"arguments cut off", `{"name":"f","arguments":{}}`, `{"name":"f","arguments":"{\"a\":"}`, 0},
		{"no arguments", `{"name":"f","arguments":{}}`, `{"name":"f"}`, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (score.ToolCalls{}).Score(sizing.Item{Gold: json.RawMessage(tt.gold)}, sizing.Output{Text: tt.reply}); got.Value != tt.want {
				t.Errorf("%+v, want %v", got, tt.want)
			}
		})
	}
}

func TestToolCallsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var calls []map[string]any
		for range rapid.IntRange(1, 5).Draw(r, "calls") {
			calls = append(calls, map[string]any{"name": rapid.SampledFrom([]string{"a", "b"}).Draw(r, "name"), "arguments": map[string]any{"x": rapid.IntRange(0, 2).Draw(r, "x")}})
		}
		gold, _ := json.Marshal(calls)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 1)).Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
		same, _ := json.Marshal(calls)
		calls[0]["arguments"] = map[string]any{"x": 7}
		other, _ := json.Marshal(calls)
		it := sizing.Item{Gold: gold}
		if (score.ToolCalls{}).Score(it, sizing.Output{Text: string(same)}).Value != 1 {
			r.Fatalf("%s in another order: %s", gold, same)
		}
		if (score.ToolCalls{}).Score(it, sizing.Output{Text: string(other)}).Value != 0 {
			r.Fatalf("%s and %s", gold, other)
		}
	})
}

func TestEndState(t *testing.T) {
	for _, tt := range []struct{ gold, got, want string }{
		{`{"a":{"b":[1,2.0]},"c":"x"}`, `{"c":"x","a":{"b":[1.0,2]}}`, ""},
		{`{"a":{"b":[1,2]}}`, `{"a":{"b":[1,3]}}`, "$.a.b[1]"},
		{`{"a":{"b":[1,2]}}`, `{"a":{"b":[1]}}`, "$.a.b"},
		{`{"a":null}`, `{}`, "$.a"},
		{`{"a":1}`, `{"a":"1"}`, "$.a"},
		{`{}`, `{"z":1}`, "$.z"},
		{`1`, `[]`, "$"},
	} {
		if got, err := score.EndState([]byte(tt.gold), []byte(tt.got)); got != tt.want || err != nil {
			t.Errorf("%s and %s differ at %q (%v), want %q", tt.gold, tt.got, got, err, tt.want)
		}
	}
	if _, err := score.EndState([]byte(`{}`), []byte(`{} x`)); err == nil {
		t.Error("a state with text after it is none")
	}
}

func TestPassHat(t *testing.T) {
	for _, tt := range []struct {
		n, right, k int
		want        float64
		ok          bool
	}{{4, 4, 4, 1, true}, {4, 3, 4, 0, true}, {4, 3, 1, .75, true}, {4, 2, 2, 1. / 6, true}, {4, 2, 5, 0, false}, {4, 5, 1, 0, false}, {4, 2, 0, 0, false}} {
		if p, ok := score.PassHat(tt.n, tt.right, tt.k); math.Abs(p-tt.want) > 1e-12 || ok != tt.ok {
			t.Errorf("%d of %d, k %d: %v %v", tt.right, tt.n, tt.k, p, ok)
		}
	}
	// without bias: its mean over binomial draws is p^k
	const n, k, p = 6, 3, .7
	mean := 0.0
	for right := range n + 1 {
		chance := math.Pow(p, float64(right)) * math.Pow(1-p, float64(n-right))
		ways, _ := score.PassHat(n, right, k)
		b := math.Exp(lchoose(n, right))
		mean += b * chance * ways
	}
	if math.Abs(mean-math.Pow(p, k)) > 1e-12 {
		t.Errorf("mean %v, want %v", mean, math.Pow(p, k))
	}
	m, short := score.PassHatMean([][]bool{{true, true}, {true, false}, {true}}, 2)
	if m != .5 || short != 1 {
		t.Errorf("mean %v, short %d", m, short)
	}
}

func lchoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

func ExamplePassHat() {
	p, _ := score.PassHat(8, 6, 4) // 6 of 8 trials passed
	fmt.Printf("%.3f\n", p)
	// Output: 0.214
}
