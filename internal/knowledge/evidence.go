package knowledge

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/knowledge/index"
	"github.com/luodi/luodi/internal/knowledge/token"
)

// lengthPower is how evidence allows for long questions: what a passage matches
// by chance grows with the length of the question more like a deviation (½)
// than like a mean (1). Of the three values tried between, this one told the
// questions of one base from those of every other best, the 600 words of a
// task description included.
const lengthPower = .6

// evidence says in [0,1) how far the best passage, by its score, is from a chance match: its
// score over a power of what the whole question weighs, both in units of the
// idf of an unknown term.
func evidence(score float64, weights []index.Weight, chunks int) float64 {
	total := 0.
	for _, w := range weights {
		total += w.IDF * float64(w.Count)
	}
	unit := math.Log(2*float64(chunks) + 2)
	if total <= 0 || unit <= 0 {
		return 0
	}
	e := score / unit / math.Pow(total/unit, lengthPower)
	return e / (e + 1)
}

// Calibration asks questions made of pieces of unrelated documents: all their
// words are known, but nothing answers them. What passes the threshold must
// be better than half of those; real questions of other bases hold unknown words
// beside, and score lower.
const (
	chanceQuestions = 64
	chancePieces    = 6
	chanceQuantile  = .5
	leastThreshold  = .3
	mostThreshold   = .65
	// A base of fewer documents has no unrelated pieces; it takes the threshold
	// that larger ones come near to.
	fewDocuments     = 24
	defaultThreshold = .45
)

// calibrate returns the base's evidence threshold.
func calibrate(ctx context.Context, b *Base, live []Version) (float64, error) {
	if len(live) < fewDocuments {
		return defaultThreshold, nil
	}
	var got []float64
	err := b.chance(ctx, live, chanceQuestions, func(q string) error {
		r, err := b.rankBy(ctx, Query{Text: q, K: 1, As: Asker{Owner: true}}, token.Terms(q), ranking{})
		got = append(got, r.evidence())
		return err
	})
	if err != nil {
		return 0, err
	}
	slices.Sort(got)
	return min(max(math.Round(1000*quantile(got, chanceQuantile))/1000, leastThreshold), mostThreshold), nil
}

// chance calls fn with n questions made of pieces of documents far apart in
// the order of live, the same ones every time.
func (b *Base) chance(ctx context.Context, live []Version, n int, fn func(question string) error) error {
	rng := rand.New(rand.NewPCG(20, 26))
	for range n {
		var pieces []string
		first := rng.IntN(len(live))
		for i := range chancePieces {
			p, err := b.piece(ctx, live[(first+i*len(live)/chancePieces)%len(live)], rng)
			if err != nil {
				return err
			}
			pieces = append(pieces, p)
		}
		if err := fn(strings.Join(pieces, " ")); err != nil {
			return err
		}
	}
	return nil
}

// piece is a word, or two or three Han characters, from anywhere in a text.
func (b *Base) piece(ctx context.Context, v Version, rng *rand.Rand) (string, error) {
	const window = 60
	from := 0
	if v.Size > window {
		from = rng.IntN(v.Size - window)
	}
	n := 2 + rng.IntN(2)
	text, err := readText(ctx, b.store, b.cache, b.name, v.ID, from, min(from+window, v.Size))
	if err != nil {
		return "", err
	}
	for len(text) > 0 && !utf8.RuneStart(text[0]) {
		text = text[1:]
	}
	if i := strings.IndexFunc(text, token.IsGram); i >= 0 {
		rs := []rune(text[i:])
		return string(rs[:min(n, len(rs))]), nil
	}
	if w := strings.Fields(text); len(w) > 2 {
		return w[1], nil
	}
	return text, nil
}
