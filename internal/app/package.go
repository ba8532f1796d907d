package app

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
)

// meterPackages are the packages of an endpoint as the ledger uses them.
func (a *App) meterPackages(ep catalog.Endpoint) (out []*meter.Package) {
	for _, p := range ep.Packages() {
		out = append(out, a.meterPackage(p))
	}
	return out
}

func (a *App) meterPackage(p catalog.Package) *meter.Package {
	of := meter.Scope{}
	if whole := a.departmentPath(p.Department); whole != "" { // by its name alone
		p.Department = whole
	}
	switch {
	case p.Key != "":
		of = meter.Scope{Kind: meter.Key, Name: p.Key}
	case p.Scenario != "":
		of = meter.Scope{Kind: meter.Scenario, Name: p.Scenario, Department: p.Department}
	case p.Department != "":
		of = meter.Scope{Kind: meter.Department, Name: p.Department}
	}
	return &meter.Package{Name: p.Name, Tokens: p.Tokens - p.Used, Per: p.Per, Counts: p.Counts, Of: of, From: p.ValidFrom, To: p.ValidTo, Zone: p.Zone}
}

// strayPackages says which packages cover no call, since the key, department or
// scenario that they are for is not there.
func (a *App) strayPackages(ctx context.Context) (notes []string, err error) {
	var keys []auth.Key
	for _, p := range a.catalog.Book.Packages() {
		what, name := "", ""
		switch {
		case p.Key != "":
			if keys == nil {
				if keys, err = a.db.Auth().Keys(ctx); err != nil {
					return nil, err
				}
			}
			if !slices.ContainsFunc(keys, func(k auth.Key) bool { return k.ID == p.Key && k.Revoked.IsZero() }) {
				what, name = "active key", p.Key
			}
		case p.Department != "" && !a.isDepartment(p.Department):
			what, name = "department", p.Department
		case p.Scenario != "":
			if _, ok := a.Project.Scenario(p.Scenario); !ok {
				what, name = "scenario", p.Scenario
			}
		}
		if what != "" {
			notes = append(notes, fmt.Sprintf("package %s covers no call: there is no %s %q", p.Name, what, name))
		}
	}
	return notes, nil
}

// isDepartment reports whether luodi.yaml has a department, by its name or with
// those above it, as the ledger writes it.
func (a *App) isDepartment(name string) bool {
	_, known := a.Project.Department(name)
	return known || a.departmentPath(path.Base(name)) == name
}

// PackageRow is a package of the price book, its price as a decimal.
type PackageRow struct {
	catalog.Package
	For      string         `json:"-"`              // key, scenario or department, in words
	Paid     *json.Number   `json:"paid,omitempty"` // for the whole; null: free
	Currency money.Currency `json:"currency,omitempty"`
	Old      bool           `json:"stale"`
}

func (a *App) packageRow(p catalog.Package, days int) PackageRow {
	r := PackageRow{Package: p, For: a.meterPackage(p).Of.String(), Old: a.now().Sub(p.DateRead) > time.Duration(days)*24*time.Hour}
	if p.Paid > 0 {
		n := json.Number(p.Paid.String())
		r.Paid, r.Currency = &n, p.Currency
	}
	return r
}

// PackageState is what is left of a package, as `luodi cost` shows it.
type PackageState struct {
	Package string     `json:"package"`
	Vendor  string     `json:"vendor"`
	Model   string     `json:"model"`
	For     string     `json:"for,omitempty"`    // whose calls it covers, such as "key key_1a2b"; none: all
	Window  string     `json:"window,omitempty"` // of the present period
	Tokens  int64      `json:"tokens"`           // in it
	Used    int64      `json:"used"`             // settled, by all processes; with what was used before it was written down
	Held    int64      `json:"held"`             // or leased by a process for calls to come
	Left    int64      `json:"left"`             // neither used nor held
	Ends    *time.Time `json:"ends"`             // of the period, or of the package; null: never
	State   string     `json:"state"`            // ok | used_up | expired | not_yet
}

// packageStates are the project's packages, now.
func (a *App) packageStates(ctx context.Context) ([]PackageState, error) {
	out := []PackageState{}
	now := a.now()
	for _, p := range a.catalog.Book.Packages() {
		s := PackageState{Package: p.Name, Vendor: p.Vendor, Model: p.Model, For: a.meterPackage(p).Of.String(), Tokens: p.Tokens, Used: p.Used, Ends: moment(p.ValidTo), State: "ok"}
		switch w, holds := a.meterPackage(p).Window(now); {
		case now.Before(p.ValidFrom):
			s.State = "not_yet"
		case !holds:
			s.State = "expired"
		default:
			used, held, err := a.db.Meter().State(ctx, w.ID)
			if err != nil {
				return nil, err
			}
			s.Window, s.Held = w.ID, int64(held)
			s.Used += int64(used)
			if s.Left = max(0, p.Tokens-s.Used-s.Held); s.Used >= p.Tokens {
				s.State = "used_up"
			}
			if !w.To.IsZero() && (p.ValidTo.IsZero() || w.To.Before(p.ValidTo)) {
				s.Ends = moment(w.To)
			}
		}
		out = append(out, s)
	}
	return out, nil
}
