package knowledge

import (
	"context"
	"fmt"
	"maps"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/lineage"
)

// TuneReport says what golden questions say about a base's ranking.
type TuneReport struct {
	Questions int          `json:"questions"`
	Tried     int          `json:"tried"`
	Best      space.Use    `json:"best"`             // over all questions
	Crossed   Difference   `json:"crossed"`          // nDCG@10 of what is chosen without the question that it is measured on, against what is in use
	Fitted    *FitReport   `json:"fitted,omitempty"` // with FitFrom questions or more
	Better    bool         `json:"better"`           // the interval of Crossed is above 0
	Ranker    space.Ranker `json:"-"`                // what Best names
}

// folds of the cross-validation.
const folds = 5

// foldsOf deals questions into folds; equal questions stay together.
func foldsOf(questions []Question) []int {
	fold := make([]int, len(questions))
	for i, q := range questions {
		fold[i] = int(lineage.Hash([]byte(q.Query))[0]) % folds
	}
	return fold
}

// Tune tries ways to join a space and weights of fields and sources on golden
// questions, one after the other, each measured with what the other folds
// choose, so that the interval speaks of questions not yet asked. With FitFrom
// questions it fits a ranker too, and proposes it where that is better still.
// A ranker in use was perhaps fitted to the same questions and is compared
// with as if it were not. s may be "": words alone. It changes nothing.
func (b *Base) Tune(ctx context.Context, now space.Use, s space.Space, questions []Question, progress func(done, total int)) (TuneReport, error) {
	now.Fusion.Ranker = ""
	t := &tuning{base: b, space: s, questions: questions, fold: foldsOf(questions), scores: map[string][]float64{}, answers: map[int][]string{}}
	t.progress = progress
	r, err := t.run(ctx, now)
	if err != nil {
		return TuneReport{}, fmt.Errorf("tuning knowledge base %s: %w", b.name, err)
	}
	if len(questions) < FitFrom {
		return r, nil
	}
	// The ranker orders what is in use, not Best: that was chosen by all
	// questions, those that the ranker is judged on included.
	ranker, fitted, err := b.Fit(ctx, now, questions, progress)
	if err != nil {
		return TuneReport{}, err
	}
	r.Fitted = &fitted
	if fitted.Better && (!r.Better || fitted.Crossed.Mean > r.Crossed.Mean) {
		r.Best, r.Crossed, r.Better, r.Ranker = now, fitted.Crossed, true, ranker
		r.Best.Fusion.Ranker = ranker.ID
	}
	return r, nil
}

// tuning remembers every way to rank that was measured.
type tuning struct {
	base      *Base
	space     space.Space
	questions []Question
	fold      []int
	scores    map[string][]float64 // by use
	answers   map[int][]string     // groups of a question's answers
	progress  func(done, total int)
}

func (t *tuning) run(ctx context.Context, now space.Use) (TuneReport, error) {
	if len(t.questions) == 0 {
		return TuneReport{}, errs.Invalid("there are no questions")
	}
	if err := t.groups(ctx); err != nil {
		return TuneReport{}, err
	}
	chosen := make([]float64, len(t.questions))
	for f := range folds {
		_, scores, err := t.climb(ctx, now, func(i int) bool { return t.fold[i] != f })
		if err != nil {
			return TuneReport{}, err
		}
		for i := range chosen {
			if t.fold[i] == f {
				chosen[i] = scores[i]
			}
		}
	}
	best, _, err := t.climb(ctx, now, func(int) bool { return true })
	if err != nil {
		return TuneReport{}, err
	}
	before, err := t.measure(ctx, now)
	if err != nil {
		return TuneReport{}, err
	}
	r := TuneReport{Questions: len(t.questions), Tried: len(t.scores), Best: best, Crossed: paired(before, chosen)}
	r.Better = r.Crossed.Low > 0 && !best.Same(now)
	return r, nil
}

