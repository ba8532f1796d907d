package gateway

import (
	"bytes"

	"github.com/luodi/luodi/internal/meter"
)

var (
	doneMark   = []byte("[DONE]")
	deltaKey   = []byte(`delta"`)
	textKey    = []byte(`text"`)
	finishKey  = []byte(`finish_reason"`)
	errorKey   = []byte(`error"`)
	choicesKey = []byte(`choices"`)
)

// Stream is what the gateway knows of one streamed reply so far. Only the
// frame that holds the usage is decoded; of the others the letters of the
// text are counted, for the case that the client leaves and no usage comes.
type Stream struct {
	Strip bool // take the usage frame out: the client did not ask for it
	Shape Shape

	Usage  meter.Usage
	Exact  bool  // Usage was sent by the vendor
	Done   bool  // [DONE] came
	Frames int64 // with data, [DONE] and the usage left out
	Spoken int64 // of Frames, those that brought text
	Text   Text
	last   []byte // the end of the last frame with data
	at     int    // where the frame before had its text
	plain  bool   // in text, not in delta
}

// Shape is the protocol of a stream.
type Shape int

// The shapes: OpenAI's chat and completions, OpenAI's responses, Anthropic's
// messages.
const (
	ChatShape Shape = iota
	ResponsesShape
	MessagesShape
)

// Reset makes s ready for another reply.
func (s *Stream) Reset(strip bool, shape Shape) {
	*s = Stream{Strip: strip, Shape: shape, last: s.last[:0]}
}

// Pass reads the whole frames that b begins with. It returns the number of
// bytes that they take and what of them goes to the client, which is b[:n]
// itself unless a frame was stripped; then b[:n] is overwritten.
func (s *Stream) Pass(b []byte) (n int, out []byte) {
	n = lastFrame(b)
	if n == 0 {
		return 0, nil
	}
	usage := bytes.Index(b[:n], usageKey) // of the next frame that may hold it
	w := 0                                // where the next kept frame goes
	var last []byte                       // the last kept frame with data
	for i := 0; i < n; {
		end := i + NextFrame(b[i:n])
		frame := b[i:end]
		mayHold := usage >= 0 && usage < end
		keep := s.frame(frame, mayHold)
		if mayHold {
			if usage = bytes.Index(b[end:n], usageKey); usage >= 0 {
				usage += end
			}
		}
		if keep {
			if w != i {
				copy(b[w:], frame)
			}
			w += end - i
			if len(frame) > 6 && frame[0] != ':' {
				last = b[max(w-(end-i), w-4096):w]
			}
		}
		i = end
	}
	if last != nil {
		s.last = append(s.last[:0], last...)
	}
	return n, b[:w]
}

// frame notes what f says and reports whether the client gets it.
func (s *Stream) frame(f []byte, mayHoldUsage bool) bool {
	if len(f) < 6 || f[0] == ':' {
		return true // a comment that keeps the connection alive
	}
	s.Frames++
	if len(f) < 24 && bytes.Contains(f, doneMark) {
		s.Frames--
		s.Done = true
		return true
	}
	if s.Shape == MessagesShape {
		if s.messagesFrame(f, mayHoldUsage) {
			return true
		}
	} else if mayHoldUsage {
		find := FindUsage
		if s.Shape == ResponsesShape {
			find = responsesUsage
		}
		if u, ok := find(f); ok {
			s.Usage, s.Exact = u, true
			if noChoices(f) {
				s.Frames--
				return !s.Strip
			}
		}
	}
	before := s.Text
	s.Text.addStrings(s.text(f))
	if s.Text != before {
		s.Spoken++
	}
	return true
}

// text is the value that holds the frame's text: delta, or text where there is
// none. The frames of a stream are alike up to there, so it is looked for where
// the frame before had it.
func (s *Stream) text(f []byte) []byte {
	key := deltaKey
	if s.plain {
		key = textKey
	}
	if i := s.at; i > 0 && i+len(key) <= len(f) && bytes.Equal(f[i:i+len(key)], key) {
		if v := member(f, i+len(key)); v != nil {
			return v
		}
	}
	keys := [][]byte{deltaKey, textKey}
	if s.Shape != ChatShape {
		keys = keys[:1] // text is the whole once more
	}
	for n, key := range keys {
		for i := 0; ; {
			k := bytes.Index(f[i:], key)
			if k < 0 {
				break
			}
			if v := member(f, i+k+len(key)); v != nil {
				s.at, s.plain = i+k, n == 1
				return v
			}
			i += k + len(key) // the end of a value, such as a type
		}
	}
	return nil
}

// Finished reports whether the reply came to its end: [DONE], the usage, or,
// from vendors that send neither, a reason to finish in the last frame.
func (s *Stream) Finished() bool {
	if s.Done || s.Exact {
		return true
	}
	if s.Shape != ChatShape {
		return false
	}
	i := bytes.LastIndex(s.last, finishKey)
	if i < 0 {
		return false
	}
	v := member(s.last, i+len(finishKey))
	return len(v) > 2 && v[0] == '"'
}

// noChoices reports whether a frame carries an empty list of choices, or none.
func noChoices(f []byte) bool {
	i := bytes.Index(f, choicesKey)
	if i < 0 {
		return true
	}
	v := member(f, i+len(choicesKey))
	return len(v) >= 2 && v[0] == '[' && space(v, 1) == len(v)-1
}

// FirstFrameError looks for an error in the first frame of a stream, before
// anything has gone to the client.
func (ru *Rules) FirstFrameError(b []byte) (UpstreamError, bool) {
	if len(ru.Errors) == 0 && !bytes.Contains(b, errorKey) {
		return UpstreamError{}, false
	}
	data := FrameData(b)
	if data == nil {
		data = bytes.TrimSpace(b) // a bare JSON object in place of a stream
	}
	return ru.FindError(data)
}

// NextFrame returns the length of the first whole frame of b, its blank line
// included, or 0. Lines end in LF or CRLF.
func NextFrame(b []byte) int {
	for i := 0; ; {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return 0
		}
		if n == 0 || n == 1 && b[i] == '\r' {
			return i + n + 1
		}
		i += n + 1
	}
}

// lastFrame returns the offset after the last blank line of b, or 0.
func lastFrame(b []byte) int {
	for i := len(b); i > 0; {
		n := bytes.LastIndexByte(b[:i], '\n')
		if n < 0 {
			return 0
		}
		if n == 0 || b[n-1] == '\n' || b[n-1] == '\r' && (n == 1 || b[n-2] == '\n') {
			return n + 1
		}
		i = n
	}
	return 0
}

// FrameData returns the payload of a frame's data lines, joined by LF; nil
// for a comment or a frame without data.
func FrameData(f []byte) []byte {
	var data []byte
	found := false
	for len(f) > 0 {
		line := f
		if i := bytes.IndexByte(f, '\n'); i >= 0 {
			line, f = f[:i], f[i+1:]
		} else {
			f = nil
		}
		v, ok := bytes.CutPrefix(bytes.TrimSuffix(line, []byte("\r")), []byte("data:"))
		if !ok {
			continue
		}
		v = bytes.TrimPrefix(v, []byte(" "))
		if !found {
			data, found = v[:len(v):len(v)], true
			continue
		}
		data = append(append(data, '\n'), v...)
	}
	return data
}
