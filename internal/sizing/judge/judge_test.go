package judge_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/judge"
)

// says is a judge that answers by what it is asked.
func says(language string, fn func(question string) string) judge.Judge {
	return judge.Judge{Model: judge.Model{Name: "glm-4"}, Language: language, Ask: func(_ context.Context, question string, _ []string) (string, error) {
		return fn(question), nil
	}}
}

func TestPoint(t *testing.T) {
	for _, tt := range []struct {
		name, language, reply, says string
		met, read                   bool
	}{
		{"met", "en", "r", "met", true, true},
		{"not met", "en", "r", "Not met.", false, true},
		{"Chinese", "zh", "r", "满足", true, true},
		{"Chinese, not met", "zh", "r", "结论：不满足", false, true},
		{"no verdict", "en", "r", "well", false, false},
		{"both", "zh", "r", "满足，也不满足", false, false},
		{"an empty reply is not asked about", "en", " ", "met", false, true},
	} {
		met, read, err := says(tt.language, func(string) string { return tt.says }).Point(context.Background(), "t", tt.reply, "p")
		if met != tt.met || read != tt.read || err != nil {
			t.Errorf("%s: %v %v %v", tt.name, met, read, err)
		}
	}
	fails := judge.Judge{Model: judge.Model{Name: "glm-4"}, Ask: func(context.Context, string, []string) (string, error) { return "", errors.New("down") }}
	if _, _, err := fails.Point(context.Background(), "t", "r", "p"); err == nil || !strings.Contains(err.Error(), "glm-4") {
		t.Errorf("%v", err)
	}
}

func TestPairCountsOnlyWhatBothOrdersSay(t *testing.T) {
	longer := func(q string) string {
		a, b, _ := strings.Cut(q[strings.Index(q, "Reply A:"):], "Reply B:")
		if len(a) > len(strings.TrimSuffix(b, "\n\nWhich reply does the task better?")) {
			return "A"
		}
		return "B"
	}
	for _, tt := range []struct {
		name string
		fn   func(string) string
		want judge.Preference
	}{
		{"by content", longer, judge.Second},
		{"always the first shown", func(string) string { return "A" }, judge.Unsteady},
		{"a tie", func(string) string { return "tie" }, judge.Tie},
		{"nonsense", func(string) string { return "hm" }, judge.Unread},
	} {
		got, err := says("en", tt.fn).Pair(context.Background(), "t", "short", strings.Repeat("long ", 30))
		if got != tt.want || err != nil {
			t.Errorf("%s: %s %v, want %s", tt.name, got, err, tt.want)
		}
	}
}

func TestRelated(t *testing.T) {
	for _, tt := range []struct {
		a, b judge.Model
		want bool
	}{
		{judge.Model{Name: "qwen2.5-72b-instruct"}, judge.Model{Name: "Qwen/Qwen3-8B"}, true},
		{judge.Model{Name: "DeepSeek-R1-Distill-Qwen-7B"}, judge.Model{Name: "qwen-max"}, true},
		{judge.Model{Name: "deepseek-chat"}, judge.Model{Name: "qwen-plus"}, false},
		{judge.Model{Name: "glm-4-flash"}, judge.Model{Name: "hunyuan-lite"}, false},
		{judge.Model{Name: "o3", Vendor: "acme"}, judge.Model{Name: "gpt-4o", Vendor: "Acme"}, true},
		{judge.Model{Name: "ep-20260101"}, judge.Model{Name: "ep-20260202"}, true},
		{judge.Model{Name: "8b"}, judge.Model{Name: "qwen-plus"}, true}, // nobody knows
		{judge.Model{Name: "ep-1", Families: []string{"doubao"}}, judge.Model{Name: "qwen-plus"}, false},
	} {
		if got := judge.Related(tt.a, tt.b); got != tt.want {
			t.Errorf("%v and %v: %v", tt.a, tt.b, got)
		}
		j := judge.Judge{Model: tt.a}
		if err := j.May(tt.b); (err != nil) != tt.want || err != nil && !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%v may judge %v: %v", tt.a, tt.b, err)
		}
	}
}

