package replay

import (
	"context"
	"math/rand/v2"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/cascade"
)

// CascadeOptions of Cascade. Zero values are the defaults given.
type CascadeOptions struct {
	Scores, Preds, Prices string
	Exclude               []string
	Loss                  float64 // points that may be lost; 0 means .01
	Items                 int     // draws for A, and as many for B; 0 means 2,000
	Runs                  int     // 0 means 40
	Seed                  uint64  // 0 means 1
}

// CascadeFigures are what certified cascades cost and lose.
type CascadeFigures struct {
	Reference string   `json:"reference"`  // the best single model
	CostRatio float64  `json:"cost_ratio"` // mean cost against it; a run without a certificate counts 1
	Certified float64  `json:"certified"`  // share of runs
	False     float64  `json:"false_certificates"`
	Loss      float64  `json:"true_loss"` // mean over certified runs; below 0 is a gain
	Runs      int      `json:"runs"`
	Policy    string   `json:"policy,omitempty"` // of the last run
	Unpriced  []string `json:"unpriced,omitempty"`
}

// Cascade searches policies on seeded draws A, certifies them on draws B, and
// compares with the truth over all recorded items.
func Cascade(ctx context.Context, o CascadeOptions) (CascadeFigures, error) {
	if o.Loss == 0 {
		o.Loss = .01
	}
	if o.Items == 0 {
		o.Items = 2000
	}
	if o.Runs == 0 {
		o.Runs = 40
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if !(o.Loss > 0 && o.Loss < 1) || o.Items < 1 || o.Runs < 1 {
		return CascadeFigures{}, errs.Invalid("--loss %v must lie in (0,1), --items %d and --runs %d must be positive", o.Loss, o.Items, o.Runs)
	}
	if o.Preds == "" {
		return CascadeFigures{}, errs.Invalid("--cascade needs --preds: agreement is between parsed answers")
	}
	t, err := Read(o.Scores, o.Preds, o.Prices, o.Exclude)
	if err != nil {
		return CascadeFigures{}, err
	}
	s := t.Scenes(false)[0]
	best, _ := s.Best()
	reference := s.Arms[best]
	all := &cascade.Outcomes{Score: t.Score, Answer: t.answers(), Cost: t.Cost}
	opt := cascade.Options{Reference: reference, Loss: o.Loss, ItemsB: float64(o.Items)}
	for i, m := range s.Arms {
		if s.Cost[i] <= s.Cost[best] {
			opt.Models = append(opt.Models, m)
		}
	}
	out := CascadeFigures{Reference: t.Models[reference], Runs: o.Runs, Unpriced: t.Unpriced}
	certified := 0.0
	for r := range o.Runs {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		rng := rand.New(rand.NewPCG(o.Seed, uint64(r)))
		a := *all
		a.Weight = make([]float64, len(t.IDs))
		for range o.Items {
			a.Weight[rng.IntN(len(t.IDs))]++
		}
		draw := make(cascade.Draw, o.Items)
		for i := range draw {
			draw[i] = rng.IntN(len(t.IDs))
		}
		c := cascade.Certify(cascade.Search(&a, opt), all, draw, reference, o.Loss, .05)
		ratio := 1.0
		if c.OK {
			truth := c.Policy.Evaluate(all, reference)
			d, _ := truth.Mean()
			if s.Cost[best] > 0 {
				ratio = truth.Cost / truth.N / s.Cost[best]
			}
			certified++
			out.Loss -= d
			if d < -o.Loss-1e-12 {
				out.False++
			}
			out.Policy = t.name(c.Policy)
		}
		out.CostRatio += ratio / float64(o.Runs)
	}
	if certified > 0 {
		out.Loss /= certified
	}
	out.Certified, out.False = certified/float64(o.Runs), out.False/float64(o.Runs)
	return out, nil
}

func (t *Table) name(p cascade.Policy) string {
	var b strings.Builder
	for _, m := range p.Models {
		b.WriteString(t.Models[m] + ", ")
	}
	if len(p.Models) > 0 {
		b.WriteString("else ")
	}
	return b.String() + t.Models[p.Fallback]
}

// answers numbers the parsed answers of each item; spaces and the kind of
// quotes make no difference, an empty answer agrees with nothing.
func (t *Table) answers() [][]int32 {
	clean := strings.NewReplacer(" ", "", "\"", "'")
	out := make([][]int32, len(t.Models))
	for m := range out {
		out[m] = make([]int32, len(t.IDs))
	}
	for i := range t.IDs {
		seen := map[string]int32{}
		for m := range out {
			p := clean.Replace(t.Pred[m][i])
			if p == "" {
				out[m][i] = -1
				continue
			}
			n, ok := seen[p]
			if !ok {
				n = int32(len(seen))
				seen[p] = n
			}
			out[m][i] = n
		}
	}
	return out
}
