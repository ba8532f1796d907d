package sizing

import (
	"context"
	"maps"
	"math"
	"slices"
	"sort"
)

// Believe fills in what earlier decisions of other scenarios say of the
// candidates' models, as beliefs that steer shares and pruning and never the
// guarantee. Another scenario is harder or easier: that moves all models
// alike (Shift), and each by itself (SD); both are estimated from the other
// scenarios alone. Decisions on items that this study has too tell nothing
// before its data, and are left out. A study that goes on keeps the beliefs
// that it began with.
//
// Public scores are beliefs too: those of one source count as one scenario
// more, which all of them were measured in.
func Believe(ctx context.Context, cfg *StudyConfig, others []string, public ...Published) error {
	if cfg.Store == nil {
		return nil
	}
	own := map[string]bool{}
	for _, it := range cfg.Items {
		own[inputID(it)] = true
	}
	var scenes []scene
	for _, name := range others {
		s, err := lastScene(ctx, cfg.Store, name, own)
		if err != nil {
			return err
		}
		if len(s) > 0 {
			scenes = append(scenes, s)
		}
	}
	scenes = append(scenes, publicScenes(public)...)
	b := learn(scenes)
	cfg.Arms = slices.Clone(cfg.Arms)
	for i := range cfg.Arms {
		a := &cfg.Arms[i]
		if m, ok := b.model[modelOf(a.Config)]; ok {
			a.Mean, a.SD, cfg.Shift = m.Mean, m.SD, b.shift
		}
	}
	return nil
}

// Published is a public score of a model.
type Published struct {
	Model, Source string
	Score         float64
}

// publicItems is how many items a public score is taken to rest on.
const publicItems = 1000

// publicScenes are public scores by source.
func publicScenes(public []Published) (out []scene) {
	by := map[string]scene{}
	for _, p := range public {
		if by[p.Source] == nil {
			by[p.Source] = scene{}
		}
		by[p.Source][p.Model] = shown{p.Score, publicItems}
	}
	for _, source := range slices.Sorted(maps.Keys(by)) {
		out = append(out, by[source])
	}
	return out
}

// modelOf names what a belief carries over from one scenario to another: the
// model, whoever hosts it and whatever it is asked. What is trained or found
// here is another thing in each scenario.
func modelOf(c Configuration) string {
	if c.Kind != Chat {
		return ""
	}
	return c.Model
}

// scene is what another scenario has shown of models.
type scene map[string]shown

type shown struct{ mean, items float64 }

// leastShown is the number of items from which on a mean is listened to.
const leastShown = 20

// lastScene is what the latest decision of a scenario shows.
func lastScene(ctx context.Context, store Store, scenario string, own map[string]bool) (scene, error) {
	decisions, err := store.Decisions(ctx, scenario)
	if err != nil || len(decisions) == 0 {
		return nil, err
	}
	r := decisions[len(decisions)-1].Result
	rounds, err := r.rounds(ctx, store)
	if err != nil || len(rounds) == 0 { // what it was measured on is not known
		return nil, nil
	}
	for _, round := range rounds {
		if slices.ContainsFunc(round.Inputs, func(in string) bool { return own[in] }) {
			return nil, nil
		}
	}
	out := scene{}
	for _, a := range r.Arms {
		name := modelOf(a.Configuration)
		if name == "" || a.Quality == nil || a.Items < leastShown {
			continue
		}
		old := out[name] // several prompts of one model count by their items
		n := float64(a.Items)
		out[name] = shown{(old.mean*old.items + *a.Quality*n) / (old.items + n), old.items + n}
	}
	return out, nil
}

// What a shift between scenarios and a model's own deviation are taken to be
// before any other scenario has shown them, and for how many observations
// that counts.
const (
	shiftBefore, shiftWeight = .12, 2.0
	aloneBefore, aloneWeight = .06, 4.0
)

type learnt struct {
	model map[string]Prior
	shift float64
}

// learn fits score = model + scenario + rest to the other scenarios, by
// alternating means.
func learn(scenes []scene) learnt {
	models := map[string]float64{}
	moved := make([]float64, len(scenes))
	seen := map[string]float64{} // scenarios by model
	for _, s := range scenes {
		for m := range s {
			seen[m]++
		}
	}
	names := make([]string, 0, len(seen))
	for m := range seen {
		names = append(names, m)
	}
	sort.Strings(names)
	for range 50 {
		for _, m := range names {
			sum := 0.0
			for k, s := range scenes {
				if x, ok := s[m]; ok {
					sum += x.mean - moved[k]
				}
			}
			models[m] = sum / seen[m]
		}
		all := 0.0
		for k, s := range scenes {
			sum := 0.0
			for _, m := range names {
				if x, ok := s[m]; ok {
					sum += x.mean - models[m]
				}
			}
			moved[k] = sum / float64(len(s))
			all += moved[k] / float64(len(scenes))
		}
		for k := range moved { // scenarios move about 0
			moved[k] -= all
		}
	}
	shift, alone := shiftWeight*shiftBefore*shiftBefore, aloneWeight*aloneBefore*aloneBefore
	freedom, pairs := shiftWeight+math.Max(float64(len(scenes)-1), 0), aloneWeight
	for k, s := range scenes {
		shift += moved[k] * moved[k]
		for _, m := range names {
			x, ok := s[m]
			if !ok || seen[m] < 2 || len(s) < 2 {
				continue
			}
			d := x.mean - models[m] - moved[k]
			alone += d * d
			pairs += (1 - 1/seen[m]) * (1 - 1/float64(len(s)))
		}
	}
	shift, alone = shift/freedom, alone/pairs
	out := learnt{map[string]Prior{}, 0}
	for _, m := range names {
		items := 0.0
		for _, s := range scenes {
			items += s[m].items
		}
		mean := math.Min(math.Max(models[m], 0), 1)
		noise := math.Max(mean*(1-mean), .01) / items
		out.model[m] = Prior{Mean: mean, SD: math.Sqrt(alone*(1+1/seen[m]) + noise)}
	}
	if n := float64(len(scenes)); n > 0 {
		out.shift = math.Sqrt(shift * (1 + 1/n))
	}
	return out
}
