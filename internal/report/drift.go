package report

import (
	"fmt"

	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/drift"
)

// driftText is what labels of served calls say, in one sentence.
func driftText(w *drift.Watch, t texts) string {
	switch {
	case w.Alarm != nil:
		return t.fill("drift_revoked", "floor", sizing.Decimal(w.Floor), "time", w.Alarm.Time.UTC().Format("2006-01-02 15:04 UTC"), "after", count(w.Alarm.After))
	case w.Counted == 0:
		return t.fill("drift_waits", "drawn", count(w.Drawn))
	}
	return t.fill("drift", "labels", count(w.Labels), "drawn", count(w.Drawn), "shown", count(w.Shown), "mean", fmt.Sprintf("%.4f", w.Mean),
		"floor", sizing.Decimal(w.Floor), "evidence", fmt.Sprintf("%.3g", w.Evidence), "needed", fmt.Sprintf("%.0f", w.Needed))
}
