package evalset_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/evalset"
)

// question is a text that is near no other one of another number.
func question(n int) string {
	words := []string{"lost", "card", "transfer", "limit", "rate", "loan", "fee", "abroad", "password", "statement", "deposit", "early"}
	s := ""
	for i := range 8 {
		s += words[(n*(i*i+3)+n>>i)%len(words)] + fmt.Sprint(n*7919%977*(i+1)) + " "
	}
	return s
}

func rows(n int) []evalset.Row {
	var out []evalset.Row
	for i := range n {
		out = append(out, evalset.Row{Record: fmt.Sprintf("rec_%04d", i), Text: question(i), Label: fmt.Sprint(i % 3)})
	}
	return out
}

func TestSplit(t *testing.T) {
	in := rows(400)
	in = append(in,
		evalset.Row{Record: "rec_dup", Text: question(7) + "!", Label: "1"}, // near-duplicate of row 7
		evalset.Row{Record: "rec_nolabel", Text: "no label"},
	)
	s, err := evalset.Split(in, evalset.Config{Test: .3, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if s.Unlabelled != 1 {
		t.Errorf("%d unlabelled rows, want 1", s.Unlabelled)
	}
	if n := len(s.Test); n < 80 || n > 160 {
		t.Errorf("%d of 400 rows in the eval set, want about 120", n)
	}
	if got := len(s.Test) + len(s.Train) + len(s.Kept) + s.Collapsed + s.Unlabelled; got != len(in) {
		t.Errorf("%d rows accounted for, want all %d", got, len(in))
	}
	var where []string
	for _, set := range [][]evalset.Row{s.Test, s.Train} {
		if slices.ContainsFunc(set, func(r evalset.Row) bool { return r.Record == "rec_0007" }) {
			where = append(where, "a")
		}
		if slices.ContainsFunc(set, func(r evalset.Row) bool { return r.Record == "rec_dup" }) {
			where = append(where, "b")
		}
	}
	if slices.Contains(where, "a") && slices.Contains(where, "b") && len(s.Test) > 0 {
		inTest := slices.ContainsFunc(s.Test, func(r evalset.Row) bool { return r.Record == "rec_0007" || r.Record == "rec_dup" })
		if inTest {
			t.Error("two near-duplicates stand on both sides, or both in the eval set")
		}
	}
}

func TestSplitIsStable(t *testing.T) {
	side := func(s evalset.Set) map[string]bool {
		m := map[string]bool{}
		for _, r := range s.Test {
			m[r.Record] = true
		}
		return m
	}
	before, _ := evalset.Split(rows(300), evalset.Config{Test: .3, Seed: 1})
	after, _ := evalset.Split(rows(301), evalset.Config{Test: .3, Seed: 1})
	a, b := side(before), side(after)
	for _, r := range rows(300) {
		if a[r.Record] != b[r.Record] {
			t.Fatalf("adding one row moved %s across the split", r.Record)
		}
	}
}

func TestGroupsStayTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rows(rapid.IntRange(2, 80).Draw(t, "n"))
		for i := range in {
			in[i].Group = fmt.Sprintf("customer %d", rapid.IntRange(0, 9).Draw(t, "customer"))
			in[i].Time = fmt.Sprintf("2026-01-%02d", rapid.IntRange(1, 28).Draw(t, "day"))
		}
		s, err := evalset.Split(in, evalset.Config{Test: .4, Seed: rapid.Uint64().Draw(t, "seed"), ByTime: rapid.Bool().Draw(t, "by time")})
		if err != nil {
			t.Fatal(err)
		}
		test := map[string]bool{}
		for _, r := range s.Test {
			test[r.Group] = true
		}
		for _, r := range s.Train {
			if test[r.Group] {
				t.Fatalf("%s stands on both sides", r.Group)
			}
		}
	})
}

func TestGiven(t *testing.T) {
	test := rows(20)
	train := rows(40)[20:]
	train = append(train, evalset.Row{Record: "rec_leak", Text: question(3), Label: "0"})
	s := evalset.Given(train, test, evalset.Config{})
	if len(s.Test) != 20 || len(s.Train) != 20 {
		t.Errorf("%d test, %d train rows; want 20 and 20", len(s.Test), len(s.Train))
	}
	if !slices.Equal(s.Kept, []string{"rec_leak"}) {
		t.Errorf("kept out of training: %v, want rec_leak", s.Kept)
	}
}

func TestFacts(t *testing.T) {
	row := func(id string, amount int) evalset.Row {
		return evalset.Row{Record: id, Text: fmt.Sprintf("purpose: car\nhousing: own\nemployment: permanent\namount: %d", amount), Label: "good"}
	}
	test := []evalset.Row{row("rec_1", 1000), row("rec_2", 1001)}
	train := []evalset.Row{row("rec_3", 1002), row("rec_4", 1001)}
	s := evalset.Given(train, test, evalset.Config{Facts: true})
	if len(s.Test) != 2 || len(s.Train) != 1 || !slices.Equal(s.Kept, []string{"rec_4"}) {
		t.Errorf("test %d, train %d, kept out %v; want 2, 1 and the equal row rec_4", len(s.Test), len(s.Train), s.Kept)
	}
}

func TestSplitShare(t *testing.T) {
	for _, share := range []float64{0, 1, -1} {
		if _, err := evalset.Split(rows(3), evalset.Config{Test: share}); err == nil {
			t.Errorf("a test share of %v must be refused", share)
		}
	}
}

func ExampleSplit() {
	s, _ := evalset.Split(rows(100), evalset.Config{Test: .3, Seed: 1})
	fmt.Println(len(s.Test)+len(s.Train), "rows on two sides")
	// Output: 100 rows on two sides
}
