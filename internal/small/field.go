package small

import (
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A record of a table arrives as one line a column: "name: value". When nearly
// all training texts look like that, each column is read by its kind: a number
// by its size and by the quantile it falls in, a category as name=value, free
// text by the n-grams of the other blocks. Kinds and quantiles are fitted on
// training rows and stored with the model.

// columnKind says how the values of a column are read.
type columnKind string

const (
	columnCategory columnKind = "category"
	columnNumber   columnKind = "number"
	columnText     columnKind = "text"
)

// column is one field of the linearised records.
type column struct {
	Name string     `json:"name"`
	Kind columnKind `json:"kind"`
	// Of a number: centre and spread, and the quantiles between its bins.
	Mean  float64   `json:"mean,omitempty"`
	SD    float64   `json:"sd,omitempty"`
	Edges []float64 `json:"edges,omitempty"`
}

const (
	tableShare  = 0.95 // of the texts must look like records
	columnShare = 0.05 // of the texts must have the column
	numberShare = 0.95 // of a column's values must be numbers
	numberBins  = 8
	maxName     = 64 // bytes of a column's name
	spread      = 3  // numbers are clipped at so many standard deviations
	// binUnit is the value of a quantile beside its number's size: half a
	// category's, measured best on three of four credit tables.
	binUnit = 0.5
)

// splitField returns the name and value of a line "name: value"; ok is false
// when the line has no such form.
func splitField(line string) (name, value string, ok bool) {
	i := strings.IndexByte(line, ':')
	w := 1
	if j := strings.Index(line, "："); j >= 0 && (i < 0 || j < i) {
		i, w = j, len("：")
	}
	if i <= 0 || i > maxName {
		return "", "", false
	}
	name = strings.TrimSpace(line[:i])
	return name, strings.TrimSpace(line[i+w:]), name != ""
}

// fields yields the known columns of a text in order. A line that begins no
// known column continues the value before it.
func fields(text string, known map[string]int, yield func(col int, value string)) {
	col, value := -1, ""
	for len(text) > 0 {
		line := text
		if i := strings.IndexByte(text, '\n'); i >= 0 {
			line, text = text[:i], text[i+1:]
		} else {
			text = ""
		}
		if name, v, ok := splitField(line); ok {
			if c, found := known[name]; found {
				if col >= 0 {
					yield(col, strings.TrimSpace(value))
				}
				col, value = c, v
				continue
			}
		}
		if col >= 0 {
			value += "\n" + line
		}
	}
	if col >= 0 {
		yield(col, strings.TrimSpace(value))
	}
}

// columnsOf finds the columns of the training texts; none when they are not
// records of a table.
func columnsOf(n int, text func(int) string) []column {
	var names []string
	count, last := map[string]int{}, map[string]int{}
	for i := range n {
		for line := range strings.Lines(text(i)) {
			name, _, ok := splitField(strings.TrimRight(line, "\r\n"))
			if !ok || last[name] == i+1 {
				continue
			}
			if count[name] == 0 {
				if len(count) > 100*n+1000 {
					return nil
				}
				names = append(names, name)
			}
			count[name]++
			last[name] = i + 1
		}
	}
	least := max(2, int(math.Ceil(columnShare*float64(n))))
	names = slices.DeleteFunc(names, func(s string) bool { return count[s] < least })
	known := make(map[string]int, len(names))
	for i, s := range names {
		known[s] = i
	}
	values := make([][]string, len(names))
	tables := 0
	for i := range n {
		first, _, ok := splitField(firstLine(text(i)))
		_, is := known[first]
		found := 0
		fields(text(i), known, func(c int, v string) {
			values[c] = append(values[c], v)
			found++
		})
		if ok && is && found >= 2 {
			tables++
		}
	}
	if len(names) < 2 || float64(tables) < tableShare*float64(n) {
		return nil
	}
	columns := make([]column, len(names))
	for i, s := range names {
		columns[i] = columnOf(s, values[i])
	}
	return columns
}

func firstLine(s string) string {
	s = strings.TrimLeft(s, " \t\r\n")
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return s[:i]
	}
	return s
}

