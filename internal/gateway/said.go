package gateway

import (
	"encoding/json"
	"strings"
)

// ReplyText is the text of a whole chat or messages reply, streamed or not:
// that of its first choice, without reasoning and calls of tools.
func ReplyText(b []byte) string {
	var out strings.Builder
	eachReply(b, func(one []byte) bool {
		text, ok := saidIn(one)
		out.WriteString(text)
		return ok
	})
	return out.String()
}

// eachReply calls read with a whole reply, or, where read finds that it is
// none, with each frame of a stream.
func eachReply(b []byte, read func(one []byte) bool) {
	if read(b) {
		return
	}
	for len(b) > 0 {
		n := NextFrame(b)
		if n <= 0 {
			n = len(b)
		}
		for line := range strings.Lines(string(b[:n])) {
			if data, ok := strings.CutPrefix(line, "data:"); ok {
				read([]byte(data))
			}
		}
		b = b[n:]
	}
}

// saidIn reads one reply or one frame; false where it is none.
func saidIn(b []byte) (string, bool) {
	var r struct {
		Choices []struct {
			Index          int
			Text           string
			Message, Delta struct{ Content json.RawMessage }
		}
		Content []struct{ Type, Text string } // Anthropic's reply
		Delta   struct{ Type, Text string }   // and frame
	}
	if json.Unmarshal(b, &r) != nil {
		return "", false
	}
	var out strings.Builder
	for _, c := range r.Choices {
		if c.Index == 0 {
			for _, raw := range []json.RawMessage{c.Message.Content, c.Delta.Content} {
				text, err := contentText(raw)
				if err != nil {
					return "", false
				}
				out.WriteString(text)
			}
			out.WriteString(c.Text)
		}
	}
	for _, c := range r.Content {
		if c.Type == "text" {
			out.WriteString(c.Text)
		}
	}
	if r.Delta.Type == "text_delta" {
		out.WriteString(r.Delta.Text)
	}
	return out.String(), true
}
