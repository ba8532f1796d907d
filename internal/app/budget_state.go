package app

import (
	"context"
	"encoding/json"

	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
)

// BudgetState is a budget's current window as `luodi cost` shows it.
type BudgetState struct {
	Budget   string      `json:"budget"` // such as "department retail"
	Window   string      `json:"window"`
	Limit    json.Number `json:"limit"`
	Spent    json.Number `json:"spent"` // settled, by all processes
	Held     json.Number `json:"held"`  // or leased by a process for calls to come
	Currency string      `json:"currency"`
	State    string      `json:"state"` // ok | alert | exhausted
}

// budgetStates are the project's budgets and those of keys in use, now.
func (a *App) budgetStates(ctx context.Context) ([]BudgetState, error) {
	budgets := a.budgets()
	keys, err := a.db.Auth().Keys(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if k.Budget != nil && k.Revoked.IsZero() {
			budgets = append(budgets, *k.Budget)
		}
	}
	out := []BudgetState{}
	for _, b := range budgets {
		w := b.Window(a.now(), a.zone())
		spent, held, err := a.db.Meter().State(ctx, w.ID)
		if err != nil {
			return nil, err
		}
		s := BudgetState{
			Budget: b.Scope.String(), Window: w.ID, Limit: json.Number(b.Limit.String()), Spent: json.Number(spent.String()),
			Held: json.Number(held.String()), Currency: string(b.Currency), State: stateOf(b, spent),
		}
		out = append(out, s)
	}
	return out, nil
}

func stateOf(b meter.Budget, spent money.Amount) string {
	switch {
	case spent >= b.Limit:
		return "exhausted"
	case b.Alert > 0 && spent >= b.Alert:
		return "alert"
	}
	return "ok"
}
