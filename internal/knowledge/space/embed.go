package space

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/luodi/luodi/internal/errs"
)

func sum(text string) []byte {
	s := sha256.Sum256([]byte(text))
	return s[:]
}

// Embedder makes vectors of one space. It may be called from any goroutine.
type Embedder interface {
	// Passages returns a vector for each text, in their order.
	Passages(ctx context.Context, texts []string) ([][]float32, error)
	// Query returns a question's vector.
	Query(ctx context.Context, text string) ([]float32, error)
}

// Endpoint asks a server for the vectors of texts, as they are.
type Endpoint func(ctx context.Context, texts []string) ([][]float32, error)

// Remote is an Embedder over an endpoint.
type Remote struct {
	Space Space // prefixes and dimension
	Ask   Endpoint
	Batch int // texts a call; 0 is 16
}

const defaultBatch = 16

// Passages implements Embedder.
func (r Remote) Passages(ctx context.Context, texts []string) ([][]float32, error) {
	n := r.Batch
	if n == 0 {
		n = defaultBatch
	}
	var out [][]float32
	for part := range slices.Chunk(texts, n) {
		vs, err := r.ask(ctx, r.Space.Passage, part)
		if err != nil {
			return nil, err
		}
		out = append(out, vs...)
	}
	return out, nil
}

// Query implements Embedder.
func (r Remote) Query(ctx context.Context, text string) ([]float32, error) {
	vs, err := r.ask(ctx, r.Space.Query, []string{text})
	if err != nil {
		return nil, err
	}
	return vs[0], nil
}

func (r Remote) ask(ctx context.Context, prefix string, texts []string) ([][]float32, error) {
	in := make([]string, len(texts))
	for i, t := range texts {
		in[i] = prefix + t
	}
	vs, err := r.Ask(ctx, in)
	if err != nil {
		return nil, err
	}
	if len(vs) != len(in) {
		return nil, errs.Invalid("the endpoint of %s answered %d texts with %d vectors", r.Space.Model, len(in), len(vs))
	}
	for _, v := range vs {
		if r.Space.Dim > 0 && len(v) != r.Space.Dim {
			return nil, errs.Conflict("the endpoint of %s answers with %d dimensions; the space has %d: it serves another model now; rebuild the space with luodi kb swap", r.Space.Model, len(v), r.Space.Dim)
		}
		Unit(v)
	}
	return vs, nil
}

// probes are what an endpoint embeds to show that it serves the same model.
var probes = []string{"信用卡丢失后如何挂失", "interest rate of a mortgage", "第十二条 2024-01"}

// Describe asks an endpoint who it is: its dimension and probe checksum. Prefixes are
// those of the model's family, where its name tells.
func Describe(ctx context.Context, provider, model string, ask Endpoint) (Space, error) {
	s := Space{Provider: provider, Model: model}
	s.Query, s.Passage = Prefixes(model)
	vs, err := ask(ctx, probes)
	if err != nil {
		return s, fmt.Errorf("probing the embedding model %s: %w", model, err)
	}
	if len(vs) != len(probes) || len(vs[0]) == 0 {
		return s, errs.Invalid("the endpoint of %s answered %d probes with %d vectors; is it an embedding model?", model, len(probes), len(vs))
	}
	s.Dim = len(vs[0])
	s.Probe = checksum(vs)
	return s.Named(), nil
}

// checksum is of what one run and the next agree on: the rounded angles
// between the probes' vectors.
func checksum(vs [][]float32) string {
	var b []byte
	for i := range vs {
		Unit(vs[i])
		for j := range i {
			dot := 0.
			for k := range vs[i] {
				dot += float64(vs[i][k]) * float64(vs[j][k])
			}
			b = binary.AppendVarint(b, int64(math.Round(dot*100)))
		}
	}
	return fmt.Sprintf("%x", sum(string(b))[:8])
}
