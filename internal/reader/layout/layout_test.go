package layout_test

import (
	"testing"

	"github.com/luodi/luodi/internal/reader/layout"
	"github.com/luodi/luodi/internal/source"
)

func at(cell string) source.Location { return source.Location{Cell: cell} }

func TestWriter(t *testing.T) {
	var w layout.Writer
	p := func(text, cell string) []layout.Piece { return []layout.Piece{{Text: text, At: at(cell)}} }
	w.Block(2, "# ", p("  题 ", "A"))
	w.Block(2, "", p(" ", "B"))
	w.Block(1, "- ", p("a\nb", "C"))
	w.Table([][][]layout.Piece{{p("x|y", "D"), nil}, {nil, nil}, {p("1", "E"), p("2\n3", "F"), p("4", "G")}})
	w.Table([][][]layout.Piece{{p("alone", "H")}})
	w.Code([][]layout.Piece{p("if a {", "I"), p("  b", "J")})
	text, spans, err := w.Done()
	want := "# 题\n- a\n  b\n\n| x\\|y |  |  |\n| --- | --- | --- |\n| 1 | 2 3 | 4 |\n\nalone\n\n```\nif a {\n  b\n```"
	if err != nil || text != want {
		t.Errorf("%v\n%s\nwant\n%s", err, text, want)
	}
	for _, s := range spans {
		if s.At == at("F") && text[s.Start:s.End] != "2 3" || s.At == at("A") && text[s.Start:s.End] != "题" {
			t.Errorf("%q is at %s", text[s.Start:s.End], s.At)
		}
	}
	if len(spans) != 9 {
		t.Errorf("%d spans of 9 pieces", len(spans))
	}
}

func TestWriterHasALimit(t *testing.T) {
	w := layout.Writer{Limit: 10}
	for range 3 {
		w.Block(1, "", []layout.Piece{{Text: "1234567"}})
	}
	if _, _, err := w.Done(); err == nil {
		t.Error("more than the limit is written")
	}
}
