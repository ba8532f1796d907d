package clean

import (
	"strings"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/source/charset"
)

// mojibakeOperator repairs text that was decoded in the wrong charset. It goes
// by maximal reversible segments: a run of characters whose bytes in a wrong
// charset are whole characters in the right one, each of them likely, becomes
// those; a run that only partly makes sense stays as it is. What was lost on
// the way (U+FFFD, 锟斤拷, the rest of a cut character) is marked lossy and never
// filled in. Three rounds undo text that was spoilt
// three times.
var mojibakeOperator = Operator{Name: "mojibake", Version: 1, run: func(text string) Effect {
	e := unchanged(text)
	for range 3 {
		ed := editor{in: e.Text}
		var cut []Span
		if ascii(e.Text) {
			return e
		}
		for from := 0; from < len(e.Text); {
			to := from + 1 + strings.IndexByte(e.Text[from:], '\n')
			if to == from {
				to = len(e.Text)
			}
			cut = append(cut, repairLine(&ed, from, to)...)
			from = to
		}
		after, m := ed.done()
		e = e.then(after, m, forward(cut, m))
		if m.IsIdentity() {
			break
		}
	}
	e.Spans = joinSpans(append(e.Spans, lossy(e.Text)...))
	return e
}}

// repairLine repairs bytes [from, to) of the editor's input, and returns what
// is left of cut characters there.
func repairLine(e *editor, from, to int) (cut []Span) {
	line := e.in[from:to]
	singles, pairs := suspicious(line)
	if singles {
		if found := bestSingle(line); len(found) > 0 {
			return replaced(e, from, found)
		}
	}
	if pairs {
		return replaced(e, from, gbkSegments(line))
	}
	return nil
}

// replaced does what was found in the line at from, and returns what is left
// of cut characters.
func replaced(e *editor, from int, found []repair) (cut []Span) {
	for _, f := range found {
		e.replace(from+f.at, f.n, f.with)
		if f.rest > 0 {
			cut = append(cut, Span{Kind: SpanLossy, Start: from + f.at + f.n, End: from + f.at + f.n + f.rest})
		}
	}
	return cut
}

// repair is a segment to replace; rest is the length of what follows and is
// the beginning of a character that was cut.
type repair struct {
	at, n, rest int
	with        string
}

// suspicious looks at a line once: whether two characters of the small charsets
// that are read in place of UTF-8 or GBK stand together, or a C1 control, and
// whether there are Han such as UTF-8 read as GBK has.
func suspicious(line string) (singles, pairs bool) {
	together := false
	for i := 0; i < len(line); {
		c := line[i]
		if c < utf8.RuneSelf {
			together = false
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(line[i:])
		i += n
		// To U+07FF Latin, Greek, Cyrillic, Hebrew; U+2000 on √ ∆ ├ “.
		small := c < 0xE0 || c == 0xE2
		singles = singles || small && (together || r < 0xA0)
		together = small
		if !pairs && r >= 0x4E00 && r <= 0xFFE5 {
			pairs = leadOfUTF8(r)
		}
	}
	return singles, pairs
}

// leadOfUTF8 reports whether the bytes of r in GBK begin a character of three
// bytes in UTF-8.
func leadOfUTF8(r rune) bool {
	lead, trail, ok := charset.GBK(r)
	return ok && lead >= 0xE2 && lead <= 0xEF && trail >= 0x80 && trail < 0xC0
}

// gbkSegments finds UTF-8 that was read as GBK. Three characters of GBK make
// two of UTF-8; a segment needs two, and they must be more usual than what
// stands there.
func gbkSegments(line string) (found []repair) {
	for i := 0; i < len(line); {
		r, n := utf8.DecodeRuneInString(line[i:])
		if r < 0x80 || !leadOfUTF8(r) {
			i += n
			continue
		}
		f := gbkSegment(line, i)
		if f.n == 0 {
			i += n
			continue
		}
		found = append(found, f)
		i = f.at + f.n + f.rest
	}
	return found
}

func gbkSegment(line string, at int) repair {
	var raw []byte
	var out strings.Builder
	before, after, runes := 0.0, 0.0, 0
	good := repair{at: at}
	decoded, partial := 0, 0
	for i := at; i < len(line); {
		r, n := utf8.DecodeRuneInString(line[i:])
		lead, trail, ok := charset.GBK(r)
		switch {
		case ok:
			raw = append(raw, lead, trail)
		case r < utf8.RuneSelf && r != '?' && len(raw) == 0:
			raw = append(raw, byte(r))
		default:
			i = len(line)
			continue
		}
		before += charset.Weight(r)
		runes++
		i += n
		bad := false
		for len(raw) > 0 && utf8.FullRune(raw) {
			d, size := utf8.DecodeRune(raw)
			if d == utf8.RuneError && size == 1 {
				bad = true
				break
			}
			if d >= utf8.RuneSelf {
				after += charset.Weight(d)
				decoded++
			}
			out.WriteRune(d)
			raw = raw[size:]
		}
		if bad {
			break
		}
		if partial = len(raw); partial == 0 {
			if decoded >= 2 && after/float64(decoded) >= before/float64(runes)+0.8 {
				good.n, good.with, good.rest = i-at, out.String(), 0
			}
		}
	}
	if good.n > 0 {
		end := at + good.n
		if r, n := utf8.DecodeRuneInString(line[end:]); leadOfUTF8(r) && strings.HasPrefix(line[end+n:], "?") {
			good.rest = n + 1 // its third byte was lost
		}
	}
	return good
}

// lossy finds what stands for characters that are gone: U+FFFD, and what it
// became when it was written as UTF-8 and read as GBK or Latin.
func lossy(text string) (spans []Span) {
	for _, mark := range []string{"\uFFFD", "锟斤拷", "ï¿½", "â€?"} {
		for i := 0; ; {
			k := strings.Index(text[i:], mark)
			if k < 0 {
				break
			}
			i += k + len(mark)
			spans = append(spans, Span{Kind: SpanLossy, Start: i - len(mark), End: i})
		}
	}
	return spans
}
