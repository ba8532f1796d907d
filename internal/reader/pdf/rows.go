package pdf

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// chunk is the text of one cell as far as its column tells: lines that were
// broken because the next word had no room.
type chunk struct{ top, bottom float64 }

func (c chunk) mid() float64 { return (c.top + c.bottom) / 2 }

// piece is what a column has on one base line of the page.
type piece struct {
	fragment
	row  int // the base line
	text string
}

// rowEdges are the edges of rows. Rules divide them; between two rules the
// column whose number of chunks is the most usual one leads the others.
func rowEdges(rows [][]fragment, xs, rules []float64, region box) []float64 {
	cols := make([][]piece, len(xs)-1)
	full := make([]map[int]bool, len(rows)) // the columns that a base line fills
	for i, r := range rows {
		full[i] = map[int]bool{}
		for _, f := range r {
			c := min(max(0, slot(xs, f.box.midX())), len(xs)-2)
			full[i][c] = true
			if n := len(cols[c]); n > 0 && cols[c][n-1].row == i {
				last := &cols[c][n-1]
				last.box, last.glyph = last.box.join(f.box), append(slices.Clip(last.glyph), f.glyph...)
				continue
			}
			cols[c] = append(cols[c], piece{fragment: f, row: i})
		}
	}
	for _, col := range cols {
		for i := range col {
			col[i].text = textOf(col[i].glyph, col[i].size)
		}
	}
	tight, even := leading(cols)
	joins := func(a, b piece, width float64) bool {
		sparse := 2*len(full[b.row]) <= len(full[a.row]) || !full[b.row][0] && full[a.row][0]
		return b.box.midY()-a.box.midY() <= 1.22*tight && goesOver(a.fragment, b.fragment, width) &&
			(!even || sparse) && !(isValue(a.text) && isValue(b.text) && (even || len(b.text) > 3 || a.box.width() < .85*width))
	}
	edges := append(append([]float64{region[1]}, rules...), region[3])
	inner := make([][]float64, len(edges)-1)
	single := 0
	for b := range inner {
		chunks, weight := make([][]chunk, len(cols)), make([]int, len(cols))
		for c, col := range cols {
			width, values := widest(col, xs[c], xs[c+1]), 0
			for i, f := range col {
				if f.box.midY() < edges[b] || f.box.midY() >= edges[b+1] {
					continue
				}
				if isValue(f.text) {
					values++
				}
				if k := len(chunks[c]); k > 0 && joins(col[i-1], f, width) {
					chunks[c][k-1].bottom = f.box[3]
					continue
				}
				chunks[c] = append(chunks[c], chunk{f.box[1], f.box[3]})
			}
			weight[c] = 1
			if values*2 > len(chunks[c]) {
				weight[c] = 3 // values stand on one line
			}
		}
		inner[b] = parted(chunks, weight)
		if len(inner[b]) == 0 {
			single++
		}
	}
	var out []float64
	for b := range inner {
		out = append(out, edges[b])
		if single*10 < len(inner)*6 || len(inner) < 4 { // else every rule ends a row
			out = append(out, inner[b]...)
		}
	}
	return append(out, region[3])
}

// leading is the distance of lines within a cell, the smallest that is usual;
// even says that lines of different cells are no further apart.
func leading(cols [][]piece) (tight float64, even bool) {
	var all []float64
	for _, col := range cols {
		for i := 1; i < len(col); i++ {
			all = append(all, col[i].box.midY()-col[i-1].box.midY())
		}
	}
	if len(all) == 0 {
		return 0, true
	}
	slices.Sort(all)
	tight = all[len(all)/10]
	return tight, all[len(all)*3/4] < 1.15*tight
}

var value = regexp.MustCompile(`^[-+−(¥￥$€£]*\d[\d,.:/%年月日元 -]*[\d%)年月日元]$|^\d$`)

// isValue reports whether s is a number or a date, which few cells break.
func isValue(s string) bool { return value.MatchString(s) }

// widest is the room that a column's text has: that of its longest line.
func widest(col []piece, from, to float64) float64 {
	w := 0.0
	for _, f := range col {
		if f.box[0] >= from-f.size && f.box[2] <= to+f.size {
			w = max(w, f.box.width())
		}
	}
	return w
}

// goesOver reports whether b may be the rest of a that had no room.
func goesOver(a, b fragment, width float64) bool {
	first := b.glyph[0].box
	for i, g := range b.glyph[1:] {
		if g.spaced || isHan(firstRune(g.text)) || isHan(lastRune(b.glyph[i].text)) {
			break
		}
		first = first.join(g.box)
	}
	return a.box.width()+first.width()+.3*a.size > width
}

// parted are the edges between rows that a band has.
func parted(cols [][]chunk, weight []int) []float64 {
	count := map[int]int{}
	for i, c := range cols {
		count[len(c)] += weight[i]
	}
	lead, best := -1, 0
	for i, c := range cols {
		n := len(c)
		if n == 0 {
			continue
		}
		if votes := count[n]; lead < 0 || votes > best || votes == best && n > len(cols[lead]) {
			lead, best = i, votes
		}
	}
	if lead < 0 {
		return nil
	}
	rows := slices.Clone(cols[lead])
	for _, c := range cols { // a row in which the leading column is empty
		for _, k := range c {
			if !slices.ContainsFunc(rows, func(r chunk) bool { return shared(r, k) > 0 }) {
				rows = append(rows, k)
			}
		}
	}
	slices.SortFunc(rows, func(a, b chunk) int { return cmp.Compare(a.mid(), b.mid()) })
	extent := slices.Clone(rows)
	for _, c := range cols { // what stands beside a row belongs to it
		for _, k := range c {
			at, most := -1, 0.0
			n := 0
			for i, r := range rows {
				if o := shared(r, k); o > 0 {
					n++
					if o > most {
						at, most = i, o
					}
				}
			}
			if n == 1 {
				extent[at].top, extent[at].bottom = min(extent[at].top, k.top), max(extent[at].bottom, k.bottom)
			}
		}
	}
	var out []float64
	for i := 1; i < len(extent); i++ {
		y := (extent[i-1].bottom + extent[i].top) / 2
		if y <= rows[i-1].mid() || y >= rows[i].mid() {
			y = (rows[i-1].mid() + rows[i].mid()) / 2
		}
		out = append(out, y)
	}
	return out
}

func shared(a, b chunk) float64 { return min(a.bottom, b.bottom) - max(a.top, b.top) }

func isWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("√×✓✗*●○■□☐☑☒-–—/", r)
}
