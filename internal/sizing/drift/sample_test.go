package drift_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/drift"
)

var day = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// drawn are n labelled samples whose mean is that of their position.
func drawn(n int, mean func(i int) float64) []drift.Sample {
	r := rand.New(rand.NewPCG(3, 4))
	out := make([]drift.Sample, n)
	for i := range out {
		out[i] = drift.Sample{ID: fmt.Sprintf("req_%05d", i), Time: day.Add(time.Duration(i) * time.Minute), Done: true, Score: coin(r, mean(i))}
	}
	return out
}

func TestFollowRaisesTheAlarmAfterAFall(t *testing.T) {
	cfg := drift.Config{Floor: .83}
	samples := drawn(1200, func(i int) float64 {
		if i >= 800 {
			return .6
		}
		return .9
	})
	w, err := drift.Follow(cfg, samples)
	if err != nil {
		t.Fatal(err)
	}
	if w.Alarm == nil || w.Alarm.After < 800 || w.Alarm.After > 900 || !w.Alarm.Time.Equal(samples[w.Alarm.After-1].Time) {
		t.Errorf("%+v", w.Alarm)
	}
	if w.Drawn != 1200 || w.Labels != 1200 || w.Shown != 1200 || w.Evidence < w.Needed {
		t.Errorf("%+v", w)
	}
	well, err := drift.Follow(cfg, samples[:800])
	if err != nil || well.Alarm != nil || well.Mean < .87 {
		t.Errorf("%+v, %v", well, err)
	}

	t.Run("in the order of time, whatever order they come in", func(t *testing.T) {
		mixed := append([]drift.Sample(nil), samples...)
		rand.New(rand.NewPCG(1, 1)).Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		again, err := drift.Follow(cfg, mixed)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(w, again); d != "" {
			t.Error(d)
		}
	})
	t.Run("up to the first without a label", func(t *testing.T) {
		open := append([]drift.Sample(nil), samples...)
		open[100].Done = false
		got, err := drift.Follow(cfg, open)
		if err != nil || got.Shown != 100 || got.Labels != 1199 || got.Alarm != nil {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// What is passed over moves the evidence as the floor does, and no mean.
func TestPassedOverIsNoEvidence(t *testing.T) {
	samples := drawn(300, func(int) float64 { return .85 })
	for i := range samples {
		if i%3 == 0 {
			samples[i].Passed, samples[i].Score = true, 0
		}
	}
	w, err := drift.Follow(drift.Config{Floor: .83}, samples)
	if err != nil || w.Alarm != nil || w.Counted != 200 || w.Shown != 300 {
		t.Errorf("%+v, %v", w, err)
	}
}

func TestFollowNeedsAFloor(t *testing.T) {
	if _, err := drift.Follow(drift.Config{}, nil); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("%v", err)
	}
	if _, err := drift.Follow(drift.Config{Floor: .8}, []drift.Sample{{Done: true, Score: 2}}); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("%v", err)
	}
}
