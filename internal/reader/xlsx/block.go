package xlsx

import (
	"strings"

	"github.com/luodi/luodi/internal/source"
)

// ahead is how many rows of a block the header is judged on, and aheadText how
// many bytes of them are held.
const (
	ahead     = 200
	aheadText = 16 << 20
)

// blocks cuts a sheet into blocks and emits their rows.
type blocks struct {
	w      *workbook
	sheet  sheetRef
	merged *merged

	held  []row // of the block, until its header is decided
	size  int
	names []string // of the columns, once decided; by column
	from  int      // first column of the names
	title string
	last  int
	known bool // the block's header is decided

	band  []*blocks // of tables side by side, once decided
	child bool
	lo    int // first and last column of a band
	hi    int
}

// add takes the next row of the sheet.
func (b *blocks) add(r row) error {
	if err := b.merged.fill(&r); err != nil {
		return err
	}
	return b.take(r)
}

// take is add for a row whose merged cells are filled.
func (b *blocks) take(r row) error {
	own := false
	for i := range r.cells {
		own = own || r.own[i] && strings.TrimSpace(r.cells[i]) != ""
	}
	if !own { // nothing, or nothing but a merged cell that goes on
		return nil
	}
	if r.number != b.last+1 && !b.covered(r.number) {
		if err := b.end(); err != nil {
			return err
		}
	}
	b.last = r.number
	if b.band != nil {
		return b.share(r)
	}
	if b.known {
		return b.emit(r)
	}
	b.held = append(b.held, r)
	for _, c := range r.cells {
		b.size += len(c) + 17
	}
	if len(b.held) > ahead || b.size > aheadText {
		return b.decide()
	}
	return nil
}

// covered reports whether merged cells bridge the rows between the last one
// and this one.
func (b *blocks) covered(number int) bool {
	for _, g := range b.merged.active {
		if g.top <= b.last && g.bottom >= number-1 && b.last > 0 {
			return true
		}
	}
	return false
}

// end ends a block.
func (b *blocks) end() error {
	if !b.known {
		if err := b.decide(); err != nil {
			return err
		}
	}
	b.known = false
	for _, t := range b.band {
		if err := t.end(); err != nil {
			return err
		}
	}
	b.band = nil
	return nil
}

// said is how many cells of a row say something of their own, and the first
// and last column with text.
func said(r row) (n, first, last int) {
	first, last = -1, -1
	for i, c := range r.cells {
		if strings.TrimSpace(c) == "" {
			continue
		}
		if first < 0 {
			first = i
		}
		last = i
		if r.own[i] {
			n++
		}
	}
	return n, first, last
}

// decide finds titles and the header in what is held, and emits it.
func (b *blocks) decide() error {
	held := b.held
	b.held, b.size, b.known = nil, 0, true
	if !b.child {
		if b.band = b.bands(held); b.band != nil {
			for _, r := range held {
				if err := b.share(r); err != nil {
					return err
				}
			}
			return nil
		}
	}
	wide := false
	for _, r := range held {
		n, _, _ := said(r)
		wide = wide || n > 1
	}
	if !wide {
		b.names, b.title = nil, ""
		return b.each(held)
	}
	var titles []string
	for len(held) > 1 {
		n, first, _ := said(held[0])
		if n != 1 {
			break
		}
		titles = append(titles, strings.TrimSpace(held[0].cells[first]))
		keep := b.names
		b.names = nil
		if err := b.emit(held[0]); err != nil {
			return err
		}
		b.names = keep
		held = held[1:]
	}
	if len(titles) > 0 {
		b.title = strings.Join(titles, " / ")
	}
	depth, names, from := b.header(held)
	switch {
	case depth > 0:
		b.names, b.from = names, from
		b.check(names[from:])
		held = held[depth:]
	case len(held) > 0 && b.goesOn(held[0]):
	default:
		b.names = nil
	}
	return b.each(held)
}

// goesOn reports whether a row begins in the columns of the table before it.
func (b *blocks) goesOn(r row) bool {
	_, first, last := said(r)
	return b.names != nil && first == b.from && last < len(b.names)
}

