package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/errs"
)

// PriceResult is what `luodi price list --json` and `luodi price stale --json`
// print.
type PriceResult struct {
	Rows      []PriceRow         `json:"rows"`
	Discounts []catalog.Discount `json:"discounts,omitempty"` // of the project's contracts, on rows that come with luodi
	Packages  []PackageRow       `json:"packages,omitempty"`  // tokens that are paid for already, or free, in the order in which they are used
	Days      int                `json:"days"`                // the age from which a row is stale
}

// PriceRow is one row of the price book, its first tier at a glance: list prices,
// of which discount, where a contract's holds today, is the share that is paid.
type PriceRow struct {
	catalog.Row
	In         string `json:"in"` // units per million tokens
	Cached     string `json:"cached"`
	Out        string `json:"out"`
	Trust      string `json:"trust"`
	Old        bool   `json:"stale"`
	Superseded bool   `json:"superseded,omitempty"` // another row counts instead; kept for what was priced by it
}

func (a *App) priceRow(r catalog.Row, days int) PriceRow {
	t := r.Tiers[0]
	if at, ok := a.catalog.Book.Lookup(r.Vendor, r.Model, a.now()); ok && at.Discount != nil && strings.HasPrefix(at.ID, r.ID+"*") {
		r.Discount = at.Discount
	}
	return PriceRow{
		Row: r, In: t.In.String(), Cached: t.Cached.String(), Out: t.Out.String(),
		Trust: r.Trust(a.now(), days), Old: r.Stale(a.now(), days), Superseded: a.catalog.Book.Superseded(r),
	}
}

// Prices lists the price book, with how far each row is to be trusted.
func (a *App) Prices(vendor string) (PriceResult, error) {
	if vendor != "" {
		if err := a.knownVendor("listing prices", vendor); err != nil {
			return PriceResult{}, err
		}
	}
	out := PriceResult{Rows: []PriceRow{}, Days: staleDays}
	for _, r := range a.catalog.Book.Rows() {
		if vendor == "" || r.Vendor == vendor {
			out.Rows = append(out.Rows, a.priceRow(r, staleDays))
		}
	}
	a.terms(&out, func(of string, _, _, _ time.Time) bool { return vendor == "" || of == vendor })
	return out, nil
}

// terms adds the discounts and packages that are wanted, by vendor, validity and
// the day they were read.
func (a *App) terms(out *PriceResult, want func(vendor string, from, to, read time.Time) bool) {
	for _, d := range a.catalog.Book.Discounts() {
		if want(d.Vendor, d.ValidFrom, d.ValidTo, d.DateRead) {
			out.Discounts = append(out.Discounts, d)
		}
	}
	for _, p := range a.catalog.Book.Packages() {
		if want(p.Vendor, p.ValidFrom, p.ValidTo, p.DateRead) {
			out.Packages = append(out.Packages, a.packageRow(p, out.Days))
		}
	}
}

// StalePrices lists what holds today and was read more than days ago: rows,
// discounts and packages.
func (a *App) StalePrices(days int) (PriceResult, error) {
	if days < 0 {
		return PriceResult{}, misuse("--days %d: write a number of days, 0 or more", days)
	}
	out, now := PriceResult{Rows: []PriceRow{}, Days: days}, a.now()
	for _, r := range a.catalog.Book.Stale(now, days) {
		out.Rows = append(out.Rows, a.priceRow(r, days))
	}
	a.terms(&out, func(_ string, from, to, read time.Time) bool {
		holds := !now.Before(from) && (to.IsZero() || now.Before(to))
		return holds && now.Sub(read) > time.Duration(days)*24*time.Hour
	})
	return out, nil
}

func (a *App) knownVendor(doing, vendor string) error {
	if _, ok := a.catalog.Vendor(vendor); ok {
		return nil
	}
	if meant := a.catalog.VendorCalled(vendor); meant != "" {
		return errs.NotFound("%s: unknown vendor %q; did you mean %s?", doing, vendor, meant)
	}
	var names []string
	for _, v := range a.catalog.Vendors() {
		names = append(names, v.Name)
	}
	return errs.NotFound("%s: unknown vendor %q; there are %s", doing, vendor, strings.Join(names, ", "))
}

