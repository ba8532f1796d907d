package app

import (
	"context"

	"github.com/luodi/luodi/internal/sizing/replay"
)

// ReplayRequest is what `luodi size replay` asks for: Run, or instead of it
// Cascade or Stress.
type ReplayRequest struct {
	Run       replay.Options
	Cascade   bool
	CascadeDo replay.CascadeOptions
	Stress    bool
	StressDo  replay.StressOptions
}

// Replay runs the replay that was asked for and returns its figures.
func Replay(ctx context.Context, q ReplayRequest) (any, error) {
	switch {
	case q.Stress:
		return replay.Stress(ctx, q.StressDo)
	case q.Cascade:
		return replay.Cascade(ctx, q.CascadeDo)
	case q.Run.Strategy == "all":
		return replay.RunAll(ctx, q.Run)
	}
	return replay.Run(ctx, q.Run)
}