// header returns how many of the rows name the columns, and the names.
func (b *blocks) header(held []row) (depth int, names []string, from int) {
	if len(held) < 2 {
		return 0, nil, 0
	}
	depth, width := b.depth(held), 0
	if depth >= len(held) {
		depth = 1
	}
	from = maxColumns
	for _, r := range held {
		_, first, last := said(r)
		from, width = min(from, first), max(width, last+1)
	}
	names = make([]string, width)
	for _, r := range held[:depth] {
		for i, c := range r.cells[:min(len(r.cells), width)] {
			c = strings.Join(strings.Fields(c), " ")
			switch {
			case c == "" || c == names[i] || strings.HasSuffix(names[i], " / "+c):
			case names[i] == "":
				names[i] = c
			default:
				names[i] += " / " + c
			}
		}
	}
	rest := make([][]string, 0, len(held))
	for _, r := range held[depth:] {
		rest = append(rest, r.cells[min(from, len(r.cells)):])
	}
	if !b.w.columns.IsHeader(names[from:], rest) {
		return 0, nil, 0
	}
	seen := map[string]bool{}
	for i := from; i < width; i++ {
		if names[i] == "" {
			names[i] = "column " + column(i)
		}
		if seen[names[i]] {
			names[i] += " (column " + column(i) + ")"
		}
		seen[names[i]] = true
	}
	return depth, names, from
}

// depth is how many rows a header has that begins with the first: as many as
// its merged cells cover, and one more where one spans columns whose parts are
// named below.
func (b *blocks) depth(held []row) int {
	depth, top := 1, held[0].number
	for _, g := range b.merged.all {
		if g.top > top {
			break
		}
		if g.top != top || g.text == "" || b.child && (g.left < b.lo || g.left > b.hi) {
			continue
		}
		if g.bottom > top {
			depth = max(depth, min(g.bottom-top+1, 4))
		} else if g.right > g.left && len(held) > 1 && g.right < len(held[1].cells) {
			parts := map[string]bool{}
			for c := g.left; c <= g.right; c++ {
				parts[held[1].cells[c]] = true
			}
			if len(parts) == g.right-g.left+1 && !parts[""] && words(held[1].cells[g.left:g.right+1]) {
				depth = max(depth, 2)
			}
		}
	}
	return depth
}

// words reports whether none of the cells is a number other than a year.
func words(cells []string) bool {
	for _, c := range cells {
		c = strings.TrimSpace(c)
		if c != "" && strings.Trim(c, "0123456789.,%-+ ") == "" && len(c) != 4 {
			return false
		}
	}
	return true
}

// check remembers whether a table has the columns that the source names.
func (b *blocks) check(names []string) {
	if err := b.w.columns.CheckNames(names); err == nil {
		b.w.named = true
	} else if b.w.wrong == nil {
		b.w.wrong = err
	}
}

func (b *blocks) each(rows []row) error {
	for _, r := range rows {
		if err := b.emit(r); err != nil {
			return err
		}
	}
	return nil
}

// emit hands a row over. Without names a row's columns are called by their
// letters; a text that is alone in its row, by the sheet.
func (b *blocks) emit(r row) error {
	n, first, last := said(r)
	if b.names != nil {
		first, last = min(first, b.from), max(last, len(b.names)-1)
	} else {
		b.w.unnamed(b.sheet)
	}
	out := source.Row{
		Class: source.ClassRow, Number: r.number, Title: b.title, At: b.sheet.location(r.number, first, last, r.hidden),
	}
	for i := first; i <= last; i++ {
		f := source.Field{Name: "column " + column(i), At: b.sheet.location(r.number, i, i, r.hidden)}
		if i < len(r.cells) {
			f.Value = r.cells[i]
		}
		switch {
		case i < len(b.names) && b.names[i] != "":
			f.Name = b.names[i]
		case strings.TrimSpace(f.Value) == "":
			continue
		case b.names == nil && n == 1:
			f.Name = b.sheet.name
			f.At = out.At
			out.Fields = append(out.Fields, f)
			return b.w.emit(out)
		}
		out.Fields = append(out.Fields, f)
	}
	return b.w.emit(out)
}

// unnamed is called for rows without names of columns: they cannot have those
// that the source names.
func (w *workbook) unnamed(s sheetRef) {
	if w.wrong == nil {
		w.wrong = w.columns.CheckNames([]string{"none: sheet " + s.name + " has no header row"})
	}
}
