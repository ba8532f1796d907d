package drift_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing/drift"
)

func detector(t testing.TB, c drift.Config) *drift.Detector {
	d, err := drift.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func coin(r *rand.Rand, p float64) float64 {
	if r.Float64() < p {
		return 1
	}
	return 0
}

// alarms is the share of runs that raise one within n samples of a mean.
func alarms(t testing.TB, rate, mean float64, runs, n int) float64 {
	raised := 0
	for run := range runs {
		r := rand.New(rand.NewPCG(5, uint64(run)))
		d := detector(t, drift.Config{Floor: .8, Rate: rate})
		for range n {
			if alarm, err := d.Add(coin(r, mean)); err != nil {
				t.Fatal(err)
			} else if alarm {
				raised++
				break
			}
		}
	}
	return float64(raised) / float64(runs)
}

// At the floor, an alarm within n = .05/rate samples has probability at most
// 5 %.
func TestFalseAlarmsAtTheFloor(t *testing.T) {
	const runs = 10_000
	lower := func(p float64) float64 { return p - 3.09*math.Sqrt(p*(1-p)/runs) }
	p := alarms(t, .001, .8, runs, 50)
	t.Logf("%.2f %%", 100*p)
	if lower(p) > .05 {
		t.Errorf("%.2f %% false alarms in 50 samples at a rate of .001", 100*p)
	}
	if p := alarms(t, .05, .8, runs, 50); lower(p) <= .05 {
		t.Errorf("a threshold loosened fiftyfold raises %.2f %% only", 100*p)
	}
}

// The mean number of samples until a false alarm is at least 1/rate.
func TestRunLengthAtTheFloor(t *testing.T) {
	const runs, rate, most = 400, .002, 20_000
	sum, squares := 0.0, 0.0
	for run := range runs {
		r := rand.New(rand.NewPCG(8, uint64(run)))
		d := detector(t, drift.Config{Floor: .8, Rate: rate})
		n := 0
		for alarm := false; !alarm && n < most; n++ {
			alarm, _ = d.Add(coin(r, .8))
		}
		sum += float64(n)
		squares += float64(n) * float64(n)
	}
	mean := sum / runs
	sd := math.Sqrt((squares/runs - mean*mean) / runs)
	t.Logf("%.0f ± %.0f samples", mean, sd)
	if mean+3.09*sd < 1/rate {
		t.Errorf("a false alarm every %.0f ± %.0f samples, want at least %v", mean, sd, 1/rate)
	}
}

// The defining property: for a mean at or above the floor, what the evidence
// grows by on average is at most the one e-process that starts.
func TestEvidenceGrowsByOneAtMost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		floor := rapid.Float64Range(.02, .98).Draw(t, "floor")
		past := rapid.SliceOfN(rapid.Float64Range(0, 1), 0, 40).Draw(t, "past")
		mean := rapid.Float64Range(floor, 1).Draw(t, "mean")
		after := func(x ...float64) float64 {
			d, err := drift.New(drift.Config{Floor: floor})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range append(append([]float64(nil), past...), x...) {
				if _, err := d.Add(p); err != nil {
					t.Fatal(err)
				}
			}
			return d.Evidence()
		}
		before, worst, best := after(), after(0), after(1)
		if best < 0 {
			t.Fatalf("evidence %v", best)
		}
		if grown := (1-mean)*worst + mean*best; grown > (before+1)*(1+1e-9) {
			t.Fatalf("evidence %v becomes %v on average", before, grown)
		}
	})
}

// A fall of ten points is found, also after a long good time.
func TestFallsAreFound(t *testing.T) {
	for _, good := range []int{0, 3000} {
		sum := 0
		for run := range 50 {
			r := rand.New(rand.NewPCG(2, uint64(run)))
			d := detector(t, drift.Config{Floor: .8})
			for range good {
				if alarm, _ := d.Add(coin(r, .9)); alarm {
					t.Fatal("an alarm while all is well")
				}
			}
			for alarm := false; !alarm && sum < 1e6; sum++ {
				alarm, _ = d.Add(coin(r, .7))
			}
		}
		if mean := sum / 50; mean > 350 {
			t.Errorf("after %d good samples a fall from .9 to .7 takes %d to find", good, mean)
		}
	}
}

func TestStateIsKept(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	a := detector(t, drift.Config{Floor: .8})
	b := detector(t, drift.Config{Floor: .8})
	for range 60 {
		x := coin(r, .6)
		_, _ = a.Add(x)
		_, _ = b.Add(x)
		kept, err := json.Marshal(b.State())
		if err != nil {
			t.Fatal(err)
		}
		var s drift.State
		if err := json.Unmarshal(kept, &s); err != nil {
			t.Fatal(err)
		}
		if b, err = drift.Restore(drift.Config{Floor: .8}, s); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(a.State(), b.State()); d != "" {
		t.Error(d)
	}
}

func TestBadInput(t *testing.T) {
	for name, err := range map[string]error{
		"a floor of 1":     second(drift.New(drift.Config{Floor: 1})),
		"a rate of 2":      second(drift.New(drift.Config{Floor: .8, Rate: 2})),
		"a state of other": second(drift.Restore(drift.Config{Floor: .8}, drift.State{Evidence: []float64{1}})),
		"a score of 2":     second(detector(t, drift.Config{Floor: .8}).Add(2)),
		"no score":         second(detector(t, drift.Config{Floor: .8}).Add(math.NaN())),
	} {
		if !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func ExampleDetector() {
	d, err := drift.New(drift.Config{Floor: .83, Rate: .0001})
	if err != nil {
		panic(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for n := 1; ; n++ {
		mean := .9
		if n > 500 { // the vendor has changed something
			mean = .6
		}
		if alarm, _ := d.Add(coin(r, mean)); alarm {
			fmt.Println("alarm within 100 samples of the change:", n > 500 && n < 600)
			return
		}
	}
	// Output: alarm within 100 samples of the change: true
}

func BenchmarkAdd(b *testing.B) {
	d := detector(b, drift.Config{Floor: .8})
	for i := range b.N {
		_, _ = d.Add(float64(i & 1))
	}
}
