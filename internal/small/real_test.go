package small

import (
	"bytes"
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
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
	if e.Accuracy < 0.90 || e.AnsweredShare < 0.70 || e.LossUpperBound > 0.02 || size > 4<<20 {
		t.Errorf("accuracy %.4f, answered %.4f, bound %.4f, %d bytes: want ≥ .90, ≥ .70, ≤ .02, ≤ 4 MiB", e.Accuracy, e.AnsweredShare, e.LossUpperBound, size)
	}
}