// climb moves from a use, one setting after the other, to what ranks the
// allowed questions best; of equals the first stays.
func (t *tuning) climb(ctx context.Context, use space.Use, in func(i int) bool) (space.Use, []float64, error) {
	scores, err := t.measure(ctx, use)
	if err != nil {
		return use, nil, err
	}
	for _, step := range t.steps(in) {
		for _, try := range step(use) {
			got, err := t.measure(ctx, try)
			if err != nil {
				return use, nil, err
			}
			if sumOver(got, in) > sumOver(scores, in)+1e-9 {
				use, scores = try, got
			}
		}
	}
	return use, scores, nil
}

func sumOver(x []float64, in func(i int) bool) (sum float64) {
	for i, v := range x {
		if in(i) {
			sum += v
		}
	}
	return sum
}

// measure is every question's figure under a use.
func (t *tuning) measure(ctx context.Context, use space.Use) ([]float64, error) {
	key := fmt.Sprintf("%+v", use)
	if s := t.scores[key]; s != nil {
		return s, nil
	}
	figures, err := each(ctx, t.base.SearchWith(use), t.questions, Asker{Owner: true})
	if err != nil {
		return nil, err
	}
	scores := make([]float64, len(figures))
	for i, f := range figures {
		scores[i] = f[decisive]
	}
	t.scores[key] = scores
	if t.progress != nil {
		t.progress(len(t.scores), 0)
	}
	return scores, nil
}

// groups notes where the questions' answers lie.
func (t *tuning) groups(ctx context.Context) error {
	st, err := t.base.current(ctx)
	if err != nil {
		return err
	}
	a := newAnswers(t.base, st)
	for i, q := range t.questions {
		right, err := a.of(ctx, q)
		if err != nil {
			return err
		}
		for p := range right {
			seg := st.segments[p.segment]
			t.answers[i] = append(t.answers[i], seg.Docs[seg.Doc[p.chunk]].Group())
		}
	}
	return nil
}

// sourcesTried is how many sources or folders are weighed, those with the most
// answers.
const sourcesTried = 3

// steps are the settings in the order in which they are tried.
func (t *tuning) steps(in func(i int) bool) []func(space.Use) []space.Use {
	weight := func(of func(*space.Fusion) *float64, values ...float64) func(space.Use) []space.Use {
		return func(u space.Use) (out []space.Use) {
			for _, v := range values {
				*of(&u.Fusion) = v
				out = append(out, u)
			}
			return out
		}
	}
	join := func(u space.Use) []space.Use {
		none := u
		none.Space, none.Fusion.Kind, none.Fusion.Lambda = "", "", 0
		out := []space.Use{none}
		if t.space.ID != "" {
			for _, f := range Fusions(t.space) {
				u.Space, u.Fusion.Kind, u.Fusion.Lambda = t.space.ID, f.Kind, f.Lambda
				out = append(out, u)
			}
		}
		return out
	}
	out := []func(space.Use) []space.Use{join,
		weight(func(f *space.Fusion) *float64 { return &f.Heading }, .1, .8),
		weight(func(f *space.Fusion) *float64 { return &f.Title }, .1, .4, 1),
		weight(func(f *space.Fusion) *float64 { return &f.Section }, -1, .2, .8),
	}
	n := map[string]int{}
	for i, groups := range t.answers {
		if in(i) {
			for _, g := range groups {
				n[g]++
			}
		}
	}
	if len(n) < 2 { // all answers lie in one place: its weight says nothing
		return out
	}
	for _, g := range mostFrequent(n, sourcesTried) {
		out = append(out, func(u space.Use) (tries []space.Use) {
			for _, v := range []float64{-.3, .15, .3} {
				u.Fusion.Sources = maps.Clone(u.Fusion.Sources)
				if u.Fusion.Sources == nil {
					u.Fusion.Sources = map[string]float64{}
				}
				u.Fusion.Sources[g] = v
				tries = append(tries, u)
			}
			return tries
		})
	}
	return out
}
