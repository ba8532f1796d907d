package source

import (
	"slices"
	"strconv"
	"strings"
)

// IsHeader decides whether the first row of a table names its columns, by the
// rows that follow it. A row that holds a column the source names does.
// Otherwise each column votes: a word over numbers speaks for names, a number
// over numbers (years apart), an empty or repeated cell, or one that comes
// again further down, for values.
func (c Columns) IsHeader(first []string, rest [][]string) bool {
	header := headerOf(first)
	for _, n := range c.names() {
		if slices.Contains(header, n[1]) {
			return true
		}
	}
	names, numbers, repeats := make([]string, len(first)), make([]int, len(first)), make([]bool, len(first))
	for i, n := range first {
		names[i] = strings.TrimSpace(n)
	}
	for _, row := range rest {
		for i, v := range row[:min(len(row), len(names))] {
			v = strings.TrimSpace(v)
			if v == "" || isNumber(v) {
				numbers[i]++
			}
			repeats[i] = repeats[i] || v == names[i] && v != ""
		}
	}
	named, values := 0, 0
	seen := map[string]bool{}
	for i, n := range names {
		numeric := len(rest) > 0 && numbers[i] == len(rest)
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

// CheckNames returns errs.Invalid where the source names a column that a table
// with these columns lacks.
func (c Columns) CheckNames(have []string) error { return missingColumn(c, have) }
