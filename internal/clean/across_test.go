package clean_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/clean/cleantest"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/source/sourcetest"
)

// pairs is a clean.AlikeStore in memory.
type pairs struct{ rows []clean.Alike }

func (p *pairs) SetAlike(_ context.Context, rows func(func(clean.Alike) error) error) error {
	var now []clean.Alike
	err := rows(func(a clean.Alike) error { now = append(now, a); return nil })
	if err == nil {
		p.rows = now
	}
	return err
}

func (p *pairs) Alike(_ context.Context, _ string, fn func(clean.Alike) error) error {
	for _, a := range p.rows {
		if err := fn(a); err != nil {
			return err
		}
	}
	return nil
}

func (p *pairs) AlikeOf(context.Context, string) (clean.Alike, error) {
	return clean.Alike{}, errs.NotFound("none")
}

// kept puts cleaned texts into a store.
func kept(t interface{ Fatal(...any) }, s *cleantest.Store, name, department string, texts []string) {
	ctx := context.Background()
	var list []clean.Cleaned
	for i, text := range texts {
		list = append(list, clean.Cleaned{
			RecordID: lineage.NewID(lineage.Record, name, fmt.Sprint(i)), Source: name, Department: department,
			Class: source.ClassDocument, Text: text,
		})
	}
	if err := s.Append(ctx, name, "p", "g", 0, list); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(ctx, name, "p", "g", len(list), nil); err != nil {
		t.Fatal(err)
	}
}

// TestAcrossIsClusters: texts that several sources hold hang together as if
// they stood in one list; of each cluster exactly the first text has no row;
// and none is dropped whose figures differ from those of the one that stays.
func TestAcrossIsClusters(t *testing.T) {
	words := strings.Fields("the branch keeps a ledger of every loan and its collateral which is valued anew each year by somebody 7 12 39 贷款 利率 抵押")
	rapid.Check(t, func(t *rapid.T) {
		base := words[:rapid.IntRange(8, len(words)).Draw(t, "base")]
		var store cleantest.Store
		var names, all []string
		var of []string
		for s := range rapid.IntRange(1, 3).Draw(t, "sources") {
			var texts []string
			for range rapid.IntRange(0, 25).Draw(t, "texts") {
				w := slices.Clone(base)
				for range rapid.IntRange(0, 4).Draw(t, "changes") {
					w[rapid.IntRange(0, len(w)-1).Draw(t, "at")] = rapid.SampledFrom(words).Draw(t, "word")
				}
				texts = append(texts, strings.Join(w, " "))
			}
			name := fmt.Sprint("s", s)
			names = append(names, name)
			kept(t, &store, name, "risk", texts)
			for i := range texts {
				of = append(of, lineage.NewID(lineage.Record, name, fmt.Sprint(i)))
			}
			all = append(all, texts...)
		}
		readers := make([]string, len(names))
		plans := slices.Repeat([]string{"p"}, len(names))
		cfg := clean.AcrossConfig{Sources: names, Plans: plans, Readers: readers, Records: &sourcetest.Store{}, Store: &store, Alike: &pairs{}, Drop: true}
		rep, err := clean.CompareSources(context.Background(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		first := map[int]string{}
		want := map[string]string{} // record to the first of its cluster
		text := map[string]string{}
		for i, c := range clean.Clusters(all, clean.NearThreshold) {
			text[of[i]] = all[i]
			if f, ok := first[c]; ok {
				want[of[i]] = f
			} else {
				first[c] = of[i]
			}
		}
		got := map[string]string{}
		for _, a := range cfg.Alike.(*pairs).rows {
			got[a.Record] = a.OfRecord
			if (a.Dropped == "") == (a.KeptFor == "") {
				t.Fatalf("%+v is neither told nor dropped, or both", a)
			}
			if a.Dropped != "" && (a.Source == a.OfSource || digits(text[a.Record]) != digits(text[a.OfRecord])) {
				t.Fatalf("dropped %q in favour of %q", text[a.Record], text[a.OfRecord])
			}
			if a.Similarity < clean.NearThreshold || text[a.Via] == "" {
				t.Fatalf("%+v", a)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
		if rep.Texts != len(all) || rep.Alike != len(want) {
			t.Fatalf("%+v", rep)
		}
	})
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// TestWhoMayReadIsNoCopy: what another department or other readers hold stays.
func TestWhoMayReadIsNoCopy(t *testing.T) {
	const text = "A lost card is blocked at once when the customer calls the branch of the bank."
	for name, tt := range map[string]struct {
		departments, readers [2]string
		kept                 string
	}{
		"the same":           {[2]string{"risk", "risk"}, [2]string{"", ""}, ""},
		"another department": {[2]string{"risk", "desk"}, [2]string{"", ""}, "another department or other readers"},
		"other readers":      {[2]string{"risk", "risk"}, [2]string{"", "[audit]"}, "another department or other readers"},
	} {
		t.Run(name, func(t *testing.T) {
			var store cleantest.Store
			kept(t, &store, "a", tt.departments[0], []string{text})
			kept(t, &store, "b", tt.departments[1], []string{text})
			p := &pairs{}
			_, err := clean.CompareSources(context.Background(), clean.AcrossConfig{
				Sources: []string{"a", "b"}, Plans: []string{"p", "p"}, Readers: tt.readers[:], Records: &sourcetest.Store{}, Store: &store, Alike: p, Drop: true,
			})
			if err != nil || len(p.rows) != 1 || p.rows[0].KeptFor != tt.kept {
				t.Errorf("%+v, %v", p.rows, err)
			}
		})
	}
}

func TestCompareTellsOfTheDisk(t *testing.T) {
	var store cleantest.Store
	kept(t, &store, "a", "", []string{"text"})
	_, err := clean.CompareSources(context.Background(), clean.AcrossConfig{
		Sources: []string{"a"}, Readers: []string{""}, Records: &sourcetest.Store{}, Store: &store, Alike: &pairs{}, Temp: t.TempDir() + "/missing",
	})
	if err == nil || !strings.Contains(err.Error(), "comparing the texts of a") {
		t.Errorf("%v", err)
	}
}