func TestProbe(t *testing.T) {
	var cases []judge.Case
	for i := range 30 {
		cases = append(cases, judge.Case{Task: "Answer.", Right: fmt.Sprintf("The fee is %d yuan.", 100+i), Point: fmt.Sprintf("says %d yuan", 100+i)})
	}
	careful := func(q string) string {
		if strings.Contains(q, "Reply B:") {
			return "tie"
		}
		point := q[strings.Index(q, "says ")+5 : strings.LastIndex(q, "\n\nDoes")]
		if strings.Contains(q[:strings.Index(q, "Point:")], point) {
			return "met"
		}
		return "not met"
	}
	for _, tt := range []struct {
		name string
		fn   func(string) string
		want map[string]int // fooled
	}{
		{"careful", careful, map[string]int{}},
		{"says yes to all", func(q string) string {
			if strings.Contains(q, "Reply B:") {
				return "B"
			}
			return "met"
		}, map[string]int{"null": 30, "wrong": 30, "padded": 30}},
		{"believes confidence", func(q string) string {
			if strings.Contains(q, "no doubt") {
				return "met"
			}
			return careful(q)
		}, map[string]int{"wrong": 30}},
		{"cannot be read", func(string) string { return "?" }, map[string]int{"padded": 30, "right": 30}},
	} {
		got, err := says("en", tt.fn).Probe(context.Background(), cases)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range got {
			if p.Asked != 30 || p.Fooled != tt.want[p.Kind] || p.Upper < p.Rate || p.Upper > 1 {
				t.Errorf("%s: %+v, want fooled %d", tt.name, p, tt.want[p.Kind])
			}
		}
	}
}

func TestAgree(t *testing.T) {
	human, same := make([]string, 60), make([]string, 60)
	for i := range human {
		human[i] = []string{"met", "not met", "met"}[i%3]
	}
	copy(same, human)
	a, err := judge.Agree(human, same)
	if err != nil || a.Kappa != 1 || !a.Enough || a.Interval[0] > .95 || a.Interval[1] != 1 {
		t.Errorf("all the same: %+v %v", a, err)
	}
	if a, _ = judge.Agree(human[:49], same[:49]); a.Enough {
		t.Error("49 labels are not enough")
	}
	// Cohen (1960): 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no has kappa .4
	human, same = nil, nil
	for _, c := range []struct {
		h, j string
		n    int
	}{{"y", "y", 20}, {"y", "n", 5}, {"n", "y", 10}, {"n", "n", 15}} {
		for range c.n {
			human, same = append(human, c.h), append(same, c.j)
		}
	}
	if a, _ = judge.Agree(human, same); math.Abs(a.Kappa-.4) > 1e-12 || a.Interval[0] > .4 || a.Interval[1] < .4 {
		t.Errorf("%+v, want kappa .4", a)
	}
	if a, _ = judge.Agree([]string{"y", "y"}, []string{"y", "y"}); a.Kappa != 0 || a.Interval != [2]float64{-1, 1} {
		t.Errorf("one verdict only: %+v", a)
	}
	if _, err = judge.Agree([]string{"y"}, nil); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("%v", err)
	}
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 80).Draw(r, "n")
		v := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), n, n)
		a, err := judge.Agree(v.Draw(r, "x"), v.Draw(r, "y"))
		if err != nil || a.Kappa > 1 || a.Kappa < -1 || a.Interval[0] > a.Kappa || a.Interval[1] < a.Kappa {
			r.Fatalf("%+v %v", a, err)
		}
	})
}

