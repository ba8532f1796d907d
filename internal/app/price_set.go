package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/job"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/strictyaml"
)

// priceFile is where price set writes, below the project's directory.
const priceFile = "catalog/prices/project.yaml"

// PriceRequest is a price to record, as it stands on the command line.
type PriceRequest struct {
	Model           string // vendor/model, or the name of a model in luodi.yaml
	In, Out, Cached string // per million tokens; "" of Cached is as In
	Currency        string
	From            string // first day
	Source          string
	Read            string // day it was read; "" is today
}

// PriceSet is what `luodi price set --json` prints.
type PriceSet struct {
	Row     PriceRow  `json:"row"`
	Before  *PriceRow `json:"before"`  // what held on its first day until now; null for nothing
	Changed bool      `json:"changed"` // false: the file said so already
	File    string    `json:"file"`
	Holds   bool      `json:"holds"` // it counts today
	Notes   []string  `json:"notes"`
}

// SetPrice adds a row to the project's price file. Earlier rows stay in it:
// what was priced by them can be recomputed.
func (a *App) SetPrice(ctx context.Context, q PriceRequest) (PriceSet, error) {
	o, err := a.ownRow(q)
	if err != nil {
		return PriceSet{}, err
	}
	notes, err := a.statedPrices(o)
	if err != nil {
		return PriceSet{}, err
	}
	out := PriceSet{File: filepath.Join(a.Project.Dir, filepath.FromSlash(priceFile)), Notes: notes}
	var row catalog.Row
	err = a.inTurn(ctx, "price/set", func() error {
		row, out.Changed, err = a.appendPrice(out.File, o)
		return err
	})
	if err != nil {
		return PriceSet{}, fmt.Errorf("setting the price of %s/%s: %w", o.Vendor, o.Model, err)
	}
	if old, ok := a.catalog.Book.Lookup(o.Vendor, o.Model, row.ValidFrom); ok && old.ID != row.ID {
		before := a.priceRow(old, staleDays)
		out.Before = &before
	}
	if out.Changed {
		if err := a.did(ctx, "price.set", row.ID, fmt.Sprintf("in %s, out %s %s, source %s", q.In, q.Out, q.Currency, q.Source)); err != nil {
			return PriceSet{}, err
		}
	}
	cat, err := loadCatalog(a.Project.Dir)
	if err != nil {
		return PriceSet{}, err
	}
	a.catalog = cat
	out.Row = a.priceRow(row, staleDays)
	today, ok := cat.Book.Lookup(o.Vendor, o.Model, a.now())
	out.Holds = ok && today.ID == row.ID
	out.Notes = append(out.Notes, a.termNotes(o, row)...)
	if !out.Holds {
		out.Notes = append(out.Notes, fmt.Sprintf("it does not count today: %s holds until then", rowOr(today.ID)))
	}
	return out, nil
}

