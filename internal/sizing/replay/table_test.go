package replay_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/replay"
)

// keep writes a file of the test's and returns its path.
func keep(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestParseScores(t *testing.T) {
	head := "id\tcat\tinchars\ta\tb\n"
	for _, tt := range []struct {
		name, text    string
		score, output [][]float64
		want          string // of the error
	}{
		{"plain", head + "q\tc\t8\t1:4\t0:6\n", [][]float64{{1}, {0}}, [][]float64{{4}, {6}}, ""},
		{"an empty cell is wrong and costs no output", head + "q\tc\t8\t\t1:6\n", [][]float64{{0}, {1}}, [][]float64{{0}, {6}}, ""},
		{"the last cell empty", head + "q\tc\t8\t1:4\t\n", [][]float64{{1}, {0}}, [][]float64{{4}, {0}}, ""},
		{"graded", head + "q\tc\t8\t.25:4\t0.5:6\n", [][]float64{{.25}, {.5}}, [][]float64{{4}, {6}}, ""},
		{"no length", head + "q\tc\t8\t1\t1:\n", [][]float64{{1}, {1}}, [][]float64{{0}, {0}}, ""},
		{"CRLF, blank lines and a byte order mark", "\ufeff" + strings.ReplaceAll(head+"\nq\tc\t8\t1:4\t\n\n", "\n", "\r\n"), [][]float64{{1}, {0}}, [][]float64{{4}, {0}}, ""},
		{"no end of line", head + "q\tc\t8\t1:4\t0:6", [][]float64{{1}, {0}}, [][]float64{{4}, {6}}, ""},
		{"no items", head, nil, nil, "no items"},
		{"nothing", "", nil, nil, "no items"},
		{"another header", "id,cat,inchars,a\n", nil, nil, "line 1: the header must be"},
		{"no models", "id\tcat\tinchars\n", nil, nil, "line 1: the header must be"},
		{"a model twice", "id\tcat\tinchars\ta\ta\nq\tc\t8\t1:4\t0:6\n", nil, nil, `"a" has two columns`},
		{"a cell too few", head + "q\tc\t8\t1:4\n", nil, nil, "line 2: 4 columns, the header has 5"},
		{"a cell too many", head + "q\tc\t8\t1:4\t1:4\t1:4\n", nil, nil, "line 2: 6 columns"},
		{"a score above 1", head + "q\tc\t8\t1:4\t1.01:4\n", nil, nil, "line 2, b"},
		{"a score below 0", head + "q\tc\t8\t-0.1:4\t1:4\n", nil, nil, "line 2, a"},
		{"a score that is none", head + "q\tc\t8\tNaN:4\t1:4\n", nil, nil, "line 2, a"},
		{"an endless output", head + "q\tc\t8\t1:Inf\t1:4\n", nil, nil, "line 2, a"},
		{"an output below 0", head + "q\tc\t8\t1:-4\t1:4\n", nil, nil, "line 2, a"},
		{"words", head + "q\tc\t8\tright\t1:4\n", nil, nil, "line 2, a"},
		{"a prompt of NaN characters", head + "q\tc\tNaN\t1:4\t1:4\n", nil, nil, "inchars"},
		{"a prompt below 0", head + "q\tc\t-8\t1:4\t1:4\n", nil, nil, "inchars"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := replay.ParseScores(strings.NewReader(tt.text))
			if tt.want != "" {
				if !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("error %v, want %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.score, got.Score) + cmp.Diff(tt.output, got.Output); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParsePrices(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		prices     map[string]replay.ModelPrice
		want       string
	}{
		{"a comment, a multiplier, CRLF", "# model\tin\tout\r\na\t1\t2\r\nb\t.5\t1\t6\r\n", map[string]replay.ModelPrice{"a": {1, 2, 1}, "b": {.5, 1, 6}}, ""},
		{"a header", "model\tin\tout\na\t1\t2\n", map[string]replay.ModelPrice{"a": {1, 2, 1}}, ""},
		{"free of charge", "a\t0\t0\n", map[string]replay.ModelPrice{"a": {0, 0, 1}}, ""},
		{"an empty cell is no price, not a free one", "a\t\t2\nb\t1\t\nc\t1\t1\t\n", map[string]replay.ModelPrice{"c": {1, 1, 1}}, ""},
		{"below 0 on the first line", "a\t-1\t2\n", nil, `line 1: "-1" is not a price`},
		{"words after the first line", "a\t1\t2\nb\tcheap\t1\n", nil, `line 2: "cheap"`},
		{"endless", "a\t1\t2\nb\tInf\t1\n", nil, "line 2"},
		{"one price only", "a\t1\n", nil, "line 1: a price needs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := replay.ParsePrices(strings.NewReader(tt.text))
			if tt.want != "" {
				if !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("error %v, want %q", err, tt.want)
				}
				return
			}
			if d := cmp.Diff(tt.prices, got); err != nil || d != "" {
				t.Errorf("%v %s", err, d)
			}
		})
	}
}

// Costs by hand: 8 characters in are 2 tokens, 4 out are 1, o1's outputs count
// six times. Models that are left out take their outcomes and answers along.
func TestReadPricesAndLeavesOut(t *testing.T) {
	scores := keep(t, "s.tsv", "id\tcat\tinchars\tgone\ta\tfree\to1\nq\tx\t8\t1:4\t0:4\t1:4\t1:8\nr\ty\t4\t1:4\t1:\t1:4\t\n")
	preds := keep(t, "p.tsv", "id\to1\tother\ta\tgone\r\nr\t4\t5\t\tz\r\nnobody\t1\t1\t1\t1\r\nq\t6\t7\r\n")
	prices := keep(t, "m.tsv", "gone\t1\t1\na\t1\t2\nfree\t\t\no1\t3\t4\t6\n")
	tab, err := replay.Read(scores, preds, prices, []string{"gone", ""})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"a", "o1"}, tab.Models) + cmp.Diff([]string{"free"}, tab.Unpriced) +
		cmp.Diff([][]float64{{4, 1}, {3*2 + 4*2*6, 3}}, tab.Cost) + cmp.Diff([][]string{{"", ""}, {"6", "4"}}, tab.Pred) +
		cmp.Diff([][]float64{{0, 1}, {1, 0}}, tab.Score); d != "" {
		t.Error(d)
	}
	scenes := tab.Scenes(true)
	if len(scenes) != 2 || scenes[0].Name != "x" || len(tab.Scenes(false)) != 1 {
		t.Fatalf("%d scenes", len(scenes))
	}
	if best, mean := scenes[1].Best(); tab.Models[scenes[1].Arms[best]] != "a" || mean != 1 || tab.Models[scenes[1].Arms[0]] != "a" {
		t.Errorf("in y the best is %s with %v; arms %v", tab.Models[scenes[1].Arms[best]], mean, scenes[1].Arms)
	}
	for _, tt := range []struct{ name, preds, prices, exclude, want string }{
		{"an unknown model left out", preds, prices, "o2", "o2"},
		{"all left out", preds, keep(t, "none.tsv", "other\t1\t1\n"), "", "no model in common"},
		{"answers of other models", keep(t, "others.tsv", "id\tz\nq\t1\n"), prices, "", "no parsed answer"},
		{"answers to other items", keep(t, "items.tsv", "id\ta\nz\t1\n"), prices, "", "no parsed answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := replay.Read(scores, tt.preds, tt.prices, []string{tt.exclude}); !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// What is read is what was recorded, whatever the ends of lines.
func TestParseScoresReadsWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		models, items := rapid.IntRange(1, 4).Draw(t, "models"), rapid.IntRange(1, 8).Draw(t, "items")
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
		var b strings.Builder
		b.WriteString("id\tcat\tinchars\t" + strings.Join([]string{"a", "b", "c", "d"}[:models], "\t") + end)
		score := make([][]float64, models)
		for range items {
			b.WriteString("q\tc\t10")
			for m := range score {
				x := float64(rapid.IntRange(0, 100).Draw(t, "score")) / 100
				score[m] = append(score[m], x)
				cell, _ := json.Marshal(x)
				b.WriteString("\t" + string(cell) + ":7")
			}
			b.WriteString(end)
		}
		got, err := replay.ParseScores(strings.NewReader(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(score, got.Score); d != "" {
			t.Fatal(d)
		}
	})
}
