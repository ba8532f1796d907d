package pdf

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// linesOf joins glyphs, in the order the file draws them, to lines, and lines
// that continue one another to one.
func linesOf(glyphs []glyph) []line {
	var out []line
	for _, g := range glyphs {
		if n := len(out); n > 0 && out[n-1].takes(g) {
			out[n-1].add(g)
			continue
		}
		out = append(out, line{box: g.box, size: g.box.height(), glyph: []glyph{g}})
	}
	out = continued(out)
	for i := range out {
		out[i].text = textOf(out[i].glyph, out[i].size)
	}
	return out
}

// upright makes lines of glyphs on text that is turned by quarters, clockwise:
// they are read as if the page were turned back.
func upright(glyphs []glyph, quarter int) []line {
	turn := func(b box, quarter int) box {
		for range quarter {
			b = box{b[1], -b[2], b[3], -b[0]}
		}
		return b
	}
	for i := range glyphs {
		glyphs[i].box = turn(glyphs[i].box, quarter)
	}
	out := linesOf(glyphs)
	for i := range out {
		out[i].box = turn(out[i].box, 4-quarter)
		for j := range out[i].glyph {
			out[i].glyph[j].box = turn(out[i].glyph[j].box, 4-quarter)
		}
	}
	return out
}

// takes reports whether a glyph stands on the line and next to it.
func (l *line) takes(g glyph) bool {
	size := max(l.size, g.box.height())
	mid := g.box.midY()
	if mid < l.box[1]-size*.15 || mid > l.box[3]+size*.15 {
		return false
	}
	if h := g.box.height(); l.size > 2.2*h && h > 0 && l.size > 14 && len(l.glyph) > 3 && g.box[0]-l.box[2] > size*.5 {
		return false // small print beside large
	}
	gap := max(g.box[0]-l.box[2], l.box[0]-g.box[2])
	return gap <= gapOfLine*size
}

// gapOfLine is the widest gap between words of one line, in heights of its
// tall letters, of which an em has about 1.4; columns are further apart.
const gapOfLine = 1.5

func (l *line) add(g glyph) {
	l.glyph = append(l.glyph, g)
	l.box = l.box.join(g.box)
	l.size = max(l.size, g.box.height())
}

// continued joins lines that are drawn in pieces.
func continued(lines []line) []line {
	order := make([]int, len(lines))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(lines[a].box[0], lines[b].box[0]), cmp.Compare(lines[a].box[1], lines[b].box[1]))
	})
	gone := make([]bool, len(lines))
	for k, i := range order {
		if gone[i] {
			continue
		}
		for _, j := range order[k+1:] {
			a, b := &lines[i], &lines[j]
			if b.box[0]-a.box[2] > gapOfLine*a.size {
				break
			}
			if gone[j] || b.box[0] < a.box[2]-.3*a.size || abs(a.box[3]-b.box[3]) > .35*max(a.size, b.size) || a.size > 1.8*b.size && len(b.glyph) > 2 || b.size > 1.8*a.size && len(a.glyph) > 2 {
				continue
			}
			if b.box[0]-a.box[2] > gapOfLine*max(a.size, b.size)*.6 {
				continue // a gap this wide is drawn on purpose
			}
			b.glyph[0].spaced = b.glyph[0].spaced || b.box[0]-a.box[2] > .2*a.size
			a.glyph = append(a.glyph, b.glyph...)
			a.box, a.size = a.box.join(b.box), max(a.size, b.size)
			gone[j] = true
		}
	}
	out := lines[:0]
	for i, l := range lines {
		if !gone[i] {
			out = append(out, l)
		}
	}
	return out
}

// textOf writes glyphs with spaces where the reader found them, or where there
// is much room.
func textOf(glyphs []glyph, size float64) string {
	var b strings.Builder
	for i, g := range glyphs {
		if i > 0 {
			last := glyphs[i-1]
			gap := max(g.box[0]-last.box[2], last.box[0]-g.box[2])
			han := isHan(lastRune(last.text)) && isHan(firstRune(g.text))
			if (g.spaced || gap > size) && !(han && gap < .6*size) {
				b.WriteByte(' ')
			}
		}
		b.WriteString(g.text)
	}
	return b.String()
}

func firstRune(s string) rune { r, _ := utf8.DecodeRuneInString(s); return r }
func lastRune(s string) rune  { r, _ := utf8.DecodeLastRuneInString(s); return r }

// isHan reports whether r is written without spaces: Han, kana, and the marks
// that stand among them.
func isHan(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef
}

func abs(f float64) float64 { return max(f, -f) }

// glue joins the text of a line to what is before it in the paragraph: Han
// without a space, a word that a hyphen divides without the hyphen.
func glue(before, next string) (drop int, sep string) {
	last, first := lastRune(before), firstRune(next)
	switch {
	case isHan(last) && isHan(first):
		return 0, ""
	case last == '-' && len(before) > 2 && unicode.IsLower(first) && unicode.IsLetter(lastRune(before[:len(before)-1])):
		return 1, ""
	}
	return 0, " "
}
