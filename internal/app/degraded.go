package app

import (
	"log/slog"
	"sync/atomic"
)

// missed counts the searches that went without vectors or reranking.
type missed struct {
	n    atomic.Int64
	told atomic.Int64 // unix seconds of the last warning
}

// warnEvery is how many seconds lie between two warnings of degraded searches.
const warnEvery = 15

// degraded counts a search that went without what it should have had, and
// tells the log, not for each one.
func (a *App) degraded(base string, err error) {
	n := a.missed.n.Add(1)
	now, last := a.now().Unix(), a.missed.told.Load()
	if now-last >= warnEvery && a.missed.told.CompareAndSwap(last, now) {
		slog.Warn("a search went without its embedding space or reranker", "base", base, "err", err, "so_far", n)
	}
}
