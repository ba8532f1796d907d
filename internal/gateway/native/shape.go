package native

import (
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
)

// Shape is one API. It may be used from any goroutine.
type Shape interface {
	// Write writes an OpenAI chat in this shape. It returns errs.Invalid for
	// what has no place in it.
	Write(chat []byte) ([]byte, error)
	// Address is where a call of a model goes, below the API's base URL.
	Address(base, model string, stream bool) string
	// Headers are those that a call carries beside its content type: the key,
	// or a signature of body made with it at the time now.
	Headers(key, address string, body []byte, now time.Time) [][2]string
	// Read writes a whole reply, or an error, as OpenAI's. What is neither is
	// returned as it is. now is when it was made, for shapes that do not say.
	Read(reply []byte, now time.Time) []byte
	// Stream begins to read one streamed reply.
	Stream(now time.Time) Stream
}

// Stream writes one reply's frames as OpenAI's. It is used by one goroutine.
type Stream interface {
	// Frame appends what a frame's data says.
	Frame(dst, data []byte) []byte
	// End appends what is left when the vendor has closed the stream. A stream
	// that was not whole gets no [DONE].
	End(dst []byte) []byte
	// Named is the usage that the frames so far have named; 0 for what is not
	// known before the end.
	Named() meter.Usage
}

// Named returns the shape of that name, with what the vendor's file says of
// it. It returns errs.Invalid for a name that is not known.
func Named(name string, params map[string]string) (Shape, error) {
	switch name {
	case "anthropic":
		return messages{version: or(params["version"], "2023-06-01")}, nil
	case "gemini":
		return generate{}, nil
	case "tc3":
		return signed{service: params["service"], action: params["action"], version: params["version"], region: params["region"]}, nil
	}
	return nil, errs.Invalid("there is no native shape %q; known are anthropic, gemini, tc3", name)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func below(base, path string) string {
	base = strings.TrimRight(base, "/")
	if strings.HasSuffix(base, path) {
		return base
	}
	return base + path
}
