package small

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/luodi/luodi/internal/errs"
)

// tickets are a few lines of three topics, repeated with other words between.
func tickets() []Example {
	lines := map[string][]string{
		"card":     {"my card is lost", "the card was stolen", "block the lost card", "a new card please", "card did not arrive"},
		"refund":   {"refund my purchase", "i want a refund", "please refund the money back", "when comes my refund", "refund was declined"},
		"transfer": {"transfer money abroad", "my transfer is pending", "cancel the transfer", "a transfer to a friend", "transfer fee too high"},
	}
	var out []Example
	for _, label := range []string{"card", "refund", "transfer"} {
		for _, l := range lines[label] {
			for _, more := range []string{"", " today", " again", " please help", " thanks"} {
				out = append(out, Example{l + more, label})
			}
		}
	}
	return out
}

func trainTickets() *Model {
	m, err := Train(context.Background(), tickets(), Config{Seed: 1})
	if err != nil {
		panic(err)
	}
	return m
}

func TestTrainErrors(t *testing.T) {
	two := []Example{{"a b", "x"}, {"a c", "x"}, {"d e", "y"}, {"d f", "y"}}
	tests := []struct {
		name     string
		examples []Example
		config   Config
		says     string
	}{
		{"no examples", nil, Config{}, "no examples"},
		{"an empty text", append(two, Example{" \n", "x"}), Config{}, "example 5"},
		{"an empty label", append(two, Example{"a", ""}), Config{}, "example 5"},
		{"one label only", two[:2], Config{}, `all 2 examples have the label "x"`},
		{"one example of a label", append(two, Example{"a", "z"}), Config{}, `"z"`},
		{"tau above 1", two, Config{Tau: 2}, "between 0 and 1"},
		{"tau and live", two, Config{Tau: 1, Live: map[string]float64{"x": 1, "y": 1}}, "give one"},
		{"live without a label", two, Config{Live: map[string]float64{"x": 1}}, `"y"`},
		{"live with a strange label", two, Config{Live: map[string]float64{"x": 1, "y": 1, "q": 1}}, `"q"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Train(context.Background(), tt.examples, tt.config)
			if !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want one that says %s", err, tt.says)
			}
		})
	}
}

func TestSmallestTask(t *testing.T) {
	m, err := Train(context.Background(), []Example{{"yes yes", "y"}, {"yes no", "y"}, {"no no", "n"}, {"no yes no", "n"}}, Config{})
	if err != nil {
		t.Fatal(err)
	}
	if p := m.Predict("yes yes"); p.Label != "y" || p.Answered {
		t.Errorf("Predict = %+v, want y, not answered without calibration", p)
	}
}

func TestSameBytesForAnyNumberOfWorkers(t *testing.T) {
	var files [][]byte
	for _, workers := range []int{1, 2, 7} {
		m, err := Train(context.Background(), tickets(), Config{Seed: 3, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, fileOf(t, m))
	}
	if !bytes.Equal(files[0], files[1]) || !bytes.Equal(files[0], files[2]) {
		t.Error("the number of workers changes the model")
	}
}

func TestTrainStopsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Train(ctx, tickets(), Config{}); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("error %v, want the context's", err)
	}
}

func TestUnreadableTextIsNeverAnswered(t *testing.T) {
	m := trainTickets()
	m = m.With(Calibration{Answers: true, Threshold: 0})
	for _, text := range []string{"", "  ", "完全不同的语言", "ΩΩΩ"} {
		if p := m.Predict(text); p.Answered || !p.Unknown || p.Margin != nothing {
			t.Errorf("%q: %+v, want it unknown and not answered", text, p)
		}
	}
	if p := m.Predict("refund"); !p.Answered {
		t.Errorf("a known word: %+v, want it answered at threshold 0", p)
	}
}

func TestProbabilitiesSumToOne(t *testing.T) {
	m := trainTickets()
	p := m.Predict("the card is lost")
	var sum float64
	for i, q := range m.Probabilities("the card is lost") {
		sum += q
		if m.Labels()[i] == p.Label && q != p.Probability {
			t.Errorf("probability of %s is %g and %g", p.Label, q, p.Probability)
		}
	}
	if sum < 0.999999 || sum > 1.000001 {
		t.Errorf("probabilities sum to %g", sum)
	}
}

func TestManyGoroutinesShareAModel(t *testing.T) {
	m := trainTickets()
	want := m.Predict("my card is lost")
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for range 200 {
				m.Predict(fmt.Sprintf("transfer number %d", g))
				if got := m.Predict("my card is lost"); got != want {
					t.Errorf("got %+v, want %+v", got, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestCopiesShareAFold(t *testing.T) {
	examples := tickets()
	for i := range 30 {
		examples = append(examples, Example{strings.ToUpper(examples[i].Text) + " ", examples[i].Label})
	}
	_, y, err := checked(examples)
	if err != nil {
		t.Fatal(err)
	}
	of := foldsOf(examples, y, 3, 5)
	for i := range 30 {
		if of[i] != of[len(examples)-30+i] {
			t.Errorf("%q and its copy are in folds %d and %d", examples[i].Text, of[i], of[len(examples)-30+i])
		}
	}
	var size [folds]int
	for _, f := range of {
		size[f]++
	}
	for f, n := range size {
		if n < len(of)/folds/2 {
			t.Errorf("fold %d has %d of %d examples", f, n, len(of))
		}
	}
}

// Classes that are rare in training and common in traffic are found again by
// the logit adjustment, without other weights.
func TestTauHelpsRareClasses(t *testing.T) {
	var few []Example
	for i, e := range tickets() {
		if e.Label != "refund" || i%5 == 0 {
			few = append(few, e)
		}
	}
	at := func(c Config) float64 {
		m, err := Train(context.Background(), few, c)
		if err != nil {
			t.Fatal(err)
		}
		ps := m.Probabilities("please help with my money back")
		return ps[1] // refund
	}
	plain, adjusted := at(Config{}), at(Config{Tau: 1})
	same := at(Config{Live: map[string]float64{"card": 1, "refund": 1, "transfer": 1}})
	if adjusted <= plain {
		t.Errorf("probability of the rare label: %.3f with tau 1, %.3f without", adjusted, plain)
	}
	if d := adjusted - same; d > 1e-3 || d < -1e-3 {
		t.Errorf("tau 1 gives %.4f, uniform live frequencies %.4f; they mean the same", adjusted, same)
	}
}
