package score_test

import (
	"encoding/json"
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
