package gateway

import (
	"encoding/json"

	"github.com/luodi/luodi/internal/errs"
)

// SplitInputs cuts a call for embeddings into calls of at most most inputs each;
// nil where it is within that, or has no list of inputs: a list of numbers is one
// input.
func SplitInputs(body []byte, most int64) [][]byte {
	o, err := Scan(body, nil)
	if err != nil || most < 1 {
		return nil
	}
	for _, f := range o.Fields {
		if string(o.Name(f)) != "input" {
			continue
		}
		v := body[f.Start:f.End]
		var inputs []json.RawMessage
		if v[0] != '[' || json.Unmarshal(v, &inputs) != nil || int64(len(inputs)) <= most || inputs[0][0] != '"' && inputs[0][0] != '[' {
			return nil
		}
		var parts [][]byte
		for len(inputs) > 0 {
			n := min(len(inputs), int(most))
			list, err := json.Marshal(inputs[:n])
			if err != nil {
				return nil
			}
			inputs = inputs[n:]
			part := append(append([]byte(nil), body[:f.Start]...), list...)
			parts = append(parts, append(part, body[f.End:]...))
		}
		return parts
	}
	return nil
}

// JoinEmbeddings makes one reply of those to the calls of SplitInputs, in their
// order: the vectors counted on, the usage added up.
func JoinEmbeddings(replies [][]byte) ([]byte, error) {
	type vector struct {
		Object    string          `json:"object"`
		Index     int             `json:"index"`
		Embedding json.RawMessage `json:"embedding"`
	}
	type reply struct {
		Object string   `json:"object"`
		Data   []vector `json:"data"`
		Model  string   `json:"model"`
		Usage  struct {
			Prompt int64 `json:"prompt_tokens"`
			Total  int64 `json:"total_tokens"`
		} `json:"usage"`
	}
	var out reply
	for _, b := range replies {
		var r reply
		if err := json.Unmarshal(b, &r); err != nil || len(r.Data) == 0 {
			return nil, errs.Internal("the upstream's reply holds no embeddings")
		}
		first := len(out.Data)
		for _, v := range r.Data {
			v.Index += first
			out.Data = append(out.Data, v)
		}
		out.Object, out.Model = r.Object, r.Model
		out.Usage.Prompt += r.Usage.Prompt
		out.Usage.Total += r.Usage.Total
	}
	return json.Marshal(out)
}
