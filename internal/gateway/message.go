package gateway

import (
	"encoding/json"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// ReadMessages decodes a messages member for a Local or Prepare. Content may
// be a text or a list of text parts, which are joined by line feeds; it
// returns errs.Invalid for images and other parts, which a scenario cannot
// serve, and where there is no message.
func ReadMessages(raw []byte) ([]Message, error) {
	var wire []struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
	}
	if raw == nil || json.Unmarshal(raw, &wire) != nil || len(wire) == 0 {
		return nil, errs.Invalid(`"messages" is not a list of messages with a role and a content`)
	}
	out := make([]Message, len(wire))
	for i, m := range wire {
		s, err := contentText(m.Content)
		if err != nil {
			return nil, err
		}
		out[i] = Message{Role: m.Role, Content: s}
	}
	return out, nil
}

func contentText(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return "", nil
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s, nil
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if json.Unmarshal(raw, &parts) != nil {
		return "", errs.Invalid("a message's content is neither a text nor a list of parts")
	}
	var texts []string
	for _, p := range parts {
		if p.Type != "text" {
			return "", errs.Invalid("a scenario answers texts; this message has a part of type %q", p.Type)
		}
		texts = append(texts, p.Text)
	}
	return strings.Join(texts, "\n"), nil
}