// columnOf chooses the kind of a column from its values.
func columnOf(name string, values []string) column {
	c := column{Name: name, Kind: columnCategory}
	distinct := map[string]bool{}
	var numbers []float64
	filled, words := 0, 0
	for _, v := range values {
		if v == "" {
			continue
		}
		filled++
		distinct[v] = true
		words += len(strings.Fields(v)) + (utf8.RuneCountInString(v)-countASCII(v))/3
		if x, ok := parseNumber(v); ok {
			numbers = append(numbers, x)
		}
	}
	switch {
	case filled == 0:
	case float64(len(numbers)) >= numberShare*float64(filled) && len(distinct) > 2:
		c.Kind = columnNumber
		c.Mean, c.SD = moments(numbers)
		c.Edges = quantileEdges(numbers)
	case 2*len(distinct) > filled && words >= 3*filled:
		c.Kind = columnText
	}
	return c
}

func countASCII(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] < 0x80 {
			n++
		}
	}
	return n
}

// parseNumber reads a number as tables write it: 1,234.50, 12 %, ￥300, -4e3.
func parseNumber(s string) (float64, bool) {
	s = strings.TrimSpace(strings.TrimSuffix(s, "%"))
	for _, sign := range []string{"¥", "￥", "$", "€", "£"} {
		s = strings.TrimPrefix(s, sign)
	}
	if s == "" || s[0] > '9' { // not "Inf", "NaN", a word
		return 0, false
	}
	if strings.ContainsRune(s, ',') {
		s = strings.ReplaceAll(s, ",", "")
	}
	x, err := strconv.ParseFloat(s, 64)
	return x, err == nil && !math.IsInf(x, 0) && !math.IsNaN(x)
}

func moments(xs []float64) (mean, sd float64) {
	for _, x := range xs {
		mean += x / float64(len(xs))
	}
	for _, x := range xs {
		sd += (x - mean) * (x - mean) / float64(len(xs))
	}
	return mean, math.Sqrt(sd)
}

// quantileEdges returns the borders of bins that hold equally many numbers; a
// number belongs to the bin whose upper border it is first below.
func quantileEdges(xs []float64) []float64 {
	sort.Float64s(xs)
	var edges []float64
	for i := 1; i < numberBins; i++ {
		x := xs[i*len(xs)/numberBins]
		if x > xs[0] && (len(edges) == 0 || x > edges[len(edges)-1]) {
			edges = append(edges, x)
		}
	}
	return edges
}

// valued is a feature with its value.
type valued struct {
	key   uint64
	value float32
}

// table reads records of known columns.
type table struct {
	columns []column
	known   map[string]int
	keys    []uint64 // hash of each column's name
	unit    float32  // value of a category
	text    bool     // some column is free text
}

func newTable(columns []column) *table {
	t := &table{columns: columns, known: make(map[string]int, len(columns))}
	for i, c := range columns {
		t.known[c.Name] = i
		t.keys = append(t.keys, hashText(seedField, c.Name))
		t.text = t.text || c.Kind == columnText
	}
	// A full record has a norm near 1. Beside free text, which is fitted at the
	// higher C, the scale gives fields the same weight decay as alone.
	scale := 1 / float64(len(columns))
	if t.text {
		scale *= float64(tableCost) / textCost
	}
	t.unit = float32(math.Sqrt(scale))
	return t
}

func hashText(h uint64, s string) uint64 {
	for _, r := range s {
		h = step(h, uint64(normal(r)))
	}
	return h
}

// read appends the features of a record to out and gives its free text to
// free.
func (t *table) read(text string, out []valued, free func(string)) []valued {
	fields(text, t.known, func(col int, v string) {
		c, h := &t.columns[col], t.keys[col]
		if c.Kind == columnText {
			free(v)
			return
		}
		if c.Kind == columnNumber {
			if x, ok := parseNumber(v); ok {
				if c.SD > 0 {
					z := max(-spread, min(spread, (x-c.Mean)/c.SD))
					out = append(out, valued{step(h, 1), t.unit * float32(z)})
				}
				bin := sort.Search(len(c.Edges), func(i int) bool { return x < c.Edges[i] })
				out = append(out, valued{step(step(h, 2), uint64(bin)), binUnit * t.unit})
				return
			}
		}
		out = append(out, valued{hashText(step(h, 3), v), t.unit})
	})
	return out
}
