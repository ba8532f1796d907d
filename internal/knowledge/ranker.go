package knowledge

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/luodi/luodi/internal/knowledge/index"
	"github.com/luodi/luodi/internal/knowledge/rank"
	"github.com/luodi/luodi/internal/knowledge/space"
)

// ranked is how many of the best passages a fitted ranker orders anew.
const ranked = 300

// The features of a passage, in the order of a ranker's weights. Shares are of
// the best of the list, so that they mean the same for every question.
const (
	byScore   = iota // share of the score before
	byBody           // share of the best body's part, as the next three
	byHeading        //
	bySection        //
	byTitle          //
	byRank           // 10/(10+rank)
	byNear           // cosine in the base's space
	byMap            // the same with the question turned by the fitted map
	byCited          // how much others mention its document
	byOld            // its document has a newer version
	byLength         // logarithm of its terms
	bySize           // logarithm of its document's passages
	byBest           // share of the best score in its document
	byCount          // share of the list that its document has
	byGroup          // the first of groupsMost: its document is of the group
)

// groupsMost is how many sources or folders a ranker tells apart.
const groupsMost = 6

const features = byGroup + groupsMost

// start is the ranking before: scores as they are.
func start() []float64 {
	w := make([]float64, features)
	w[byScore] = 10
	return w
}

// ranker orders what a search found, as golden questions taught it.
type ranker struct {
	Space   string    `json:"space"`  // the map's and the nearness's; "" words alone
	Groups  []string  `json:"groups"` // sources or source/folder
	Weights []float64 `json:"weights"`
	Map     []byte    `json:"map,omitempty"`
	Dim     int       `json:"dim,omitempty"`

	turn *rank.Map
}

func (r ranker) encode() []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings and finite numbers only
	}
	return b
}

func decodeRanker(b []byte) (*ranker, error) {
	r := new(ranker)
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("reading a fitted ranker: %w", err)
	}
	if len(r.Map) > 0 {
		m, err := rank.Unpack(r.Map, r.Dim)
		if err != nil {
			return nil, err
		}
		r.turn = &m
	}
	return r, nil
}

// describe computes the features of what was found. near may be nil.
func describe(v *index.View, found []index.Found, parts []index.Parts, near *nearby, m *rank.Map, groups []string) []float32 {
	x := make([]float32, len(found)*features)
	var most index.Parts
	top := float32(0)
	type doc struct {
		segment int
		doc     uint32
	}
	best, count := map[doc]float32{}, map[doc]float32{}
	for i, f := range found {
		p := parts[i]
		most.Body, most.Heading, most.Section, most.Title = max(most.Body, p.Body), max(most.Heading, p.Heading), max(most.Section, p.Section), max(most.Title, p.Title)
		top = max(top, f.Score)
		d := doc{f.Segment, v.Segment(f.Segment).Doc[f.Chunk]}
		best[d] = max(best[d], f.Score)
		count[d]++
	}
	share := func(x, of float32) float32 { return x / max(of, 1e-6) }
	var turned []float32
	if m != nil && near.vectors() {
		turned = m.Turn(near.question)
	}
	for i, f := range found {
		p, row := parts[i], x[i*features:(i+1)*features]
		seg := v.Segment(f.Segment)
		d := doc{f.Segment, seg.Doc[f.Chunk]}
		row[byScore] = share(f.Score, top)
		row[byBody], row[byHeading] = share(p.Body, most.Body), share(p.Heading, most.Body)
		row[bySection], row[byTitle] = share(p.Section, most.Body), share(p.Title, most.Body)
		row[byRank] = 10 / float32(10+i)
		row[byNear], row[byCited] = p.Near, p.Cited
		if p.Old {
			row[byOld] = 1
		}
		row[byLength] = float32(math.Log1p(float64(p.Terms)) / 8)
		row[bySize] = float32(math.Log1p(float64(seg.Docs[d.doc].Chunks)) / 8)
		row[byBest], row[byCount] = share(best[d], top), count[d]/float32(len(found))
		if turned != nil {
			row[byMap] = rank.Dot(turned, near.row(f))
		}
		if g := slices.Index(groups, seg.Docs[d.doc].Group()); g >= 0 {
			row[byGroup+g] = 1
		}
	}
	return x
}

// order brings what was found into the ranker's order; see orderBy for the scores.
func (r *ranker) order(v *index.View, found []index.Found, parts []index.Parts, near *nearby) []index.Found {
	head := min(ranked, len(found))
	x := describe(v, found[:head], parts[:head], near, r.turn, r.Groups)
	return orderBy(found, r.Weights, x)
}

// orderBy orders the first passages by weights and leaves the rest behind
// them; ties keep the order before. The scores are dealt out anew, the best to
// the first, so that they say what they said before: how far apart two are.
func orderBy(found []index.Found, weights []float64, x []float32) []index.Found {
	score := make([]float64, len(x)/features)
	place := make([]int, len(score))
	for i := range score {
		score[i] = rank.Score(weights, x[i*features:(i+1)*features])
		place[i] = i
	}
	slices.SortStableFunc(place, func(a, b int) int { return cmp.Compare(score[b], score[a]) })
	out := slices.Clone(found)
	for i, k := range place {
		out[i] = found[k]
		out[i].Score = found[i].Score
	}
	return out
}

// ranker is the one that use names, if it fits the space in use: one that was
// fitted to another space is left out.
func (vs *vectors) ranker(ctx context.Context, use space.Use) (*ranker, error) {
	if use.Fusion.Ranker == "" {
		return nil, nil
	}
	vs.mu.Lock()
	r := vs.rankers[use.Fusion.Ranker]
	vs.mu.Unlock()
	if r == nil {
		kept, err := vs.Spaces.Ranker(ctx, use.Fusion.Ranker)
		if err != nil {
			return nil, err
		}
		if r, err = decodeRanker(kept.Data); err != nil {
			return nil, err
		}
		vs.mu.Lock()
		if len(vs.rankers) >= spacesKept {
			clear(vs.rankers)
		}
		vs.rankers[use.Fusion.Ranker] = r
		vs.mu.Unlock()
	}
	if r.Space != use.Space || len(r.Weights) != features {
		return nil, nil
	}
	return r, nil
}
