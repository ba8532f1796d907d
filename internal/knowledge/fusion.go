package knowledge

import (
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/knowledge/static"
)

// modelLambda is the weight of a model's space before golden questions say
// otherwise: words still decide where they cover the question.
const modelLambda = .5

// Fusion is how a space joins before golden questions say otherwise.
func Fusion(s space.Space) space.Fusion {
	if s.Provider == static.Name {
		return space.Fusion{Kind: space.Linear, Lambda: StaticLambda}
	}
	return space.Fusion{Kind: space.Coverage, Lambda: modelLambda}
}

// Fusions are the ways to join a space that Tune tries. The static space is
// never joined by rank: it is too weak a ranker for that.
func Fusions(s space.Space) []space.Fusion {
	if s.Provider == static.Name {
		return []space.Fusion{{Kind: space.Linear, Lambda: .05}, {Kind: space.Linear, Lambda: .1}, {Kind: space.Linear, Lambda: .2}}
	}
	out := []space.Fusion{{Kind: space.RRF, Lambda: 1}}
	for _, l := range []float64{.1, .25, .5, 1, 2} {
		out = append(out, space.Fusion{Kind: space.Coverage, Lambda: l})
	}
	return out
}
