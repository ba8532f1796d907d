package pdf

import (
	"cmp"
	"slices"
)

// block is what is read as one: a line or a table.
type block struct {
	box   box
	line  *line
	table *table
}

// inOrder sorts blocks as a person reads them: columns one after the other,
// what stands across them between.
func inOrder(blocks []block) []block {
	if x, ok := gutter(blocks); ok {
		return bands(blocks, x)
	}
	slices.SortStableFunc(blocks, func(a, b block) int { return cmp.Compare(a.box.midY(), b.box.midY()) })
	for i := 0; i < len(blocks); { // on one base line from the left
		j := i + 1
		for j < len(blocks) && blocks[j].line != nil && blocks[i].line != nil && blocks[j].box.midY() < blocks[i].box[3]-.2*blocks[i].box.height() {
			j++
		}
		slices.SortStableFunc(blocks[i:j], func(a, b block) int { return cmp.Compare(a.box[0], b.box[0]) })
		i = j
	}
	return blocks
}

// bands reads what is left of x, then what is right of it, between the blocks
// that cross it.
func bands(blocks []block, x float64) []block {
	slices.SortStableFunc(blocks, func(a, b block) int { return cmp.Compare(a.box.midY(), b.box.midY()) })
	var out, left, right []block
	flush := func() {
		out = append(out, inOrder(left)...)
		out = append(out, inOrder(right)...)
		left, right = nil, nil
	}
	for _, b := range blocks {
		switch {
		case b.box[2] <= x:
			left = append(left, b)
		case b.box[0] >= x:
			right = append(right, b)
		default:
			flush()
			out = append(out, b)
		}
	}
	flush()
	return out
}

// gutter finds the white space between two columns of running text. Short
// lines side by side are a table without rules, and are read across.
func gutter(blocks []block) (float64, bool) {
	var all box
	for _, b := range blocks {
		all = all.join(b.box)
	}
	if len(blocks) < 6 {
		return 0, false
	}
	best, bestCross := 0.0, 1<<30
	for x := all[0] + .15*all.width(); x < all[0]+.85*all.width(); x += 2 {
		var left, right []block
		cross := 0
		for _, b := range blocks {
			switch {
			case b.box[2] <= x-3:
				left = append(left, b)
			case b.box[0] >= x+3:
				right = append(right, b)
			default:
				cross++
			}
		}
		if cross >= bestCross || cross*4 > len(blocks) {
			continue
		}
		text := isColumn(left, all, .22) && isColumn(right, all, .22)
		if !text && cross == 0 && min(len(left), len(right)) >= 8 && inStep(left, right) < .5 { // perhaps two pages
			text = isColumn(wholeRows(left), all, .06) && isColumn(wholeRows(right), all, .06)
		}
		if !text || !beside(left, right) {
			continue
		}
		best, bestCross = x, cross
	}
	return best, bestCross < 1<<30
}

// isColumn reports whether blocks are lines of running text, of which most
// have at least a share of the width of all.
func isColumn(blocks []block, all box, share float64) bool {
	if len(blocks) < 3 {
		return false
	}
	widths := make([]float64, 0, len(blocks))
	letters := 0
	for _, b := range blocks {
		widths = append(widths, b.box.width())
		if b.line != nil {
			letters += len([]rune(b.line.text))
		}
	}
	slices.Sort(widths)
	return widths[len(widths)/2] >= share*all.width() && letters >= 10*len(blocks)
}

// wholeRows joins what stands on one base line, such as an item and its mark.
func wholeRows(blocks []block) []block {
	blocks = slices.Clone(blocks)
	slices.SortStableFunc(blocks, func(a, b block) int { return cmp.Compare(a.box.midY(), b.box.midY()) })
	var out []block
	for _, b := range blocks {
		if n := len(out); n > 0 && b.box.midY() < out[n-1].box[3]-.2*out[n-1].box.height() {
			if b.line != nil && (out[n-1].line == nil || len(b.line.text) > len(out[n-1].line.text)) {
				out[n-1].line = b.line
			}
			out[n-1].box = out[n-1].box.join(b.box)
			continue
		}
		out = append(out, b)
	}
	return out
}

// inStep is the share of the blocks on the left that have one on the right on
// the same base line, as in the rows of a table.
func inStep(left, right []block) float64 {
	n := 0
	for _, l := range left {
		if slices.ContainsFunc(right, func(r block) bool { return abs(l.box[3]-r.box[3]) < 1 }) {
			n++
		}
	}
	return float64(n) / float64(len(left))
}

func beside(left, right []block) bool {
	var l, r box
	for _, b := range left {
		l = l.join(b.box)
	}
	for _, b := range right {
		r = r.join(b.box)
	}
	return min(l[3], r[3])-max(l[1], r[1]) > .3*min(l.height(), r.height())
}
