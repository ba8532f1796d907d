package knowledge_test

import (
	"slices"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
)

// TestRefusal asks each base its own questions and those of the others: the
// evidence must tell them apart (area under the ROC curve), and the threshold
// that the base calibrated from itself must lie between them.
func TestRefusal(t *testing.T) {
	const most = 120
	asked := map[string][]knowledge.Question{}
	for _, set := range retrievalSets {
		qs := questionsOf(t, set.name)
		for i := 0; i < len(qs); i += max(1, len(qs)/most) {
			asked[set.name] = append(asked[set.name], qs[i])
		}
	}
	for _, set := range retrievalSets {
		t.Run(set.name, func(t *testing.T) {
			if set.long && testing.Short() {
				t.Skip("skipped: 20 MB of laws are left out of short runs")
			}
			store := &knowledgetest.Memory{}
			if _, err := knowledge.Build(ctx, knowledge.Config{Base: "b", Store: store, Now: time.Now}, each(set.docs(t))); err != nil {
				t.Fatal(err)
			}
			b := opened(t, store)
			evidence := map[string][]float64{}
			threshold := 0.
			for name, qs := range asked {
				for _, q := range qs {
					a, err := b.Ask(ctx, knowledge.Query{Text: q.Query, K: 1, As: owner})
					if err != nil {
						t.Fatal(err)
					}
					evidence[name] = append(evidence[name], a.Evidence)
					threshold = a.Threshold
				}
			}
			t.Logf("threshold %.3f: answers %.2f of its own questions", threshold, share(evidence[set.name], threshold))
			for _, other := range retrievalSets {
				if other.name == set.name {
					continue
				}
				area := auroc(evidence[set.name], evidence[other.name])
				t.Logf("against %-12s AUROC %.3f, answers %.2f", other.name, area, share(evidence[other.name], threshold))
				if area < leastAUROC {
					t.Errorf("AUROC %.3f against %s", area, other.name)
				}
			}
		})
	}
}

const leastAUROC = .90

func share(evidence []float64, threshold float64) float64 {
	n := 0
	for _, e := range evidence {
		if e >= threshold {
			n++
		}
	}
	return float64(n) / float64(len(evidence))
}

// auroc is the chance that a right value is above a wrong one, ties counting
// half (Mann and Whitney 1947).
func auroc(right, wrong []float64) float64 {
	slices.Sort(wrong)
	sum := 0.
	for _, r := range right {
		below, _ := slices.BinarySearch(wrong, r)
		upTo := below
		for upTo < len(wrong) && wrong[upTo] == r {
			upTo++
		}
		sum += float64(below) + float64(upTo-below)/2
	}
	return sum / float64(len(right)*len(wrong))
}
