package pdf

import ()

// booktabs finds tables that have level rules only, as printed books set them:
// a rule above, one below, and columns that white space divides.
func (p *page) booktabs(level, upright []rule) []table {
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
		t, ok := p.aligned(region, level, upright)
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

// rowsOf groups lines by base line, from the top, each row from the left.
func rowsOf(lines []line) [][]line {
	return inRows(lines, func(l line) box { return l.box }, func(row []line, l line) bool {
		b := boxOf(row)
		return l.box.midY() < b[3]-.2*b.height() && l.box.height() < 3*b.height()
	})
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
