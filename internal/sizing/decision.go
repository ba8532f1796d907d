package sizing

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/money"
)

// Decision is the record of what a study decided: everything fixed before
// data, every candidate with its price row, and the certificate. Its id is its
// content address; Verify recomputes it from the kept outcomes.
type Decision struct {
	ID     string `json:"id"`
	Result Result `json:"result"`
	// Outcomes is the digest of every outcome used, in study order.
	Outcomes string `json:"outcomes"`
	// Inputs are what the eval set and the candidates were made from.
	Inputs []Input `json:"inputs,omitempty"`
	// Repriced is not nil for a decision that follows another one because
	// prices changed.
	Repriced *Repricing `json:"repriced,omitempty"`
}

// Decide makes the record of a result. It is pure: equal results give equal
// ids. NewCalls, which depends on what was cached, is not part of it.
func Decide(ctx context.Context, r Result, items []Item, store Store, inputs ...Input) (Decision, error) {
	return Decision{Result: r, Inputs: inputs}.seal(ctx, items, store)
}

// seal fills in the digest of the outcomes and the address.
func (d Decision) seal(ctx context.Context, items []Item, store Store) (Decision, error) {
	r := &d.Result
	d.ID, r.NewCalls = "", 0
	digest, err := outcomesDigest(ctx, *r, items, store)
	if err != nil {
		return Decision{}, fmt.Errorf("recording the decision of scenario %s: %w", r.Scenario, err)
	}
	d.Outcomes = digest
	b, err := json.Marshal(d)
	if err != nil {
		return Decision{}, fmt.Errorf("recording the decision of scenario %s: %w", r.Scenario, err)
	}
	d.ID = lineage.NewID(lineage.Decision, string(b))
	return d, nil
}

func outcomesDigest(ctx context.Context, r Result, items []Item, store Store) (string, error) {
	var parts []string
	order, err := r.laid(ctx, items, store)
	if err != nil {
		return "", err
	}
	for _, a := range r.Arms {
		kept := map[string]Output{}
		if a.Items > 0 {
			if err := store.EachOutcome(ctx, a.ID, func(o Outcome) error { kept[o.Item] = o.Output; return nil }); err != nil {
				return "", err
			}
		}
		seen, err := order.seen(a)
		if err != nil {
			return "", err
		}
		for _, it := range seen {
			o, ok := kept[it.ID]
			if !ok {
				return "", errs.NotFound("no outcome of candidate %s for item %s is kept", a.Name, it.ID)
			}
			b, err := json.Marshal(o)
			if err != nil {
				return "", err
			}
			parts = append(parts, a.ID, it.ID, string(b))
		}
	}
	return lineage.NewID(lineage.Dataset, parts...), nil
}

// Verification is what recomputing a decision found.
type Verification struct {
	Decision    string   `json:"decision"`
	OK          bool     `json:"ok"`
	Differences []string `json:"differences"` // empty when OK
}

// Verify recomputes a decision from kept outcomes, without any call, and
// lists every difference. scorer must be the one the decision names.
func Verify(ctx context.Context, d Decision, items []Item, scorer Scorer, store Store) (Verification, error) {
	v := Verification{Decision: d.ID, Differences: []string{}}
	differ := func(format string, args ...any) { v.Differences = append(v.Differences, fmt.Sprintf(format, args...)) }
	old := d.Result
	if scorer.Name() != old.Scorer {
		return v, errs.Invalid("verifying %s: it was scored by %s, not %s", d.ID, old.Scorer, scorer.Name())
	}
	switch order, err := old.laid(ctx, items, store); {
	case errs.Is(err, errs.CodeConflict):
		differ("%v", err)
		return v, nil
	case err != nil:
		return v, err
	case itemsDigest(order.items) != old.Digest:
		differ("the eval set has changed: %s, was %s", itemsDigest(order.items), old.Digest)
		return v, nil
	}
	if d.Repriced != nil {
		return verifyRepriced(ctx, d, items, scorer, store)
	}
	again, err := d.seal(ctx, items, store)
	switch {
	case err != nil && (errs.Is(err, errs.CodeNotFound) || errs.Is(err, errs.CodeConflict)):
		differ("%v", err)
		return v, nil
	case err != nil:
		return v, err
	}
	if again.Outcomes != d.Outcomes {
		differ("outcomes have changed: digest %s, was %s", again.Outcomes, d.Outcomes)
	}
	if again.ID != d.ID {
		differ("the record has changed: its address is %s, was %s", again.ID, d.ID)
	}
	cfg := replayConfig(old, items, scorer, store)
	now, err := study(ctx, cfg, old.seen())
	if err != nil {
		return v, fmt.Errorf("verifying %s: %w", d.ID, err)
	}
	compare(old, now, differ)
	v.OK = len(v.Differences) == 0
	return v, nil
}

