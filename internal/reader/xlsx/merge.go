package xlsx

import (
	"cmp"
	"encoding/xml"
	"io"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/reader/opc"
)

// How many ranges a sheet may merge, how many of them one row may lie in, and
// how many cells they are filled into.
const (
	maxMerges = 500_000
	maxActive = 10_000
	maxFilled = 5_000_000
)

// merge is a merged range, with what its first cell says once that was read.
type merge struct {
	left, top, right, bottom int // columns 0-based, rows 1-based
	text                     string
}

// merged are the merged ranges of a sheet from the top down.
type merged struct {
	all    []merge
	active []*merge
	next   int
	filled int
}

// merges reads the merged ranges of a sheet, which come behind its rows.
func (w *workbook) merges(part string) (*merged, error) {
	d, err := w.pkg.Decode(part)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	m := &merged{}
	for {
		t, err := d.Raw()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		e, ok := t.(xml.StartElement)
		if !ok || e.Name.Local != "mergeCell" {
			continue
		}
		ref := opc.Attr(e, "ref")
		a, b, _ := strings.Cut(ref, ":")
		left, top, ok1 := parseRef(a)
		right, bottom, ok2 := parseRef(b)
		if !ok1 || !ok2 || right < left || bottom < top {
			if b == "" && ok1 {
				continue
			}
			return nil, errs.Invalid("a merged range is %q; ranges are written A1:B2", ref)
		}
		if len(m.all) >= maxMerges {
			return nil, errs.Invalid("there are more than %d merged ranges", maxMerges)
		}
		m.all = append(m.all, merge{left: left, top: top, right: right, bottom: bottom})
	}
	slices.SortFunc(m.all, func(a, b merge) int { return cmp.Or(a.top-b.top, a.left-b.left) })
	return m, nil
}

// of returns the ranges that a row lies in. Rows come from the top down.
func (m *merged) of(number int) ([]*merge, error) {
	m.active = slices.DeleteFunc(m.active, func(g *merge) bool { return g.bottom < number })
	for ; m.next < len(m.all) && m.all[m.next].top <= number; m.next++ {
		if g := &m.all[m.next]; g.bottom >= number {
			m.active = append(m.active, g)
		}
	}
	if len(m.active) > maxActive {
		return nil, errs.Invalid("row %d lies in more than %d merged ranges", number, maxActive)
	}
	return m.active, nil
}

// fill repeats merged cells in a row.
func (m *merged) fill(r *row) error {
	ranges, err := m.of(r.number)
	if err != nil {
		return err
	}
	for _, g := range ranges {
		if r.number == g.top && g.left < len(r.cells) {
			g.text = r.cells[g.left]
		}
		if g.text == "" || strings.TrimSpace(g.text) == "" {
			continue
		}
		// A range over the whole width is of use as far as the row goes.
		right := min(g.right, max(len(r.cells)-1, g.left+256))
		if m.filled += right - g.left + 1; m.filled > maxFilled {
			return errs.Invalid("merged ranges cover more than %d cells", maxFilled)
		}
		for c := g.left; c <= right; c++ {
			if c >= len(r.cells) || r.cells[c] == "" {
				own := c < len(r.own) && r.own[c]
				r.set(c, g.text)
				r.own[c] = own
			}
		}
	}
	return nil
}
