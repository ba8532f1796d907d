package app

import (
	"strings"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/errs"
)

// PriceResult is what `luodi price list --json` prints.
type PriceResult struct {
	Rows []PriceRow `json:"rows"`
}

// PriceRow is one row of the price book, its first tier at a glance.
type PriceRow struct {
	catalog.Row
	In    string `json:"in"` // units per million tokens
	Out   string `json:"out"`
	Trust string `json:"trust"`
	Old   bool   `json:"stale"`
}

// Prices lists the price book, with how far each row is to be trusted.
func (a *App) Prices(vendor string) (PriceResult, error) {
	out := PriceResult{Rows: []PriceRow{}}
	if _, ok := a.catalog.Vendor(vendor); vendor != "" && !ok {
		var names []string
		for _, v := range a.catalog.Vendors() {
			names = append(names, v.Name)
		}
		return out, errs.NotFound("listing prices: unknown vendor %q; there are %s", vendor, strings.Join(names, ", "))
	}
	for _, r := range a.catalog.Book.Rows() {
		if vendor != "" && r.Vendor != vendor {
			continue
		}
		t := r.Tiers[0]
		out.Rows = append(out.Rows, PriceRow{r, t.In.String(), t.Out.String(), r.Trust(a.now(), staleDays), r.Stale(a.now(), staleDays)})
	}
	return out, nil
}
