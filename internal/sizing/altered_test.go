package sizing_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/sizing"
)

// fixed answers by the input alone, right ("yes") for a share of the items.
type fixed struct{ share float64 }

func (f fixed) Run(_ context.Context, c sizing.Configuration, it sizing.Item) (sizing.Output, error) {
	return sizing.Output{Label: f.label(c, it)}, nil
}

func (f fixed) label(c sizing.Configuration, it sizing.Item) string {
	if chance(c.Name+it.Input) < f.share {
		return "yes"
	}
	return "no"
}

// Whoever reads a report could correct the labels of the items that a candidate
// missed, or take those items out. A certificate is then tested on items that
// nobody had seen, and without enough of them there is none.
func TestAlteredItemsCertifyNothing(t *testing.T) {
	arm := chat("a", 1_000_000)
	model := fixed{.84}
	missed := func(it sizing.Item) bool { return model.label(arm.Config, it) == "no" }
	corrected := func(it sizing.Item) []sizing.Item {
		it.Label = "no"
		it.ID = sizing.ItemID(it)
		return []sizing.Item{it}
	}
	removed := func(sizing.Item) []sizing.Item { return nil }
	for name, alter := range map[string]func(sizing.Item) []sizing.Item{"corrected": corrected, "removed": removed} {
		t.Run(name, func(t *testing.T) {
			cfg := config(&world{}, new(sizing.Memory), 800, arm)
			cfg.Runner, cfg.Grows = model, true
			r := study(t, cfg)
			if r.Status == sizing.StatusCertified || r.Arms[0].Items < 300 {
				t.Fatalf("%s on %d items", r.Status, r.Arms[0].Items)
			}
			seen := map[string]bool{}
			if err := cfg.Store.EachOutcome(t.Context(), arm.Config.ID(), func(o sizing.Outcome) error { seen[o.Item] = true; return nil }); err != nil {
				t.Fatal(err)
			}
			var now []sizing.Item
			for _, it := range cfg.Items {
				if seen[it.ID] && missed(it) {
					now = append(now, alter(it)...)
				} else {
					now = append(now, it)
				}
			}
			cfg.Items = now
			r = study(t, cfg)
			if r.Status == sizing.StatusCertified {
				t.Errorf("items were %s where the candidate was wrong, and it is certified on %d of them: %s", name, r.Items, r.Certificate.En)
			}
			if want := fmt.Sprintf("only the %d items that no run had used by then count", 800-len(seen)); !strings.Contains(r.Certificate.En, want) {
				t.Errorf("lacks %q: %s", want, r.Certificate.En)
			}
			verified(t, decide(t, r, cfg), cfg)

			// Another bar does not bring the altered items back.
			cfg.Bar = .84
			if r = study(t, cfg); r.Status == sizing.StatusCertified {
				t.Errorf("another bar, and it is certified: %s", r.Certificate.En)
			}

			// Fresh items decide it, alone.
			cfg.Runner, cfg.Bar = fixed{.95}, .85
			cfg.Items = append(cfg.Items, items(2000)[800:]...)
			if r = study(t, cfg); r.Status != sizing.StatusCertified || r.Arms[0].Items > 1460 {
				t.Errorf("with 1,460 fresh items it is %s on %d", r.Status, r.Arms[0].Items)
			}
			verified(t, decide(t, r, cfg), cfg)
			if again := study(t, cfg); again.NewCalls != 0 || again.Study != r.Study {
				t.Errorf("%d calls in study %s, was %s", again.NewCalls, again.Study, r.Study)
			}
		})
	}
}