func replayConfig(r Result, items []Item, scorer Scorer, store Store) StudyConfig {
	reserve := r.Reserve
	if reserve == 0 {
		reserve = -1
	}
	cfg := StudyConfig{Reserve: reserve, Cascade: r.Cascade, Shift: r.Shift, Grows: r.Grows, Closed: r.Population == PopulationClosed, LabelLeast: r.LabelLeast, Recall: r.RecallBar, Calibrated: r.Calibrated,
		Scenario: r.Scenario, Metric: r.Metric, Items: items, Scorer: scorer, Store: readOnly{store, r}, Bar: r.Bar, Slack: r.Slack, Reference: r.Reference, Within: 0 - r.Bar,
		P95: time.Duration(math.Round(r.P95 * 1e6)), Cost: r.CostBar, Alpha: r.Alpha, Beta: r.Beta, Seed: r.Seed, Frontier: r.Frontier, Currency: money.Currency(r.Currency), Rates: r.rates(), Requests: r.Requests,
		Runner: RunnerFunc(func(_ context.Context, c Configuration, it Item) (Output, error) {
			return Output{}, errs.NotFound("no outcome of %s for item %s is kept", c.Name, it.ID)
		})}
	if j := r.Judge; j != nil {
		cfg.Judge = &Arm{Config: j.Configuration, Price: j.Price, Concurrency: j.Concurrency}
	}
	for _, a := range r.Arms {
		arm := Arm{Config: a.Configuration, Price: a.Price, Concurrency: a.Concurrency}
		if a.Prior != nil {
			arm.Mean, arm.SD = a.Prior.Mean, a.Prior.SD
		}
		if a.Status == "not_configured" {
			arm.Missing = a.Reason
		}
		cost := math.Inf(1)
		if a.Expected != nil {
			cost = *a.Expected / 1000
		}
		arm.recorded = &cost
		cfg.Arms = append(cfg.Arms, arm)
	}
	return cfg
}

// readOnly shows a study's record as the decision keeps it and changes
// nothing.
type readOnly struct {
	Store
	r Result
}

func (s readOnly) PutOutcomes(context.Context, ...Outcome) error { return nil }
func (s readOnly) PutStudy(context.Context, StudyRecord) error   { return nil }
func (s readOnly) Study(ctx context.Context, _ string) (StudyRecord, error) {
	rounds, err := s.r.rounds(ctx, s.Store)
	if err != nil {
		return StudyRecord{}, err
	}
	rec := StudyRecord{ID: s.r.Study, Scenario: s.r.Scenario, Number: s.r.Number, Items: s.r.Digest, Rounds: rounds, First: s.r.First, Units: s.r.Units,
		ShareRule: s.r.ShareRule, Shares: map[string]float64{}, Priors: map[string]Prior{}, Shift: s.r.Shift, Later: map[string]Join{}, Guess: s.r.Guess, Fresh: s.r.Fresh}
	for _, a := range s.r.Arms {
		rec.Order = append(rec.Order, a.ID)
		if a.Prior != nil {
			rec.Priors[a.ID] = *a.Prior
		}
		if a.Later != nil {
			rec.Later[a.ID] = *a.Later
		} else {
			rec.Shares[a.ID] = a.Share
		}
	}
	return rec, nil
}

func compare(old, now Result, differ func(string, ...any)) {
	if old.Status != now.Status || old.Choice != now.Choice {
		differ("the choice is %s %s, was %s %s", now.Status, now.Choice, old.Status, old.Choice)
	}
	if a, b := old.Judge, now.Judge; a != nil && b != nil && (a.Points != b.Points || a.Unsteady != b.Unsteady || a.Labels != b.Labels || a.Wanted != b.Wanted) {
		differ("people and the judge have said %d and %d times what they think, was %d and %d", b.Labels, b.Points, a.Labels, a.Points)
	}
	for _, a := range old.Arms {
		b, ok := now.Arm(a.ID)
		if !ok {
			differ("candidate %s is missing", a.Name)
			continue
		}
		if a.Status != b.Status || a.Items != b.Items || a.DecidedAt != b.DecidedAt {
			differ("candidate %s is %s after %d items (proof at %d), was %s after %d (%d)", a.Name, b.Status, b.Items, b.DecidedAt, a.Status, a.Items, a.DecidedAt)
		}
		if (a.Quality == nil) != (b.Quality == nil) || a.Quality != nil && math.Abs(*a.Quality-*b.Quality) > 1e-9 {
			differ("candidate %s has another mean score", a.Name)
		}
	}
}
