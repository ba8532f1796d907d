package source

import (
	"slices"
	"strconv"
	"strings"
)

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

// isHeader decides whether the first row names the columns. A row that holds a
// column the source names does. Otherwise each column votes: a word over
// numbers speaks for names, a number over numbers (years apart), an empty or
// repeated cell, or one that comes again further down, for values.
func (r csvReader) isHeader(in Input, p *csvParser, first []cell) bool {
	names := make([]string, len(first))
	for i, c := range first {
		names[i] = strings.TrimSpace(p.value(c))
	}
	header := headerOf(names)
	for _, n := range in.Columns.names() {
		if slices.Contains(header, n[1]) {
			return true
		}
	}
	rows, numbers, repeats := 0, make([]int, len(names)), make([]bool, len(names))
	rest := *p // looks ahead without moving the caller's parser
	rest.cells = nil
	for ; rows < sniffedRows; rows++ {
		cells, _, err := rest.next()
		if err != nil || cells == nil {
			break
		}
		for i, c := range cells[:min(len(cells), len(names))] {
			v := strings.TrimSpace(rest.value(c))
			if v == "" || isNumber(v) {
				numbers[i]++
			}
			repeats[i] = repeats[i] || v == names[i] && v != ""
		}
	}
	named, values := 0, 0
	seen := map[string]bool{}
	for i, n := range names {
		numeric := rows > 0 && numbers[i] == rows
		switch {
		case n == "" && i == 0: // row names have no name
		case n == "", seen[n], repeats[i]:
			values++
		case isNumber(n) && !numeric, !isNumber(n) && numeric:
			named++
		case isNumber(n) && !isYear(n):
			values++
		}
		seen[n] = true
	}
	return values == 0 || named > values
}

func isYear(s string) bool {
	return len(s) == 4 && (strings.HasPrefix(s, "19") || strings.HasPrefix(s, "20"))
}

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(strings.TrimSuffix(strings.ReplaceAll(s, ",", ""), "%"), 64)
	return err == nil
}

// headerNames names the columns by the first row.
func headerNames(p *csvParser, first []cell) []string {
	names := make([]string, len(first))
	for i, c := range first {
		names[i] = p.value(c)
	}
	return headerOf(names)
}

// headerOf trims names, and numbers those that are empty or come twice.
func headerOf(names []string) []string {
	out := make([]string, len(names))
	seen := map[string]bool{}
	for i, n := range names {
		n = strings.Join(strings.Fields(n), " ")
		if n == "" {
			n = "column " + strconv.Itoa(i+1)
		}
		if seen[n] {
			n += " (column " + strconv.Itoa(i+1) + ")"
		}
		seen[n] = true
		out[i] = n
	}
	return out
}

// numbered names n columns that have no header.
func numbered(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = "column " + strconv.Itoa(i+1)
	}
	return out
}
