package replay

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// Table holds recorded outcomes of many models on the same items.
type Table struct {
	Models []string
	IDs    []string
	Cats   []string  // category of each item
	Input  []float64 // characters of each item's prompt
	// Score, Output and Cost are by model, then item: the score in [0,1], the
	// characters answered, and the price of the call (any unit).
	Score, Output, Cost [][]float64
	Empty               []int // cells without an outcome, by model
	// Pred is the parsed answer by model, then item; nil without a file of
	// them.
	Pred [][]string
	// Unpriced names the models left out because they have no price.
	Unpriced []string
}

// Read loads a scores file and, where preds is not "", the parsed answers; it
// prices every call and leaves out models without a price and those excluded.
func Read(scores, preds, prices string, exclude []string) (*Table, error) {
	t, err := readFile(scores, ParseScores)
	if err != nil {
		return nil, err
	}
	if preds != "" {
		if _, err = readFile(preds, func(r io.Reader) (*Table, error) { return t, t.parsePreds(r) }); err != nil {
			return nil, err
		}
	}
	book, err := readFile(prices, ParsePrices)
	if err != nil {
		return nil, err
	}
	for _, x := range exclude {
		if x != "" && !slices.Contains(t.Models, x) {
			return nil, errs.Invalid("excluding %q: %s has no such model; it has %s", x, scores, strings.Join(t.Models, ", "))
		}
	}
	t.price(book, exclude)
	if len(t.Models) == 0 {
		return nil, errs.Invalid("%s and %s have no model in common", scores, prices)
	}
	return t, nil
}

func readFile[T any](path string, parse func(io.Reader) (T, error)) (T, error) {
	var none T
	f, err := os.Open(path)
	if err != nil {
		return none, fmt.Errorf("reading recorded outcomes: %w", &errs.Error{Code: errs.CodeNotFound, Msg: path, Err: err})
	}
	defer f.Close()
	out, err := parse(f)
	if err != nil {
		return none, fmt.Errorf("reading %s: %w", path, err)
	}
	return out, nil
}

func lines(r io.Reader, fn func(n int, fields []string) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 1<<16), 1<<26)
	for n := 1; s.Scan(); n++ {
		line := strings.TrimRight(s.Text(), "\r")
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if line != "" {
			if err := fn(n, strings.Split(line, "\t")); err != nil {
				return err
			}
		}
	}
	return s.Err()
}

// ParseScores reads the columns id, cat, inchars and, per model,
// score:output_chars. An empty cell is a wrong answer of no length.
func ParseScores(r io.Reader) (*Table, error) {
	t := &Table{}
	err := lines(r, func(n int, f []string) error {
		if n == 1 {
			if len(f) < 4 || f[0] != "id" || f[1] != "cat" || f[2] != "inchars" {
				return errs.Invalid("line 1: the header must be id, cat, inchars and then models, tab-separated")
			}
			t.Models = f[3:]
			for m, name := range t.Models {
				if slices.Contains(t.Models[:m], name) {
					return errs.Invalid("line 1: the model %q has two columns; keep one of them", name)
				}
			}
			t.Score, t.Output = make([][]float64, len(t.Models)), make([][]float64, len(t.Models))
			t.Empty = make([]int, len(t.Models))
			return nil
		}
		if len(f) != 3+len(t.Models) {
			return errs.Invalid("line %d: %d columns, the header has %d", n, len(f), 3+len(t.Models))
		}
		in, err := strconv.ParseFloat(f[2], 64)
		if err != nil || !(in >= 0) || math.IsInf(in, 0) {
			return errs.Invalid("line %d: inchars %q is not a number of characters", n, f[2])
		}
		t.IDs, t.Cats, t.Input = append(t.IDs, f[0]), append(t.Cats, f[1]), append(t.Input, in)
		for m, cell := range f[3:] {
			s, o, err := parseCell(cell)
			if err != nil {
				return errs.Invalid("line %d, %s: %q is not score:output_chars with a score in [0,1]", n, t.Models[m], cell)
			}
			t.Score[m], t.Output[m] = append(t.Score[m], s), append(t.Output[m], o)
			if cell == "" {
				t.Empty[m]++
			}
		}
		return nil
	})
	if err == nil && len(t.IDs) == 0 {
		err = errs.Invalid("there are no items")
	}
	return t, err
}

func parseCell(cell string) (score, out float64, err error) {
	if cell == "" {
		return 0, 0, nil
	}
	a, b, ok := strings.Cut(cell, ":")
	if score, err = strconv.ParseFloat(a, 64); err != nil {
		return 0, 0, err
	}
	if ok && b != "" {
		if out, err = strconv.ParseFloat(b, 64); err != nil {
			return 0, 0, err
		}
	}
	if !(score >= 0 && score <= 1) || !(out >= 0) || math.IsInf(out, 0) {
		return 0, 0, strconv.ErrRange
	}
	return score, out, nil
}

