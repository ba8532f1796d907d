package app

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/luodi/luodi/internal/project"
)

// actBudgets is the act that holds the budgets as they are in force, whole, so
// that the next start of a gateway sees what was edited while none ran.
const actBudgets = "config.budgets"

// budgetRecord is the detail of such an act.
type budgetRecord struct {
	Changes string            `json:"changes"` // since the act before it
	InForce map[string]string `json:"in_force"`
}

// auditBudgets writes the budgets of luodi.yaml into the audit trail where they
// are not those that it recorded last. A project that never had any has no act.
func (a *App) auditBudgets(ctx context.Context) error {
	acts, err := a.db.Acts().Acts(ctx)
	if err != nil {
		return fmt.Errorf("reading the audit trail for the budgets in force before: %w", err)
	}
	var last budgetRecord
	for _, act := range slices.Backward(acts) {
		if act.What == actBudgets {
			if err := json.Unmarshal([]byte(act.Detail), &last); err != nil {
				return fmt.Errorf("reading the budgets of act %d of the audit trail: %w", act.Seq, err)
			}
			break
		}
	}
	now := budgetRecord{InForce: budgetTexts(a.Project)}
	if maps.Equal(last.InForce, now.InForce) {
		return nil
	}
	now.Changes = textChanges(last.InForce, now.InForce, true)
	detail, err := json.Marshal(now)
	if err != nil {
		return fmt.Errorf("writing the budgets in force: %w", err)
	}
	return a.did(ctx, actBudgets, project.File+" "+a.configDigest(), string(detail))
}
