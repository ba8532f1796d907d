package sizing_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/prompt"
	"github.com/luodi/luodi/internal/sizing/score"
)

// world answers items right with a probability per configuration, always the
// same for the same pair, and counts calls.
type world struct {
	right map[string]float64 // by configuration name
	mu    sync.Mutex
	calls map[string]int // by configuration and item
	n     atomic.Int64
	after func(n int64) error // called before each call's reply
}

func (w *world) Run(ctx context.Context, c sizing.Configuration, it sizing.Item) (sizing.Output, error) {
	n := w.n.Add(1)
	if w.after != nil {
		if err := w.after(n); err != nil {
			return sizing.Output{}, err
		}
	}
	w.mu.Lock()
	w.calls[c.Name+" "+it.ID]++
	w.mu.Unlock()
	out := sizing.Output{Label: "no", Latency: 100 * time.Millisecond, Usage: sizing.Usage{Input: 100, Output: 5}}
	if chance(c.Name+it.ID) < w.right[c.Name] {
		out.Label = it.Label
	}
	return out, nil
}

func chance(key string) float64 {
	var a, b uint64 = 14695981039346656037, 1
	for _, x := range []byte(key) {
		a = (a ^ uint64(x)) * 1099511628211
		b += a
	}
	return rand.New(rand.NewPCG(a, b)).Float64()
}

func items(n int) []sizing.Item {
	out := make([]sizing.Item, n)
	for i := range out {
		out[i] = sizing.Item{Input: fmt.Sprintf("question %d", i), Label: "yes"}
		out[i].ID = sizing.ItemID(out[i])
	}
	return out
}

func chat(name string, in money.Price) sizing.Arm {
	return sizing.Arm{Config: sizing.Configuration{Name: name, Kind: sizing.Chat, Model: name, Prompt: prompt.Default("classify", "en"), Labels: []string{"yes", "no"}},
		Price: sizing.Price{Row: "row-" + name, Currency: money.CNY, In: in, Out: 2 * in}}
}

func local(name string) sizing.Arm {
	return sizing.Arm{Config: sizing.Configuration{Name: name, Kind: sizing.Small, Revision: name, Labels: []string{"yes", "no"}}}
}

func config(w *world, store sizing.Store, n int, arms ...sizing.Arm) sizing.StudyConfig {
	w.calls = map[string]int{}
	return sizing.StudyConfig{Scenario: "intent", Metric: "accuracy", Items: items(n), Arms: arms, Scorer: score.ExactLabel{Labels: []string{"yes", "no"}},
		Runner: w, Store: store, Bar: .85, Slack: .02, Seed: 1}
}

func TestStudyStopsAtTheFirstCertificate(t *testing.T) {
	w := &world{right: map[string]float64{"small": .70, "cheap": .93, "dear": .99}}
	r, err := sizing.Study(context.Background(), config(w, new(sizing.Memory), 1000, chat("dear", 9_000_000), local("small"), chat("cheap", 1_000_000)))
	if err != nil {
		t.Fatal(err)
	}
	want := []struct{ name, status string }{{"small", "refuted"}, {"cheap", "certified"}, {"dear", "not_run"}}
	for i, a := range r.Arms {
		if a.Name != want[i].name || a.Status != want[i].status {
			t.Errorf("candidate %d is %s %s, want %s %s", i, a.Name, a.Status, want[i].name, want[i].status)
		}
	}
	if r.Status != sizing.StatusCertified || r.Arms[1].ID != r.Choice {
		t.Errorf("status %s choice %s", r.Status, r.Choice)
	}
	if n := r.Arms[0].Items; n > 200 {
		t.Errorf("the free candidate saw %d items; it is refuted earlier, and the rest stay unseen for later candidates", n)
	}
	if n := r.Arms[1].Items; n > 400 {
		t.Errorf("cheap was certified after %d items; .93 against .83 takes fewer", n)
	}
	for _, s := range []string{"CERTIFIED(cheap, .83): bar .85, certified floor .83.", "Cheapest among candidates: every cheaper one is refuted.", "REFUTED(small, bar .85)", "exchangeable with traffic"} {
		if !strings.Contains(r.Certificate.En, s) {
			t.Errorf("certificate lacks %q:\n%s", s, r.Certificate.En)
		}
	}
	if !strings.Contains(r.Certificate.Zh, "已认证（cheap，.83）：达标线 .85，认证下限 .83。") {
		t.Error(r.Certificate.Zh)
	}
	if len(r.Plan) != 0 {
		t.Errorf("plan %v, want none: nothing is open", r.Plan)
	}
}

func TestStudyWithoutEndpointsPlans(t *testing.T) {
	w := &world{right: map[string]float64{"small": .60}}
	arm := chat("qwen-plus", 800_000)
	arm.Missing = "${DASHSCOPE_API_KEY} is not set"
	r, err := sizing.Study(context.Background(), config(w, new(sizing.Memory), 500, local("small"), arm))
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != sizing.StatusPlan || r.Choice != "" || len(r.Plan) != 1 {
		t.Fatalf("status %s, choice %q, plan %v", r.Status, r.Choice, r.Plan)
	}
	p := r.Plan[0]
	if p.Name != "qwen-plus" || p.Labels <= 0 || p.Labels > 500 || p.CallsMax != 500 || p.Money == nil || *p.Money <= 0 || p.Detectable == nil {
		t.Errorf("plan %+v", p)
	}
	if r.Arms[1].Status != "not_configured" || r.Arms[1].Reason == "" {
		t.Errorf("%+v", r.Arms[1])
	}
}

