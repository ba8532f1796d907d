package clean_test

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/clean/cleantest"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/source/sourcetest"
)

// asked counts the texts that a store is asked for.
type asked struct {
	*cleantest.Store
	texts int
}

func (a *asked) Known(ctx context.Context, source, plan string, ids []string, fn func(clean.Cleaned) error) error {
	return a.Store.Known(ctx, source, plan, ids, func(c clean.Cleaned) error {
		a.texts++
		return fn(c)
	})
}

// put makes texts the current ones of a source, each under the address of what
// it says, and under one more for every time it is said.
func put(t interface{ Fatal(...any) }, s *cleantest.Store, name, plan, generation string, texts []string) {
	ctx := context.Background()
	said := map[string]int{}
	var list []clean.Cleaned
	for _, text := range texts {
		said[text]++
		list = append(list, clean.Cleaned{
			RecordID: lineage.NewID(lineage.Record, name, text, fmt.Sprint(said[text])), Source: name, Class: source.ClassDocument, Text: text + plan, Label: plan,
		})
	}
	if err := s.Append(ctx, name, plan, generation, 0, list); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(ctx, name, plan, generation, len(list), nil); err != nil {
		t.Fatal(err)
	}
}

// TestRememberedIsFull: however texts come, go, move and are cleaned anew, a
// comparison that remembers gives the rows and the report of one that does not,
// and reads the texts alone that it has not seen. A file that is damaged, cut
// off or missing costs reading, and changes nothing.
func TestRememberedIsFull(t *testing.T) {
	words := strings.Fields("the branch keeps a ledger of every loan and its collateral which is valued anew each year by somebody 7 12 39 贷款 利率 抵押")
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "luodi-remember-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		text := rapid.Custom(func(t *rapid.T) string {
			w := slices.Clone(words[:rapid.IntRange(0, len(words)).Draw(t, "base")])
			for range rapid.IntRange(0, 3).Draw(t, "changes") {
				if len(w) > 0 {
					w[rapid.IntRange(0, len(w)-1).Draw(t, "at")] = rapid.SampledFrom(words).Draw(t, "word")
				}
			}
			return strings.Join(w, " ")
		})
		s := &asked{Store: &cleantest.Store{}}
		names, plans := []string{"a", "b"}, []string{"p", "p"}
		texts := map[string][]string{}
		seen := map[string]bool{}
		for step := range rapid.IntRange(2, 5).Draw(t, "steps") {
			harmed := false
			for i, name := range names {
				list := texts[name]
				for range rapid.IntRange(0, 4).Draw(t, "new") {
					list = slices.Insert(list, rapid.IntRange(0, len(list)).Draw(t, "where"), text.Draw(t, "text"))
				}
				if len(list) > 0 && rapid.Bool().Draw(t, "less") {
					at := rapid.IntRange(0, len(list)-1).Draw(t, "gone")
					list = slices.Delete(list, at, min(len(list), at+rapid.IntRange(1, 3).Draw(t, "n")))
				}
				texts[name] = list
				plans[i] = rapid.SampledFrom([]string{"p", "p", "p", " q"}).Draw(t, "plan")
				put(t, s.Store, name, plans[i], fmt.Sprint("g", step), list)
			}
			switch rapid.IntRange(0, 9).Draw(t, "harm") {
			case 0:
				harmed = os.Remove(filepath.Join(dir, "index")) == nil
			case 1:
				harmed = os.Truncate(filepath.Join(dir, "sets"), 0) == nil
			case 2:
				if b, err := os.ReadFile(filepath.Join(dir, "index")); err == nil && len(b) > 0 {
					b[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] ^= 4
					harmed = os.WriteFile(filepath.Join(dir, "index"), b, 0o600) == nil
				}
			case 3: // killed
				if err := os.WriteFile(filepath.Join(dir, "index-1"), []byte("half"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			compare := func(memory string) (clean.AcrossReport, []clean.Alike) {
				cfg := clean.AcrossConfig{Sources: names, Plans: plans, Readers: []string{"", ""}, Records: &sourcetest.Store{}, Store: s, Alike: &pairs{}, Drop: true, Memory: memory}
				rep, err := clean.CompareSources(context.Background(), cfg)
				if err != nil {
					t.Fatal(err)
				}
				return rep, cfg.Alike.(*pairs).rows
			}
			want, wantRows := compare("")
			s.texts = 0
			got, rows := compare(dir)
			if d := cmp.Diff(want, got) + cmp.Diff(wantRows, rows); d != "" {
				t.Fatalf("(-full +remembered):\n%s", d)
			}
			now, unknown := map[string]bool{}, 0
			for i, name := range names {
				said := map[string]int{}
				for _, text := range texts[name] {
					said[text]++
					k := fmt.Sprint(name, plans[i], text, said[text])
					now[k] = true
					if !seen[k] || text+plans[i] == "" {
						unknown++
					}
				}
			}
			if seen = now; s.texts > unknown && !harmed {
				t.Fatalf("%d texts were read, %d are new", s.texts, unknown)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "index-*")); len(left) > 0 {
				t.Fatalf("%v are left", left)
			}
		}
	})
}

// TestRememberedSetsAreBegunAnew: the file of sets does not grow with texts that
// are gone.
func TestRememberedSetsAreBegunAnew(t *testing.T) {
	dir, s, largest := t.TempDir(), &cleantest.Store{}, int64(0)
	for step := range 12 {
		var texts []string
		for i := range 200 {
			texts = append(texts, strings.Repeat(fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, step, i))), 6)+fmt.Sprintf("%x", sha512.Sum512_256(fmt.Append(nil, i, step))))
		}
		put(t, s, "a", "p", fmt.Sprint(step), texts)
		cfg := clean.AcrossConfig{Sources: []string{"a"}, Plans: []string{"p"}, Readers: []string{""}, Records: &sourcetest.Store{}, Store: s, Alike: &pairs{}, Memory: dir}
		if _, err := clean.CompareSources(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(dir, "sets"))
		if err != nil {
			t.Fatal(err)
		}
		largest = max(largest, info.Size())
	}
	if largest > 2<<20 {
		t.Errorf("%d bytes of sets for 200 texts", largest)
	}
}
