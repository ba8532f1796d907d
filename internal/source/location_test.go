package source

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLocationInWords(t *testing.T) {
	for _, tt := range []struct {
		name string
		at   Location
		want string
	}{
		{"the whole file", Location{}, ""},
		{"a cell", Location{Sheet: "利率", Cell: "B7"}, "sheet 利率 cell B7"},
		{"a box", Location{Page: 3, Box: [4]float64{72, 90.4, 200, 110}}, "page 3 box 72,90–200,110"},
		{"a shape", Location{Slide: 2, Shape: "Title 1", Role: "note"}, `slide 2 shape "Title 1" (note)`},
		{"a part of a part", Location{Part: "word/document.xml", Start: 4, End: 9, Table: 1, Row: 2, Column: 3}.In("2/a.docx"),
			"table 1 row 2 column 3 part 2/a.docx!word/document.xml bytes 4–9"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.at.String(); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			b, err := json.Marshal(tt.at)
			var back Location
			if err != nil || json.Unmarshal(b, &back) != nil || back != tt.at {
				t.Errorf("%s is %+v: %v", b, back, err)
			}
		})
	}
}

func TestWithin(t *testing.T) {
	a, b := Location{Cell: "A1"}, Location{Cell: "B1"}
	run := func(l Location, start, end int) Location { l.Start, l.End = start, end; return l }
	spans := []Span{{0, 2, run(a, 10, 12), ""}, {2, 5, run(a, 14, 17), ""}, {8, 9, b, ""}}
	for _, tt := range []struct {
		name       string
		start, end int
		want       []Location
	}{
		{"runs of one place are joined", 1, 4, []Location{run(a, 10, 17)}},
		{"all places", 0, 9, []Location{run(a, 10, 17), b}},
		{"inserted text is at what follows", 6, 7, []Location{b}},
		{"nothing is at what follows", 5, 5, []Location{run(a, 14, 17)}},
		{"behind all is at the last", 20, 22, []Location{b}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, Within(spans, tt.start, tt.end, 9)); d != "" {
				t.Error(d)
			}
		})
	}
	if got := Within(spans, 0, 9, 1); len(got) != 1 {
		t.Errorf("at most 1 place, got %v", got)
	}
}