// study runs a human mean over items whose true mean is p; the judge is right
// with a chance, or says yes to all (chance 2).
func study(t *testing.T, c judge.Config, p, right float64, n int, seed uint64) *judge.HumanMean {
	t.Helper()
	h, err := judge.NewHumanMean(c)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 7))
	for range n {
		y := 0.0
		if r.Float64() < p {
			y = 1
		}
		f := y
		if r.Float64() > right {
			f = 1 - y
		}
		if right == 2 {
			f = 1
		}
		wanted, err := h.Next(f)
		if err != nil {
			t.Fatal(err)
		}
		if wanted {
			if err := h.Label(y); err != nil {
				t.Fatal(err)
			}
		}
	}
	return h
}

func TestHumanMeanIsRightWhateverTheJudgeSays(t *testing.T) {
	for _, right := range []float64{.5, .9, 2} {
		const runs, share = 300, .1
		false_, missed := 0, 0
		for seed := range uint64(runs) {
			h := study(t, judge.Config{Label: .3, Floor: .7, Share: share, Items: 500, Seed: seed}, .7, right, 500, seed)
			if h.Certified() {
				false_++
			}
			if lo, hi := h.Interval(); lo > .7 || hi < .7 {
				missed++
			}
		}
		if limit := share*runs + 2.3*math.Sqrt(runs*share*(1-share)); float64(false_) > limit {
			t.Errorf("judge %v: %d false certificates in %d runs at the floor", right, false_, runs)
		}
		if missed > runs/10 {
			t.Errorf("judge %v: %d intervals of %d miss the human mean", right, missed, runs)
		}
	}
}

func TestAGoodJudgeSparesLabels(t *testing.T) {
	width := func(right float64) float64 {
		h := study(t, judge.Config{Label: .2, Floor: .7, Items: 3000, Seed: 1}, .9, right, 3000, 1)
		lo, hi := h.Interval()
		return hi - lo
	}
	if good, bad := width(.98), width(.5); good >= bad {
		t.Errorf("width %v with a good judge, %v with a useless one", good, bad)
	}
	if h := study(t, judge.Config{Label: .2, Floor: .7, Items: 3000, Seed: 1}, .92, .97, 3000, 1); !h.Certified() || h.Labels() < 500 || h.Labels() > 700 {
		t.Errorf("a mean of .92 is not certified against .7 with %d labels", h.Labels())
	}
}

func TestAJudgeAloneNeverCertifies(t *testing.T) {
	h, err := judge.NewHumanMean(judge.Config{Floor: .5, Items: 100})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		wanted, err := h.Next(1)
		if err != nil {
			break
		}
		if wanted {
			if _, err = h.Next(1); !errs.Is(err, errs.CodeConflict) {
				t.Fatalf("an item whose label is wanted was passed over: %v", err)
			}
		}
	}
	if h.Certified() || h.Labels() != 0 {
		t.Error("certified without a label")
	}
	h, _ = judge.NewHumanMean(judge.Config{Label: .01, Floor: .5})
	if _, err := h.Next(1); err != nil {
		t.Fatal(err)
	}
	if err := h.Label(1); !errs.Is(err, errs.CodeConflict) {
		t.Errorf("a label of an item that was not drawn: %v", err)
	}
	for _, c := range []judge.Config{{Floor: 0}, {Floor: 1}, {Floor: .5, Label: 2}, {Floor: .5, Label: .001}} {
		if _, err := judge.NewHumanMean(c); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func ExampleHumanMean() {
	h, _ := judge.NewHumanMean(judge.Config{Label: .5, Floor: .6, Items: 400, Seed: 1})
	for i := range 400 {
		wanted, _ := h.Next(1) // the judge likes everything
		if wanted {
			human := 1.0
			if i%10 == 0 {
				human = 0
			}
			h.Label(human)
		}
	}
	lo, hi := h.Interval()
	fmt.Printf("%v with %d labels; human mean between %.2f and %.2f\n", h.Certified(), h.Labels(), lo, hi)
	// Output: true with 203 labels; human mean between 0.82 and 0.98
}
