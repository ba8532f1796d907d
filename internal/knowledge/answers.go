package knowledge

import (
	"cmp"
	"context"
	"strings"

	"github.com/luodi/luodi/internal/knowledge/chunk"
)

// passage is a chunk of a state's segments.
type passage struct{ segment, chunk int }

func (p passage) compare(o passage) int {
	return cmp.Or(p.segment-o.segment, p.chunk-o.chunk)
}

// answers finds the passages that golden questions name by address.
type answers struct {
	base  *Base
	first map[string]passage // version → its first chunk
	at    map[string][]passage
}

func newAnswers(b *Base, st *state) *answers {
	a := &answers{base: b, first: map[string]passage{}, at: map[string][]passage{}}
	for s, seg := range st.segments {
		chunk := 0
		for d, doc := range seg.Docs {
			if st.access[s][d] > 0 {
				a.first[doc.Version] = passage{s, chunk}
			}
			chunk += doc.Chunks
		}
	}
	return a
}

// of returns the passages that count as answers of a question.
func (a *answers) of(ctx context.Context, q Question) (map[passage]bool, error) {
	out := map[passage]bool{}
	for _, alternatives := range q.Relevant {
		for _, address := range alternatives {
			at, known := a.at[address]
			if !known {
				var err error
				if at, err = a.passages(ctx, address); err != nil {
					return nil, err
				}
				a.at[address] = at
			}
			for _, p := range at {
				out[p] = true
			}
		}
	}
	return out, nil
}

// passages are those that a hit's Is would say yes to.
func (a *answers) passages(ctx context.Context, address string) (out []passage, err error) {
	file, _, _ := strings.Cut(address, "#")
	for _, at := range []string{address, file} {
		rows, err := a.base.store.AtAddress(ctx, a.base.name, at)
		if err != nil {
			return nil, err
		}
		for _, v := range rows {
			first, live := a.first[v.ID]
			if !live || v.State != Live {
				continue
			}
			o, err := chunk.Decode(v.Outline)
			if err != nil {
				return nil, err
			}
			for i, c := range o.Chunks {
				h := Hit{At: v.Address, outline: o, Labels: o.Labels(c.Span)}
				h.Address = h.address(Span(c.Span))
				if h.Is(address) {
					out = append(out, passage{first.segment, first.chunk + i})
				}
			}
		}
		if len(out) > 0 || at == file {
			break
		}
	}
	return out, nil
}
