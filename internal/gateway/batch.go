package gateway

import (
	"bytes"
	"encoding/json"

	"github.com/luodi/luodi/internal/meter"
)

// BatchLine reads the model and the usage of one line of a batch's output, as
// {"custom_id":…,"response":{"status_code":200,"body":{…}}} or, in Anthropic's
// shape, {"custom_id":…,"result":{"type":"succeeded","message":{…}}}. ok is false
// for a line that is none, or of a call that failed.
func BatchLine(line []byte) (model string, u meter.Usage, ok bool) {
	if !bytes.Contains(line, []byte(`"custom_id"`)) {
		return "", u, false
	}
	o, err := Scan(line, nil)
	if err != nil {
		return "", u, false
	}
	shape, body := ChatShape, objectIn(o.Value("response"), "body")
	if body == nil {
		shape, body = MessagesShape, objectIn(o.Value("result"), "message")
	}
	if body == nil {
		return "", u, false
	}
	if u, ok = shape.Usage(body); !ok {
		return "", u, false
	}
	return plain(body, "model"), u, true
}

// BatchOutputs reads the batches that a reply of /v1/batches tells of, one or a
// list: their ids, each with those of the files that it writes.
func BatchOutputs(reply []byte) map[string][]string {
	type batch struct {
		ID     string `json:"id"`
		Output string `json:"output_file_id"`
		Error  string `json:"error_file_id"`
	}
	var r struct {
		batch
		Data []batch `json:"data"`
	}
	if json.Unmarshal(reply, &r) != nil {
		return nil
	}
	out := map[string][]string{}
	for _, b := range append(r.Data, r.batch) {
		if b.ID == "" {
			continue
		}
		out[b.ID] = nil
		for _, file := range []string{b.Output, b.Error} {
			if file != "" {
				out[b.ID] = append(out[b.ID], file)
			}
		}
	}
	return out
}

// objectIn is the object of that name in another; nil where there is none.
func objectIn(outer []byte, name string) []byte {
	if len(outer) == 0 || outer[0] != '{' {
		return nil
	}
	o, err := Scan(outer, nil)
	if err != nil {
		return nil
	}
	if v := o.Value(name); len(v) > 0 && v[0] == '{' {
		return v
	}
	return nil
}
