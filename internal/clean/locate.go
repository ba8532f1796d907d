package clean

import (
	"context"
	"fmt"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/source/offset"
)

// Explanation is how a record's cleaned text came about, step by step.
type Explanation struct {
	RecordID string `json:"record"`
	Address  string `json:"address"`
	Plan     string `json:"plan"`
	Charset  string `json:"charset"`
	Title    string `json:"title"`
	Steps    []Step `json:"steps"` // the first reads the raw bytes as text
	// Spans are where the first step's text stands in a file whose bytes are no
	// text.
	Spans []source.Span `json:"-"`
}

// Explain runs the plan on one record again and keeps every step. raw are the
// bytes of the file version f, and readers what it was ingested with.
func (p Plan) Explain(ctx context.Context, readers []source.Reader, raw []byte, f source.File, r source.Record) (Explanation, error) {
	x := Explanation{RecordID: r.ID, Address: r.Address(), Plan: p.id, Charset: f.Charset}
	again, err := source.TextOf(ctx, readers, raw, f, r)
	if err != nil {
		return x, fmt.Errorf("explaining record %s: %w", r.ID, err)
	}
	first := Step{Name: "read " + f.Format, Before: again.Text, After: again.Text, Map: again.Map}
	if f.Charset != "" {
		first.Name, first.Before = first.Name+" as "+f.Charset, string(raw[r.Start:r.End])
	}
	x.Steps, x.Spans = append(x.Steps, first), again.Spans
	var text string
	x.Title, text, _ = p.apply(r, func(s Step) { x.Steps = append(x.Steps, s) })
	red, _, err := p.personal(r, text)
	if err != nil {
		return x, fmt.Errorf("explaining record %s: %w", r.ID, err)
	}
	if red.Text != text {
		x.Steps = append(x.Steps, Step{Name: stepPersonal, Before: text, After: red.Text, Map: red.Map})
	}
	return x, nil
}

// Map is the map from the cleaned text to the raw bytes of the file; of a file
// whose bytes are no text, to what its reader made of it, where Spans lead on.
func (x Explanation) Map() offset.Map {
	m := x.Steps[0].Map
	for _, s := range x.Steps[1:] {
		m = offset.Compose(s.Map, m)
	}
	return m
}

// Location is a place in a file as a department handed it over.
type Location struct {
	Path   string   `json:"path"`
	SHA256 string   `json:"sha256"` // of the file
	Start  int      `json:"start"`  // raw byte range
	End    int      `json:"end"`
	Row    int      `json:"row"`   // as in source.Record; 0 for a document
	Cells  []string `json:"cells"` // the columns that the range touches
	// At is where it stands in a file whose bytes are no text, at most
	// maxPlaces of them; Start and End are then the whole file.
	At []source.Location `json:"at,omitempty"`
}

// maxPlaces is how many places of one range are told.
const maxPlaces = 20

// Locate takes a quote, which stood at start of a record's cleaned text, back to
// the raw bytes it was made from. Text that the plan or the reader inserted, such
// as a column's name before its value, is located at the cell it stands for.
// Where the plan makes another text than when it was quoted, the quote is found
// by itself; errs.NotFound where it does not stand there any more, or more than
// once.
func (p Plan) Locate(ctx context.Context, readers []source.Reader, raw []byte, f source.File, r source.Record, start int, quote string) (Location, error) {
	x, err := p.Explain(ctx, readers, raw, f, r)
	if err != nil {
		return Location{}, err
	}
	text := x.Steps[len(x.Steps)-1].After
	if start < 0 || start > len(text) || !strings.HasPrefix(text[start:], quote) {
		if start = strings.Index(text, quote); start < 0 || quote == "" || start != strings.LastIndex(text, quote) {
			return Location{}, errs.NotFound("locating a quote of record %s: the plan in use makes another text of it", r.ID)
		}
	}
	m := x.Map()
	l := Location{Path: r.Path, SHA256: f.Hash, Row: r.Row, Cells: []string{}}
	l.Start, l.End = m.Source(start, start+len(quote))
	if x.Charset == "" {
		l.At = source.Within(x.Spans, l.Start, l.End, maxPlaces)
		for _, s := range x.Spans {
			if s.Column != "" && s.Start < l.End && l.Start < s.End {
				l.Cells = append(l.Cells, s.Column)
			}
		}
		l.Start, l.End = 0, len(raw)
		return l, nil
	}
	for i, c := range r.Fields {
		touched := c.Start < l.End && l.Start < c.End
		if l.Start == l.End { // inserted: the cell that begins here or holds the place
			next := i+1 < len(r.Fields) && r.Fields[i+1].Start <= l.Start
			touched = c.Start <= l.Start && l.Start <= c.End && !next
		}
		if touched {
			l.Cells = append(l.Cells, c.Name)
			if l.Start == l.End {
				l.Start, l.End = c.Start, c.End
				break
			}
		}
	}
	return l, nil
}
