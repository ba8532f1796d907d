package clean

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/source"
)

// TestAlikeIsClusters: what lies on the disk gives the clusters that all texts
// in memory give, however little memory there is.
func TestAlikeIsClusters(t *testing.T) {
	words := strings.Fields("银行卡 丢失 补办 利率 card lost rate loan Loan 请问 多少 today １００ 100 - 。 \u3000 了")
	rapid.Check(t, func(t *rapid.T) {
		var texts []string
		base := rapid.SliceOfN(rapid.SampledFrom(words), 5, 40).Draw(t, "base")
		for range rapid.IntRange(1, 120).Draw(t, "texts") {
			w := append([]string{}, base...)
			for range rapid.IntRange(0, 8).Draw(t, "changes") {
				w[rapid.IntRange(0, len(w)-1).Draw(t, "at")] = rapid.SampledFrom(words).Draw(t, "word")
			}
			texts = append(texts, strings.Join(w[:rapid.IntRange(0, len(w)).Draw(t, "length")], " "))
		}
		size := map[int]int{}
		for _, c := range Clusters(texts, NearThreshold) {
			size[c]++
		}
		want := Near{Measured: true}
		for _, n := range size {
			if n > 1 {
				want.Clusters++
				want.Records += n
			}
		}
		a := alike{}
		a.folds.Keys, a.bands.Memory = rapid.IntRange(1, 50).Draw(t, "keys"), rapid.IntRange(1, 5000).Draw(t, "bytes")
		for _, s := range texts {
			if err := a.add(sketchOf(s)); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := a.done(); err != nil || got != want {
			t.Fatalf("%+v, %v; want %+v", got, err, want)
		}
	})
}

// TestRepeatsNeedNoMemory: the first record that says something is found
// whether it is remembered in memory or on the disk.
func TestRepeatsNeedNoMemory(t *testing.T) {
	decide := func(keys int) (out []string, rep Report) {
		g := newGatherer(newReport("s", "p", "d", nil), nil)
		defer g.close()
		g.first.Keys, g.texts.Keys, g.near.folds.Keys = keys, keys, keys
		for i := range 3000 {
			text := strings.Repeat("x", i*i%97+1)
			c := Cleaned{
				Class: source.ClassDocument, Title: "t", Text: text, Label: []string{"", "a", "b"}[i%7%3], Lang: LangEnglish,
				RecordID: lineage.NewID(lineage.Record, text, string(rune(i))),
			}
			if err := g.add(source.Record{}, &c, sketchOf(text)); err != nil {
				t.Fatal(err)
			}
			out = append(out, c.DuplicateOf)
		}
		rep, err := g.done()
		if err != nil {
			t.Fatal(err)
		}
		return out, rep
	}
	large, repLarge := decide(1 << 20)
	small, repSmall := decide(3)
	for i := range large {
		if large[i] != small[i] {
			t.Fatalf("record %d is a duplicate of %s, and of %s with little memory", i, large[i], small[i])
		}
	}
	if repLarge.ExactDuplicates < 2000 || repLarge.ExactDuplicates != repSmall.ExactDuplicates || repLarge.LabelConflicts == 0 ||
		repLarge.LabelConflicts != repSmall.LabelConflicts || repLarge.Lengths != repSmall.Lengths || repLarge.NearDuplicates != repSmall.NearDuplicates {
		t.Errorf("%+v\n%+v", repLarge, repSmall)
	}
}

func TestTooManyTextsAreNotMeasured(t *testing.T) {
	a := alike{over: true}
	if err := a.add(sketchOf("a text")); err != nil {
		t.Fatal(err)
	}
	if got, err := a.done(); err != nil || got != (Near{}) {
		t.Errorf("%+v, %v", got, err)
	}
}