func TestStudyNeverPaysTwice(t *testing.T) {
	ctx := context.Background()
	arms := []sizing.Arm{chat("one", 1_000_000), chat("two", 2_000_000), chat("three", 3_000_000)}
	rates := map[string]float64{"one": .82, "two": .86, "three": .97}
	whole := &world{right: rates}
	want, err := sizing.Study(ctx, config(whole, new(sizing.Memory), 600, arms...))
	if err != nil {
		t.Fatal(err)
	}
	store := new(sizing.Memory)
	w := &world{right: rates}
	cfg := config(w, store, 600, arms...)
	var got sizing.Result
	interrupted := 0
	for range 50 {
		run, cancel := context.WithCancel(ctx)
		stop := w.n.Load() + 150
		w.after = func(n int64) error {
			if n == stop {
				cancel()
			}
			return nil
		}
		got, err = sizing.Study(run, cfg)
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		interrupted++
	}
	if err != nil || interrupted < 2 {
		t.Fatalf("after %d interruptions: %v", interrupted, err)
	}
	for pair, n := range w.calls {
		if n != 1 {
			t.Errorf("%s was called %d times", pair, n)
		}
	}
	if len(w.calls) != len(whole.calls) {
		t.Errorf("%d calls, %d without interruption", len(w.calls), len(whole.calls))
	}
	want.NewCalls, got.NewCalls = 0, 0
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the resumed study differs (-uninterrupted +resumed):\n%s", d)
	}
}

