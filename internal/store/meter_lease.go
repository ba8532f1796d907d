package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
)

func (s meterStore) Lease(ctx context.Context, node string, w meter.Window, need, want money.Amount) (got money.Amount, err error) {
	err = s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		got = 0
		res, err := tx.ExecContext(ctx, "INSERT INTO meter_budget (id, spent, leased) VALUES (?, 0, 0) ON CONFLICT DO NOTHING", w.ID)
		n, err := affected(res, err)
		if err != nil {
			return err
		}
		var before int64 // spent before the window's first lease
		if n == 1 {
			if before, err = ledgerCost(ctx, tx, w); err != nil {
				return err
			}
		}
		var spent, leased int64 // read by an update, which keeps other nodes from the row
		err = tx.NewRaw("UPDATE meter_budget SET spent = spent + ? WHERE id = ? RETURNING spent, leased", before, w.ID).Scan(ctx, &spent, &leased)
		if err != nil {
			return err
		}
		room := w.Budget.Limit - money.Amount(spent) - money.Amount(leased)
		if room < need {
			return nil // kept: what was spent before is counted once
		}
		got = max(need, min(want, room/2))
		if _, err := tx.ExecContext(ctx, "UPDATE meter_budget SET leased = leased + ? WHERE id = ?", int64(got), w.ID); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO meter_lease (node, budget, amount) VALUES (?, ?, ?) "+
			"ON CONFLICT (node, budget) DO UPDATE SET amount = meter_lease.amount + EXCLUDED.amount", node, w.ID, int64(got))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("leasing a part of budget %s: %w", w.ID, err)
	}
	if got == 0 && need > 0 {
		return 0, errs.Exhausted("budget %s has less than %s %s left", w.ID, need, w.Budget.Currency)
	}
	return got, nil
}

// ledgerCost is what the calls of a window's scope have cost so far.
func ledgerCost(ctx context.Context, tx bun.Tx, w meter.Window) (int64, error) {
	q := tx.NewSelect().TableExpr(joined).ColumnExpr("COALESCE(SUM(l.cost), 0)").Where("k.currency = ?", string(w.Budget.Currency))
	q = between(q, w.From, w.To)
	scope := w.Budget.Scope
	department := scope.Department
	switch scope.Kind {
	case meter.Department:
		department = scope.Name
	case meter.Key:
		q = q.Where("k.key_id = ?", scope.Name)
	case meter.Scenario:
		q = q.Where("k.scenario = ?", scope.Name)
	}
	if department != "" {
		q = q.Where("(k.department = ? OR substr(k.department, 1, ?) = ?)", department, len([]rune(department))+1, department+"/")
	}
	var sum int64
	err := q.Scan(ctx, &sum)
	return sum, err
}

func (s meterStore) Return(ctx context.Context, node, window string, amount money.Amount) error {
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		return giveBack(ctx, tx, node, window, int64(amount))
	})
	if err != nil {
		return fmt.Errorf("returning a part of budget %s: %w", window, err)
	}
	return nil
}

func giveBack(ctx context.Context, tx bun.Tx, node, window string, amount int64) error {
	var leased int64
	err := tx.NewRaw("SELECT amount FROM meter_lease WHERE node = ? AND budget = ?", node, window).Scan(ctx, &leased)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	part := min(leased, amount)
	if _, err := tx.ExecContext(ctx, "UPDATE meter_budget SET leased = leased - ? WHERE id = ?", part, window); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE meter_lease SET amount = amount - ? WHERE node = ? AND budget = ?", part, node, window)
	return err
}

func (s meterStore) Reclaim(ctx context.Context, node string) error {
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var leases []struct {
			Budget string
			Amount int64
		}
		if err := tx.NewRaw("SELECT budget, amount FROM meter_lease WHERE node = ? ORDER BY budget", node).Scan(ctx, &leases); err != nil {
			return err
		}
		for _, l := range leases {
			if err := giveBack(ctx, tx, node, l.Budget, l.Amount); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM meter_lease WHERE node = ?", node)
		return err
	})
	if err != nil {
		return fmt.Errorf("giving back what %s has leased: %w", node, err)
	}
	return nil
}

func (s meterStore) Once(ctx context.Context, id string, at time.Time) (first bool, err error) {
	err = s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.ExecContext(ctx, "INSERT INTO meter_once (id, at) VALUES (?, ?) ON CONFLICT DO NOTHING", id, micros(at))
		n, err := affected(res, err)
		first = n == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("noting that %s is billed: %w", id, err)
	}
	return first, nil
}

func (s meterStore) State(ctx context.Context, window string) (spent, leased money.Amount, err error) {
	var a, b int64
	err = s.db.read().NewRaw("SELECT spent, leased FROM meter_budget WHERE id = ?", window).Scan(ctx, &a, &b)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, 0, fmt.Errorf("reading budget %s: %w", window, s.db.explain(err))
	}
	return money.Amount(a), money.Amount(b), nil
}
