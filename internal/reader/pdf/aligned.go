package pdf

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// fragment is a piece of a line that no gap as wide as between columns divides.
type fragment struct {
	box    box
	size   float64
	glyph  []glyph
	letter int
}

// fragments cuts lines at their wide gaps. What cannot be seen is left out.
func fragments(lines []line, gap float64) []fragment {
	var out []fragment
	for _, l := range lines {
		if len(l.glyph) == 0 { // recognised
			out = append(out, fragment{box: l.box, size: l.size, letter: len([]rune(l.text)), glyph: []glyph{{text: l.text, box: l.box}}})
			continue
		}
		var last *fragment
		for _, g := range l.glyph {
			if unicode.IsControl(firstRune(g.text)) {
				continue
			}
			if last != nil {
				b := last.glyph[len(last.glyph)-1].box
				if max(g.box[0]-b[2], b[0]-g.box[2]) < gap*l.size {
					last.box, last.glyph, last.letter = last.box.join(g.box), append(last.glyph, g), last.letter+1
					continue
				}
			}
			out = append(out, fragment{box: g.box, size: l.size, glyph: []glyph{g}, letter: 1})
			last = &out[len(out)-1]
		}
	}
	return out
}

// baselines groups fragments that stand on one line of the page, from the top.
func baselines(all []fragment) [][]fragment {
	return inRows(all, func(f fragment) box { return f.box }, func(row []fragment, f fragment) bool {
		return f.box.midY()-row[0].box.midY() < .5*max(f.size, row[0].size)
	})
}

// inRows groups what stands in boxes into rows, from the top, each from the
// left; same tells whether one more, not above it, stands in the last row.
func inRows[T any](all []T, at func(T) box, same func(row []T, next T) bool) [][]T {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b T) int { return cmp.Compare(at(a).midY(), at(b).midY()) })
	var out [][]T
	for _, x := range all {
		if n := len(out); n > 0 && same(out[n-1], x) {
			out[n-1] = append(out[n-1], x)
			continue
		}
		out = append(out, []T{x})
	}
	for _, r := range out {
		slices.SortStableFunc(r, func(a, b T) int { return cmp.Compare(at(a)[0], at(b)[0]) })
	}
	return out
}

// aligned makes a table of the lines in a region whose columns, and often
// rows, only white space divides. Rules across the whole region divide it in
// any case.
func (p *page) aligned(region box, level, upright []rule) (table, bool) {
	lines := p.within(region)
	if len(lines) < 2 {
		return table{}, false
	}
	rows := baselines(fragments(lines, .45))
	xs := columns(rows, region, fence(upright, region[1], region[3], region[0], region[2], .5))
	if len(xs) < 3 || len(xs) > 60 {
		return table{}, false
	}
	ys := rowEdges(rows, xs, fence(level, region[0], region[2], region[1], region[3], .8), region)
	if len(ys) < 3 {
		return table{}, false
	}
	t := table{box: region}
	spans := spanned(rows, level, xs, ys)
	for r := range len(ys) - 1 {
		row := make([]int, len(xs)-1)
		for c := range row {
			if c > 0 && spans[[2]int{r, c}] {
				row[c] = row[c-1]
				t.cells[row[c]][2] = xs[c+1]
				continue
			}
			row[c] = len(t.cells)
			t.cells = append(t.cells, box{xs[c], ys[r], xs[c+1], ys[r+1]})
		}
		t.cell = append(t.cell, row)
	}
	return t, t.likely(lines)
}

// fence is where rules divide a region that reaches from from to to along
// them, and from lo to hi across, over most of its length.
func fence(rules []rule, from, to, lo, hi, share float64) []float64 {
	cover := map[float64]float64{}
	var at []float64
	for _, r := range rules {
		if r.at < lo+2*near || r.at > hi-2*near {
			continue
		}
		n := len(at)
		if n == 0 || r.at-at[n-1] > near {
			at = append(at, r.at)
			n++
		}
		cover[at[n-1]] += max(0, min(r.to, to)-max(r.from, from))
	}
	return slices.DeleteFunc(at, func(x float64) bool { return cover[x] < share*(to-from) })
}

// columns are the edges of columns: ranges of x that nearly all rows leave
// free, and rules.
func columns(rows [][]fragment, region box, rules []float64) []float64 {
	var ends []float64
	size := 0.0
	for _, r := range rows {
		for _, f := range r {
			ends = append(ends, f.box[0], f.box[2])
			size += f.size / float64(len(r)) / float64(len(rows))
		}
	}
	slices.Sort(ends)
	type free struct {
		from, to float64
		both     int // rows that have something on either side
	}
	var gaps []free
	allowed := 0
	if len(rows) >= 4 {
		allowed = max(1, len(rows)/6)
	}
	for i := 0; i+1 < len(ends); i++ {
		a, b := ends[i], ends[i+1]
		if b-a < .3 {
			continue
		}
		mid, crossed, both := (a+b)/2, 0, 0
		for _, r := range rows {
			left, right, cross := false, false, false
			for _, f := range r {
				left, right = left || f.box[2] <= mid, right || f.box[0] >= mid
				cross = cross || f.box[0] < mid && f.box[2] > mid
			}
			if cross {
				crossed++
			} else if left && right {
				both++
			}
		}
		if crossed > allowed || both < 2 || crossed > both {
			continue
		}
		if n := len(gaps); n > 0 && a-gaps[n-1].to < .5 {
			gaps[n-1].to, gaps[n-1].both = b, max(gaps[n-1].both, both)
		} else {
			gaps = append(gaps, free{a, b, both})
		}
	}
	xs := append([]float64{region[0]}, rules...)
	for _, g := range gaps {
		wide := 1.0
		if g.both >= 5 {
			wide = .6
		}
		if g.to-g.from < wide*size || slices.ContainsFunc(rules, func(x float64) bool { return x > g.from-near && x < g.to+near }) {
			continue
		}
		xs = append(xs, (g.from+g.to)/2)
	}
	xs = append(xs, region[2])
	slices.Sort(xs)
	return filled(rows, apart(rows, xs, rules))
}