// inTurn calls fn while no other process is in a turn of that name, by the
// journal's lease; it waits some seconds for its own.
func (a *App) inTurn(ctx context.Context, name string, fn func() error) error {
	for try := 0; ; try++ {
		ran := false
		stage := job.Stage{Name: name, Inputs: []string{a.now().Format(time.RFC3339Nano), fmt.Sprint(os.Getpid(), try)}}
		_, err := job.Run(ctx, a.db.Job(), stage, func(context.Context) (string, error) {
			ran = true
			return "", fn()
		})
		if err == nil || ran || !errs.Is(err, errs.CodeConflict) || try == 100 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// termNotes say which discounts no longer reach a model whose own price is set,
// and which packages go on covering it.
func (a *App) termNotes(o catalog.OwnRow, row catalog.Row) (notes []string) {
	for _, d := range a.catalog.Book.Discounts() {
		if d.Vendor == o.Vendor && catalog.Match(d.Model, o.Model) && (d.ValidTo.IsZero() || d.ValidTo.After(row.ValidFrom)) {
			notes = append(notes, fmt.Sprintf("the discount %s of %s is of list prices and does not change it", d.Factor, d.Source))
		}
	}
	for _, p := range a.catalog.Book.PackagesOf(o.Vendor, o.Model) {
		if p.ValidTo.IsZero() || p.ValidTo.After(row.ValidFrom) {
			notes = append(notes, fmt.Sprintf("the package %s is used first; the price is that of the tokens beyond it", p.Name))
		}
	}
	return notes
}

func rowOr(id string) string {
	if id == "" {
		return "no row"
	}
	return id
}

// loadCatalog reads the catalog with the project's own files over it.
func loadCatalog(dir string) (*catalog.Catalog, error) {
	return catalog.Load(strictyaml.Decode, os.DirFS(filepath.Join(dir, "catalog")))
}

// appendPrice writes the file in one step; a row that says what the one in
// force says already is not added again.
func (a *App) appendPrice(file string, o catalog.OwnRow) (catalog.Row, bool, error) {
	content, err := os.ReadFile(file)
	if err != nil && !missing(err) {
		return catalog.Row{}, false, fmt.Errorf("reading %s: %w", file, err)
	}
	now, row, err := catalog.Append(strictyaml.Decode, file, content, o)
	if err != nil {
		return catalog.Row{}, false, err
	}
	cat, err := loadCatalog(a.Project.Dir)
	if err != nil {
		return catalog.Row{}, false, err
	}
	a.catalog = cat
	if old, ok := cat.Book.Row(row.ID); ok && old.Own && old.Source == row.Source && old.DateRead.Equal(row.DateRead) && !cat.Book.Superseded(old) {
		return old, false, nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return catalog.Row{}, false, fmt.Errorf("making the folder of %s: %w", file, err)
	}
	return row, true, writeFile(file, now)
}

// ownRow checks what stands on the command line.
func (a *App) ownRow(q PriceRequest) (catalog.OwnRow, error) {
	o := catalog.OwnRow{Currency: money.Currency(strings.ToUpper(q.Currency)), From: q.From, Source: strings.TrimSpace(q.Source), Read: q.Read, Recorded: a.now()}
	if o.Read == "" {
		o.Read = a.today()
	}
	var bad []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			bad = append(bad, misuse(format, args...))
		}
	}
	price := func(flag, s string) money.Price {
		p, err := money.ParsePrice(s)
		check(err == nil, "--%s %q: write the price per million tokens as a decimal, such as 0.8, with up to 6 digits after the point", flag, s)
		return p
	}
	o.In, o.Out = price("in", q.In), price("out", q.Out)
	if q.Cached != "" {
		cached := price("cached", q.Cached)
		o.Cached = &cached
	}
	check(o.Currency.Known(), "--currency %q: write CNY or USD", q.Currency)
	check(isDay(o.From), "--from %q: write the first day that the price holds as 2026-11-01", o.From)
	check(isDay(o.Read), "--date %q: write the day that it was read as 2026-10-30", o.Read)
	check(o.Source != "", "--source is empty: say where the price can be looked up, such as \"contract 2026-17\"")
	if len(bad) > 0 {
		return o, errors.Join(bad...)
	}
	if _, ok := a.Project.Model(q.Model); ok {
		ep, err := a.endpoint(q.Model)
		o.Vendor, o.Model = ep.Vendor.Name, ep.Model
		return o, err
	}
	vendor, model, found := strings.Cut(q.Model, "/")
	if !found || model == "" {
		return o, misuse("%q: write VENDOR/MODEL, such as dashscope/qwen-plus, or the name of a model in luodi.yaml", q.Model)
	}
	o.Vendor, o.Model = vendor, model
	return o, a.knownVendor("setting a price", vendor)
}

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// statedPrices notes the models that a row cannot reach because luodi.yaml
// states their price. It returns errs.Conflict where it reaches no model at
// all that it names.
func (a *App) statedPrices(o catalog.OwnRow) (notes []string, err error) {
	notes = []string{}
	reached := false
	for _, m := range a.Project.Models {
		ep, err := a.endpoint(m.Name)
		if err != nil {
			return nil, err
		}
		switch {
		case ep.Vendor.Name != o.Vendor || !catalog.Match(o.Model, ep.Model):
		case ep.States():
			notes = append(notes, fmt.Sprintf("model %s states its price in luodi.yaml, which counts before the price book", m.Name))
		default:
			reached = true
		}
	}
	if len(notes) > 0 && !reached {
		return nil, errs.Conflict("setting the price of %s/%s: %s; change it there, or remove it there", o.Vendor, o.Model, notes[0])
	}
	return notes, nil
}

// rowName names a price with the rate it is converted by.
func rowName(p sizing.Price) string {
	switch {
	case p.Unknown:
		return ""
	case p.Rate != nil:
		return p.Row + " " + p.Rate.ID
	}
	return p.Row
}
