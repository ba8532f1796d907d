package gateway

import (
	"bytes"

	"github.com/luodi/luodi/internal/meter"
)

var messageStop = []byte(`message_stop"`)

// messagesFrame notes what a frame of Anthropic's says beside its text, and
// reports whether that is all. Its usage is split: message_start has the
// prompt's, message_delta, near the end, the reply's as a running total.
func (s *Stream) messagesFrame(f []byte, mayHoldUsage bool) bool {
	if !mayHoldUsage {
		if bytes.Contains(f, messageStop) && len(f) < 128 {
			s.Frames--
			s.Done = true
			return true
		}
		return false
	}
	i := bytes.Index(f, usageKey)
	v := member(f, i+len(usageKey))
	if v == nil || v[0] != '{' {
		return false
	}
	u := messagesUsage(v)
	s.Usage.Input, s.Usage.CachedInput = max(s.Usage.Input, u.Input), max(s.Usage.CachedInput, u.CachedInput)
	s.Usage.CacheWrite = max(s.Usage.CacheWrite, u.CacheWrite)
	if s.Usage.Output = max(s.Usage.Output, u.Output); !bytes.Contains(f, []byte(`message_start"`)) {
		s.Exact = true
	}
	s.Frames--
	return true
}

// messagesUsage reads Anthropic's counts, whose input leaves out what was read
// from or written to the cache.
func messagesUsage(v []byte) (u meter.Usage) {
	var buf [12]Field
	o, err := Scan(v, buf[:0])
	if err != nil {
		return u
	}
	for _, f := range o.Fields {
		n := max(0, count(v[f.Start:f.End]))
		switch string(o.Name(f)) {
		case "input_tokens":
			u.Input += n
		case "cache_creation_input_tokens":
			u.Input += n
			u.CacheWrite = n
		case "cache_read_input_tokens":
			u.Input += n
			u.CachedInput = n
		case "output_tokens":
			u.Output = n
		}
	}
	return u
}

// Usage reads the usage of a whole reply in the given shape. One that stands at
// its place is believed before any other: what a reply repeats of its call, such
// as tools and documents, may hold members of that name.
func (s Shape) Usage(b []byte) (meter.Usage, bool) {
	var buf [32]Field
	o, err := Scan(b, buf[:0])
	if err == nil {
		if u, ok := s.usageOf(&o); ok {
			return u, true
		}
	}
	if s != ChatShape {
		return meter.Usage{}, false
	}
	return FindUsage(b)
}

func (s Shape) usageOf(o *Object) (meter.Usage, bool) {
	v := o.Value("usage")
	if v == nil || v[0] != '{' {
		return meter.Usage{}, false
	}
	if s == MessagesShape {
		return messagesUsage(v), true
	}
	return decodeUsage(v)
}

// responsesUsage reads the usage of a frame of OpenAI's responses: that of the
// response which it brings.
func responsesUsage(f []byte) (u meter.Usage, ok bool) {
	o, err := Scan(FrameData(f), nil)
	if err != nil {
		return u, false
	}
	v := o.Value("response")
	if v == nil || v[0] != '{' {
		return u, false
	}
	if o, err = Scan(v, nil); err != nil {
		return u, false
	}
	return ResponsesShape.usageOf(&o)
}

// Text counts the letters of a whole reply in the given shape.
func (s Shape) Text(b []byte) (t Text) {
	name := "choices"
	switch s {
	case ResponsesShape:
		name = "output"
	case MessagesShape:
		name = "content"
	}
	var buf [32]Field
	if o, err := Scan(b, buf[:0]); err == nil {
		if v := o.Value(name); v != nil {
			t.addStrings(v)
		}
	}
	return t
}
