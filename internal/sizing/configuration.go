package sizing

import (
	"encoding/json"

	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/sizing/prompt"
)

// Kind is how a configuration answers.
type Kind string

// The kinds of configurations.
const (
	Small      Kind = "small"      // a classifier trained here, in-process
	Extractive Kind = "extractive" // the best passages, no model
	Chat       Kind = "chat"       // a chat model behind an endpoint
)

// InProcess reports whether the kind runs without an endpoint and for free.
func (k Kind) InProcess() bool { return k == Small || k == Extractive }

// Configuration is the unit that is sized: everything that may change an
// answer. What cannot change an answer (its display name, its price) is not
// part of its address.
type Configuration struct {
	Name string `json:"name"` // for people; not part of the address
	Kind Kind   `json:"kind"`
	// Model is the vendor's model name; Endpoint the base URL without key.
	Model    string `json:"model,omitempty"`
	Endpoint string `json:"endpoint,omitempty"`
	// Revision is the content address of a small model, or a vendor's dated
	// model version where one is known.
	Revision    string          `json:"revision,omitempty"`
	Prompt      prompt.Template `json:"prompt,omitzero"`
	Labels      []string        `json:"labels,omitempty"` // offered to a classifier, in order
	Retrieval   Retrieval       `json:"retrieval,omitzero"`
	Temperature float64         `json:"temperature"`
	MaxTokens   int             `json:"max_tokens,omitempty"` // of the reply; 0 means the prompt's default
	// Tools are the functions that may be called, as a chat request lists them;
	// they go with the request where the prompt has Function.
	Tools json.RawMessage `json:"tools,omitempty"`
}

// Retrieval is what a configuration reads before it answers.
type Retrieval struct {
	Base   string `json:"base"`   // knowledge base
	Digest string `json:"digest"` // of its content: another content is another configuration
	K      int    `json:"k"`      // passages
}

// ID is the configuration's content address.
func (c Configuration) ID() string {
	c.Name = ""
	b, err := json.Marshal(c)
	if err != nil {
		panic("sizing: a configuration of plain fields always marshals: " + err.Error())
	}
	return lineage.NewID(lineage.Config, string(b))
}

// Messages is what a chat configuration sends for an input. Passages are what
// its retrieval found, best first; nil where it has none.
func (c Configuration) Messages(input string, passages []prompt.Passage) []prompt.Message {
	return c.Prompt.Messages(input, c.Labels, passages)
}

// Extra are the members of a chat request beside its messages by which tools
// are offered; nil where none are.
func (c Configuration) Extra() map[string]any {
	if len(c.Tools) > 0 && c.Prompt.Function {
		return map[string]any{"tools": c.Tools}
	}
	return c.Prompt.Tools(c.Labels)
}

// extra is the text of Extra, which vendors count as input.
func (c Configuration) extra() string {
	e := c.Extra()
	if e == nil {
		return ""
	}
	b, err := json.Marshal(e)
	if err != nil {
		return string(c.Tools)
	}
	return string(b)
}

// Most bounds the usage of a call that sends these messages from above: a
// token per byte of messages and tools, 16 a message, and the longest reply.
func (c Configuration) Most(sent []prompt.Message) Usage {
	u := Usage{Input: int64(len(c.extra())), Output: int64(c.ReplyTokens())}
	for _, m := range sent {
		u.Input += int64(len(m.Content)) + 16
	}
	return u
}

// Estimate is about what the input of a call that sends these messages counts.
func (c Configuration) Estimate(sent []prompt.Message) (tokens int64) {
	if text := c.extra(); text != "" {
		tokens = EstimateTokens(text)
	}
	for _, m := range sent {
		tokens += EstimateTokens(m.Content) + 4
	}
	return tokens
}

// ReplyTokens is the limit put on a reply.
func (c Configuration) ReplyTokens() int {
	if c.MaxTokens > 0 {
		return c.MaxTokens
	}
	return c.Prompt.ReplyTokens
}
