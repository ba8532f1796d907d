package source

import (
	"fmt"
	"strings"

	"github.com/luodi/luodi/internal/source/offset"
)

// Location is where something stands inside of a file whose bytes are no text:
// an office document, a mail, a page, a database. Only what the format has is
// set; the zero Location is the whole file. It is kept with records as JSON,
// so fields are only ever added.
type Location struct {
	Part   string     `json:"part,omitempty"`   // member of a container: word/document.xml; 2/contract.docx of a mail; "!" goes deeper
	Start  int        `json:"start,omitempty"`  // byte range in the part, unpacked; of a text, as it is in the file
	End    int        `json:"end,omitempty"`    //
	Page   int        `json:"page,omitempty"`   // 1-based
	Box    [4]float64 `json:"box,omitzero"`     // left, top, right, bottom in points from the page's left top corner
	Sheet  string     `json:"sheet,omitempty"`  //
	Cell   string     `json:"cell,omitempty"`   // B7 or A7:F7
	Slide  int        `json:"slide,omitempty"`  // 1-based, in the order they are shown
	Shape  string     `json:"shape,omitempty"`  // its name on the slide
	Table  int        `json:"table,omitempty"`  // 1-based within the part, the slide or the database's name for it in Part
	Row    int        `json:"row,omitempty"`    // of the table, 1-based
	Column int        `json:"column,omitempty"` // of the table, 1-based
	Key    string     `json:"key,omitempty"`    // of a database's row: id=7
	Role   string     `json:"role,omitempty"`   // what it is beside body text: hidden, header, footnote, comment, quoted, …
}

// String is the location in words, for people: `sheet 利率 cell B7`.
func (l Location) String() string {
	var b strings.Builder
	say := func(ok bool, format string, args ...any) {
		if ok {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			fmt.Fprintf(&b, format, args...)
		}
	}
	say(l.Page > 0, "page %d", l.Page)
	say(l.Box != [4]float64{}, "box %.0f,%.0f–%.0f,%.0f", l.Box[0], l.Box[1], l.Box[2], l.Box[3])
	say(l.Sheet != "", "sheet %s", l.Sheet)
	say(l.Cell != "", "cell %s", l.Cell)
	say(l.Slide > 0, "slide %d", l.Slide)
	say(l.Shape != "", "shape %q", l.Shape)
	say(l.Table > 0, "table %d", l.Table)
	say(l.Row > 0, "row %d", l.Row)
	say(l.Column > 0, "column %d", l.Column)
	say(l.Key != "", "key %s", l.Key)
	say(l.Part != "", "part %s", l.Part)
	say(l.End > l.Start, "bytes %d–%d", l.Start, l.End)
	say(l.Role != "", "(%s)", l.Role)
	return b.String()
}

// In is the location seen from the file that holds part: In("2/a.docx") of
// word/document.xml is 2/a.docx!word/document.xml.
func (l Location) In(part string) Location {
	switch {
	case part == "":
	case l.Part == "":
		l.Part = part
	default:
		l.Part = part + "!" + l.Part
	}
	return l
}

// Span says where bytes [Start, End) of a text come from. The spans of a text
// are in order and do not overlap; what is between them was inserted by the
// reader, such as the marks of a table.
type Span struct {
	Start, End int
	At         Location
	Column     string // of a row's cell
}

// Reading is what a reader gives of one record when the file is read again.
type Reading struct {
	Text string
	// Map takes Text to the raw bytes of the file. Of a file whose bytes are no
	// text it is the identity, and Spans say where Text comes from.
	Map   offset.Map
	Spans []Span
}

// Within returns the locations of bytes [start, end) of a text with these
// spans, neighbours in one place joined, at most limit of them. A range that
// touches no span is at the next one, else at the last.
func Within(spans []Span, start, end, limit int) []Location {
	var out []Location
	last := -1
	for i, s := range spans {
		if s.End <= start && (start < end || s.End < start) {
			last = i
			continue
		}
		if s.Start >= end && len(out) > 0 {
			break
		}
		at := s.At
		if k := len(out) - 1; k >= 0 && joins(&out[k], at) {
			continue
		}
		if s.Start >= end && len(out) == 0 || len(out) < limit {
			out = append(out, at)
		}
		if s.Start >= end || len(out) == limit {
			break
		}
	}
	if len(out) == 0 && last >= 0 {
		out = append(out, spans[last].At)
	}
	return out
}

// joins widens l by at, where both are one place but for their bytes.
func joins(l *Location, at Location) bool {
	a, b := *l, at
	a.Start, a.End, b.Start, b.End = 0, 0, 0, 0
	if a != b {
		return false
	}
	l.Start, l.End = min(l.Start, at.Start), max(l.End, at.End)
	return true
}
