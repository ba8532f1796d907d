package pdf

import (
	"cmp"
	"slices"
)

const (
	thin = 3.0 // points; what is thicker is no rule
	near = 3.0 // points within which rules meet
)

// table is a grid of cells. cell[r][c] is the index of the merged cell that
// row r and column c belong to.
type table struct {
	box   box
	cell  [][]int
	cells []box
	lines [][]line // of each cell
}

// tables finds the grids that a page's rules draw, and takes the lines in them.
func (p *page) tables() []table {
	level, upright := straight(p.rules)
	if len(p.shades) > 0 {
		rules := p.rules
		for _, g := range components(level, upright) {
			if t, ok := g.table(); ok {
				for _, s := range p.shades {
					if t.box.holds(s) {
						rules = append(rules, t.sides(s)...)
					}
				}
			}
		}
		level, upright = straight(rules)
	}
	var out []table
	for _, g := range components(level, upright) {
		if t, ok := g.table(); ok {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b table) int { return cmp.Compare(b.box.width()*b.box.height(), a.box.width()*a.box.height()) })
	kept := out[:0]
	for i, t := range out {
		inside := false
		for _, u := range out[:i] {
			inside = inside || u.box.holds(t.box)
		}
		if inside {
			continue
		}
		if finer, ok := p.finer(t, level, upright); ok {
			t = finer
		}
		if p.fill(&t) {
			kept = append(kept, t)
		}
	}
	kept = append(kept, p.booktabs(level, upright)...)
	return append(kept, p.spaced()...)
}

// padding is how far shaded text may stand from the edges of its cell.
const padding = 9.0

// sides are the sides of a shaded box that divide the table: those from edge
// to edge of its cells. Shaded text within a cell divides nothing.
func (t *table) sides(s box) (out []box) {
	meets := func(at float64, side int, reach float64) bool {
		return slices.ContainsFunc(t.cells, func(c box) bool { return abs(c[side]-at) <= reach || abs(c[(side+2)%4]-at) <= reach })
	}
	for side, edge := range []box{{s[0], s[1], s[0], s[3]}, {s[0], s[1], s[2], s[1]}, {s[2], s[1], s[2], s[3]}, {s[0], s[3], s[2], s[3]}} {
		across := (side + 1) % 2
		if meets(s[across], across, near) && meets(s[across+2], across, near) && !meets(s[side], side, padding) {
			out = append(out, edge)
		}
	}
	return out
}

// finer divides further what rules divide into columns or into rows only, or
// only frame.
func (p *page) finer(t table, level, upright []rule) (table, bool) {
	rows, cols := len(t.cell), len(t.cell[0])
	if len(t.cells) != rows*cols || rows > 3 && cols > 1 {
		return table{}, false
	}
	f, ok := p.aligned(t.box, level, upright)
	if !ok || len(f.cell[0]) < cols || len(f.cell) < rows || len(f.cell[0]) == cols && len(f.cell) < rows+2 {
		return table{}, false
	}
	return f, cols > 1 || f.regular(baselines(fragments(p.within(t.box), 1)))
}

// within are the page's lines in a region.
func (p *page) within(region box) []line {
	var out []line
	for _, l := range p.lines {
		if region.holds(l.box) {
			out = append(out, l)
		}
	}
	return out
}

func (b box) holds(c box) bool {
	return c.midX() > b[0] && c.midX() < b[2] && c.midY() > b[1] && c.midY() < b[3]
}

// fill moves the page's lines that stand in the table into its cells; false,
// with nothing moved, where fewer than two cells have text.
func (p *page) fill(t *table) bool {
	lines := make([][]line, len(t.cells))
	var rest []line
	for _, l := range p.lines {
		if !t.box.holds(l.box) {
			rest = append(rest, l)
			continue
		}
		parts := map[int][]glyph{} // a line drawn across cells is cut
		var order []int
		for _, word := range words(l) {
			c := t.at(boxOfGlyphs(word))
			if _, ok := parts[c]; !ok {
				order = append(order, c)
			}
			parts[c] = append(parts[c], word...)
		}
		if len(l.glyph) == 0 { // recognised
			c := t.at(l.box)
			lines[c] = append(lines[c], l)
		}
		for _, c := range order {
			part := line{size: l.size, role: l.role, glyph: parts[c], text: textOf(parts[c], l.size)}
			part.box = boxOfGlyphs(parts[c])
			lines[c] = append(lines[c], part)
		}
	}
	full := 0
	for _, c := range lines {
		if len(c) > 0 {
			full++
		}
	}
	if full < 2 {
		return false
	}
	for _, c := range lines {
		sortRows(c)
	}
	t.lines, p.lines = lines, rest
	return true
}

// words cuts a line where it has spaces or room, and between Han.
func words(l line) (out [][]glyph) {
	from := 0
	for i := 1; i < len(l.glyph); i++ {
		a, b := l.glyph[i-1], l.glyph[i]
		if b.spaced || isHan(lastRune(a.text)) || isHan(firstRune(b.text)) || max(b.box[0]-a.box[2], a.box[0]-b.box[2]) > .3*l.size {
			out, from = append(out, l.glyph[from:i]), i
		}
	}
	if from < len(l.glyph) {
		out = append(out, l.glyph[from:])
	}
	return out
}

