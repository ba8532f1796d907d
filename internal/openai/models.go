package openai

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"sort"
	"time"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

// Embeddings returns one vector per input, in their order. Endpoints may
// answer with arrays or base64, and are asked for as many at once as they take.
func (c *Client) Embeddings(ctx context.Context, ep Endpoint, inputs []string) (vectors [][]float32, u meter.Usage, err error) {
	if n := int(ep.Rules.InputsAtOnce); n > 0 && len(inputs) > n {
		for part := range slices.Chunk(inputs, n) {
			vs, used, err := c.Embeddings(ctx, ep, part)
			if err != nil {
				return nil, u, err
			}
			vectors = append(vectors, vs...)
			u.Input += used.Input
		}
		return vectors, u, nil
	}
	if inputs, err = ep.guardInputs(inputs); err != nil {
		return nil, u, err
	}
	body, err := ep.body(map[string]any{"encoding_format": "float"}, "input", inputs)
	if err != nil {
		return nil, u, err
	}
	u, err = c.whole(ctx, ep, "/embeddings", body, func(b []byte) (err error) {
		vectors, err = readVectors(b, len(inputs))
		return err
	})
	return vectors, u, err
}

// whole makes a call whose reply comes in one piece.
func (c *Client) whole(ctx context.Context, ep Endpoint, path string, body []byte, read func([]byte) error) (u meter.Usage, err error) {
	err = c.do(ctx, ep, path, body, func(res *http.Response, _ time.Time) error {
		b, err := readAll(res.Body, func() {})
		if err != nil {
			return err
		}
		if e, ok := ep.Rules.FindError(b); ok {
			return (*vendorError)(&e)
		}
		u, _ = gateway.FindUsage(b)
		return read(b)
	})
	return u, err
}

func readVectors(b []byte, n int) ([][]float32, error) {
	var w struct {
		Data []struct {
			Index     int             `json:"index"`
			Embedding json.RawMessage `json:"embedding"`
		} `json:"data"`
	}
	if err := json.Unmarshal(b, &w); err != nil {
		return nil, shapeError("its reply is not JSON: " + err.Error())
	}
	if len(w.Data) != n {
		return nil, shapeError(fmt.Sprintf("its reply has %d embeddings for %d inputs", len(w.Data), n))
	}
	sort.SliceStable(w.Data, func(i, j int) bool { return w.Data[i].Index < w.Data[j].Index })
	out := make([][]float32, n)
	for i, d := range w.Data {
		var s string
		if json.Unmarshal(d.Embedding, &s) != nil {
			if err := json.Unmarshal(d.Embedding, &out[i]); err != nil {
				return nil, shapeError(fmt.Sprintf("embedding %d is neither numbers nor base64", i))
			}
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(s)
		if err != nil || len(raw)%4 != 0 {
			return nil, shapeError(fmt.Sprintf("embedding %d is not base64 of 32-bit floats", i))
		}
		for ; len(raw) > 0; raw = raw[4:] {
			out[i] = append(out[i], math.Float32frombits(binary.LittleEndian.Uint32(raw)))
		}
	}
	return out, nil
}

// Models lists the names of the models that the endpoint serves, sorted.
// ep.Model is not used.
func (c *Client) Models(ctx context.Context, ep Endpoint) ([]string, error) {
	var names []string
	err := c.do(ctx, ep, "/models", nil, func(res *http.Response, _ time.Time) error {
		b, err := readAll(res.Body, func() {})
		if err != nil {
			return err
		}
		var w struct {
			Data []struct {
				ID string `json:"id"`
			} `json:"data"`
		}
		if err := json.Unmarshal(b, &w); err != nil {
			return shapeError("its list of models is not JSON: " + err.Error())
		}
		names = names[:0]
		for _, m := range w.Data {
			names = append(names, m.ID)
		}
		sort.Strings(names)
		return nil
	})
	return names, err
}