// PriceDiff is what `luodi price diff --json` prints.
type PriceDiff struct {
	Rows      []PriceChange    `json:"rows"`      // the project's own rows, history included
	Decisions []DecisionPrices `json:"decisions"` // whose prices are no longer those of today

	Discounts []catalog.Discount `json:"discounts,omitempty"`
	Packages  []PackageRow       `json:"packages,omitempty"`
}

// PriceChange is a row of the project beside what it takes the place of.
type PriceChange struct {
	Row      PriceRow  `json:"row"`
	Before   *PriceRow `json:"before"`   // what held on its first day without it; null for nothing
	BuiltIn  *PriceRow `json:"built_in"` // the row that comes with luodi, on that day
	Holds    bool      `json:"holds"`    // it counts today
	InRatio  *float64  `json:"in_ratio"` // to Before, of the first tier; null in another currency or from 0
	OutRatio *float64  `json:"out_ratio"`
}

// DecisionPrices is a decision with a candidate whose price has changed since.
type DecisionPrices struct {
	Scenario  string `json:"scenario"`
	Decision  string `json:"decision"`
	Candidate string `json:"candidate"`
	Old       string `json:"old"` // price rows, with the rate where there is one
	New       string `json:"new"`
}

// DiffPrices compares the project's rows with those they take the place of,
// and the decisions' prices with those of today.
func (a *App) DiffPrices(ctx context.Context) (PriceDiff, error) {
	out := PriceDiff{Rows: []PriceChange{}, Decisions: []DecisionPrices{}}
	now := a.now()
	own := map[string][]catalog.Row{}
	for _, r := range a.catalog.Book.Rows() {
		if !r.Own {
			continue
		}
		c := PriceChange{Row: a.priceRow(r, staleDays)}
		at := r.ValidFrom
		if old, ok := a.catalog.Book.BuiltIn(r.Vendor, r.Model, at); ok {
			row := a.priceRow(old, staleDays)
			c.BuiltIn, c.Before = &row, &row
		}
		place := r.Vendor + "/" + r.Model
		if earlier := own[place]; len(earlier) > 0 {
			row := a.priceRow(earlier[len(earlier)-1], staleDays)
			c.Before = &row
		}
		own[place] = append(own[place], r)
		if today, ok := a.catalog.Book.Lookup(r.Vendor, r.Model, now); ok {
			c.Holds = today.ID == r.ID && !c.Row.Superseded
		}
		if c.Before != nil && c.Before.Currency == r.Currency {
			c.InRatio = ratio(int64(r.Tiers[0].In), int64(c.Before.Tiers[0].In))
			c.OutRatio = ratio(int64(r.Tiers[0].Out), int64(c.Before.Tiers[0].Out))
		}
		out.Rows = append(out.Rows, c)
	}
	all, err := a.Prices("")
	if err == nil {
		out.Discounts, out.Packages = all.Discounts, all.Packages
		out.Decisions, err = a.outdated(ctx)
	}
	return out, err
}

func ratio(now, before int64) *float64 {
	if before == 0 {
		return nil
	}
	f := float64(now) / float64(before)
	return &f
}

// outdated are the candidates of decisions whose price is another one today.
func (a *App) outdated(ctx context.Context) ([]DecisionPrices, error) {
	out := []DecisionPrices{}
	for _, s := range a.Project.Scenarios {
		d, ok, err := a.decision(ctx, s.Name)
		if err != nil {
			return out, fmt.Errorf("reading the decision of scenario %s: %w", s.Name, err)
		}
		if !ok {
			continue
		}
		for _, arm := range d.Result.Arms {
			if arm.Configuration.Kind.InProcess() {
				continue
			}
			ep, err := a.runner(s, stock{}).endpoint(arm.Configuration)
			if err != nil && ep.Name == "" {
				continue // no longer in luodi.yaml
			}
			old, now := rowName(arm.Price), rowName(a.price(ep))
			if old != now {
				out = append(out, DecisionPrices{Scenario: s.Name, Decision: d.ID, Candidate: arm.Name, Old: old, New: now})
			}
		}
	}
	return out, nil
}

// today is the calendar day in the user's zone.
func (a *App) today() string { return a.now().In(a.zone()).Format(time.DateOnly) }
