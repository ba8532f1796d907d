package replay_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/replay"
)

// record writes recorded outcomes of five models in four categories: dearer
// models are better, and categories differ by difficulty.
func record(t *testing.T) (scores, preds, prices string) {
	t.Helper()
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	models := []string{"tiny", "small", "mid", "large", "huge"}
	var s, p strings.Builder
	fmt.Fprintf(&s, "id\tcat\tinchars\t%s\tfree\n", strings.Join(models, "\t"))
	fmt.Fprintf(&p, "id\t%s\n", strings.Join(models, "\t"))
	for i := range 1600 {
		cat := i % 4
		fmt.Fprintf(&s, "q%d\tc%d\t%d", i, cat, 100+r.IntN(200))
		fmt.Fprintf(&p, "q%d", i)
		for m := range models {
			right := 0
			answer := 1 + r.IntN(9)
			if r.Float64() < .45+.1*float64(m)+.03*float64(cat) {
				right, answer = 1, 0
			}
			fmt.Fprintf(&s, "\t%d:%d", right, 20+r.IntN(50))
			fmt.Fprintf(&p, "\t%d", answer)
		}
		s.WriteString("\t1:10\n")
		p.WriteString("\n")
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("s.tsv", s.String()), write("p.tsv", p.String()), write("prices.tsv", "# model\tin\tout\ntiny\t.1\t.1\nsmall\t.3\t.3\nmid\t1\t1\nlarge\t4\t4\nhuge\t10\t10\t2\n")
}

func TestStrategies(t *testing.T) {
	scores, _, prices := record(t)
	figures, err := replay.RunAll(context.Background(), replay.Options{Scores: scores, Prices: prices, By: "cat", Runs: 40, Items: 600})
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]replay.Figures{}
	for _, f := range figures {
		by[f.Strategy] = f
		if f.Runs != 4*4*40 {
			t.Errorf("%s: %d runs", f.Strategy, f.Runs)
		}
	}
	if f := by[replay.Exhaustive]; f.Calls != 1 || f.Spend < .97 || f.Spend > 1.03 || f.Certified != 0 {
		t.Errorf("exhaustive %+v", f)
	}
	if f := by[replay.Fixed100]; f.Calls < .16 || f.Calls > .17 || f.Inadequate <= by[replay.Exhaustive].Inadequate {
		t.Errorf("fixed100 %+v", f)
	}
	l := by[replay.Ladder]
	if l.False > .05 || l.Spend > .5*by[replay.Elimination].Spend || l.Certified < .2 || l.CheapestAdequate < .8 {
		t.Errorf("ladder %+v against elimination %+v", l, by[replay.Elimination])
	}
	if p := by[replay.Peek]; p.False <= l.False {
		t.Errorf("peeking has %v false certificates, the ladder %v", p.False, l.False)
	}
	if d := cmp.Diff([]string{"free"}, l.Unpriced); d != "" {
		t.Errorf("models left out for lack of a price: %s", d)
	}
}

