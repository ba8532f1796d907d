package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing"
)

// Sizing is what a sizing.Store must do.
func Sizing(t *testing.T, open func(t *testing.T) sizing.Store) {
	ctx := context.Background()
	outcomes := func(t *testing.T, s sizing.Store, configuration string) (out []sizing.Outcome) {
		ok(t, s.EachOutcome(ctx, configuration, func(o sizing.Outcome) error { out = append(out, o); return nil }))
		return out
	}

	t.Run("an empty store has nothing, and says so", func(t *testing.T) {
		s := open(t)
		if got := outcomes(t, s, "cfg_1"); len(got) != 0 {
			t.Errorf("outcomes %v", got)
		}
		_, err := s.Study(ctx, "std_1")
		code(t, err, errs.CodeNotFound)
		_, err = s.Decision(ctx, "dec_1")
		code(t, err, errs.CodeNotFound)
		studies, err := s.Studies(ctx, "intent")
		ok(t, err)
		decisions, err := s.Decisions(ctx, "intent")
		ok(t, err)
		if len(studies)+len(decisions) != 0 {
			t.Errorf("%v, %v; want none", studies, decisions)
		}
	})

	t.Run("an outcome comes back whole", func(t *testing.T) {
		s := open(t)
		in := sizing.Outcome{Configuration: "cfg_1", Item: "rec_1", Output: sizing.Output{Text: "退款 \"x\"\n", Label: "退款", Unknown: true, Refused: true,
			Citations: []string{"a.md#1"}, Quotes: []string{"q"}, Usage: sizing.Usage{Input: 3, Cached: 1, Output: 2, Reasoning: 1, Estimated: true},
			Cost: 123456789012, Currency: "CNY", PriceRow: "row", Latency: 1500 * time.Microsecond, Failure: "filtered"}}
		ok(t, s.PutOutcomes(ctx, in))
		if d := cmp.Diff([]sizing.Outcome{in}, outcomes(t, s, "cfg_1")); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})

	t.Run("the first outcome of a pair stays, within a call and over calls", func(t *testing.T) {
		s := open(t)
		put := func(texts ...string) {
			var in []sizing.Outcome
			for _, text := range texts {
				in = append(in, sizing.Outcome{Configuration: "cfg_1", Item: "rec_1", Output: sizing.Output{Text: text}})
			}
			ok(t, s.PutOutcomes(ctx, in...))
		}
		put("first", "second")
		put("third")
		put()
		if got := outcomes(t, s, "cfg_1"); len(got) != 1 || got[0].Output.Text != "first" {
			t.Errorf("got %v, want the first only", got)
		}
	})

	t.Run("outcomes come by item, of one configuration only, by the thousand", func(t *testing.T) {
		s := open(t)
		var in []sizing.Outcome
		for i := range 1203 {
			in = append(in, sizing.Outcome{Configuration: "cfg_1", Item: fmt.Sprintf("rec_%04d", 1202-i)})
		}
		ok(t, s.PutOutcomes(ctx, in...))
		ok(t, s.PutOutcomes(ctx, sizing.Outcome{Configuration: "cfg_2", Item: "rec_0001"}))
		got := outcomes(t, s, "cfg_1")
		if len(got) != len(in) {
			t.Fatalf("%d outcomes, want %d", len(got), len(in))
		}
		for i, o := range got {
			if want := fmt.Sprintf("rec_%04d", i); o.Item != want || o.Configuration != "cfg_1" {
				t.Fatalf("outcome %d is of %s %s, want %s", i, o.Configuration, o.Item, want)
			}
		}
	})

	t.Run("goroutines may keep the same outcomes at once", func(t *testing.T) {
		s := open(t)
		all(t, together(8, func(i int) error {
			for k := range 20 {
				err := s.PutOutcomes(ctx, sizing.Outcome{Configuration: "cfg_1", Item: fmt.Sprint(k), Output: sizing.Output{Text: fmt.Sprint(i)}})
				if err != nil {
					return err
				}
			}
			return nil
		}))
		if got := outcomes(t, s, "cfg_1"); len(got) != 20 {
			t.Errorf("%d outcomes, want 20", len(got))
		}
	})

	t.Run("an error of the reader ends the reading", func(t *testing.T) {
		s := open(t)
		ok(t, s.PutOutcomes(ctx, sizing.Outcome{Configuration: "c", Item: "1"}, sizing.Outcome{Configuration: "c", Item: "2"}))
		n := 0
		err := s.EachOutcome(ctx, "c", func(sizing.Outcome) error { n++; return errs.Conflict("enough") })
		code(t, err, errs.CodeConflict)
		if n != 1 {
			t.Errorf("called %d times, want 1", n)
		}
	})

	t.Run("studies are replaced by id and listed oldest first", func(t *testing.T) {
		s := open(t)
		first := sizing.StudyRecord{ID: "std_z", Scenario: "intent", Number: 1, Items: "set_1", Order: []string{"cfg_b", "cfg_a"}}
		second := sizing.StudyRecord{ID: "std_a", Scenario: "intent", Number: 2, Items: "set_2", Order: []string{"cfg_a"}}
		ok(t, s.PutStudy(ctx, second))
		ok(t, s.PutStudy(ctx, first))
		ok(t, s.PutStudy(ctx, sizing.StudyRecord{ID: "std_o", Scenario: "other", Number: 1}))
		first.Shares = map[string]float64{"cfg_b": .01}
		ok(t, s.PutStudy(ctx, first))
		got, err := s.Studies(ctx, "intent")
		ok(t, err)
		if d := cmp.Diff([]sizing.StudyRecord{first, second}, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		one, err := s.Study(ctx, "std_z")
		ok(t, err)
		if d := cmp.Diff(first, one); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})

	t.Run("decisions are kept once, oldest first", func(t *testing.T) {
		s := open(t)
		q := .5
		one := sizing.Decision{ID: "dec_z", Result: sizing.Result{Scenario: "intent", Seed: 1 << 63, Arms: []sizing.ArmResult{{ID: "cfg_1", Quality: &q, Interval: &[2]float64{.1, 1.0 / 3}}}}, Outcomes: "set_1"}
		two := sizing.Decision{ID: "dec_a", Result: sizing.Result{Scenario: "intent"}}
		ok(t, s.PutDecision(ctx, one))
		ok(t, s.PutDecision(ctx, two))
		ok(t, s.PutDecision(ctx, one))
		got, err := s.Decisions(ctx, "intent")
		ok(t, err)
		if d := cmp.Diff([]sizing.Decision{one, two}, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		back, err := s.Decision(ctx, "dec_z")
		ok(t, err)
		if d := cmp.Diff(one, back); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}
