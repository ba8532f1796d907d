package office_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/reader/html"
	"github.com/luodi/luodi/internal/reader/office"
	"github.com/luodi/luodi/internal/source"
)

// TestCleanedTextLeadsBack takes facts in cleaned text back to their place, as
// a citation does, and every character to some place.
func TestCleanedTextLeadsBack(t *testing.T) {
	plan := clean.NewPlan(map[string]clean.Extractor{"html": html.Extractor{}})
	files := []made{workbookOf(t, 0), workbookOf(t, 5), wordOf(3), slidesOf(4)}
	files = append(files, mailOf(t, 1, append(manyBooks(t), manyWords()...)))
	for _, f := range files {
		records, err := source.Parse(office.Readers(), f.name, f.raw, source.Columns{})
		if err != nil {
			t.Fatal(err)
		}
		version := source.File{Path: f.name, Source: f.name, Hash: lineage.Hash(f.raw), Format: source.ReaderFor(office.Readers(), f.name).Format()}
		left := slices.DeleteFunc(slices.Clone(f.facts), func(x fact) bool { return x.gone || x.at == (source.Location{}) || x.text == "" })
		for i, r := range records {
			if len(records) > 12 && i > 12 && i%5 > 0 {
				continue
			}
			c := plan.Clean(r)
			for at, ch := range c.Text {
				if at%37 == 0 {
					if _, err := plan.Locate(t.Context(), office.Readers(), f.raw, version, r, at, string(ch)); err != nil {
						t.Fatalf("%s: character %d of record %d: %v", f.name, at, i, err)
					}
				}
			}
			left = slices.DeleteFunc(left, func(x fact) bool {
				at := strings.Index(c.Text, x.text)
				if at < 0 {
					return false
				}
				l, err := plan.Locate(t.Context(), office.Readers(), f.raw, version, r, at, x.text)
				if err != nil {
					t.Fatal(err)
				}
				if l.End != len(f.raw) || len(l.At) == 0 {
					t.Errorf("%s: %q is located at %+v", f.name, x.text, l)
				}
				return slices.ContainsFunc(l.At, func(got source.Location) bool {
					got.Role += r.At.Role
					return agrees(x.at, got)
				})
			})
		}
		// Rows that were skipped above may hold some.
		if len(left) > len(f.facts)/2 {
			t.Errorf("%s: %d of %d facts are not led back to their place, such as %+v", f.name, len(left), len(f.facts), left[0])
		}
	}
}
