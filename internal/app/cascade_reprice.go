package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/cascade"
)

// cascadeInputs is what a cascade depends on. basis is all but prices: while
// it is the same, what was certified stands.
func cascadeInputs(in stock, cfg cascade.Config) (basis string, inputs []string, err error) {
	fixed := []string{cascadeVersion, in.items.Blob, in.small.Blob, cfg.Reference, fmt.Sprint(cfg.Loss, cfg.Floor, cfg.P95, cfg.Alpha)}
	if cfg.Cost > 0 {
		fixed = append(fixed, fmt.Sprint("cost ", cfg.Cost))
	}
	var prices []string
	for _, a := range cfg.Arms {
		b, err := json.Marshal([]any{a.Config, a.Missing, a.Price.Unknown})
		if err != nil {
			return "", nil, err
		}
		p, err := json.Marshal(a.Price)
		if err != nil {
			return "", nil, err
		}
		fixed, prices = append(fixed, string(b)), append(prices, string(p))
	}
	return lineage.NewID("basis", fixed...), append(fixed, prices...), nil
}

// follows reports whether nothing but prices may have changed since a study
// that was measured and not cut short.
func (o cascadeOutput) follows(basis string) bool {
	return o.Studied != "" && o.Status != cascade.StatusPlan && o.Basis == basis && o.Again == 0
}

// repriceCascade is the measured record at the present prices, without a call.
func (r *run) repriceCascade(ctx context.Context, s project.Scenario, last cascadeOutput, cfg cascade.Config) (cascadeOutput, error) {
	studied, err := r.readRecord(ctx, last.Studied)
	if err != nil {
		return last, err
	}
	rec, err := cascade.Reprice(ctx, *studied, cfg)
	if err != nil || rec.ID == last.Decision {
		return last, err
	}
	if last.Blob, err = r.keepRecord(ctx, rec); err != nil {
		return last, err
	}
	last.Decision, last.Status = rec.ID, rec.Status
	if rec.Repriced == nil { // the prices are those of the study again
		return last, nil
	}
	r.repriced = append(r.repriced, Repriced{Scenario: s.Name, Decision: rec.ID, Flipped: rec.Repriced.From != rec.Repriced.To, Why: rec.Repriced})
	return last, r.db.Lineage().Link(ctx, []lineage.Edge{{From: studied.ID, To: rec.ID, Step: "reprice"}})
}

// atPrices gives a study the prices that a record was computed with.
func (a *App) atPrices(cfg cascade.Config, rec *cascade.Record) (cascade.Config, error) {
	for i := range cfg.Arms {
		for _, m := range rec.Members {
			if cfg.Arms[i].Config.ID() != m.ID {
				continue
			}
			cfg.Arms[i].Price = m.Price
			if m.Price.Tiered {
				row, ok := a.catalog.Book.Row(m.Price.Row)
				if !ok {
					return cfg, errs.NotFound("cascade %s: price row %s, which has tiers, is no longer in the price book", rec.ID, m.Price.Row)
				}
				cfg.Arms[i].Price = sizingPrice(row, m.Price.Rate)
			}
		}
	}
	return cfg, nil
}

// verifyCascade computes a cascade's record again from kept outcomes, and the
// study that it follows where its prices came later.
func (a *App) verifyCascade(ctx context.Context, s project.Scenario, old *cascade.Record) (sizing.Verification, error) {
	v := sizing.Verification{Decision: old.ID, Differences: []string{}}
	in, ok, err := a.stock(ctx, s)
	if err != nil || !ok {
		return v, cmp.Or(err, errs.NotFound("verifying %s: its eval set is not built; run `luodi up`", old.ID))
	}
	cfg, err := a.cascadeConfig(ctx, s, in)
	if err != nil {
		return v, err
	}
	cfg.Runner = sizing.RunnerFunc(func(_ context.Context, c sizing.Configuration, it sizing.Item) (sizing.Output, error) {
		return sizing.Output{}, errs.NotFound("no outcome of %s for item %s is kept", c.Name, it.ID)
	})
	studied := old
	if old.Repriced != nil {
		_, out, err := a.cascadeRecord(ctx, s)
		if err != nil {
			return v, err
		}
		if studied, err = a.readRecord(ctx, out.Studied); err != nil {
			return v, err
		}
	}
	if cfg, err = a.atPrices(cfg, studied); err != nil {
		return v, err
	}
	cfg.Opened, cfg.Before = studied.Opened, studied.Before()
	now, err := cascade.Study(ctx, cfg)
	if err != nil {
		return v, err
	}
	v.Differences = append(v.Differences, cascadeDifferences(studied, &now)...)
	if old != studied {
		if cfg, err = a.atPrices(cfg, old); err != nil {
			return v, err
		}
		if now, err = cascade.Reprice(ctx, *studied, cfg); err != nil {
			return v, err
		}
		v.Differences = append(v.Differences, cascadeDifferences(old, &now)...)
	}
	v.OK = len(v.Differences) == 0
	return v, nil
}

func cascadeDifferences(old, now *cascade.Record) (out []string) {
	if now.ID == old.ID {
		return nil
	}
	out = append(out, fmt.Sprintf("the record is %s, was %s", now.ID, old.ID))
	for _, c := range []struct{ what, now, was string }{
		{"status", now.Status, old.Status}, {"eval set", now.Items, old.Items}, {"certificate", now.Certificate.En, old.Certificate.En},
	} {
		if c.now != c.was {
			out = append(out, fmt.Sprintf("the %s is %s, was %s", c.what, c.now, c.was))
		}
	}
	return out
}
