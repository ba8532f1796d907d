package xlsx

import "strings"

// bands parts tables that stand side by side: at columns that are empty in all
// of the rows, with at least two columns of text in two rows on either side.
// It returns nil where there is one.
func (b *blocks) bands(held []row) []*blocks {
	var used []int // rows with text, by column
	for _, r := range held {
		for i, c := range r.cells {
			for len(used) <= i {
				used = append(used, 0)
			}
			if strings.TrimSpace(c) != "" {
				used[i]++
			}
		}
	}
	type run struct{ lo, hi, columns, rows int }
	var runs []run
	open := false
	for i, n := range used {
		if n == 0 {
			open = false
			continue
		}
		if !open {
			runs = append(runs, run{lo: i})
			open = true
		}
		k := &runs[len(runs)-1]
		k.hi, k.columns, k.rows = i, k.columns+1, max(k.rows, n)
	}
	whole := func(r run) bool { return r.columns > 1 && r.rows > 1 }
	var out []run
	for _, r := range runs { // one that is no table belongs to its neighbour
		k := len(out) - 1
		if k >= 0 && !(whole(r) && whole(out[k])) {
			out[k].hi, out[k].columns, out[k].rows = r.hi, out[k].columns+r.columns, max(out[k].rows, r.rows)
			continue
		}
		out = append(out, r)
	}
	if len(out) < 2 {
		return nil
	}
	list := make([]*blocks, len(out))
	for i, r := range out {
		list[i] = &blocks{w: b.w, sheet: b.sheet, merged: b.merged, child: true, lo: r.lo, hi: r.hi}
	}
	list[len(list)-1].hi = maxColumns
	return list
}

// share gives each band its part of a row; what is between them goes to the
// band before.
func (b *blocks) share(r row) error {
	for i, t := range b.band {
		lo, hi := t.lo, t.hi
		if i == 0 {
			lo = 0
		}
		if i+1 < len(b.band) {
			hi = b.band[i+1].lo - 1
		}
		part := row{number: r.number, hidden: r.hidden}
		for c := lo; c <= hi && c < len(r.cells); c++ {
			if r.cells[c] != "" {
				part.set(c, r.cells[c])
				part.own[c] = r.own[c]
			}
		}
		if err := t.take(part); err != nil {
			return err
		}
	}
	return nil
}
