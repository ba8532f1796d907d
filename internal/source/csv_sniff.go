package source

// sniffed is how much of a table the delimiter and the header are judged on.
const (
	sniffedBytes = 64 << 10
	sniffedRows  = 200
)

// sniffDelimiter returns the delimiter by which the first rows have the
// header's number of cells most often; of equals, the one with more cells.
func sniffDelimiter(text string, tabs bool) byte {
	candidates := []byte{',', '\t', ';', '|'}
	if tabs {
		candidates = []byte{'\t', ',', ';', '|'}
	}
	if len(text) > sniffedBytes {
		text = text[:sniffedBytes]
	}
	best, bestScore := candidates[0], 0.0
	for _, d := range candidates {
		p := newCSVParser(text, d)
		width, rows, same := 0, 0, 0
		for rows < sniffedRows {
			cells, _, err := p.next()
			if err != nil || cells == nil {
				break
			}
			if rows == 0 {
				width = len(cells)
			}
			rows++
			if len(cells) == width {
				same++
			}
		}
		if width < 2 || rows == 0 {
			continue
		}
		if score := float64(same)/float64(rows) + float64(min(width, 50))/1000; score > bestScore {
			best, bestScore = d, score
		}
	}
	return best
}

// isHeader decides whether the first row names the columns.
func (r csvReader) isHeader(in Input, p *csvParser, first []cell) bool {
	values := func(p *csvParser, cells []cell) []string {
		out := make([]string, len(cells))
		for i, c := range cells {
			out[i] = p.value(c)
		}
		return out
	}
	rest := *p // looks ahead without moving the caller's parser
	rest.cells = nil
	var rows [][]string
	for len(rows) < sniffedRows {
		cells, _, err := rest.next()
		if err != nil || cells == nil {
			break
		}
		rows = append(rows, values(&rest, cells[:min(len(cells), len(first))]))
	}
	return in.Columns.IsHeader(values(p, first), rows)
}

// headerNames names the columns by the first row.
func headerNames(p *csvParser, first []cell) []string {
	names := make([]string, len(first))
	for i, c := range first {
		names[i] = p.value(c)
	}
	return headerOf(names)
}