func TestStudySuspendsAFailingEndpoint(t *testing.T) {
	ctx := context.Background()
	store := new(sizing.Memory)
	w := &world{right: map[string]float64{"flaky": .95, "sound": .96}}
	cfg := config(w, store, 600, chat("flaky", 1_000_000), chat("sound", 2_000_000))
	w.after = func(n int64) error {
		if n == 26 {
			return errors.New("connection refused")
		}
		return nil
	}
	r, err := sizing.Study(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if a := r.Arms[0]; a.Status != "undecided" || !strings.Contains(a.Reason, "connection refused") || a.Items == 0 {
		t.Errorf("flaky is %s (%s) after %d items", a.Status, a.Reason, a.Items)
	}
	if r.Arms[1].Status != "certified" || !strings.Contains(r.Certificate.En, "cheaper and not proven below the bar: flaky (undecided)") {
		t.Errorf("sound is %s: %s", r.Arms[1].Status, r.Certificate.En)
	}
	d, err := sizing.Decide(ctx, r, cfg.Items, store)
	if err != nil {
		t.Fatal(err)
	}
	w.after = nil
	if r, err = sizing.Study(ctx, cfg); err != nil || r.Arms[0].Status != "certified" {
		t.Fatalf("when the endpoint is back: %v, %v", r.Arms, err)
	}
	v, err := sizing.Verify(ctx, d, cfg.Items, cfg.Scorer, store)
	if err != nil || !v.OK {
		t.Errorf("the first decision no longer verifies: %+v, %v", v, err)
	}
}

func TestStudyKeepsItsMoneyLimit(t *testing.T) {
	store := new(sizing.Memory)
	w := &world{right: map[string]float64{"m": .86}}
	cfg := config(w, store, 1000, chat("m", 1_000_000)) // 110 tokens at 1 and 2 CNY per million: .00011 CNY a call
	cfg.Budget = 30_000_000                             // .03 CNY
	for range 2 {
		r, err := sizing.Study(context.Background(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if r.Spent > .03 || r.Spent < .02 {
			t.Errorf("spent %v of .03", r.Spent)
		}
		if a := r.Arms[0]; a.Status != "undecided" || !strings.Contains(a.Reason, "limit of 0.03 CNY") {
			t.Errorf("%s: %s", a.Status, a.Reason)
		}
	}
}

func TestStudyLatencyBar(t *testing.T) {
	w := &world{right: map[string]float64{"m": .95}}
	cfg := config(w, new(sizing.Memory), 800, chat("m", 1_000_000))
	cfg.P95 = 50 * time.Millisecond // every call takes 100
	r, err := sizing.Study(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if r.Arms[0].Status != "refuted" || *r.Arms[0].FastShare != 0 {
		t.Errorf("a model that is always too slow is %s", r.Arms[0].Status)
	}
	cfg.P95 = 150 * time.Millisecond
	if r, err = sizing.Study(context.Background(), cfg); err != nil || r.Arms[0].Status != "certified" {
		t.Errorf("a model that is always fast enough is %s, %v", r.Arms[0].Status, err)
	}
}

func TestRepriceFlipsTheChoiceWithoutACall(t *testing.T) {
	ctx, store := context.Background(), new(sizing.Memory)
	w := &world{right: map[string]float64{"a": .95, "b": .95}}
	cfg := config(w, store, 600, chat("a", 1_000_000), chat("b", 2_000_000))
	cfg.Frontier = true
	r, err := sizing.Study(ctx, cfg)
	if err != nil || r.Arms[0].ID != r.Choice || r.Arms[1].Status != "certified" {
		t.Fatalf("%v %v", r.Arms, err)
	}
	before := w.n.Load()
	p := r.Arms[0].Price
	p.In, p.Out, p.Row = 9_000_000, 9_000_000, "dearer"
	again, err := sizing.Reprice(ctx, r, cfg.Items, map[string]sizing.Price{r.Choice: p}, nil, store)
	if err != nil {
		t.Fatal(err)
	}
	if again.Choice != r.Arms[1].ID || w.n.Load() != before {
		t.Errorf("choice %s after %d calls; want b after none", again.Choice, w.n.Load()-before)
	}
	if r.Choice != r.Arms[0].ID || r.Arms[0].Price.Row == "dearer" {
		t.Error("the old result was changed")
	}
	why := sizing.Explain(r, again)
	for _, want := range []string{"changed from a to b", "price row dearer, was row-a", "No model was called"} {
		if !strings.Contains(why.En, want) {
			t.Errorf("explanation lacks %q: %s", want, why.En)
		}
	}
	if (sizing.Explain(r, r) != sizing.Text{}) {
		t.Error("nothing changed, yet it is explained")
	}
}

// A candidate that was not run because it was dearer is tried once a price
// makes it the cheaper one; outcomes that are kept are not called again.
func TestStudyTriesWhatHasBecomeCheaper(t *testing.T) {
	ctx, store := context.Background(), new(sizing.Memory)
	w := &world{right: map[string]float64{"a": .95, "b": .95}}
	cfg := config(w, store, 600, chat("a", 1_000_000), chat("b", 2_000_000))
	before, err := sizing.Study(ctx, cfg)
	if err != nil || before.Arms[1].Status != "not_run" {
		t.Fatalf("%v %v", before.Arms, err)
	}
	cfg.Arms[1].Price.In, cfg.Arms[1].Price.Out = 100_000, 100_000
	after, err := sizing.Study(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := after.Arm(after.Choice); b.Name != "b" || after.Study != before.Study {
		t.Errorf("choice %s", b.Name)
	}
	for pair, n := range w.calls {
		if n != 1 {
			t.Errorf("%s was called %d times", pair, n)
		}
	}
	d, err := sizing.Decide(ctx, after, cfg.Items, store)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := sizing.Verify(ctx, d, cfg.Items, cfg.Scorer, store); err != nil || !v.OK {
		t.Errorf("%+v, %v", v, err)
	}
	if why := sizing.Explain(before, after); !strings.Contains(why.En, "b is certified, was not run") {
		t.Error(why.En)
	}
}

func TestVerify(t *testing.T) {
	ctx, store := context.Background(), new(sizing.Memory)
	w := &world{right: map[string]float64{"small": .80, "m": .93}}
	cfg := config(w, store, 700, local("small"), chat("m", 1_000_000))
	r, err := sizing.Study(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	d, err := sizing.Decide(ctx, r, cfg.Items, store)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := sizing.Verify(ctx, d, cfg.Items, cfg.Scorer, store); err != nil || !v.OK {
		t.Errorf("%+v, %v", v, err)
	}
	again, _ := sizing.Study(ctx, cfg)
	if e, _ := sizing.Decide(ctx, again, cfg.Items, store); e.ID != d.ID {
		t.Errorf("the same study gives decisions %s and %s", d.ID, e.ID)
	}
	d.Result.Arms[1].Status = "refuted"
	if v, _ := sizing.Verify(ctx, d, cfg.Items, cfg.Scorer, store); v.OK {
		t.Error("a forged record verifies")
	}
	if v, err := sizing.Verify(ctx, d, cfg.Items[1:], cfg.Scorer, store); err != nil || v.OK {
		t.Errorf("another eval set verifies: %+v, %v", v, err)
	}
}

func TestStudyRefusesBadInput(t *testing.T) {
	w := &world{}
	for name, change := range map[string]func(*sizing.StudyConfig){
		"no items":            func(c *sizing.StudyConfig) { c.Items = nil },
		"no candidates":       func(c *sizing.StudyConfig) { c.Arms = nil },
		"bar above 1":         func(c *sizing.StudyConfig) { c.Bar = 1.2 },
		"slack above the bar": func(c *sizing.StudyConfig) { c.Slack = .9 },
		"an item twice":       func(c *sizing.StudyConfig) { c.Items = append(c.Items, c.Items[0]) },
		"a configuration twice": func(c *sizing.StudyConfig) {
			b := c.Arms[0]
			b.Config.Name = "again"
			c.Arms = append(c.Arms, b)
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(w, nil, 10, local("small"))
			change(&cfg)
			if _, err := sizing.Study(context.Background(), cfg); !errs.Is(err, errs.CodeInvalid) {
				t.Errorf("error %v, want invalid", err)
			}
		})
	}
}
