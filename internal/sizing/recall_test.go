package sizing_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/score"
)

// withFraud makes every third item one of fraud, which careless does not find.
func withFraud(cfg *sizing.StudyConfig, w *world) {
	labels := []string{"yes", "no", "fraud"}
	cfg.Scorer = score.ExactLabel{Labels: labels}
	for i := range cfg.Items {
		if i%3 == 0 {
			cfg.Items[i].Label = "fraud"
			cfg.Items[i].ID = sizing.ItemID(cfg.Items[i])
		}
	}
	cfg.Recall = map[string]float64{"fraud": .9}
	cfg.Runner = sizing.RunnerFunc(func(ctx context.Context, c sizing.Configuration, it sizing.Item) (sizing.Output, error) {
		out, err := w.Run(ctx, c, it)
		if c.Name == "careless" && it.Label == "fraud" && chance("f"+it.ID) < .4 {
			out.Label = "no"
		}
		return out, err
	})
}

func TestRecallOfALabel(t *testing.T) {
	for _, metric := range []string{"accuracy", "macro_f1"} {
		t.Run(metric, func(t *testing.T) {
			ctx, store := context.Background(), new(sizing.Memory)
			w := &world{right: map[string]float64{"careless": .99, "careful": .99}}
			cfg := config(w, store, 1500, chat("careless", 1_000_000), chat("careful", 3_000_000))
			cfg.Bar, cfg.Slack = .75, .05
			withFraud(&cfg, w)
			if metric == "macro_f1" {
				cfg.Scorer = score.MacroF1{Labels: []string{"yes", "fraud"}}
			}
			r, err := sizing.Study(ctx, cfg)
			if err != nil {
				t.Fatal(err)
			}
			careless, careful := r.Arms[0], r.Arms[1]
			if careless.Status != "refuted" || careful.Status != "certified" || r.Choice != careful.ID {
				t.Fatalf("careless is %s after %d, careful %s after %d", careless.Status, careless.Items, careful.Status, careful.Items)
			}
			if x := careful.Recall; len(x) != 1 || x[0].Label != "fraud" || x[0].Items == 0 || x[0].Found < .95 || x[0].Interval[0] > x[0].Found || x[0].Floor != .85 {
				t.Errorf("%+v", x)
			}
			for _, want := range []string{"each label by a test of its own", fmt.Sprintf("of %d", careful.Recall[0].Items), "bar .9, floor .85"} {
				if !strings.Contains(r.Certificate.En, want) {
					t.Errorf("the certificate lacks %q: %s", want, r.Certificate.En)
				}
			}
			d, err := sizing.Decide(ctx, r, cfg.Items, store)
			if err != nil {
				t.Fatal(err)
			}
			if v, err := sizing.Verify(ctx, d, cfg.Items, cfg.Scorer, store); err != nil || !v.OK {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
}

func TestRecallOfNothing(t *testing.T) {
	w := &world{right: map[string]float64{"a": 1}}
	cfg := config(w, nil, 30, chat("a", 1))
	cfg.Recall = map[string]float64{"frad": .9}
	if _, err := sizing.Study(context.Background(), cfg); !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), `no item of the eval set has the label "frad"`) {
		t.Errorf("%v", err)
	}
	cfg.Recall = map[string]float64{"yes": .9}
	cfg.Items[0].Cluster = "c"
	if _, err := sizing.Study(context.Background(), cfg); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("%v", err)
	}
}