func boxOfGlyphs(glyphs []glyph) (b box) {
	for _, g := range glyphs {
		b = b.join(g.box)
	}
	return b
}

// at is the cell that holds the middle of b, or the nearest.
func (t *table) at(b box) int {
	best, dist := 0, 1e18
	for i, c := range t.cells {
		dx := max(c[0]-b.midX(), b.midX()-c[2], 0)
		dy := max(c[1]-b.midY(), b.midY()-c[3], 0)
		if d := dx*dx + dy*dy; d < dist {
			best, dist = i, d
		}
	}
	return best
}

// rule is a straight line: at is its y, or x where it is upright.
type rule struct{ at, from, to float64 }

// straight sorts rules and joins those that continue one another.
func straight(rules []box) (level, upright []rule) {
	for _, b := range rules {
		if b.width() >= b.height() {
			level = append(level, rule{b.midY(), b[0], b[2]})
		} else {
			upright = append(upright, rule{b.midX(), b[1], b[3]})
		}
	}
	return joined(level), joined(upright)
}

func joined(rules []rule) []rule {
	slices.SortFunc(rules, func(a, b rule) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.from, b.from)) })
	var out []rule
next:
	for _, r := range rules {
		for i := len(out) - 1; i >= 0 && r.at-out[i].at <= near*.7; i-- {
			if o := &out[i]; r.from <= o.to+near && r.to >= o.from-near {
				o.from, o.to = min(o.from, r.from), max(o.to, r.to)
				continue next
			}
		}
		out = append(out, r)
	}
	return out
}

// grid is a set of rules that meet.
type grid struct{ level, upright []rule }

func components(level, upright []rule) []grid {
	if len(level)*len(upright) > 4_000_000 {
		return nil // a drawing
	}
	parent := make([]int, len(level)+len(upright))
	for i := range parent {
		parent[i] = i
	}
	var find func(int) int
	find = func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for i, h := range level {
		for j, v := range upright {
			if v.at >= h.from-near && v.at <= h.to+near && h.at >= v.from-near && h.at <= v.to+near {
				parent[find(i)] = find(len(level) + j)
			}
		}
	}
	byRoot := map[int]*grid{}
	var roots []int
	of := func(i int) *grid {
		r := find(i)
		if byRoot[r] == nil {
			byRoot[r] = &grid{}
			roots = append(roots, r)
		}
		return byRoot[r]
	}
	for i, h := range level {
		g := of(i)
		g.level = append(g.level, h)
	}
	for j, v := range upright {
		g := of(len(level) + j)
		g.upright = append(g.upright, v)
	}
	var out []grid
	for _, r := range roots {
		if g := byRoot[r]; len(g.level) >= 2 && len(g.upright) >= 1 {
			out = append(out, *g)
		}
	}
	return out
}

// edges are the places of rules, those that are one joined; the ends of the
// rules across are edges too where a table is open at its sides.
func edges(rules, across []rule) []float64 {
	var at []float64
	lo, hi := 1e18, -1e18
	for _, r := range rules {
		at = append(at, r.at)
	}
	for _, r := range across {
		lo, hi = min(lo, r.from), max(hi, r.to)
	}
	slices.Sort(at)
	if len(at) > 0 && at[0]-lo > 3*near {
		at = append([]float64{lo}, at...)
	}
	if len(at) > 0 && hi-at[len(at)-1] > 3*near {
		at = append(at, hi)
	}
	out := at[:0]
	for _, a := range at {
		if len(out) == 0 || a-out[len(out)-1] > near {
			out = append(out, a)
		}
	}
	return out
}

// table makes cells of a grid: neighbours that no rule divides are one.
func (g grid) table() (table, bool) {
	xs, ys := edges(g.upright, g.level), edges(g.level, g.upright)
	cols, rows := len(xs)-1, len(ys)-1
	if cols < 1 || rows < 1 || cols*rows < 2 || cols > 200 || rows > 2000 {
		return table{}, false
	}
	parent := make([]int, rows*cols)
	for i := range parent {
		parent[i] = i
	}
	var find func(int) int
	find = func(i int) int {
		for parent[i] != i {
			i = parent[i]
		}
		return i
	}
	divided := func(rules []rule, at, from, to float64) bool {
		mid := (from + to) / 2
		for _, r := range rules {
			if abs(r.at-at) <= near && r.from <= mid && r.to >= mid {
				return true
			}
		}
		return false
	}
	for r := range rows {
		for c := range cols {
			if c+1 < cols && !divided(g.upright, xs[c+1], ys[r], ys[r+1]) {
				parent[find(r*cols+c+1)] = find(r*cols + c)
			}
			if r+1 < rows && !divided(g.level, ys[r+1], xs[c], xs[c+1]) {
				parent[find((r+1)*cols+c)] = find(r*cols + c)
			}
		}
	}
	t := table{box: box{xs[0], ys[0], xs[cols], ys[rows]}}
	index := map[int]int{}
	for r := range rows {
		t.cell = append(t.cell, make([]int, cols))
		for c := range cols {
			root := find(r*cols + c)
			i, ok := index[root]
			if !ok {
				i = len(t.cells)
				index[root] = i
				t.cells = append(t.cells, box{})
			}
			t.cell[r][c] = i
			t.cells[i] = t.cells[i].join(box{xs[c], ys[r], xs[c+1], ys[r+1]})
		}
	}
	return t, len(t.cells) >= 2
}
