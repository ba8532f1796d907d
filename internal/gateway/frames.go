package gateway

import "encoding/json"

// Frames writes a whole reply to a chat or completion as the stream that its
// client asked for and its vendor did not send: all that was said in one frame,
// the usage where it was wanted, the end. nil: b is no such reply.
func Frames(b []byte, usage bool) []byte {
	var whole map[string]json.RawMessage
	var choices []map[string]json.RawMessage
	if json.Unmarshal(b, &whole) != nil || json.Unmarshal(whole["choices"], &choices) != nil {
		return nil
	}
	for _, c := range choices {
		var message map[string]json.RawMessage
		if json.Unmarshal(c["message"], &message) != nil || message == nil {
			continue // of a completion
		}
		var calls []object
		if json.Unmarshal(message["tool_calls"], &calls) == nil && len(calls) > 0 {
			for i := range calls {
				calls[i]["index"] = i
			}
			message["tool_calls"] = raw(calls)
		}
		c["delta"] = raw(message)
		delete(c, "message")
		whole["object"] = json.RawMessage(`"chat.completion.chunk"`)
	}
	counts := whole["usage"]
	delete(whole, "usage")
	whole["choices"] = raw(choices)
	out := frame(nil, whole)
	if usage && counts != nil {
		whole["choices"], whole["usage"] = json.RawMessage("[]"), counts
		out = frame(out, whole)
	}
	return append(out, "data: [DONE]\n\n"...)
}

func frame(dst []byte, v any) []byte {
	return append(append(append(dst, "data: "...), raw(v)...), "\n\n"...)
}

// raw encodes what was decoded from JSON.
func raw(v any) json.RawMessage {
	b, _ := json.Marshal(v)
	return b
}
