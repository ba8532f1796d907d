package pdf

import (
	"cmp"
	"slices"
)

// booktabs finds tables that have level rules only, as printed books set them:
// a rule above, one below, and columns that white space divides.
func (p *page) booktabs(level []rule) []table {
	var out []table
	used := make([]bool, len(level))
	for i, top := range level {
		if used[i] || top.to-top.from < 60 {
			continue
		}
		last := -1
		for j := i + 1; j < len(level); j++ {
			b := level[j]
			if !used[j] && abs(b.from-top.from) <= near && abs(b.to-top.to) <= near && b.at-top.at < .7*p.height {
				last = j
			}
		}
		if last < 0 {
			continue
		}
		region := box{top.from - near, top.at, top.to + near, level[last].at}
		t, ok := p.aligned(region)
		if !ok || !p.fill(&t) {
			continue
		}
		out = append(out, t)
		for j := range level {
			used[j] = used[j] || level[j].at >= region[1]-near && level[j].at <= region[3]+near && level[j].from >= region[0]-near && level[j].to <= region[2]+near
		}
	}
	return out
}

// aligned makes a table of the lines in a region where white space divides
// them into two or more columns of short cells.
func (p *page) aligned(region box) (table, bool) {
	var lines []line
	for _, l := range p.lines {
		if region.holds(l.box) {
			lines = append(lines, l)
		}
	}
	if len(lines) < 4 {
		return table{}, false
	}
	rows := rowsOf(lines)
	xs := []float64{region[0]}
	for _, gap := range gaps(rows, region) {
		xs = append(xs, (gap[0]+gap[1])/2)
	}
	xs = append(xs, region[2])
	multi, letters := 0, 0
	for _, r := range rows {
		if len(r) >= 2 {
			multi++
		}
		for _, l := range r {
			letters += len([]rune(l.text))
		}
	}
	if len(xs) < 3 || len(rows) < 2 || multi*10 < len(rows)*6 || letters > 40*len(lines) {
		return table{}, false
	}
	t := table{box: region}
	for i, r := range rows {
		top, bottom := region[1], region[3]
		if i > 0 {
			top = (boxOf(rows[i-1])[3] + boxOf(r)[1]) / 2
		}
		if i+1 < len(rows) {
			bottom = (boxOf(r)[3] + boxOf(rows[i+1])[1]) / 2
		}
		row := make([]int, len(xs)-1)
		for c := range row {
			row[c] = len(t.cells)
			t.cells = append(t.cells, box{xs[c], top, xs[c+1], bottom})
		}
		t.cell = append(t.cell, row)
	}
	return t, true
}

// gaps are the ranges of x that lines leave free in nearly all rows: titles
// over several columns may cross them.
func gaps(rows [][]line, region box) [][2]float64 {
	var edges []float64
	for _, r := range rows {
		for _, l := range r {
			edges = append(edges, l.box[0], l.box[2])
		}
	}
	slices.Sort(edges)
	var out [][2]float64
	for i := 0; i+1 < len(edges); i++ {
		a, b := edges[i], edges[i+1]
		if b-a < .5 || a < region[0]+1 && i == 0 {
			continue
		}
		mid, crossed := (a+b)/2, 0
		for _, r := range rows {
			for _, l := range r {
				if l.box[0] < mid && l.box[2] > mid {
					crossed++
					break
				}
			}
		}
		if crossed*8 > len(rows) {
			continue
		}
		if n := len(out); n > 0 && a-out[n-1][1] < .5 {
			out[n-1][1] = b
		} else {
			out = append(out, [2]float64{a, b})
		}
	}
	kept := out[:0]
	for _, g := range out {
		if g[1]-g[0] >= 4 && g[0] > region[0]+2 && g[1] < region[2]-2 {
			kept = append(kept, g)
		}
	}
	return kept
}

// rowsOf groups lines by base line, from the top, each row from the left.
func rowsOf(lines []line) [][]line {
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.box.midY(), b.box.midY()) })
	var out [][]line
	for _, l := range lines {
		if n := len(out); n > 0 {
			if b := boxOf(out[n-1]); l.box.midY() < b[3]-.2*b.height() && l.box.height() < 3*b.height() {
				out[n-1] = append(out[n-1], l)
				continue
			}
		}
		out = append(out, []line{l})
	}
	for _, r := range out {
		slices.SortStableFunc(r, func(a, b line) int { return cmp.Compare(a.box[0], b.box[0]) })
	}
	return out
}

func boxOf(lines []line) (b box) {
	for _, l := range lines {
		b = b.join(l.box)
	}
	return b
}

// sortRows sorts lines as they are read where there are no columns.
func sortRows(lines []line) {
	i := 0
	for _, r := range rowsOf(lines) {
		i += copy(lines[i:], r)
	}
}
