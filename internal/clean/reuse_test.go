package clean_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/clean/cleantest"
	"github.com/luodi/luodi/internal/source"
)

// lookups counts the records that were taken from the generation before.
type lookups struct {
	*cleantest.Store
	found int
}

func (s *lookups) Known(ctx context.Context, name, plan string, ids []string, fn func(clean.Cleaned) error) error {
	return s.Store.Known(ctx, name, plan, ids, func(c clean.Cleaned) error {
		s.found++
		return fn(c)
	})
}

var notes = source.Spec{Name: "notes", Path: "*.md"}

// edit writes, changes, copies or removes a document.
func edit(t *testing.T, r *rand.Rand, dir string) {
	t.Helper()
	name := fmt.Sprintf("%02d.md", r.IntN(12))
	switch r.IntN(4) {
	case 0:
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return
	case 1: // what another document says, first or later in their order
		if b, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%02d.md", r.IntN(12)))); err == nil {
			write(t, dir, name, string(b))
			return
		}
	}
	text := fmt.Sprintf("# 第%d条\n", r.IntN(5)) + strings.Repeat(fmt.Sprintf("贷款　利率 %d ％，電話13800138000。\u200b", r.IntN(3)), 1+r.IntN(60))
	write(t, dir, name, text)
}

// TestAfterEditsAsAnew: after any edits a source is cleaned to the same records
// and report as if it had never been cleaned before.
func TestAfterEditsAsAnew(t *testing.T) {
	ctx := context.Background()
	found := 0
	for seed := range uint64(4) {
		r, dir := rand.New(rand.NewPCG(seed, 9)), t.TempDir()
		for range 10 {
			edit(t, r, dir)
		}
		kept := &lookups{Store: &cleantest.Store{}}
		for step := range 8 {
			in := ingest(t, dir, notes)
			got, err := clean.Run(ctx, clean.Config{Source: "notes", Sources: in.store, Store: kept})
			if err != nil {
				t.Fatal(err)
			}
			anew := &cleantest.Store{}
			want := run(t, "notes", in, anew)
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("seed %d, edit %d: report:\n%s", seed, step, d)
			}
			if d := cmp.Diff(all(t, "notes", anew), all(t, "notes", kept.Store)); d != "" {
				t.Fatalf("seed %d, edit %d: records:\n%s", seed, step, d)
			}
			edit(t, r, dir)
		}
		found += kept.found
	}
	if found == 0 {
		t.Error("every record was cleaned again")
	}
}

// TestWhatIsNotTakenOver: what one plan made is not what another makes, and a
// plan that seals is run on every record.
func TestWhatIsNotTakenOver(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.md", "# 通知\n"+strings.Repeat("手机13800138000　很长的一段话。", 60))
	store := &lookups{Store: &cleantest.Store{}}
	for i, plan := range []clean.Plan{clean.NewPlan(nil), vaulted(t), vaulted(t)} {
		write(t, dir, "b.md", fmt.Sprint("edit ", i))
		cfg := clean.Config{Source: "notes", Sources: ingest(t, dir, notes).store, Store: store, Plan: plan, Vault: &cleantest.Vault{}}
		if _, err := clean.Run(context.Background(), cfg); err != nil {
			t.Fatal(err)
		}
		if text := all(t, "notes", store.Store)[0].Text; strings.Contains(text, "13800138000") != (i == 0) || store.found != 0 {
			t.Errorf("plan %d, %d records taken over: %s", i, store.found, text[:60])
		}
	}
}
