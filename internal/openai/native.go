package openai

import (
	"strings"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/gateway/native"
)

const chatPath = "/chat/completions"

// write makes a call ready: where it goes and what is sent. shape is nil for
// OpenAI's own.
func (ep Endpoint) write(path string, body []byte) (shape native.Shape, address string, sent []byte, err error) {
	if ep.Native == "" || path != chatPath {
		return nil, strings.TrimRight(ep.BaseURL, "/") + path, body, nil
	}
	if shape, err = native.Named(ep.Native, ep.NativeParams); err != nil {
		return nil, "", nil, err
	}
	var r gateway.Request
	if err := r.Read(body); err != nil {
		return nil, "", nil, err
	}
	sent, err = shape.Write(body)
	return shape, shape.Address(ep.BaseURL, ep.Model, r.Stream), sent, err
}
