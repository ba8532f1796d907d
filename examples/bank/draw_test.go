package bank

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestExpand(t *testing.T) {
	g := grammar{slots: map[string][]string{"zh card": {"卡", "{kind}卡"}, "zh kind": {"信用"}}, extra: map[string]string{"name": "陆"}}
	for _, c := range []struct {
		name, template string
		want           []string // any of them
		err            string
	}{
		{"plain", "挂失", []string{"挂失"}, ""},
		{"slot in slot", "我的{card}", []string{"我的卡", "我的信用卡"}, ""},
		{"alternatives, one empty", "丢[失|]了", []string{"丢失了", "丢了"}, ""},
		{"slot in alternative", "[{kind}|借记]卡", []string{"信用卡", "借记卡"}, ""},
		{"nested alternatives", "[a[b|c]|d]", []string{"ab", "ac", "d"}, ""},
		{"given", "{name}女士", []string{"陆女士"}, ""},
		{"unknown slot", "{nothing}", nil, "no slot"},
		{"not closed", "[a|b", nil, "not closed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			seen := map[string]bool{}
			r := stream(c.name)
			for range 60 {
				got, err := g.expand(r, "zh", c.template)
				if c.err != "" {
					if err == nil || !strings.Contains(err.Error(), c.err) {
						t.Fatalf("error %v, expected %q", err, c.err)
					}
					return
				}
				if err != nil || !slices.Contains(c.want, got) {
					t.Fatalf("%q, %v", got, err)
				}
				seen[got] = true
			}
			if len(seen) != len(c.want) {
				t.Errorf("saw %v of %v", seen, c.want)
			}
		})
	}
}

func TestParseRule(t *testing.T) {
	text, err := parseRule("a.md", "@version path=x-1.md; version=1; n=5\n@version path=x-2.md; version=2; n=7\n# 限额{{n}}\n@if 2 原版废止\n@questions\n第一条 | 多少？ | {{n}}\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range text.values {
		doc, err := text.render(v)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, doc)
	}
	if want := []string{"# 限额5\n", "# 限额7\n原版废止\n"}; !slices.Equal(got, want) || len(text.questions) != 1 {
		t.Errorf("%q %q", got, text.questions)
	}
	if _, err := text.render(map[string]string{}); err == nil {
		t.Error("a name without a value was accepted")
	}
}

// Whatever is drawn, identifiers are right or wrong as asked, and none passes
// for one of another kind.
func TestIdentifiersAsAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := stream(rapid.String().Draw(t, "stream"))
		right := rapid.Bool().Draw(t, "right")
		if id := residentID(r, right); len(id) != 18 || rightResidentID(id) != right || luhn(id) {
			t.Errorf("resident ID %s, right %v", id, right)
		}
		if card := bankCard(r, right); rightCard(card) != right || len(card) != 16 && len(card) != 19 {
			t.Errorf("card %s, right %v", card, right)
		}
		if m := mobile(r, right); len(m) != 11 || (m[1] > '2') != right {
			t.Errorf("mobile %s, right %v", m, right)
		}
		if serial := lookalike(r); luhn(serial) || len(serial) < 14 {
			t.Errorf("serial %s", serial)
		}
	})
}

func TestFoldUndoesWiden(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-zA-Z0-9转账元。， ]{1,40}`).Draw(t, "text")
		wide, changed := widen(text)
		if fold(wide) != fold(text) || changed != strings.ContainsAny(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ") {
			t.Errorf("%q → %q, changed %v", text, wide, changed)
		}
	})
}

func TestBell(t *testing.T) {
	r := stream("bell")
	sum, square, n := 0, 0, 20000
	for range n {
		v := bell(r, 16)
		sum += v
		square += v * v
	}
	if mean, variance := float64(sum)/float64(n), float64(square)/float64(n); mean < -1 || mean > 1 || variance < 10*10 || variance > 22*22 {
		t.Errorf("mean %.2f, variance %.1f", mean, variance)
	}
}