func TestEqualSeedsGiveEqualFigures(t *testing.T) {
	scores, _, prices := record(t)
	run := func(seed uint64) replay.Figures {
		f, err := replay.Run(context.Background(), replay.Options{Scores: scores, Prices: prices, By: "cat", Runs: 10, Items: 300, Seed: seed, Prior: "other"})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if d := cmp.Diff(run(1), run(1)); d != "" {
		t.Error(d)
	}
	if cmp.Equal(run(1), run(2)) {
		t.Error("another seed gives the same figures")
	}
}

func TestRelativeReplay(t *testing.T) {
	scores, _, prices := record(t)
	for _, strategy := range []string{replay.Ladder, replay.Exhaustive} {
		f, err := replay.Run(context.Background(), replay.Options{Scores: scores, Prices: prices, By: "cat", Runs: 20, Items: 600, Relative: true, Strategy: strategy})
		if err != nil || f.False > .05 || f.Inadequate > .15 {
			t.Errorf("%s: %+v, %v", strategy, f, err)
		}
	}
}

func TestCascadeReplay(t *testing.T) {
	scores, preds, prices := record(t)
	f, err := replay.Cascade(context.Background(), replay.CascadeOptions{Scores: scores, Preds: preds, Prices: prices, Loss: .02, Items: 4000, Runs: 5})
	if err != nil {
		t.Fatal(err)
	}
	if f.Reference != "huge" || f.Certified < .6 || f.CostRatio > .8 || f.False > .4 {
		t.Errorf("%+v", f)
	}
}

func TestStress(t *testing.T) {
	for _, with := range [][]string{nil, {"stop"}, {"dr", "clusters", "reserve", "stop"}, {"grow", "reserve"}} {
		f, err := replay.Stress(context.Background(), replay.StressOptions{Runs: 1500, Items: 400, Looks: 40, Candidates: 3, With: with})
		if err != nil {
			t.Fatal(err)
		}
		if f.False > .068 { // .05 and 3.1 standard errors
			t.Errorf("with %v: %+v", with, f)
		}
	}
}

func TestBadInput(t *testing.T) {
	scores, _, prices := record(t)
	bad := filepath.Join(t.TempDir(), "bad.tsv")
	if err := os.WriteFile(bad, []byte("id\tcat\tinchars\tm\nq\tc\t10\t1.5:3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		o    replay.Options
		code errs.Code
		want string
	}{
		{"no such file", replay.Options{Scores: "nowhere.tsv", Prices: prices}, errs.CodeNotFound, "nowhere.tsv"},
		{"a score above 1", replay.Options{Scores: bad, Prices: prices}, errs.CodeInvalid, "line 2, m"},
		{"an unknown strategy", replay.Options{Scores: scores, Prices: prices, Strategy: "luck"}, errs.CodeInvalid, "known are exhaustive"},
		{"a bar that is none", replay.Options{Scores: scores, Prices: prices, Bars: []string{".8"}}, errs.CodeInvalid, "best-2"},
		{"a model that is not there", replay.Options{Scores: scores, Prices: prices, Exclude: []string{"gpt-9"}}, errs.CodeInvalid, "gpt-9"},
		{"a bar that is no number", replay.Options{Scores: scores, Prices: prices, Bars: []string{"best-NaN"}}, errs.CodeInvalid, "best-2"},
		{"a slack that is no number", replay.Options{Scores: scores, Prices: prices, Eps: math.NaN()}, errs.CodeInvalid, "--eps NaN"},
		{"a slack of all there is", replay.Options{Scores: scores, Prices: prices, Eps: 1}, errs.CodeInvalid, "--eps 1"},
		{"another grouping", replay.Options{Scores: scores, Prices: prices, By: "day"}, errs.CodeInvalid, "cat"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := replay.Run(context.Background(), tt.o)
			if !errs.Is(err, tt.code) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %s with %q", err, tt.code, tt.want)
			}
		})
	}
	if _, err := replay.Stress(context.Background(), replay.StressOptions{With: []string{"magic"}}); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("--with magic: %v", err)
	}
	if _, err := replay.Cascade(context.Background(), replay.CascadeOptions{Scores: scores, Prices: prices}); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("a cascade without parsed answers: %v", err)
	}
	if _, err := replay.Stress(context.Background(), replay.StressOptions{Floor: math.NaN()}); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("a floor that is no number: %v", err)
	}
	if _, err := replay.Cascade(context.Background(), replay.CascadeOptions{Scores: scores, Prices: prices, Preds: scores, Loss: math.NaN()}); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("a loss that is no number: %v", err)
	}
}

// The published outcomes; the figures are in docs/benchmarks.md.
func TestRecordedOutcomes(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", "sizing-replay")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no recorded outcomes at %s", dir)
	}
	o := replay.Options{Scores: filepath.Join(dir, "mmlupro.tsv"), Prices: filepath.Join(dir, "prices.tsv"), By: "cat", Runs: 20,
		Exclude: []string{"gemini-1.5-pro-002", "gemini-1.5-flash-002"}}
	for _, prior := range []string{"", "other"} {
		o.Prior = prior
		f, err := replay.Run(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		if f.Spend > .085 || f.Calls > .085 || f.CheapestAdequate < .94 || f.Inadequate > .045 || f.False > .05 || f.Certified < .6 {
			t.Errorf("prior %q: %+v", prior, f)
		}
	}
}

func ExampleStress() {
	f, err := replay.Stress(context.Background(), replay.StressOptions{Floor: .9, Items: 500, Runs: 2000})
	if err != nil {
		panic(err)
	}
	fmt.Println("at most 5 % false:", f.False <= .065)
	// Output: at most 5 % false: true
}
