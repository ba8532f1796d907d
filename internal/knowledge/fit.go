package knowledge

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/luodi/luodi/internal/knowledge/index"
	"github.com/luodi/luodi/internal/knowledge/rank"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/knowledge/token"
)

// FitFrom is how many golden questions a ranker takes: with fewer it was
// measured to be no better than weights.
const FitFrom = 200

// A map learns to tell an answer from this many passages that words take for
// one, and from as many by chance.
const (
	hardWrong   = 30
	randomWrong = 30
)

// FitReport says what a ranker fitted to golden questions brings on questions
// that it was not fitted to.
type FitReport struct {
	Questions int        `json:"questions"` // with an answer among the passages found
	Weights   Difference `json:"weights"`   // fitted weights against what is in use
	Map       Difference `json:"map"`       // weights and map against weights
	Mapped    bool       `json:"mapped"`    // the map is used: the interval of Map is above 0
	Crossed   Difference `json:"crossed"`   // what is used against what is in use
	Better    bool       `json:"better"`    // its interval is above 0
}

// fitting is what is known of golden questions while a ranker is fitted.
type fitting struct {
	base      *Base
	state     *state
	view      *index.View
	questions []Question
	fold      []int
	lists     []passages
	examples  []rank.Example
}

// passages are one question's passages.
type passages struct {
	found []index.Found
	x     []float32
	near  *nearby
	right []bool
	group []string // of each of its answers
}

// Fit fits a ranker that orders what use finds, and measures it on questions
// that it was not fitted to: folds are crossed, and the map by which a question
// is described was never fitted to that question, neither where weights are
// fitted nor where they are judged. It changes nothing.
func (b *Base) Fit(ctx context.Context, use space.Use, questions []Question, progress func(done, total int)) (space.Ranker, FitReport, error) {
	use.Fusion.Ranker = ""
	f := &fitting{base: b, questions: questions, fold: foldsOf(questions)}
	if err := f.find(ctx, use, progress); err != nil {
		return space.Ranker{}, FitReport{}, fmt.Errorf("fitting knowledge base %s: %w", b.name, err)
	}
	r := FitReport{}
	for i := range f.lists {
		if slices.Contains(f.lists[i].right, true) {
			r.Questions++
		}
	}
	now, err := f.measure(ctx, func(i int) []index.Found { return f.lists[i].found })
	if err != nil {
		return space.Ranker{}, r, err
	}
	maps := f.maps()
	linear, err := f.crossed(ctx, nil)
	if err != nil {
		return space.Ranker{}, r, err
	}
	r.Weights = paired(now, linear)
	best := linear
	if maps != nil {
		mapped, err := f.crossed(ctx, maps)
		if err != nil {
			return space.Ranker{}, r, err
		}
		if r.Map = paired(linear, mapped); r.Map.Low > 0 {
			r.Mapped, best = true, mapped
		}
	}
	if !r.Mapped {
		maps = nil
	}
	r.Crossed = paired(now, best)
	r.Better = r.Crossed.Low > 0
	all := func(int) bool { return true }
	out := ranker{Space: use.Space, Groups: f.groups(all)}
	out.Weights = f.weights(all, out.Groups, func(i int) *rank.Map { return maps.without(f.fold[i], f.fold[i]) })
	if maps != nil {
		whole := f.fitMap(all)
		out.Map, out.Dim = whole.Pack(), whole.Dim
	}
	version, err := b.Digest(ctx)
	return space.Ranker{Base: b.name, Version: version, Data: out.encode()}.Named(), r, err
}

// find ranks every question as use does, and notes which passages answer it.
func (f *fitting) find(ctx context.Context, use space.Use, progress func(done, total int)) error {
	st, err := f.base.current(ctx)
	if err != nil {
		return err
	}
	f.state, f.view = st, st.viewWith(Asker{Owner: true}, false, use.Fusion)
	answers := newAnswers(f.base, st)
	for i, q := range f.questions {
		near, err := f.base.blend(ctx, st, f.view, Query{Text: q.Query, Strict: true}, use, 0)
		if err != nil {
			return err
		}
		found, parts, _, err := f.view.SearchParts(token.Query(q.Query), ranked, f.base.fetch(ctx), near.joined())
		if err != nil {
			return err
		}
		right, err := answers.of(ctx, q)
		if err != nil {
			return err
		}
		l := passages{found: found, near: near, right: make([]bool, len(found)), x: describe(f.view, found, parts, near, nil, nil)}
		for k, p := range found {
			l.right[k] = right[passage{p.Segment, p.Chunk}]
		}
		f.example(i, &l, right)
		if near != nil {
			near.blend = index.Blend{} // its vectors of all passages are not needed any more
		}
		f.lists = append(f.lists, l)
		if progress != nil {
			progress(i+1, len(f.questions))
		}
	}
	return nil
}

