package sizing_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/prompt"
)

// variant is another prompt of the same model.
func variant(name string, in money.Price, text string) sizing.Arm {
	a := chat(name, in)
	a.Config.Prompt = prompt.Parse(text)
	return a
}

func study(t *testing.T, cfg sizing.StudyConfig) sizing.Result {
	t.Helper()
	r, err := sizing.Study(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func byName(t *testing.T, r sizing.Result, name string) sizing.ArmResult {
	t.Helper()
	for _, a := range r.Arms {
		if a.Name == name {
			return a
		}
	}
	t.Fatalf("no candidate %s", name)
	return sizing.ArmResult{}
}

func verified(t *testing.T, d sizing.Decision, cfg sizing.StudyConfig) {
	t.Helper()
	v, err := sizing.Verify(context.Background(), d, cfg.Items, cfg.Scorer, cfg.Store)
	if err != nil || !v.OK {
		t.Errorf("%+v, %v", v, err)
	}
}

func decide(t *testing.T, r sizing.Result, cfg sizing.StudyConfig) sizing.Decision {
	t.Helper()
	d, err := sizing.Decide(context.Background(), r, cfg.Items, cfg.Store)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestALaterCandidateJoinsTheStudy(t *testing.T) {
	w := &world{right: map[string]float64{"dear": .93, "better": .97}}
	cfg := config(w, new(sizing.Memory), 1500, chat("dear", 5_000_000))
	before := study(t, cfg)
	first := decide(t, before, cfg)
	seen := before.Arms[0].Items
	w.calls = map[string]int{}
	cfg.Arms = append(cfg.Arms, variant("better", 1_000_000, "Think about {input}"))
	after := study(t, cfg)
	b := byName(t, after, "better")
	if after.Study != before.Study || after.Number != 1 {
		t.Errorf("study %s number %d, want %s to go on", after.Study, after.Number, before.Study)
	}
	if b.Status != "certified" || b.Later == nil || b.Later.Number != 1 || b.Later.From < seen || after.Choice != b.ID {
		t.Errorf("better is %s, %+v; %d items were seen", b.Status, b.Later, seen)
	}
	if want := .05 * .1 * 6 / (math.Pi * math.Pi); math.Abs(b.Share-want) > 1e-9 {
		t.Errorf("share %v, want %v of the reserve", b.Share, want)
	}
	if d := byName(t, after, "dear"); d.Share != before.Arms[0].Share || d.Items != seen || d.Status != "certified" {
		t.Errorf("the first candidate has changed: %+v", d)
	}
	for pair := range w.calls {
		if strings.HasPrefix(pair, "dear ") {
			t.Error("the first candidate was called again")
			break
		}
	}
	if len(w.calls) != b.Items {
		t.Errorf("%d calls for %d items", len(w.calls), b.Items)
	}
	for _, want := range []string{"Of the 5 %, 4.5 % are for the candidates of the start, 0.5 % for later ones.", fmt.Sprintf("better joined later, as number 1: it is tested at its part of the reserve, on %d items that nobody had seen", b.Items)} {
		if !strings.Contains(after.Certificate.En, want) {
			t.Errorf("certificate lacks %q: %s", want, after.Certificate.En)
		}
	}
	if !strings.Contains(after.Certificate.Zh, "后来加入的第 1 个候选") {
		t.Error(after.Certificate.Zh)
	}
	again := study(t, cfg)
	if again.NewCalls != 0 || decide(t, again, cfg).ID != decide(t, after, cfg).ID {
		t.Error("the same study run again is another one")
	}
	verified(t, decide(t, after, cfg), cfg)
	verified(t, first, cfg)
	cheaper := byName(t, after, "better").Price
	cheaper.In *= 2
	if _, err := sizing.Reprice(context.Background(), after, cfg.Items, map[string]sizing.Price{b.ID: cheaper}, nil, cfg.Store); err != nil {
		t.Error(err)
	}
	cfg.Arms = append(cfg.Arms, variant("third", 900_000, "Once more: {input}"))
	w.right["third"] = .5
	if third := byName(t, study(t, cfg), "third"); third.Later == nil || third.Later.Number != 2 || third.Later.From < b.Later.From+b.Items {
		t.Errorf("the next one joined as %+v", third.Later)
	}
}

// With every item seen a later candidate is a best guess, until new rows come.
func TestALaterCandidateWithoutUnseenItems(t *testing.T) {
	w := &world{right: map[string]float64{"first": .855, "better": .96}}
	cfg := config(w, new(sizing.Memory), 500, chat("first", 1_000_000))
	cfg.Grows = true
	before := study(t, cfg)
	if before.Arms[0].Status != "undecided" || before.Arms[0].Items < 420 {
		t.Fatalf("%s after %d items", before.Arms[0].Status, before.Arms[0].Items)
	}
	cfg.Arms = append(cfg.Arms, variant("better", 900_000, "Think about {input}"))
	guess := study(t, cfg)
	b := byName(t, guess, "better")
	if b.Status != "undecided" || !b.Unproven || guess.Status != sizing.StatusBestGuess || guess.Choice != b.ID || b.Items == 0 || b.Items > 200 {
		t.Errorf("better is %s after %d items (%s); the study %s", b.Status, b.Items, b.Reason, guess.Status)
	}
	fresh := 0
	for _, row := range guess.Plan {
		if row.ID == b.ID {
			fresh = row.Fresh
		}
	}
	if fresh < 20 || fresh > 500 || !strings.Contains(guess.Certificate.En, fmt.Sprintf("better became what it is (model, prompt, documents, examples) after its items were seen, or items were corrected or taken out since: it is a best guess until fresh items come, and nothing is proven of it; it takes about %d labels", fresh)) {
		t.Errorf("%d fresh labels: %s", fresh, guess.Certificate.En)
	}
	verified(t, decide(t, guess, cfg), cfg)

	old := decide(t, before, cfg)
	cfg.Items = items(1100) // rows were ingested
	grown := study(t, cfg)
	b = byName(t, grown, "better")
	if b.Status != "certified" || b.Later.From != before.Arms[0].Items || grown.Study != before.Study || grown.Rounds != 2 {
		t.Errorf("better is %s, %+v in round %d", b.Status, b.Later, grown.Rounds)
	}
	if !strings.Contains(grown.Certificate.En, "Items came in 2 rounds") {
		t.Error(grown.Certificate.En)
	}
	verified(t, decide(t, grown, cfg), cfg)
	verified(t, old, cfg)
}

// Where a small model is calibrated on every item, none is unseen to those who
// come later.
func TestALaterCandidateBesideASmallModel(t *testing.T) {
	w := &world{right: map[string]float64{"small": .6, "dear": .95, "better": .97}}
	cfg := config(w, new(sizing.Memory), 800, local("small"), chat("dear", 5_000_000))
	cfg.Calibrated, cfg.Grows = true, true
	if r := study(t, cfg); byName(t, r, "small").Items != 800 {
		t.Errorf("the free candidate saw %d items; there is nothing to spare", byName(t, r, "small").Items)
	}
	cfg.Arms = append(cfg.Arms, variant("better", 1_000_000, "Think about {input}"))
	r := study(t, cfg)
	if b := byName(t, r, "better"); !b.Unproven || byName(t, r, "dear").ID != r.Choice {
		t.Errorf("better: %s, %+v", b.Status, b.Later)
	}
	verified(t, decide(t, r, cfg), cfg)
	cfg.Items = items(1600)
	r = study(t, cfg)
	if b := byName(t, r, "better"); b.Status != "certified" || b.Later.From != 800 || r.Choice != b.ID {
		t.Errorf("better: %s, %+v", b.Status, b.Later)
	}
	verified(t, decide(t, r, cfg), cfg)
}

// A study that ended undecided goes on over new rows with the same capital.
func TestAGrowingPoolGoesOn(t *testing.T) {
	w := &world{right: map[string]float64{"m": .86}}
	cfg := config(w, new(sizing.Memory), 300, chat("m", 1_000_000))
	cfg.Grows = true
	before := study(t, cfg)
	if before.Arms[0].Status != "undecided" {
		t.Fatalf("%s", before.Arms[0].Status)
	}
	cfg.Items = items(4000)
	after := study(t, cfg)
	if after.Arms[0].Status != "certified" || after.Study != before.Study || after.Number != 1 || after.Arms[0].Items <= 300 {
		t.Errorf("%s after %d items in study %d", after.Arms[0].Status, after.Arms[0].Items, after.Number)
	}
	for pair, n := range w.calls {
		if n != 1 {
			t.Errorf("%s was called %d times", pair, n)
		}
	}
	verified(t, decide(t, after, cfg), cfg)

	cfg.Grows = false // the rule was another one: this is another study
	if r := study(t, cfg); r.Number != 2 || r.Study == before.Study {
		t.Errorf("study %d", r.Number)
	}
}

// Prompts that replace all candidates are not a new 5 % on items that their
// author has seen.
func TestReplacedCandidatesNeedUnseenItems(t *testing.T) {
	w := &world{right: map[string]float64{"v1": .80, "v2": .96, "v3": .96}}
	cfg := config(w, new(sizing.Memory), 900, variant("v1", 1_000_000, "One {input}"))
	cfg.Grows = true
	before := study(t, cfg)
	cfg.Arms = []sizing.Arm{variant("v2", 1_000_000, "Two {input}")}
	v2 := study(t, cfg)
	if v2.Status != sizing.StatusCertified || v2.Items != 900-before.Arms[0].Items || v2.Number != 2 {
		t.Errorf("v2 is %s on %d items, %d were seen", v2.Status, v2.Items, before.Arms[0].Items)
	}
	verified(t, decide(t, v2, cfg), cfg)

	w.right["v2"] = .855
	store := new(sizing.Memory)
	cfg = config(w, store, 300, variant("v2", 1_000_000, "Two {input}"))
	cfg.Grows = true
	_ = study(t, cfg) // sees all items
	cfg.Arms = []sizing.Arm{variant("v3", 1_000_000, "Three {input}")}
	v3 := study(t, cfg)
	if v3.Status != sizing.StatusBestGuess || !v3.Arms[0].Unproven || len(v3.Plan) != 1 || v3.Plan[0].Fresh == 0 {
		t.Errorf("v3 is %s, plan %+v", v3.Status, v3.Plan)
	}
	verified(t, decide(t, v3, cfg), cfg)
	if again := study(t, cfg); again.NewCalls != 0 || again.Study != v3.Study {
		t.Errorf("%d calls in study %s, was %s", again.NewCalls, again.Study, v3.Study)
	}
	cfg.Items = items(900)
	if v3 = study(t, cfg); v3.Status != sizing.StatusCertified || v3.Items < 600 || v3.Items >= 900 {
		t.Errorf("with fresh items v3 is %s on %d of them", v3.Status, v3.Items)
	}
	verified(t, decide(t, v3, cfg), cfg)
	corrected := cfg.Items[0]
	corrected.Label = "no"
	corrected.ID = sizing.ItemID(corrected)
	if corrected.ID == cfg.Items[0].ID {
		t.Fatal("a corrected label is another item")
	}
}

func TestAnotherBarIsAnotherStudy(t *testing.T) {
	w := &world{right: map[string]float64{"m": .93, "new": .96}}
	cfg := config(w, new(sizing.Memory), 1200, chat("m", 2_000_000))
	first := study(t, cfg)
	cfg.Bar = .8
	second := study(t, cfg)
	if second.Number != 2 || second.Status != sizing.StatusCertified || !strings.Contains(second.Certificate.En, "This is study 2") {
		t.Errorf("study %d is %s", second.Number, second.Status)
	}
	cfg.Arms = append(cfg.Arms, chat("new", 1_000_000))
	cfg.Bar = .82
	third := study(t, cfg)
	if n := byName(t, third, "new"); third.Number != 3 || n.Later == nil || n.Later.From < first.Arms[0].Items {
		t.Errorf("study %d, new is %+v", third.Number, n.Later)
	}
	verified(t, decide(t, third, cfg), cfg)
}

func TestPlannedCandidatesAreFixedAnewBeforeData(t *testing.T) {
	w := &world{right: map[string]float64{"a": .95, "b": .95}}
	a, b := chat("a", 1_000_000), chat("b", 2_000_000)
	a.Missing = "no key"
	cfg := config(w, new(sizing.Memory), 600, a)
	if r := study(t, cfg); r.Status != sizing.StatusPlan {
		t.Fatal(r.Status)
	}
	cfg.Arms = []sizing.Arm{a, b}
	if r := study(t, cfg); r.Number != 1 || byName(t, r, "b").Later != nil || r.Status != sizing.StatusCertified {
		t.Errorf("study %d, %+v", r.Number, byName(t, r, "b").Later)
	}
	cfg.Arms[0].Missing = ""
	if r := study(t, cfg); byName(t, r, "a").Status != "certified" || byName(t, r, "a").Later != nil {
		t.Errorf("%+v", byName(t, r, "a"))
	}
}

func TestBadParts(t *testing.T) {
	w := &world{}
	for name, change := range map[string]func(*sizing.StudyConfig){
		"parts above alpha":           func(c *sizing.StudyConfig) { c.Reserve, c.Cascade = .03, .03 },
		"closed and growing":          func(c *sizing.StudyConfig) { c.Closed, c.Grows = true, true },
		"a label missing":             func(c *sizing.StudyConfig) { c.Items[0].Unlabelled = true },
		"a draw below the least":      func(c *sizing.StudyConfig) { c.LabelLeast, c.Items[0].Drawn = .5, .3 },
		"no draw, yet no label":       func(c *sizing.StudyConfig) { c.LabelLeast, c.Items[0].Unlabelled = .5, true },
		"a weight on one item only":   func(c *sizing.StudyConfig) { c.Items[0].Weight = 1 },
		"labels missing in a archive": func(c *sizing.StudyConfig) { c.LabelLeast, c.Closed = .5, true },
		"weights that are no shares": func(c *sizing.StudyConfig) {
			for i := range c.Items {
				c.Items[i].Weight = 3
			}
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
