package report

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// Statuses are looked up by their name.
var statuses = []string{"certified", "best_guess", "plan", "refuted", "set_aside", "undecided", "not_run", "not_configured"}

func mustTexts(t *testing.T, language string) texts {
	t.Helper()
	words, err := textsOf(language)
	if err != nil {
		t.Fatal(err)
	}
	return words
}

func TestLanguagesHaveTheSameKeys(t *testing.T) {
	zh, en := mustTexts(t, "zh-CN"), mustTexts(t, "en")
	if d := cmp.Diff(slices.Sorted(maps.Keys(en)), slices.Sorted(maps.Keys(zh))); d != "" {
		t.Errorf("keys of en (-) and zh-CN (+):\n%s", d)
	}
	place := regexp.MustCompile(`\{[a-z_]+\}`)
	isHan := func(r rune) bool { return unicode.Is(unicode.Han, r) }
	for key, text := range en {
		have, want := place.FindAllString(zh[key], -1), place.FindAllString(text, -1)
		slices.Sort(have)
		slices.Sort(want)
		if !slices.Equal(have, want) {
			t.Errorf("%s: places %v in zh-CN, %v in en", key, have, want)
		}
		if key != "other_language" && strings.ContainsFunc(text, isHan) {
			t.Errorf("%s: not English: %s", key, text)
		}
		if key != "other_language" && !strings.ContainsFunc(zh[key], isHan) && strings.ContainsFunc(zh[key], unicode.IsLower) && !strings.Contains(zh[key], "p50") {
			t.Errorf("%s: not translated: %s", key, zh[key])
		}
	}
}

// What the page and the terminal look up is there, and nothing else is.
func TestEveryTextIsUsed(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, s := range statuses {
		used[s] = true
	}
	lookups := []*regexp.Regexp{
		regexp.MustCompile(`\$t\.([a-z0-9_]+)`),
		regexp.MustCompile(`\bt\["([a-z0-9_]+)"\]`),
		regexp.MustCompile(`\.fill\("([a-z0-9_]+)"`),
		regexp.MustCompile(`p\.label\("([a-z0-9_]+)"`),
		regexp.MustCompile(`\{"([a-z_]+)", (?:c\.|found\()`), // titles of charts
	}
	for _, name := range append(names, "page.html", "data.html") {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lookups {
			for _, m := range l.FindAllSubmatch(b, -1) {
				used[string(m[1])] = true
			}
		}
	}
	words := mustTexts(t, "en")
	maps.DeleteFunc(words, func(k, _ string) bool { return strings.HasPrefix(k, "kind_") }) // looked up by what was counted
	if d := cmp.Diff(slices.Sorted(maps.Keys(used)), slices.Sorted(maps.Keys(words))); d != "" {
		t.Errorf("keys that are used (-) and that have a text (+):\n%s", d)
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", .0004321: "0.0004321", .5: "0.5", 1.5: "1.5", 12: "12", 999.999: "1000", 1000: "1,000",
		1234567.8: "1,234,568", -2500: "-2,500", 0.123456: "0.1235",
	} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %s, want %s", v, got, want)
		}
	}
	if got := tally(map[string]int{"en": 3, "zh": 2100, "de": 3}); got != "zh 2,100 · de 3 · en 3" {
		t.Errorf("tally: %s", got)
	}
	if share(nil) != "–" || interval(nil) != "–" || cost(nil, "CNY") != "–" || tally(nil) != "–" {
		t.Error("what is unknown is not shown as –")
	}
}
