package small

import (
	"bytes"
	"context"
	"encoding/csv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// realData returns the path of a file of the shared data, or skips.
func realData(t testing.TB, parts ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{"..", "..", "..", "shared", "data"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the real data %s is not here", path)
	}
	return path
}

// table rows as maps from column to cell.
func readCSV(t testing.TB, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, c := range cells {
			row[all[0][i]] = c
		}
		rows = append(rows, row)
	}
	return rows
}

func banking77(t testing.TB, split string) []Example {
	var out []Example
	for _, r := range readCSV(t, realData(t, "banking77", split+".csv")) {
		out = append(out, Example{r["text"], r["category"]})
	}
	return out
}

func TestBanking77(t *testing.T) {
	train, test := banking77(t, "train"), banking77(t, "test")
	begin := time.Now()
	m, err := Train(context.Background(), train, Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("trained in %.1f s: %+v, T %.2f", time.Since(begin).Seconds(), m.Report(), m.temperature)
	var file bytes.Buffer
	size, err := m.WriteTo(&file)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Evaluate(context.Background(), m, test, EvalConfig{Cal: 1000, Seed: 1, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v, file %.2f MiB", e, float64(size)/(1<<20))
	o, err := Evaluate(context.Background(), m, test, EvalConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("threshold from training text alone, all %d items: %+v", o.N, o)
	if o.AnsweredAndWrong > 0.02 {
		t.Errorf("the out-of-fold threshold loses %.4f, aimed at .018", o.AnsweredAndWrong)
	}
	if e.Accuracy < 0.90 || e.AnsweredShare < 0.70 || e.LossUpperBound > 0.02 || size > 4<<20 {
		t.Errorf("accuracy %.4f, answered %.4f, bound %.4f, %d bytes: want ≥ .90, ≥ .70, ≤ .02, ≤ 4 MiB", e.Accuracy, e.AnsweredShare, e.LossUpperBound, size)
	}
}

// chinese are the distinct questions of 33 Chinese finance scenarios; the
// scenario is the label.
func chinese(t *testing.T) []Example {
	var out []Example
	seen := map[string]bool{}
	err := filepath.WalkDir(realData(t, "fin-eva", "Ant"), func(path string, d os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".csv" {
			return err
		}
		for _, r := range readCSV(t, path) {
			if q := r["question"]; q != "" && !seen[q] {
				seen[q] = true
				out = append(out, Example{q, strings.TrimSuffix(filepath.Base(path), ".csv")})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestChinese(t *testing.T) {
	examples := chinese(t)
	begin := time.Now()
	m, err := Train(context.Background(), examples, Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f s, %+v", time.Since(begin).Seconds(), m.Report())
	if r := m.Report(); r.Accuracy < 0.83 || r.Script != string(han) {
		t.Errorf("out-of-fold accuracy %.4f by %s n-grams, want ≥ .83 by han", r.Accuracy, r.Script)
	}
}

// Topics that training never saw: 15 of 77 are left out and asked for.
func TestUnknownTopics(t *testing.T) {
	train, test := banking77(t, "train"), banking77(t, "test")
	labels, _, err := checked(train)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, c := range rand.New(rand.NewPCG(1, 1)).Perm(len(labels))[:15] {
		out[labels[c]] = true
	}
	m, err := Train(context.Background(), slices.DeleteFunc(train, func(e Example) bool { return out[e.Label] }), Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	cal, rest, err := Split(test, 1000, 1)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Calibrate(m, cal, Goal{Unseen: true})
	if err != nil {
		t.Fatal(err)
	}
	m = m.With(c)
	var known, strange []float64
	var knownFlags, strangeFlags, strangeAnswered, wrong int
	for _, e := range rest {
		p := m.Predict(e.Text)
		if p.Answered && p.Label != e.Label {
			wrong++
		}
		flag := 0
		if p.Unknown {
			flag = 1
		}
		if out[e.Label] && p.Answered {
			strangeAnswered++
		}
		if out[e.Label] {
			strange, strangeFlags = append(strange, p.Margin), strangeFlags+flag
		} else {
			known, knownFlags = append(known, p.Margin), knownFlags+flag
		}
	}
	flagged, falsely := float64(strangeFlags)/float64(len(strange)), float64(knownFlags)/float64(len(known))
	t.Logf("margin AUROC %.3f; flagged %.3f of unknown and %.3f of known topics; answered %.3f of the unknown ones, in calibration %d of %d and wrong %.4f of all",
		rankAUC(known, strange), flagged, falsely, float64(strangeAnswered)/float64(len(strange)), c.Answered, c.N, float64(wrong)/float64(len(rest)))
	if falsely > 0.10 || flagged < 3*falsely || c.UpperBound > 0.02 {
		t.Errorf("flagged %.3f of unknown and %.3f of known topics, bound %.4f", flagged, falsely, c.UpperBound)
	}
}

// Half the classes cut to 10 examples, traffic uniform: tau 1 needs no
// retraining to find them again.
func TestImbalance(t *testing.T) {
	train, test := banking77(t, "train"), banking77(t, "test")
	count, number := map[string]int{}, map[string]int{}
	cut := slices.DeleteFunc(train, func(e Example) bool {
		if _, ok := number[e.Label]; !ok {
			number[e.Label] = len(number)
		}
		count[e.Label]++
		return number[e.Label]%2 == 0 && count[e.Label] > 10
	})
	var got [2]float64
	for tau := range got {
		m, err := Train(context.Background(), cut, Config{Seed: 1, Tau: float64(tau)})
		if err != nil {
			t.Fatal(err)
		}
		e, err := Evaluate(context.Background(), m, test, EvalConfig{Cal: 1000, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("tau %d: accuracy %.4f, macro-F1 %.4f, answered %.4f", tau, e.Accuracy, e.MacroF1, e.AnsweredShare)
		got[tau] = e.Accuracy
	}
	if got[1] < got[0]+0.05 {
		t.Errorf("accuracy %.4f with tau 1, %.4f with tau 0: want 5 points more", got[1], got[0])
	}
}

// Few labels a class, where a new scenario begins.
func TestFewLabels(t *testing.T) {
	train, test := banking77(t, "train"), banking77(t, "test")
	tests := []struct {
		each  int
		least float64
	}{{5, 0.58}, {10, 0.70}, {30, 0.83}}
	for _, tt := range tests {
		count := map[string]int{}
		var few []Example
		for _, i := range rand.New(rand.NewPCG(2, 2)).Perm(len(train)) {
			if e := train[i]; count[e.Label] < tt.each {
				count[e.Label]++
				few = append(few, e)
			}
		}
		m, err := Train(context.Background(), few, Config{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		e, err := Evaluate(context.Background(), m, test, EvalConfig{Cal: 1000, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d a class: accuracy %.4f, answered %.4f", tt.each, e.Accuracy, e.AnsweredShare)
		if e.Accuracy < tt.least || e.AnsweredAndWrong > 0.03 {
			t.Errorf("%d a class: accuracy %.4f, answered and wrong %.4f", tt.each, e.Accuracy, e.AnsweredAndWrong)
		}
	}
}

// Two questions in one message: both intents are to be found.
func TestMultiLabelOnRealText(t *testing.T) {
	train, test := banking77(t, "train"), banking77(t, "test")
	joined := func(from []Example, n int, seed uint64) []MultiExample {
		rng := rand.New(rand.NewPCG(seed, seed))
		var out []MultiExample
		for range n {
			a, b := from[rng.IntN(len(from))], from[rng.IntN(len(from))]
			e := MultiExample{a.Text, []string{a.Label}}
			if rng.IntN(2) == 0 && b.Label != a.Label {
				e = MultiExample{a.Text + " " + b.Text, []string{a.Label, b.Label}}
			}
			out = append(out, e)
		}
		return out
	}
	m, err := TrainMulti(context.Background(), joined(train, 4000, 1), Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	e, err := EvaluateMulti(context.Background(), m, joined(test, 1000, 2), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("micro-F1 %.4f, of the inner folds %.4f, cut %.3f", e.MicroF1, m.Report().MicroF1, m.cut)
	if e.MicroF1 < 0.75 {
		t.Errorf("%+v", e)
	}
}
