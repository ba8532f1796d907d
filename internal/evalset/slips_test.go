package evalset_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/evalset"
)

func TestSlips(t *testing.T) {
	for _, tt := range []struct {
		name   string
		counts map[string]int
		want   []evalset.Slip
	}{
		{"left out, added, changed, exchanged", map[string]int{"refund": 200, "refnd": 1, "reffund": 2, "rofund": 3, "erfund": 4},
			[]evalset.Slip{{"erfund", 4, "refund"}, {"reffund", 2, "refund"}, {"refnd", 1, "refund"}, {"rofund", 3, "refund"}}},
		{"case and spaces, however common", map[string]int{"card lost": 90, "Card Lost": 80, "card_lost": 1},
			[]evalset.Slip{{"Card Lost", 80, "card lost"}, {"card_lost", 1, "card lost"}}},
		{"Chinese", map[string]int{"信用卡还款": 300, "信用卡还欵": 1, "开户": 300, "销户": 1},
			[]evalset.Slip{{"信用卡还欵", 1, "信用卡还款"}}},
		{"two edits", map[string]int{"refund": 200, "rfnd": 1}, nil},
		{"a class of its own: common enough", map[string]int{"transfer in": 200, "transfer on": 11}, nil},
		{"digits", map[string]int{"level 1": 200, "level 2": 1}, nil},
		{"the more common of two", map[string]int{"loans": 200, "loan": 3, "loany": 400}, []evalset.Slip{{"loan", 3, "loany"}}},
		{"punctuation only", map[string]int{"?": 100, "!": 1}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, evalset.Slips(tt.counts)); d != "" {
				t.Error(d)
			}
		})
	}
}

func BenchmarkSlips(b *testing.B) { // of 10,000 labels, half of them rare
	counts := map[string]int{}
	for i := range 5000 {
		counts[fmt.Sprintf("label of kind %c%c%c", 'a'+i%26, 'a'+i/26%26, 'a'+i/676)] = 100
		counts[fmt.Sprintf("another of kind %c%c%c", 'a'+i%26, 'a'+i/26%26, 'a'+i/676)] = 1
	}
	for b.Loop() {
		evalset.Slips(counts)
	}
}
