package app

import (
	"context"
	"encoding/json"

	"github.com/luodi/luodi/internal/sizing/replay"
)

// ReplayRequest is what `luodi size replay` asks for.
type ReplayRequest struct {
	Run        replay.Options
	Cascade    bool
	Loss       float64
	Stress     bool
	Floor      float64
	Looks, N   int
	Candidates int
	With       []string
}

// Replay runs the replay that was asked for.
func Replay(ctx context.Context, q ReplayRequest) (any, error) {
	return replay.Run(ctx, q.Run)
}

// ReplayText is a replay's figures for a person.
func ReplayText(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}
