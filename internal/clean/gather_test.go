package clean

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/source"
)

func number(v float64) *float64 { return &v }

func TestColumns(t *testing.T) {
	c := columns{byName: map[string]*columnCount{}}
	row := func(cells ...string) {
		r := source.Record{Class: source.ClassRow}
		for i := 0; i < len(cells); i += 2 {
			r.Fields = append(r.Fields, source.Field{Name: cells[i], Value: cells[i+1]})
		}
		c.add(r)
	}
	row("金额", "1,250.50", "状态", "good")
	row("金额", " -3 ", "状态", "")
	row("金额", "n/a", "状态", "good", "备注", "x")
	c.add(source.Record{Class: source.ClassDocument, Fields: []source.Field{{Name: "id", Value: "1"}}})
	want := []Column{
		{Name: "金额", Rows: 3, Distinct: 3, Numbers: 2, Min: number(-3), Max: number(1250.5)},
		{Name: "状态", Rows: 3, Empty: 1, Distinct: 1},
		{Name: "备注", Rows: 1, Distinct: 1},
	}
	if d := cmp.Diff(want, c.done()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestColumnsAreLimited(t *testing.T) {
	c := columns{byName: map[string]*columnCount{}}
	r := source.Record{Class: source.ClassRow}
	for i := range 10_000 {
		r.Fields = append(r.Fields, source.Field{Name: strings.Repeat("c", i+1), Value: "v"})
	}
	c.add(r)
	if n := len(c.done()); n != maxColumns {
		t.Errorf("%d columns are counted, want %d", n, maxColumns)
	}
}

func TestLengths(t *testing.T) {
	if got := lengths(nil); got != (Lengths{}) {
		t.Errorf("of nothing: %+v", got)
	}
	n := map[int]int{}
	for i := range 101 {
		n[100-i]++
	}
	if got, want := lengths(n), (Lengths{0, 10, 50, 90, 99, 100, 50}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestFirstChange(t *testing.T) {
	long := strings.Repeat("中", 100)
	before, after := firstChange(long+"１"+long, long+"1"+long)
	if !strings.Contains(before, "１") || !strings.Contains(after, "1") || len(before) > 200 || !utf8.ValidString(before) || !utf8.ValidString(after) {
		t.Errorf("%q, %q", before, after)
	}
	if b, a := firstChange("x", ""); b != "x" || a != "" {
		t.Errorf("%q, %q", b, a)
	}
}

func TestKeysDelimitTheirParts(t *testing.T) {
	if key("a", "bc") == key("ab", "c") || key("a") == key("a", "") {
		t.Error("parts run into each other")
	}
}

func TestLabelConflictsAreCountedOnce(t *testing.T) {
	g := newGatherer(newReport("s", "p", "d", nil), nil)
	for _, label := range []string{"card", "loss", "card", "", "loss"} {
		c := Cleaned{Class: source.ClassRow, Text: "same", Label: label, FileID: "f", RecordID: lineage.NewID(lineage.Record, label)}
		g.tables["f"] = source.Columns{Text: "text"}
		if err := g.repeat(&c); err != nil {
			t.Fatal(err)
		}
	}
	if g.report.LabelConflicts != 1 || g.report.ExactDuplicates != 2 {
		t.Errorf("%d conflicts, %d duplicates; want 1, 2", g.report.LabelConflicts, g.report.ExactDuplicates)
	}
}

func TestPlanIDNamesEverything(t *testing.T) {
	a, b := NewPlan(nil), NewPlan(map[string]Extractor{"html": fakeExtractor(1)})
	c := NewPlan(map[string]Extractor{"html": fakeExtractor(2)})
	if a.ID() == b.ID() || b.ID() == c.ID() || !strings.HasPrefix(a.ID(), planName) || a.ID() != NewPlan(nil).ID() {
		t.Errorf("ids %s, %s, %s", a.ID(), b.ID(), c.ID())
	}
}