// example notes what a map can learn from a question.
func (f *fitting) example(i int, l *passages, right map[passage]bool) {
	e := rank.Example{}
	for _, p := range slices.SortedFunc(maps.Keys(right), passage.compare) {
		seg := f.view.Segment(p.segment)
		l.group = append(l.group, seg.Docs[seg.Doc[p.chunk]].Group())
		if l.near.vectors() {
			e.Right = append(e.Right, l.near.row(index.Found{Segment: p.segment, Chunk: p.chunk}))
		}
	}
	if l.near.vectors() {
		e.Query = l.near.question
		for k, p := range l.found {
			if !l.right[k] && len(e.Wrong) < hardWrong {
				e.Wrong = append(e.Wrong, l.near.row(p))
			}
		}
		r := rand.New(rand.NewPCG(uint64(i), 3))
		for range randomWrong {
			s := r.IntN(f.view.Segments())
			c := r.IntN(max(f.view.Segment(s).Chunks(), 1))
			if c < f.view.Segment(s).Chunks() && f.view.Sees(s, c) && !right[passage{s, c}] {
				e.Wrong = append(e.Wrong, l.near.row(index.Found{Segment: s, Chunk: c}))
			}
		}
	}
	f.examples = append(f.examples, e)
}

// crossedMaps are maps by the two folds that they have not seen.
type crossedMaps map[[2]int]*rank.Map

func (c crossedMaps) without(f, g int) *rank.Map { return c[[2]int{min(f, g), max(f, g)}] }

// maps fits a map without every pair of folds; nil where words alone rank.
func (f *fitting) maps() crossedMaps {
	if len(f.lists) == 0 || !f.lists[0].near.vectors() {
		return nil
	}
	out := crossedMaps{}
	for a := range folds {
		for b := a; b < folds; b++ {
			m := f.fitMap(func(i int) bool { return f.fold[i] != a && f.fold[i] != b })
			out[[2]int{a, b}] = &m
		}
	}
	return out
}

func (f *fitting) fitMap(in func(i int) bool) rank.Map {
	var use []rank.Example
	for i, e := range f.examples {
		if in(i) {
			use = append(use, e)
		}
	}
	return rank.FitMap(use, len(f.lists[0].near.question), rank.Config{})
}

// groups are the sources or folders that most answers of the questions lie in.
func (f *fitting) groups(in func(i int) bool) []string {
	n := map[string]int{}
	for i, l := range f.lists {
		if in(i) {
			for _, g := range l.group {
				n[g]++
			}
		}
	}
	return mostFrequent(n, groupsMost)
}

// mostFrequent are the names with the largest counts, ties by name.
func mostFrequent(n map[string]int, most int) []string {
	names := slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(n[b]-n[a], cmp.Compare(a, b)) })
	return names[:min(most, len(names))]
}

// described are a question's features with what a map and groups say.
func (f *fitting) described(i int, groups []string, m *rank.Map) []float32 {
	l := &f.lists[i]
	x := slices.Clone(l.x)
	var turned []float32
	if m != nil {
		turned = m.Turn(l.near.question)
	}
	for k, p := range l.found {
		row := x[k*features : (k+1)*features]
		if turned != nil {
			row[byMap] = rank.Dot(turned, l.near.row(p))
		}
		seg := f.view.Segment(p.Segment)
		if g := slices.Index(groups, seg.Docs[seg.Doc[p.Chunk]].Group()); g >= 0 {
			row[byGroup+g] = 1
		}
	}
	return x
}

func (f *fitting) weights(in func(i int) bool, groups []string, mapOf func(i int) *rank.Map) []float64 {
	var lists []rank.List
	for i := range f.lists {
		if in(i) && slices.Contains(f.lists[i].right, true) {
			lists = append(lists, rank.List{X: f.described(i, groups, mapOf(i)), Right: f.lists[i].right})
		}
	}
	return rank.Fit(lists, start(), rank.Config{})
}

// crossed measures every question under a ranker fitted to the other folds;
// without maps their feature is 0.
func (f *fitting) crossed(ctx context.Context, maps crossedMaps) ([]float64, error) {
	weights, groups := make([][]float64, folds), make([][]string, folds)
	for out := range folds {
		in := func(i int) bool { return f.fold[i] != out }
		groups[out] = f.groups(in)
		weights[out] = f.weights(in, groups[out], func(i int) *rank.Map { return maps.without(out, f.fold[i]) })
	}
	return f.measure(ctx, func(i int) []index.Found {
		out := f.fold[i]
		return orderBy(f.lists[i].found, weights[out], f.described(i, groups[out], maps.without(out, out)))
	})
}

// measure is the figure of every question where its passages come in an order.
func (f *fitting) measure(ctx context.Context, order func(i int) []index.Found) ([]float64, error) {
	out := make([]float64, len(f.questions))
	for i, q := range f.questions {
		groups, err := f.base.collapse(ctx, f.view, order(i), defaultK)
		if err != nil {
			return nil, err
		}
		hits, err := f.base.loadHits(ctx, f.view, groups, Asker{Owner: true})
		if err != nil {
			return nil, err
		}
		figures := map[string]float64{}
		score(figures, q, hits, []int{defaultK})
		out[i] = figures[decisive]
	}
	return out, nil
}