// parsePreds reads the columns id and, per model, the parsed answer. Models
// and items are matched by name; of each something must be there.
func (t *Table) parsePreds(r io.Reader) error {
	row, col := map[string]int{}, []int(nil)
	for i, id := range t.IDs {
		row[id] = i
	}
	t.Pred = make([][]string, len(t.Models))
	for m := range t.Pred {
		t.Pred[m] = make([]string, len(t.IDs))
	}
	matched := false
	err := lines(r, func(n int, f []string) error {
		if n == 1 {
			for _, name := range f[1:] {
				col = append(col, slices.Index(t.Models, name))
			}
			return nil
		}
		i, ok := row[f[0]]
		if !ok {
			return nil
		}
		for k, v := range f[1:] {
			if k < len(col) && col[k] >= 0 {
				t.Pred[col[k]][i] = v
				matched = true
			}
		}
		return nil
	})
	if err == nil && !matched {
		err = errs.Invalid("no parsed answer is of a model and an item of the scores; the columns must be id and the same models")
	}
	return err
}

// ModelPrice is a model's list price per character-derived token.
type ModelPrice struct{ In, Out, OutMult float64 }

// ParsePrices reads the columns model, price in and out per million tokens,
// and an optional multiplier of the output length. Lines that begin with #
// are comments. A model without one of the two prices has no price: an empty
// cell does not make it free.
func ParsePrices(r io.Reader) (map[string]ModelPrice, error) {
	out := map[string]ModelPrice{}
	err := lines(r, func(n int, f []string) error {
		if strings.HasPrefix(f[0], "#") {
			return nil
		}
		if len(f) < 3 {
			return errs.Invalid("line %d: a price needs model, in and out, tab-separated", n)
		}
		p := ModelPrice{OutMult: 1}
		for i, to := range []*float64{&p.In, &p.Out, &p.OutMult} {
			cell := ""
			if i+1 < len(f) {
				cell = strings.TrimSpace(f[i+1])
			}
			if cell == "" && i < 2 {
				return nil
			} else if cell == "" {
				continue
			}
			v, err := strconv.ParseFloat(cell, 64)
			if err != nil && n == 1 {
				return nil // a header
			} else if err != nil || !(v >= 0) || math.IsInf(v, 0) {
				return errs.Invalid("line %d: %q is not a price", n, cell)
			}
			*to = v
		}
		out[f[0]] = p
		return nil
	})
	return out, err
}

// price computes every call's cost and keeps the models that have a price.
func (t *Table) price(book map[string]ModelPrice, exclude []string) {
	keep := 0
	for m, name := range t.Models {
		if slices.Contains(exclude, name) {
			continue
		}
		p, ok := book[name]
		if !ok {
			t.Unpriced = append(t.Unpriced, name)
			continue
		}
		cost := make([]float64, len(t.IDs))
		for i := range cost {
			cost[i] = p.In*t.Input[i]/4 + p.Out*t.Output[m][i]/4*p.OutMult
		}
		t.Models[keep], t.Score[keep], t.Output[keep], t.Empty[keep] = name, t.Score[m], t.Output[m], t.Empty[m]
		t.Cost = append(t.Cost, cost)
		if t.Pred != nil {
			t.Pred[keep] = t.Pred[m]
		}
		keep++
	}
	t.Models, t.Score, t.Output, t.Empty = t.Models[:keep], t.Score[:keep], t.Output[:keep], t.Empty[:keep]
	if t.Pred != nil {
		t.Pred = t.Pred[:keep]
	}
}

// notes say what of the table a reader of figures should know.
func (t *Table) notes() (out []string) {
	empty := 0
	for _, n := range t.Empty {
		empty += n
	}
	if empty > 0 {
		out = append(out, fmt.Sprintf("%d of %d outcomes are empty and count as wrong answers of no length", empty, len(t.Models)*len(t.IDs)))
	}
	return out
}

// Scene is one category's items with its arms in cost order.
type Scene struct {
	Name  string
	Items []int // rows of the table
	Arms  []int // models, cheapest first
	Mean  []float64
	Cost  []float64 // mean cost of one call
	table *Table
}

// Scenes splits the table by category, or makes one scene of all of it.
func (t *Table) Scenes(by bool) []*Scene {
	rows := map[string][]int{}
	for i, c := range t.Cats {
		if !by {
			c = ""
		}
		rows[c] = append(rows[c], i)
	}
	var names []string
	for c := range rows {
		names = append(names, c)
	}
	slices.Sort(names)
	var out []*Scene
	for _, c := range names {
		out = append(out, t.scene(c, rows[c]))
	}
	return out
}

func (t *Table) scene(name string, items []int) *Scene {
	s := &Scene{Name: name, Items: items, table: t}
	cost := make([]float64, len(t.Models))
	for m := range t.Models {
		s.Arms = append(s.Arms, m)
		cost[m] = meanOf(t.Cost[m], items)
	}
	slices.SortStableFunc(s.Arms, func(a, b int) int {
		if cost[a] < cost[b] {
			return -1
		} else if cost[a] > cost[b] {
			return 1
		}
		return strings.Compare(t.Models[a], t.Models[b])
	})
	for _, m := range s.Arms {
		s.Mean = append(s.Mean, meanOf(t.Score[m], items))
		s.Cost = append(s.Cost, cost[m])
	}
	return s
}

// Best is the highest true mean and its arm; of equals the cheapest.
func (s *Scene) Best() (arm int, mean float64) {
	for i, m := range s.Mean {
		if m > s.Mean[arm] {
			arm = i
		}
	}
	return arm, s.Mean[arm]
}

func meanOf(x []float64, rows []int) float64 {
	sum := 0.0
	for _, i := range rows {
		sum += x[i]
	}
	return sum / float64(len(rows))
}
