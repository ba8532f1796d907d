package clean

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/luodi/luodi/internal/source/offset"
)

// Operator is one step of a plan. It is a pure function: the same text gives
// the same effect on every machine, from any goroutine. Any change of what it
// does needs a new Version. An operator changes the text, or finds spans in
// it, or both.
type Operator struct {
	Name    string
	Version int
	Params  string // what a plan set; part of the plan's ID

	run func(text string) Effect
}

// Apply runs the operator on a text.
func (o Operator) Apply(text string) (string, offset.Map) {
	e := o.run(text)
	return e.Text, e.Map
}

// Run is Apply with the spans that were found.
func (o Operator) Run(text string) Effect { return o.run(text) }

// edit is an operator that changes a text and finds nothing.
func edit(name string, version int, apply func(string) (string, offset.Map)) Operator {
	return Operator{Name: name, Version: version, run: func(text string) Effect {
		after, m := apply(text)
		return Effect{Text: after, Map: m}
	}}
}

// finder is an operator that finds spans, and takes them out where remove says
// so.
func finder(name string, version int, remove bool, find func(string) []Span) Operator {
	o := Operator{Name: name, Version: version, run: func(text string) Effect {
		e := unchanged(text)
		e.Spans = find(text)
		if remove && len(e.Spans) > 0 {
			e.Text, e.Map = without(text, e.Spans)
			e.Spans = nil
		}
		return e
	}}
	if remove {
		o.Params = "remove"
	}
	return o
}

// The operators that every plan has, with the one of space.go. Composition
// comes last, as taking out what is invisible or folding a letter can bring a
// letter and its accent together.
var (
	nfcOperator     = edit("nfc", 1, composed)
	controlOperator = edit("control", 1, printable)
	widthOperator   = edit("width", 1, narrow)
)

// composed brings text to Unicode's normalization form C (UAX #15). NFKC is
// not used: it would turn ① into 1 and ² into 2.
func composed(text string) (string, offset.Map) {
	e := editor{in: text}
	for at := inert(text); at < len(text); {
		at += norm.NFC.QuickSpanString(text[at:])
		if at == len(text) {
			break
		}
		n := norm.NFC.NextBoundaryInString(text[at:], true)
		if n <= 0 {
			n = len(text) - at
		}
		if c := norm.NFC.String(text[at : at+n]); c != text[at:at+n] {
			e.replace(at, n, c)
		}
		at += n
	}
	return e.done()
}

// inert returns len(text) where every character is one that composition never
// touches (ASCII, Han of the basic plane, ideographic and full-width marks),
// which is most texts, and 0 otherwise.
func inert(text string) int {
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c < utf8.RuneSelf:
			i++
		case c >= 0xE4 && c <= 0xE9,
			c == 0xE3 && i+2 < len(text) && text[i+1] == 0x80 && text[i+2] < 0xAA,
			c == 0xEF && i+1 < len(text) && text[i+1] >= 0xBC:
			i += 3
		default:
			return 0
		}
	}
	return len(text)
}

// printable takes out control characters but tab and line ends, and characters
// that show nothing: zero-width spaces, byte order marks, soft hyphens,
// directional and interlinear marks. Joiners stay where they join (emoji,
// Indic, Persian), and go between Han, Latin and digits, where they only hide
// a text from a search.
func printable(text string) (string, offset.Map) {
	e := editor{in: text}
	shown := 0 // where the last character that stays ends
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c < 0x20 && !(c >= '\t' && c <= '\r') || c == 0x7f {
				e.replace(i, 1, "")
			} else {
				shown = i + 1
			}
			i++
			continue
		}
		if c >= 0xE3 && c < 0xEF && i+3 <= len(text) { // Han and their punctuation
			i += 3
			shown = i
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if invisible(r) || (r == 0x200C || r == 0x200D) && plain(before(text[:shown])) && plain(after(text[i+n:])) {
			e.replace(i, n, "")
		} else {
			shown = i + n
		}
		i += n
	}
	return e.done()
}

// invisible reports whether a character shows nothing and joins nothing.
func invisible(r rune) bool {
	switch {
	case r >= 0x80 && r <= 0x9F:
		return r != 0x85 // next line: white space
	case r == 0xAD, r == 0x180E, r == 0x200B, r == 0x200E, r == 0x200F, r == 0xFEFF:
		return true
	case r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x206F, r >= 0xFFF9 && r <= 0xFFFB:
		return true
	}
	return false
}

// plain reports whether nothing is joined at r.
func plain(r rune) bool {
	return r < 0x100 || r >= 0x300 && r < 0x370 || r >= 0x3000 && r < 0x3040 || r >= 0xFF00 && r < 0xFFF0 || unicode.IsSpace(r) || unicode.Is(unicode.Han, r) || unicode.Is(unicode.Latin, r)
}

func before(text string) rune {
	if text == "" {
		return 0
	}
	r, _ := utf8.DecodeLastRuneInString(text)
	return r
}

func after(text string) rune {
	for _, r := range text {
		if r != 0x200C && r != 0x200D && !invisible(r) {
			return r
		}
	}
	return 0
}

// narrow folds full-width letters, digits and the per cent sign to ASCII, and
// nothing else: punctuation of Chinese texts stays as it is.
func narrow(text string) (string, offset.Map) {
	e := editor{in: text}
	for i := 0; ; {
		k := strings.IndexByte(text[i:], 0xEF) // U+F000 to U+FFFF
		if k < 0 || i+k+3 > len(text) {
			return e.done()
		}
		i += k
		r, n := utf8.DecodeRuneInString(text[i:])
		if r >= '０' && r <= '９' || r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ' || r == '％' {
			e.replace(i, n, string(r-0xFEE0))
		}
		i += n
	}
}
