package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing"
)

// openMeter opens this process's part of the ledger, with the project's
// budgets. A durable one writes each call down before it is made: kill -9
// loses none, at the price of a sync a call.
func (a *App) openMeter(ctx context.Context, durable bool) (*meter.Meter, error) {
	return meter.Open(ctx, meter.Config{
		Durable: durable, Alert: a.alerted,
		Dir: a.path("ledger"), Store: a.db.Meter(), Budgets: a.budgets(), Convert: a.convert, Zone: a.zone(), Now: a.now,
	})
}

// fillLedger waits until the store holds every call that has ended, those of
// processes that died too.
func (a *App) fillLedger(ctx context.Context) error {
	return meter.Settled(ctx, a.path("ledger"), a.db.Meter())
}

// zone is that of days and months in budgets and reports.
func (a *App) zone() *time.Location { return time.Local }

func (a *App) budgets() []meter.Budget {
	var out []meter.Budget
	for _, b := range a.Project.Budgets {
		m := meter.Budget{
			Per: b.Per, Limit: b.Limit.Amount, Currency: b.Limit.Currency, Scope: meter.Scope{Kind: meter.Organisation},
			Alert: b.AlertAt(), Degrade: b.Degrade,
		}
		switch {
		case b.Scenario != "":
			m.Scope = meter.Scope{Kind: meter.Scenario, Name: b.Scenario}
			if b.Department != "" {
				m.Scope.Department = a.departmentPath(b.Department)
			}
		case b.Department != "":
			m.Scope = meter.Scope{Kind: meter.Department, Name: a.departmentPath(b.Department)}
		}
		out = append(out, m)
	}
	return out
}

// alerted tells the log that a budget has passed its alert.
func (a *App) alerted(w meter.Window, spent money.Amount) {
	b := w.Budget
	slog.Warn("a budget has passed its alert", "budget", w.ID, "spent", spent.String(), "alert", b.Alert.String(), "limit", b.Limit.String(), "currency", b.Currency, "degrade", b.Degrade)
}

// departmentPath names a department with those above it: retail/cards.
func (a *App) departmentPath(name string) string {
	path := a.Project.Ancestors(name)
	slices.Reverse(path)
	return strings.Join(path, "/")
}

// convert brings an amount to another currency at the rate of its day.
func (a *App) convert(amount money.Amount, from, to money.Currency, at time.Time) (money.Amount, string, error) {
	out, rate, err := a.catalog.Rates.Convert(amount, from, to, at)
	return out, rate.ID, err
}

// metered makes one call under the budgets and writes its row.
func (r *runner) metered(ctx context.Context, c sizing.Configuration, ep catalog.Endpoint, most meter.Usage, call func() (meter.Final, error)) error {
	if r.meter == nil {
		_, err := call()
		return err
	}
	hold, err := r.meter.Reserve(ctx, meter.Call{
		ID: "ask_" + rand.Text(), Time: r.app.now(), Key: r.key, Department: r.department, Scenario: r.scenario.Name,
		Configuration: c.ID(), Model: ep.Model, Vendor: ep.Vendor.Name, Price: r.app.meterPrice(ep), Most: most, Own: r.own,
	})
	if err != nil {
		return fmt.Errorf("scenario %s: %w", r.scenario.Name, err)
	}
	final, err := call()
	if err != nil {
		hold.Release()
		return err
	}
	hold.Settle(final)
	return nil
}
