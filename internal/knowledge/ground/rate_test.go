package ground_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/luodi/luodi/examples/bank"
	"github.com/luodi/luodi/internal/knowledge/ground"
)

// rules are the paragraphs of the sample bank's rules, and their sentences.
func rules(t *testing.T) (paragraphs []string, sentences [][]string) {
	t.Helper()
	dir := t.TempDir()
	if err := bank.Write(dir); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(filepath.Join(dir, "data", "rules"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, p := range strings.Split(string(b), "\n\n") {
			var ss []string
			for _, s := range regexp.MustCompile(`[^。；\n]+[。；]`).FindAllString(p, -1) {
				if len([]rune(s)) >= 12 {
					ss = append(ss, strings.TrimSpace(s))
				}
			}
			if len(ss) > 0 {
				paragraphs, sentences = append(paragraphs, p), append(sentences, ss)
			}
		}
		return err
	})
	if err != nil || len(paragraphs) < 20 {
		t.Fatalf("%d paragraphs, %v", len(paragraphs), err)
	}
	return paragraphs, sentences
}

var digits = regexp.MustCompile(`\d+(?:\.\d+)?`)

// What a model may make up: rates over simulated replies about the sample
// bank's rules.
func TestRates(t *testing.T) {
	paragraphs, sentences := rules(t)
	rng := rand.New(rand.NewPCG(6, 5))
	pick := func() (int, string) {
		i := rng.IntN(len(paragraphs))
		return i, sentences[i][rng.IntN(len(sentences[i]))]
	}
	half := func(s string, back bool) string {
		r := []rune(s)
		if back {
			return string(r[len(r)/2:])
		}
		return string(r[:len(r)/2])
	}
	fabrications := map[string]func() (passage, quote string){
		"of another passage": func() (string, string) { i, _ := pick(); _, s := pick(); return paragraphs[i], s },
		"two halves joined": func() (string, string) {
			i, s := pick()
			_, o := pick()
			return paragraphs[i], half(s, false) + half(o, true)
		},
		"words replaced": func() (string, string) {
			i, s := pick()
			_, o := pick()
			r, x := []rune(s), []rune(o)
			for range 3 {
				at, from := rng.IntN(len(r)-2), rng.IntN(len(x)-2)
				copy(r[at:at+2], x[from:from+2])
			}
			return paragraphs[i], string(r)
		},
		"negated": func() (string, string) {
			i, s := pick()
			if strings.Contains(s, "不") {
				return paragraphs[i], strings.Replace(s, "不", "", 1)
			}
			r := []rune(s)
			at := 1 + rng.IntN(len(r)-2)
			return paragraphs[i], string(r[:at]) + "不" + string(r[at:])
		},
	}
	for name, make := range fabrications {
		t.Run(name, func(t *testing.T) {
			n, caught := 0, 0
			for n < 2000 {
				p, q := make()
				if strings.Contains(p, q) {
					continue
				}
				if n++; true {
					if _, ok := ground.Align(q, p); !ok {
						caught++
					} else if n-caught < 4 {
						t.Logf("passed: %q in %q", q, p)
					}
				}
			}
			t.Logf("fabricated quotes caught: %d of %d", caught, n)
			if caught*100 < n*99 {
				t.Errorf("fewer than 99 %%")
			}
		})
	}
	altered := func(s string) (string, bool) {
		all := digits.FindAllStringIndex(s, -1) // decimals whole: 0.50 is 0.5
		if len(all) == 0 {
			return "", false
		}
		at := all[rng.IntN(len(all))]
		v, err := strconv.Atoi(strings.Replace(s[at[0]:at[1]], ".", "", 1))
		if err != nil {
			return "", false
		}
		changed := []int{v + 1, v * 10, v + 1 + rng.IntN(99), max(0, v-1) + 2*max(0, 1-v)}[rng.IntN(4)]
		return s[:at[0]] + strconv.Itoa(changed) + s[at[1]:], changed != v
	}
	for _, kind := range []string{"in the quote", "in the claim"} {
		t.Run("numbers altered "+kind, func(t *testing.T) {
			n, caught := 0, 0
			for n < 2000 {
				i, s := pick()
				wrong, ok := altered(s)
				if !ok || strings.Contains(paragraphs[i], wrong) {
					continue
				}
				n++
				quote := s
				if kind == "in the quote" {
					quote = wrong
				}
				if c := ground.Check(wrong+" [1] “"+quote+"”", paragraphs[i:i+1]); len(c) == 1 && !c[0].Supported() {
					caught++
				} else {
					t.Errorf("passed: %q for %q", wrong, s)
				}
			}
			t.Logf("altered numbers caught: %d of %d", caught, n)
		})
	}
	t.Run("true quotes", func(t *testing.T) {
		n, held := 0, 0
		for ; n < 2000; n++ {
			i, s := pick()
			q := strings.NewReplacer(" ", "", "，", ", ", "。", "", "；", ";").Replace(s)
			if c := ground.Check(strings.TrimRight(q, ";")+" [1] “"+q+"”", paragraphs[i:i+1]); len(c) == 1 && c[0].Supported() {
				held++
			} else if n-held < 4 {
				t.Logf("refused %q: %+v", q, c)
			}
		}
		t.Logf("true quotes, written otherwise, that hold: %d of %d", held, n)
		if held*100 < n*99 {
			t.Errorf("fewer than 99 %%")
		}
	})
}