// apart takes the edges away between columns that no row fills both of: a
// title in the middle stands beside the figures on the right.
func apart(rows [][]fragment, xs, rules []float64) []float64 {
	for c := 1; c+1 < len(xs); {
		both := false
		for _, r := range rows {
			left, right := false, false
			for _, f := range r {
				left = left || f.box.midX() > xs[c-1] && f.box.midX() < xs[c]
				right = right || f.box.midX() > xs[c] && f.box.midX() < xs[c+1]
			}
			both = both || left && right
		}
		if both || slices.Contains(rules, xs[c]) {
			c++
			continue
		}
		xs = slices.Delete(xs, c, c+1)
	}
	return xs
}

// filled takes the edges away of columns that stay empty; of a list, whose
// first column has nothing but the marks of items, all but the outer ones.
func filled(rows [][]fragment, xs []float64) []float64 {
	out := xs[:1:1]
	list := false
	for c := 0; c+1 < len(xs); c++ {
		full, marks := 0, 0
		same := map[string]int{} // a font of signs has letters for them
		for _, r := range rows {
			text := ""
			for _, f := range r {
				if f.box.midX() > xs[c] && f.box.midX() < xs[c+1] {
					for _, g := range f.glyph {
						text += g.text
					}
				}
			}
			if text == "" {
				continue
			}
			full++
			n := utf8.RuneCountInString(text)
			if n <= 4 && item.MatchString(text+" ") || n == 1 && !isWord(firstRune(text)) {
				marks++
			} else if n <= 2 {
				same[text]++
			}
		}
		for _, n := range same {
			marks = max(marks, n)
		}
		list = list || c == 0 && full >= 3 && marks*10 >= full*8
		if full > 0 {
			out = append(out, xs[c+1])
		}
	}
	out[len(out)-1] = xs[len(xs)-1]
	if list && len(out) == 3 {
		return []float64{out[0], out[2]}
	}
	return out
}

// spanned says which cells belong to the one on their left: what a line runs
// through, and what a rule underlines with it.
func spanned(rows [][]fragment, level []rule, xs, ys []float64) map[[2]int]bool {
	out := map[[2]int]bool{}
	column := func(x float64) int { return min(max(0, slot(xs, x)), len(xs)-2) }
	full := map[[2]int]bool{}
	for _, row := range rows {
		for _, f := range row {
			r := min(max(0, slot(ys, f.box.midY())), len(ys)-2)
			from, to := column(f.box[0]), column(f.box[2])
			full[[2]int{r, column(f.box.midX())}] = true
			for c := from + 1; c <= to; c++ {
				over := min(f.box[2]-xs[c], xs[c]-f.box[0])
				if over > .7*f.size {
					out[[2]int{r, c}] = true
				}
			}
		}
	}
	for _, l := range level {
		r := slot(ys, l.at-near)
		if l.at < ys[0] || l.at > ys[len(ys)-1]-near || r < 0 || r > len(ys)-2 || l.to-l.from > .9*(xs[len(xs)-1]-xs[0]) || ys[r+1]-l.at > 8 {
			continue
		}
		from, to := column(l.from+.15*(l.to-l.from)), column(l.to-.15*(l.to-l.from))
		n := 0
		for c := from; c <= to; c++ {
			if full[[2]int{r, c}] {
				n++
			}
		}
		for c := from + 1; c <= to && n == 1; c++ {
			out[[2]int{r, c}] = true
		}
	}
	return out
}

// slot is the index of the range of edges that holds x.
func slot(edges []float64, x float64) int {
	i, _ := slices.BinarySearch(edges, x)
	return i - 1
}

// likely reports whether the cells look like those of a table: in most rows
// more than one has text, the head names most columns, and none tells a story
// or is code.
func (t *table) likely(lines []line) bool {
	text := make([][]glyph, len(t.cells))
	for _, l := range lines {
		for _, g := range l.glyph {
			i := t.at(g.box)
			text[i] = append(text[i], g)
		}
		if len(l.glyph) == 0 {
			i := t.at(l.box)
			text[i] = append(text[i], glyph{text: l.text})
		}
	}
	multi, full, letters, signs, head := 0, 0, 0, 0, 0
	for r, row := range t.cell {
		n, named := 0, 0
		for c, i := range row {
			if len(text[i]) == 0 {
				continue
			}
			named++
			if c > 0 && row[c-1] == i {
				continue
			}
			n++
			full++
			s := textOf(text[i], 1e9)
			letters += utf8.RuneCountInString(s)
			if !strings.ContainsFunc(s, isWord) {
				signs++
			}
		}
		if n >= 2 {
			multi++
		}
		if r < 3 {
			head = max(head, named)
		}
	}
	return full >= 3 && multi*10 >= len(t.cell)*6 && head*10 >= len(t.cell[0])*6 && letters <= 90*full && signs*5 <= full
}
