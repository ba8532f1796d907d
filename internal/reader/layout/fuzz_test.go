package layout_test

import (
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/reader/layout"
	"github.com/luodi/luodi/internal/source"
)

// FuzzWriter writes blocks and tables of arbitrary text, and wants spans that
// are in order, within the text, and hold what stood in their place.
func FuzzWriter(f *testing.F) {
	f.Add("a\nb| c\x00 \x00d", 2, uint8(3))
	f.Add(" \n\n", 1, uint8(0))
	f.Add("|\\|\x00\x00x", 3, uint8(255))
	f.Fuzz(func(t *testing.T, s string, columns int, what uint8) {
		if columns < 1 || columns > 20 || len(s) > 4<<10 {
			return
		}
		var w layout.Writer
		var pieces []layout.Piece
		for i, v := range strings.Split(s, "\x00") {
			pieces = append(pieces, layout.Piece{Text: v, At: source.Location{Row: i + 1}})
		}
		if what&1 != 0 {
			w.Block(2, "## ", pieces)
		}
		if what&2 != 0 {
			w.Block(1, "  - ", pieces)
		}
		if what&4 != 0 {
			w.Code([][]layout.Piece{pieces, pieces})
		}
		var grid [][][]layout.Piece
		for at := 0; at < len(pieces); at += columns {
			var row [][]layout.Piece
			for _, p := range pieces[at:min(at+columns, len(pieces))] {
				row = append(row, []layout.Piece{p})
			}
			grid = append(grid, row)
		}
		w.Table(grid)
		text, spans, err := w.Done()
		if err != nil {
			t.Fatal(err)
		}
		last := 0
		for _, span := range spans {
			if span.Start < last || span.End < span.Start || span.End > len(text) {
				t.Fatalf("span %v after %d in %q", span, last, text)
			}
			last = span.End
			at := pieces[span.At.Row-1].Text
			for _, word := range strings.Fields(strings.NewReplacer("|", " ", "\\", " ").Replace(text[span.Start:span.End])) {
				if !strings.Contains(at, word) {
					t.Fatalf("%q stands at the place of %q", word, at)
				}
			}
		}
	})
}
