package app

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/store"
)

// MigrateResult is what `luodi migrate --json` prints.
type MigrateResult struct {
	Version int64  `json:"undone"` // the migration that was taken back; 0 when going forward
	Message string `json:"message"`
}

// Migrate opens the store, which brings it to this version, or takes it one
// step back.
func Migrate(ctx context.Context, dir string, down bool) (MigrateResult, error) {
	p, err := project.Load(dir)
	if err != nil {
		return MigrateResult{}, err
	}
	cfg := store.Config{Path: filepath.Join(p.Dir, stateDir, "luodi.db"), URL: p.Store.URL}
	if down {
		step, err := store.Down(ctx, cfg)
		if err != nil {
			return MigrateResult{}, err
		}
		return MigrateResult{step.Version, fmt.Sprintf("migration %d (%s) was taken back; the snapshot before it: %s", step.Version, step.Name, step.Snapshot)}, nil
	}
	db, err := store.Open(ctx, cfg)
	if err != nil {
		return MigrateResult{}, err
	}
	if err := db.Close(); err != nil {
		return MigrateResult{}, err
	}
	return MigrateResult{0, "the store " + db.Name() + " is at the version of this binary"}, nil
}
