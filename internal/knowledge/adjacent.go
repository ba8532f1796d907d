package knowledge

import (
	"cmp"
	"context"
	"slices"

	"github.com/luodi/luodi/internal/knowledge/index"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/knowledge/token"
)

// adjacentTop is how many passages are read for words that stand together.
const adjacentTop = 50

// pairs receives a text's terms and tells every two words that stand next to
// each other, function words between them left out. Han has bigrams in the
// index already; three characters in a row were measured to say no more.
type pairs struct {
	last string
	pair func(first, second string)
}

// Gram implements token.Sink.
func (p *pairs) Gram(rune, rune) { p.last = "" }

// Word implements token.Sink.
func (p *pairs) Word(w []byte) {
	if token.IsFunction(w) {
		return
	}
	s := string(w)
	if p.last != "" {
		p.pair(p.last, s)
	}
	p.last = s
}

// adjacent counts the best passages in which words of the question stand next
// to each other as there higher: a pair weighs what its words do on average,
// as a term of its own would (Metzler and Croft 2005). Questions without two
// words in a row cost nothing.
func (b *Base) adjacent(ctx context.Context, v *index.View, q Query, use space.Use, found []index.Found, weights []index.Weight) ([]index.Found, error) {
	want := wanted(q.Text, weights)
	if len(want) == 0 || len(found) < 2 || use.Fusion.Ranker != "" || use.Fusion.Kind == space.RRF {
		return found, nil
	}
	unit := float32(1)
	if use.Fusion.Kind == space.Coverage {
		unit = index.Full(weights)
	}
	out := slices.Clone(found)
	top := out[:min(len(out), adjacentTop)]
	for i, f := range top {
		text, err := b.text(ctx, place{f, v.Segment(f.Segment)})
		if err != nil {
			return nil, err
		}
		count := map[[2]string]int{}
		token.Each(text, &pairs{pair: func(x, y string) { count[[2]string{x, y}]++ }})
		for _, w := range want {
			top[i].Score += index.Saturated(w.idf, count[w.pair]) / unit
		}
	}
	slices.SortStableFunc(top, func(x, y index.Found) int { return cmp.Compare(y.Score, x.Score) })
	return out, nil
}

type wantedPair struct {
	pair [2]string
	idf  float64 // mean of its words'
}

// wanted are a question's pairs whose words stand in the view, each once, in
// the order of the question.
func wanted(question string, weights []index.Weight) (out []wantedPair) {
	idf := map[string]float64{}
	for _, w := range weights {
		if w.Gram == 0 && w.DF > 0 {
			idf[w.Text] = w.IDF
		}
	}
	seen := map[[2]string]bool{}
	token.Each(token.Strip(question), &pairs{pair: func(x, y string) {
		k := [2]string{x, y}
		if idf[x] > 0 && idf[y] > 0 && !seen[k] {
			seen[k] = true
			out = append(out, wantedPair{k, (idf[x] + idf[y]) / 2})
		}
	}})
	return out
}
