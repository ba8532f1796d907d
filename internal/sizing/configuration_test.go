package sizing_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/prompt"
)

// Vendors count the tools of a request as input; a plan or a limit that
// forgets them is too low.
func TestToolsCountAsInput(t *testing.T) {
	tools := json.RawMessage(`[{"type":"function","function":{"name":"get_rate","description":"` + strings.Repeat("exchange rates ", 40) + `"}}]`)
	plain := sizing.Configuration{Kind: sizing.Chat, Prompt: prompt.Default("tools", "en")}
	with := plain
	with.Prompt.Function, with.Tools = true, tools
	sent := plain.Messages("the rate of USD?", nil)
	if a, b := plain.Estimate(sent), with.Estimate(sent); b < a+int64(len(tools))/5 {
		t.Errorf("%d tokens without tools, %d with %d bytes of them", a, b, len(tools))
	}
	if a, b := plain.Most(sent), with.Most(sent); b.Input < a.Input+int64(len(tools)) || b.Output != a.Output {
		t.Errorf("at most %+v without tools, %+v with", a, b)
	}
	if plain.ID() == with.ID() {
		t.Error("other tools are the same configuration")
	}
	text := with
	text.Prompt = prompt.Default("tools-text", "en")
	if text.Extra() != nil {
		t.Error("tools that stand in the prompt go with the request too")
	}
	read := with
	read.Retrieval.K = 3
	if a, b := with.Longest("q"), read.Longest("q"); b.Input <= a.Input {
		t.Errorf("%+v with passages, %+v without", b, a)
	}
}
