package gateway

import (
	"bytes"

	"github.com/luodi/luodi/internal/meter"
)

// BatchLine reads the model and the usage of one line of a batch's output, as
// {"custom_id":…,"response":{"status_code":200,"body":{…}}}. ok is false for a
// line that is none, or of a call that failed.
func BatchLine(line []byte) (model string, u meter.Usage, ok bool) {
	if !bytes.Contains(line, []byte(`"custom_id"`)) {
		return "", u, false
	}
	o, err := Scan(line, nil)
	if err != nil {
		return "", u, false
	}
	response := o.Value("response")
	if len(response) == 0 || response[0] != '{' {
		return "", u, false
	}
	r, err := Scan(response, nil)
	if err != nil {
		return "", u, false
	}
	body := r.Value("body")
	if len(body) == 0 || body[0] != '{' {
		return "", u, false
	}
	if u, ok = ChatShape.Usage(body); !ok {
		return "", u, false
	}
	return plain(body, "model"), u, true
}
