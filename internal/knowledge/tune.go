package knowledge

import (
	"context"
	"fmt"

	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/lineage"
)

// TuneReport says what golden questions say about a base's ranking.
type TuneReport struct {
	Questions int        `json:"questions"`
	Tried     int        `json:"tried"`
	Best      space.Use  `json:"best"`    // over all questions
	Crossed   Difference `json:"crossed"` // nDCG@10 of what is chosen without the question that it is measured on, against what is in use
	Better    bool       `json:"better"`  // the interval of Crossed is above 0
}

// folds of the cross-validation.
const folds = 5

// Tune tries ways to join a space and weights of headings and titles on golden
// questions. Each question is measured with what the other folds choose, so
// that the interval says what to expect of questions not yet asked. s may be
// "": words alone. It changes nothing.
func (b *Base) Tune(ctx context.Context, now space.Use, s space.Space, questions []Question, progress func(done, total int)) (TuneReport, error) {
	uses := append([]space.Use{now}, b.candidates(s)...)
	scores := make([][]float64, len(uses))
	for i, u := range uses {
		rank := b.SearchWith(u)
		figures, err := each(ctx, rank, questions, Asker{Owner: true})
		if err != nil {
			return TuneReport{}, fmt.Errorf("tuning knowledge base %s: %w", b.name, err)
		}
		for _, f := range figures {
			scores[i] = append(scores[i], f[decisive])
		}
		if progress != nil {
			progress(i+1, len(uses))
		}
	}
	r := TuneReport{Questions: len(questions), Tried: len(uses)}
	fold := make([]int, len(questions))
	for i, q := range questions { // equal questions stay together
		fold[i] = int(lineage.Hash([]byte(q.Query))[0]) % folds
	}
	chosen := make([]float64, len(questions))
	for f := range folds {
		best := bestOf(scores, func(i int) bool { return fold[i] != f })
		for i := range questions {
			if fold[i] == f {
				chosen[i] = scores[best][i]
			}
		}
	}
	r.Best = uses[bestOf(scores, func(int) bool { return true })]
	r.Crossed = paired(scores[0], chosen)
	r.Better = r.Crossed.Low > 0 && r.Best != now
	return r, nil
}

// bestOf is the row of the largest sum over the columns that in allows; the
// first of equals, so that what is in use stays.
func bestOf(scores [][]float64, in func(i int) bool) int {
	best, most := 0, -1.
	for k, row := range scores {
		sum := 0.
		for i, x := range row {
			if in(i) {
				sum += x
			}
		}
		if sum > most+1e-9 {
			best, most = k, sum
		}
	}
	return best
}

// candidates are the ways to rank that Tune tries.
func (b *Base) candidates(s space.Space) []space.Use {
	joins := []space.Use{{}}
	if s.ID != "" {
		for _, f := range Fusions(s) {
			joins = append(joins, space.Use{Space: s.ID, Fusion: f})
		}
	}
	var out []space.Use
	for _, u := range joins {
		for _, heading := range []float64{0, .1, .8} {
			for _, title := range []float64{0, .1, .4, 1} {
				u.Fusion.Heading, u.Fusion.Title = heading, title
				out = append(out, u)
			}
		}
	}
	return out
}
