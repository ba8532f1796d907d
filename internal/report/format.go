package report

import (
	"embed"
	"encoding/json"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
)

//go:embed text/*.json page.html data.html
var files embed.FS

// Languages of the page, the first shown first.
var languages = []string{"zh-CN", "en"}

// texts are the words of one language by key.
type texts map[string]string

func textsOf(language string) (texts, error) {
	b, err := files.ReadFile("text/" + language + ".json")
	if err != nil {
		return nil, fmt.Errorf("report texts: %w", err)
	}
	var t texts
	if err := json.Unmarshal(b, &t); err != nil {
		return nil, fmt.Errorf("report texts %s: %w", language, err)
	}
	return t, nil
}

// fill replaces {name} by values given in turn: name, value, …
func (t texts) fill(key string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		pairs[i] = "{" + pairs[i] + "}"
	}
	return strings.NewReplacer(pairs...).Replace(t[key])
}

// share prints a quality such as .9147; "–" for null.
func share(v *float64) string {
	if v == nil {
		return "–"
	}
	return strconv.FormatFloat(*v, 'f', 4, 64)
}

func interval(v *[2]float64) string {
	if v == nil {
		return "–"
	}
	return fmt.Sprintf("%.3f – %.3f", v[0], v[1])
}

// cost prints an amount with its currency; "–" for null.
func cost(v *float64, currency string) string {
	if v == nil {
		return "–"
	}
	return number(*v) + " " + currency
}

// number prints up to four significant digits, with thousands separators.
func number(v float64) string {
	switch {
	case v == 0:
		return "0"
	case math.Abs(v) < 1:
		return strconv.FormatFloat(v, 'g', 4, 64)
	case math.Abs(v) < 1000:
		return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v, 'f', 2, 64), "0"), ".")
	}
	return thousands(strconv.FormatFloat(math.Round(v), 'f', 0, 64))
}

func thousands(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// count prints an integer with thousands separators.
func count(n int) string { return thousands(strconv.Itoa(n)) }

// tally prints counts by name, the largest first: "zh 2,100 · en 300".
func tally(m map[string]int) string {
	if len(m) == 0 {
		return "–"
	}
	names := make([]string, 0, len(m))
	for k := range m {
		names = append(names, k)
	}
	sort.Slice(names, func(i, j int) bool {
		if m[names[i]] != m[names[j]] {
			return m[names[i]] > m[names[j]]
		}
		return names[i] < names[j]
	})
	for i, k := range names {
		names[i] = k + " " + count(m[k])
	}
	return strings.Join(names, " · ")
}

// changedText says which items cite what has changed; "" where none does.
func changedText(i Items, t texts) string {
	if len(i.Changed) == 0 {
		return ""
	}
	const most = 8
	names := strings.Join(i.Changed[:min(len(i.Changed), most)], ", ")
	if len(i.Changed) > most {
		names += " …"
	}
	return t.fill("items_changed", "n", count(len(i.Changed)), "items", names)
}
