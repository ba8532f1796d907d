package gateway

import "bytes"

// heldText is the end of a streamed text that may begin a placeholder.
type heldText struct {
	text     []byte // raw inside of a JSON string
	template []byte // the last frame that brought this text
	at, end  int    // where its text stood
}

// streamed are the members that carry pieces of text, by shape.
var streamed = map[Shape][]string{
	ChatShape:      {"content", "reasoning_content", "arguments", "text"},
	ResponsesShape: {"delta"},
	MessagesShape:  {"text", "thinking", "partial_json"},
}

// Stream puts the values back into frames of a stream. A placeholder may be
// cut anywhere: what could begin one is held until the next piece of the same
// text, and sent in a frame of its own where none follows.
func (m *Mask) Stream(frames []byte, shape Shape) []byte {
	var out []byte
	for len(frames) > 0 {
		n := NextFrame(frames)
		if n == 0 {
			n = len(frames)
		}
		out = m.frame(out, frames[:n], shape)
		frames = frames[n:]
	}
	return out
}

func (m *Mask) frame(out, f []byte, shape Shape) []byte {
	if f[0] == ':' {
		return append(out, f...)
	}
	name, at, end := piece(f, shape)
	for _, other := range m.order {
		if other != name {
			out = m.flush(out, other)
		}
	}
	if name == "" {
		return append(out, m.Unmask(f)...)
	}
	h := m.held[name]
	if h == nil {
		h = &heldText{}
		m.held[name], m.order = h, append(m.order, name)
	}
	text := m.Unmask(append(h.text, f[at:end]...))
	keep := len(text)
	if i := bytes.LastIndexByte(text, '['); i >= 0 && len(text)-i < m.hold && m.begins(text[i:]) {
		keep = i
	}
	out = append(append(append(out, f[:at]...), text[:keep]...), f[end:]...)
	h.text = append([]byte(nil), text[keep:]...)
	h.template, h.at, h.end = append(h.template[:0], f...), at, end
	return out
}

// begins reports whether a placeholder begins with s.
func (m *Mask) begins(s []byte) bool {
	for i := 0; i < len(m.back); i += 2 {
		if len(s) < len(m.back[i]) && m.back[i][:len(s)] == string(s) {
			return true
		}
	}
	return false
}

// flush sends what is held of a text, in the frame that brought it.
func (m *Mask) flush(out []byte, name string) []byte {
	h := m.held[name]
	if len(h.text) == 0 {
		return out
	}
	out = append(append(append(out, h.template[:h.at]...), h.text...), h.template[h.end:]...)
	h.text = nil
	return out
}

// End sends all that is held.
func (m *Mask) End() (out []byte) {
	for _, name := range m.order {
		out = m.flush(out, name)
	}
	return out
}

// piece finds the text that a frame brings: the inside of a JSON string.
func piece(f []byte, shape Shape) (name string, at, end int) {
	if shape == ResponsesShape && !bytes.Contains(f, []byte(`.delta"`)) || shape == MessagesShape && !bytes.Contains(f, []byte(`_delta"`)) {
		return "", 0, 0
	}
	for _, name := range streamed[shape] {
		key := []byte(`"` + name + `"`)
		for i := 0; ; {
			k := bytes.Index(f[i:], key)
			if k < 0 {
				break
			}
			i += k + len(key)
			if v := member(f, i); len(v) > 2 && v[0] == '"' {
				at = i + bytes.IndexByte(f[i:], '"') + 1
				return name, at, at + len(v) - 2
			}
		}
	}
	return "", 0, 0
}
