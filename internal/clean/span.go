package clean

import (
	"cmp"
	"slices"
	"sort"

	"github.com/luodi/luodi/internal/source/offset"
)

// Span is something that an operator found in a text: bytes [Start, End).
type Span struct {
	Kind  string `json:"kind"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	Level int    `json:"level,omitempty"` // of a heading, 1 at the top
}

// Kinds of spans.
const (
	SpanLossy      = "lossy"       // what stood here cannot be restored, and nothing was filled in
	SpanHeader     = "header"      // repeated at the top of pages
	SpanFooter     = "footer"      // repeated at their foot
	SpanPageNumber = "page_number" // counts up from page to page
	SpanContents   = "contents"    // a table of contents
	SpanHeading    = "heading"
	SpanQuote      = "quote"     // of an earlier message, in a reply
	SpanSignature  = "signature" // at the end of a message
)

// Effect is what an operator did to a text.
type Effect struct {
	Text  string
	Map   offset.Map // Text to the text before
	Spans []Span     // found in Text
}

func unchanged(text string) Effect { return Effect{Text: text, Map: offset.Identity(len(text))} }

// then is e with a further change of its text, and the spans found after it.
func (e Effect) then(text string, m offset.Map, spans []Span) Effect {
	return Effect{Text: text, Map: offset.Compose(m, e.Map), Spans: append(forward(e.Spans, m), spans...)}
}

// joinSpans orders spans and joins those of a kind that touch.
func joinSpans(spans []Span) []Span {
	slices.SortStableFunc(spans, func(a, b Span) int { return cmp.Or(a.Start-b.Start, a.End-b.End) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && out[n-1].Kind == s.Kind && out[n-1].Level == s.Level && s.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, s.End)
			continue
		}
		out = append(out, s)
	}
	return out
}

// forward takes spans of a text over a step that was done to it. What the step
// took out is gone.
func forward(spans []Span, m offset.Map) []Span {
	if len(spans) == 0 || m.IsIdentity() {
		return spans
	}
	out := spans[:0:0]
	for _, s := range spans {
		// The first byte of output that comes from s or after it.
		start := sort.Search(m.Len(), func(i int) bool { _, to := m.Source(i, i+1); return to > s.Start })
		end := start + sort.Search(m.Len()-start, func(i int) bool { from, _ := m.Source(start+i, start+i+1); return from >= s.End })
		if start < end {
			s.Start, s.End = start, end
			out = append(out, s)
		}
	}
	return out
}

// without takes spans, which are ordered, out of a text.
func without(text string, spans []Span) (string, offset.Map) {
	e := editor{in: text}
	for _, s := range spans {
		if s.Start >= e.pos && s.End > s.Start {
			e.replace(s.Start, s.End-s.Start, "")
		}
	}
	return e.done()
}
