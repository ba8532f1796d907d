package small

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

func TestSplitField(t *testing.T) {
	tests := []struct {
		line, name, value string
		ok                bool
	}{
		{"age: 42", "age", "42", true},
		{"sex: male : single", "sex", "male : single", true},
		{"年龄：42", "年龄", "42", true},
		{"empty:", "empty", "", true},
		{": 42", "", "", false},
		{"no colon", "", "", false},
		{strings.Repeat("x", 80) + ": 1", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			name, value, ok := splitField(tt.line)
			if ok != tt.ok || ok && (name != tt.name || value != tt.value) {
				t.Errorf("splitField = %q, %q, %v", name, value, ok)
			}
		})
	}
}

func TestParseNumber(t *testing.T) {
	tests := []struct {
		in   string
		want float64
		ok   bool
	}{
		{"12", 12, true}, {"-3.5", -3.5, true}, {"1,234.50", 1234.5, true}, {"12 %", 12, true}, {"￥300", 300, true},
		{"4e3", 4000, true}, {"", 0, false}, {"Inf", 0, false}, {"NaN", 0, false}, {"A12", 0, false}, {"1-2", 0, false}, {"1e999", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			if got, ok := parseNumber(tt.in); ok != tt.ok || ok && got != tt.want {
				t.Errorf("parseNumber(%q) = %g, %v", tt.in, got, ok)
			}
		})
	}
}

func TestColumnsOf(t *testing.T) {
	records := func(n int, line func(i int) string) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = line(i)
		}
		return out
	}
	tests := []struct {
		name  string
		texts []string
		want  string
	}{
		{"numbers and categories", records(40, func(i int) string {
			return fmt.Sprintf("age: %d\nsex: %c", 20+i, "mf"[i%2])
		}), "age number, sex category"},
		{"numbers with gaps", records(40, func(i int) string {
			if i%8 == 0 {
				return "age:\ncity: Bonn"
			}
			return fmt.Sprintf("age: %d\ncity: Ulm", i)
		}), "age number, city category"},
		{"free text, over lines", records(40, func(i int) string {
			return fmt.Sprintf("kind: a\nnote: customer %d called\nand: asked %d about the loan", i, i)
		}), "kind category, note text, and text"},
		{"codes are no free text", records(40, func(i int) string {
			return fmt.Sprintf("kind: a\nid: K-%05d", i)
		}), "kind category, id category"},
		{"tickets are no records", records(40, func(i int) string {
			return fmt.Sprintf("hello: my card %d\nis lost", i)
		}), ""},
		{"plain text", []string{"where is my card", "refund: please"}, ""},
		{"one column is no record", records(40, func(i int) string { return fmt.Sprintf("age: %d", i) }), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, c := range columnsOf(len(tt.texts), func(i int) string { return tt.texts[i] }) {
				got = append(got, c.Name+" "+string(c.Kind))
			}
			if s := strings.Join(got, ", "); s != tt.want {
				t.Errorf("columns %q, want %q", s, tt.want)
			}
		})
	}
}

func TestNumbersOutsideTheTrainingRangeAreClipped(t *testing.T) {
	c := newTable([]column{{Name: "age", Kind: columnNumber, Mean: 40, SD: 10, Edges: []float64{30, 50}}, {Name: "sex", Kind: columnCategory}})
	near := c.read("age: 70\nsex: m", nil, nil)
	far := c.read("age: 9000\nsex: m", nil, nil)
	if fmt.Sprint(near) != fmt.Sprint(far) {
		t.Errorf("70 reads %v, 9000 reads %v: both are 3 deviations or more above the mean", near, far)
	}
	if odd := c.read("age: unknown\nsex: m", nil, nil); len(odd) != 2 {
		t.Errorf("a word in a number column reads %v, want it as a category", odd)
	}
}

// linearised are the rows of a csv as records, without the label column.
func linearised(t *testing.T, path, label string) []Example {
	var out []Example
	for _, row := range readCSV(t, path) {
		names := make([]string, 0, len(row))
		for name := range row {
			if name != label && name != "rownames" {
				names = append(names, name)
			}
		}
		sort.Strings(names)
		var b strings.Builder
		for _, name := range names {
			fmt.Fprintf(&b, "%s: %s\n", name, row[name])
		}
		out = append(out, Example{b.String(), row[label]})
	}
	return out
}

// Mean 5-fold AUC against the references in the data's SOURCE.md (logistic
// regression of a well-known library on the same rows).
func TestCreditTables(t *testing.T) {
	tests := []struct {
		path, label, positive string
		reference             float64
	}{
		{"german-credit/GermanCredit.csv", "credit_risk", "1", 0.788},
		{"loans-r/modeldata_credit_data.csv", "Status", "good", 0.830},
		{"loans-r/modeldata_lending_club.csv", "Class", "good", 0.731},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			examples := linearised(t, realData(t, filepath.FromSlash(tt.path)), tt.label)
			got, accuracy := foldAUC(t, examples, tt.positive)
			t.Logf("AUC %.4f, reference %.3f; accuracy %.4f", got, tt.reference, accuracy)
			if got < tt.reference-0.01 {
				t.Errorf("AUC %.4f is more than a point below %.3f", got, tt.reference)
			}
		})
	}
}

func foldAUC(t *testing.T, examples []Example, positive string) (area, accuracy float64) {
	labels, y, err := checked(examples)
	if err != nil {
		t.Fatal(err)
	}
	of := foldsOf(examples, y, len(labels), 1)
	at := sort.SearchStrings(labels, positive)
	for f := range int8(folds) {
		p, err := holdOut(context.Background(), examples, y, of, f, len(labels), make([]float32, len(labels)), rand.New(rand.NewPCG(1, uint64(f))))
		if err != nil {
			t.Fatal(err)
		}
		var good, bad []float64
		for n, i := range p.rows {
			z := p.logits[n*len(labels) : (n+1)*len(labels)]
			if d := float64(z[at] - z[1-at]); int(y[i]) == at {
				good = append(good, d)
			} else {
				bad = append(bad, d)
			}
			if p.outcomes[n].class == y[i] {
				accuracy += 1 / float64(len(examples))
			}
		}
		area += rankAUC(good, bad) / folds
	}
	return area, accuracy
}

// rankAUC is the share of pairs in which the good score is the higher one.
func rankAUC(good, bad []float64) float64 {
	sort.Float64s(bad)
	var sum float64
	for _, g := range good {
		below := sort.SearchFloat64s(bad, g)
		upTo := sort.Search(len(bad), func(i int) bool { return bad[i] > g })
		sum += float64(below+upTo) / 2
	}
	return sum / float64(len(good)) / float64(len(bad))
}
