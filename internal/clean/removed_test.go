package clean_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/clean/cleantest"
	"github.com/luodi/luodi/internal/source"
)

// TestNothingGoesWithoutAReason: of any rows each is either used or removed; the
// removed ones are listed with a reason, and repeats with the record that stays,
// which knows all of them; the report counts the same.
func TestNothingGoesWithoutAReason(t *testing.T) {
	dir := t.TempDir()
	plan := clean.NewPlan(nil)
	spec, err := clean.ReadSpec("p.yaml", []byte("plan: p\nversion: 1\nsteps: [{do: control}, {do: space}, {do: width}]\npii: {types: {mobile: quarantine, email: drop}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	plan = plan.With(spec)
	rapid.Check(t, func(t *rapid.T) {
		says := rapid.SampledFrom([]string{"我的卡　还没有收到", "我的卡 还没有收到", "", " \u200b ", "额度１００万元", "额度100万元", "电话 13800138000", "写给 a.b@example.com", "别的"})
		var rows strings.Builder
		rows.WriteString("id,text,label\n")
		n := rapid.IntRange(0, 30).Draw(t, "rows")
		for i := range n {
			fmt.Fprintf(&rows, "%d,\"%s\",%s\n", i, says.Draw(t, "text"), rapid.SampledFrom([]string{"a", "b"}).Draw(t, "label"))
		}
		name := filepath.Join(dir, "a.csv")
		if err := os.WriteFile(name, []byte(rows.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		in := ingest(t, dir, source.Spec{Name: "s", Path: "a.csv", Columns: source.Columns{ID: "id", Text: "text", Label: "label"}})
		store := &cleantest.Store{}
		rep, err := clean.Run(t.Context(), clean.Config{Source: "s", Sources: in.store, Store: store, Plan: plan})
		if err != nil {
			t.Fatal(err)
		}
		used, removed, of := map[string]clean.Cleaned{}, map[string]clean.Cleaned{}, map[string][]string{}
		if err := store.Each(t.Context(), "s", func(c clean.Cleaned) error {
			if c.Dropped == "" {
				used[c.RecordID] = c
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		counts := map[string]int{}
		if err := store.Removed(t.Context(), "s", func(c clean.Cleaned) error {
			removed[c.RecordID] = c
			counts[clean.ReasonOf(c.Dropped)]++
			if c.DuplicateOf != "" {
				of[c.DuplicateOf] = append(of[c.DuplicateOf], c.RecordID)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(used)+len(removed) != n || rep.Records != n || rep.Kept != len(used) {
			t.Fatalf("%d rows: %d are used, %d removed; the report has %d, %d used", n, len(used), len(removed), rep.Records, rep.Kept)
		}
		for reason, n := range rep.Dropped {
			if counts[reason] != n || reason == "" {
				t.Fatalf("%q: %d are counted, %d listed", reason, n, counts[reason])
			}
		}
		for id, c := range removed {
			if _, both := used[id]; both || c.Dropped == "" {
				t.Fatalf("%+v has no reason", c)
			}
			if c.DuplicateOf == "" {
				continue
			}
			stays, ok := used[c.DuplicateOf]
			if !ok || stays.Text != c.Text || stays.Label != c.Label || stays.Row >= c.Row {
				t.Fatalf("%+v repeats %+v", c, stays)
			}
		}
		for id := range used {
			got, err := store.Duplicates(t.Context(), id)
			if err != nil || !slices.Equal(got, of[id]) && len(got)+len(of[id]) > 0 {
				t.Fatalf("%s is said by %v, listed %v, %v", id, of[id], got, err)
			}
		}
	})
}
