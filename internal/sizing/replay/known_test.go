package replay_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/sizing/replay"
)

// plain records models whose share of right answers is exact: model m is right
// on the first share[m] of each ten items. Prices rise with the model.
func plain(t *testing.T, cats, items int, share ...int) (scores, prices string) {
	t.Helper()
	var s, p strings.Builder
	s.WriteString("id\tcat\tinchars")
	for m := range share {
		fmt.Fprintf(&s, "\tm%d", m)
		fmt.Fprintf(&p, "m%d\t%d\t0\n", m, 1+10*m)
	}
	s.WriteString("\n")
	for i := range cats * items {
		fmt.Fprintf(&s, "q%d\tc%d\t40", i, i%cats)
		for _, right := range share {
			x := 0
			if i/cats%10 < right {
				x = 1
			}
			fmt.Fprintf(&s, "\t%d:0", x)
		}
		s.WriteString("\n")
	}
	return keep(t, "s.tsv", s.String()), keep(t, "m.tsv", p.String())
}

// Where the truth leaves no doubt every strategy must find it, and say what
// it took.
func TestStrategiesWhereTheTruthIsPlain(t *testing.T) {
	for _, tt := range []struct {
		name        string
		share       []int
		o           replay.Options
		certified   float64 // by the ladder
		least, most float64 // calls of the ladder
	}{
		{"the cheapest is as good as any", []int{10, 10, 10}, replay.Options{}, 1, .01, .2},
		{"only the dearest is good", []int{1, 1, 10}, replay.Options{}, 1, .02, .4},
		{"the middle one", []int{2, 10, 10}, replay.Options{}, 1, .02, .35},
		{"one alone", []int{10}, replay.Options{}, 1, .02, .5},
		{"relative: the cheapest is as good as any", []int{10, 10, 10}, replay.Options{Relative: true}, 1, 0, .2},
		{"relative: only the dearest", []int{1, 1, 10}, replay.Options{Relative: true}, 1, .02, .4},
		{"priors that are right", []int{2, 10, 10}, replay.Options{Prior: "other"}, 1, .005, .25},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := tt.o
			o.Scores, o.Prices = plain(t, 4, 50, tt.share...)
			o.By, o.Bars, o.Items, o.Runs, o.Eps = "cat", []string{"best-5"}, 400, 10, .05
			figures, err := replay.RunAll(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range figures {
				if f.CheapestAdequate != 1 || f.Inadequate != 0 || f.False != 0 {
					t.Errorf("%+v", f)
				}
				if f.Strategy == replay.Ladder && (f.Certified != tt.certified || f.Calls < tt.least || f.Calls > tt.most) {
					t.Errorf("calls in [%v, %v] and %v certified are wanted: %+v", tt.least, tt.most, tt.certified, f)
				}
			}
		})
	}
}

// What a reader would not expect of the figures stands beside them.
func TestNotesOnOddRecords(t *testing.T) {
	scores := keep(t, "odd.tsv", "id\tcat\tinchars\tm0\tm1\tm2\nq0\ta\t10\t1:5\t\t\nq1\tb\t10\t\t1:5\t\n")
	prices := keep(t, "odd_prices.tsv", "m0\t1\t1\nm1\t2\t2\n")
	for _, tt := range []struct {
		name, by, prior string
		want            []string
	}{
		{"empty cells, those of a model without a price left out", "", "", []string{"2 of 4 outcomes are empty and count as wrong"}},
		{"beliefs without categories", "", "other", []string{"2 of 4 outcomes", "no beliefs were used"}},
		{"beliefs from one other category", "cat", "other", []string{"2 of 4 outcomes", "at least 3 other categories"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := replay.Run(context.Background(), replay.Options{Scores: scores, Prices: prices, By: tt.by, Prior: tt.prior, Runs: 2, Items: 20})
			if err != nil || len(f.Notes) != len(tt.want) {
				t.Fatalf("%q, %v", f.Notes, err)
			}
			for i, want := range tt.want {
				if !strings.Contains(f.Notes[i], want) {
					t.Errorf("note %q, want %q", f.Notes[i], want)
				}
			}
		})
	}
	scores, prices = plain(t, 1, 100, 2, 10)
	f, err := replay.Run(context.Background(), replay.Options{Scores: scores, Prices: prices, Runs: 2, Items: 20})
	if err != nil || f.Notes != nil {
		t.Errorf("a whole record has notes %q, %v", f.Notes, err)
	}
}

// Nothing that costs nothing is divided by.
func TestReplayOfFreeCalls(t *testing.T) {
	scores, _ := plain(t, 1, 100, 2, 10)
	free := keep(t, "free.tsv", "m0\t0\t0\nm1\t0\t0\n")
	f, err := replay.Run(context.Background(), replay.Options{Scores: scores, Prices: free, Runs: 3, Items: 300})
	if err != nil || f.Spend != 0 || f.Calls <= 0 || f.CheapestAdequate != 1 {
		t.Errorf("%+v, %v", f, err)
	}
	c, err := replay.Cascade(context.Background(), replay.CascadeOptions{Scores: scores, Preds: keep(t, "p.tsv", "id\tm0\tm1\nq0\ta\ta\n"), Prices: free, Runs: 2, Items: 300})
	if err != nil || c.CostRatio != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

// Two cheap models that agree only when they are right: the cascade costs both
// always and the reference where they differ, and loses nothing. Two that
// agree on what is wrong must not pass.
func TestCascadesWithKnownAnswers(t *testing.T) {
	for _, tt := range []struct {
		name      string
		wrong     string // what both answer where they are wrong
		certified float64
		ratio     float64
	}{
		{"they differ where they are wrong", "", 1, (2*1 + .2*10) / 10.},
		{"they agree where they are wrong", "same", 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s, p strings.Builder
			s.WriteString("id\tcat\tinchars\tx\ty\tbig\n")
			p.WriteString("id\tx\ty\tbig\r\n")
			for i := range 500 {
				if i%5 > 0 {
					fmt.Fprintf(&s, "q%d\tc\t4\t1:0\t1:0\t1:0\n", i)
					fmt.Fprintf(&p, "q%d\t'r 1'\t\"r1\"\t'r1'\r\n", i) // spaces and quotes make no difference
					continue
				}
				x, y := "w1", "w2"
				if tt.wrong != "" {
					x, y = tt.wrong, tt.wrong
				}
				fmt.Fprintf(&s, "q%d\tc\t4\t0:0\t0:0\t1:0\n", i)
				fmt.Fprintf(&p, "q%d\t%s\t%s\tr1\r\n", i, x, y)
			}
			f, err := replay.Cascade(context.Background(), replay.CascadeOptions{Scores: keep(t, "s.tsv", s.String()), Preds: keep(t, "p.tsv", p.String()),
				Prices: keep(t, "m.tsv", "x\t1\t0\ny\t1\t0\nbig\t10\t0\n"), Loss: .02, Items: 1000, Runs: 4})
			if err != nil {
				t.Fatal(err)
			}
			if f.Reference != "big" || f.Certified != tt.certified || f.False != 0 || math.Abs(f.CostRatio-tt.ratio) > .001 || math.Abs(f.Loss) > 1e-9 {
				t.Errorf("%+v, want a ratio of %v", f, tt.ratio)
			}
		})
	}
}
