package pdf

import (
	"regexp"
	"slices"
)

// spaced finds tables without rules: rows one below the other, of two or more
// pieces that stand in the same columns.
func (p *page) spaced() []table {
	var out []table
	for _, group := range p.sides() {
		rows := baselines(fragments(group, 1))
		for i := 0; i < len(rows); {
			n := run(rows[i:])
			if n < 2 {
				i++
				continue
			}
			region := extent(rows[i : i+n])
			if t, ok := p.aligned(region, nil, nil); ok && t.regular(rows[i:i+n]) && p.fill(&t) {
				out = append(out, t)
			}
			i += n
		}
	}
	return out
}

// sides are the page's lines by the column of running text that they stand in.
func (p *page) sides() [][]line {
	var blocks []block
	for i := range p.lines {
		blocks = append(blocks, block{box: p.lines[i].box, line: &p.lines[i]})
	}
	x, ok := gutter(blocks)
	if !ok {
		return [][]line{slices.Clone(p.lines)}
	}
	sides := make([][]line, 3)
	for _, l := range p.lines {
		switch {
		case l.box[2] <= x:
			sides[0] = append(sides[0], l)
		case l.box[0] >= x:
			sides[1] = append(sides[1], l)
		default:
			sides[2] = append(sides[2], l)
		}
	}
	return sides
}

// run is how many rows from the first on may be one table: those of several
// pieces, and between them single pieces that stand below one of the row
// before.
func run(rows [][]fragment) int {
	if len(rows[0]) < 2 {
		return 0
	}
	last := 0
	pitch := 0.0
	for i := 1; i < len(rows); i++ {
		gap := rows[i][0].box.midY() - rows[i-1][0].box.midY()
		size := max(tallest(rows[i]), tallest(rows[i-1]))
		if gap > 4.5*size || pitch > 0 && gap > max(2.2*pitch, 3*size) {
			break
		}
		if len(rows[i]) < 2 && !below(rows[i][0], rows[last]) {
			break
		}
		if len(rows[i]) >= 2 {
			pitch = max(pitch, gap)
			last = i
		} else if gap > 3*size || i-last > 20 {
			break
		}
	}
	n := last + 1
	for n < len(rows) && n > 1 && len(rows[n]) == 1 && rows[n][0].box.midY()-rows[n-1][0].box.midY() < 2*rows[n][0].size && below(rows[n][0], rows[last]) && goesOver(fragmentAbove(rows[n][0], rows[last]), rows[n][0], fragmentAbove(rows[n][0], rows[last]).box.width()) {
		n++ // the rest of a cell of the last row
	}
	return n
}

func tallest(row []fragment) (size float64) {
	for _, f := range row {
		size = max(size, f.size)
	}
	return size
}

// below reports whether f stands under no more than one piece of the row.
func below(f fragment, row []fragment) bool {
	n := 0
	for _, g := range row {
		if min(f.box[2], g.box[2]) > max(f.box[0], g.box[0]) {
			n++
		}
	}
	return n <= 1
}

func fragmentAbove(f fragment, row []fragment) fragment {
	for _, g := range row {
		if min(f.box[2], g.box[2]) > max(f.box[0], g.box[0]) {
			return g
		}
	}
	return f
}

func extent(rows [][]fragment) (b box) {
	for _, r := range rows {
		for _, f := range r {
			b = b.join(f.box)
		}
	}
	return box{b[0] - 1, b[1] - 1, b[2] + 1, b[3] + 1}
}

var leaders = regexp.MustCompile(`(?:[.·…_‥]\s*){4,}`)

// regular reports whether what white space alone divides is a table: rows
// enough, columns that are full and stand straight, and no list of contents,
// running text or formula.
func (t *table) regular(rows [][]fragment) bool {
	cols, multi, leader, full := len(t.cell[0]), 0, 0, 0
	columns := make([]struct {
		n, letters          int
		left, right, middle []float64
	}, cols)
	right := make([]float64, cols) // where columns end; cells over several of them end further right
	for c := range right {
		right[c] = t.box[2]
		for _, r := range t.cell {
			right[c] = min(right[c], t.cells[r[c]][2])
		}
	}
	for _, r := range rows {
		seen := map[int]bool{}
		for _, f := range r {
			if leaders.MatchString(textOf(f.glyph, f.size)) {
				leader++
			}
			c := 0
			for c+1 < cols && f.box.midX() > right[c] {
				c++
			}
			seen[c] = true
			k := &columns[c]
			k.n, k.letters = k.n+1, k.letters+f.letter
			k.left, k.right, k.middle = append(k.left, f.box[0]), append(k.right, f.box[2]), append(k.middle, f.box.midX())
		}
		if len(seen) >= 2 {
			multi++
			full += len(seen)
		}
	}
	if multi < 3 || leader*3 > len(rows) || full*2 < multi*cols {
		return false
	}
	wordy, crooked := 0, 0
	for _, k := range columns {
		if k.n < 2 || max(straightness(k.left), straightness(k.right), straightness(k.middle)) < .6 {
			crooked++
		}
		if k.letters > 25*k.n {
			wordy++
		}
	}
	return crooked*3 <= cols && (wordy < 2 || wordy < cols-1)
}

// straightness is the share of places that are nearly the most usual one.
func straightness(at []float64) float64 {
	at = slices.Clone(at)
	slices.Sort(at)
	best := 0
	for i, j := 0, 0; i < len(at); i++ {
		for at[i]-at[j] > 2*near {
			j++
		}
		best = max(best, i-j+1)
	}
	return float64(best) / float64(max(1, len(at)))
}
