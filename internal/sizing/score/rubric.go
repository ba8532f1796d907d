package score

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/score/typed"
)

// Check is how a rubric point is decided.
type Check string

// The checks.
const (
	Mentions Check = "mentions" // the text occurs, width, case and white space aside
	Omits    Check = "omits"    // it does not
	Matches  Check = "matches"  // a regular expression (RE2) matches
	States   Check = "states"   // the value occurs: a date, amount, percentage, number, in any way of writing it
	Judged   Check = "judge"    // needs a judge
)

// Point is one yes/no point of a rubric.
type Point struct {
	Check Check
	Value string

	pattern *regexp.Regexp
	kind    typed.Kind
	form    string
}

var checkWords = []struct {
	word  string
	check Check
}{
	{"mentions", Mentions}, {"omits", Omits}, {"matches", Matches}, {"states", States}, {"judge", Judged},
	{"提到", Mentions}, {"不提", Omits}, {"匹配", Matches}, {"写明", States}, {"评判", Judged},
}

// ParsePoint reads a point such as "mentions 三个工作日", "omits guarantee",
// "matches \\d{4}-\\d{2}", "states 1.2万元" or "judge is polite"; in Chinese
// 提到, 不提, 匹配, 写明, 评判. Its errors are errs.Invalid.
func ParsePoint(s string) (Point, error) {
	s = strings.TrimSpace(s)
	for _, w := range checkWords {
		rest, ok := strings.CutPrefix(s, w.word)
		if !ok || w.word[0] < utf8.RuneSelf && !strings.HasPrefix(rest, " ") && !strings.HasPrefix(rest, ":") {
			continue
		}
		p := Point{Check: w.check, Value: strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(rest), ":："))}
		if p.Value == "" {
			return p, errs.Invalid("rubric point %q says not what", s)
		}
		return p, p.prepare()
	}
	return Point{}, errs.Invalid("rubric point %q does not begin with mentions, omits, matches, states or judge", s)
}

func (p *Point) prepare() (err error) {
	switch p.Check {
	case Matches:
		if p.pattern, err = regexp.Compile(p.Value); err != nil {
			return errs.Invalid("rubric point: %v", err)
		}
	case States:
		p.kind = typed.Of([]string{p.Value})
		if p.kind == typed.Text {
			return errs.Invalid("rubric point: %q is no date, amount, percentage, quantity, phone or number; use mentions", p.Value)
		}
		p.form, _ = typed.Canonical(p.kind, "", p.Value)
	}
	return nil
}

// Met reports whether a text meets the point; a point for a judge is not met.
func (p Point) Met(text string) bool {
	switch p.Check {
	case Mentions:
		return mentions(text, p.Value)
	case Omits:
		return !mentions(text, p.Value)
	case Matches:
		return p.pattern.MatchString(text)
	case States:
		return p.stated(typed.Plain(text))
	}
	return false
}

func mentions(text, value string) bool {
	t, v := typed.Plain(text), typed.Plain(value)
	for at := 0; ; {
		i := strings.Index(t[at:], v)
		if i < 0 || v == "" {
			return false
		}
		i += at
		if whole(t, i, i+len(v)) {
			return true
		}
		at = i + 1
	}
}

// longest way of writing a value, in runes.
const longest = 28

// stated looks for the value in a plain text: a stretch that reads as it and
// is no part of a longer number.
func (p Point) stated(text string) bool {
	r := []rune(text)
	for i := range r {
		if !starts(r, i) {
			continue
		}
		for j := i + 1; j <= len(r) && j <= i+longest; j++ {
			if !ends(r, j) {
				continue
			}
			if form, ok := typed.Canonical(p.kind, "", string(r[i:j])); ok && form == p.form {
				return true
			}
		}
	}
	return false
}

// numeric are the characters that a number may go on with.
const numeric = "0123456789零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟萬億点"

func starts(r []rune, i int) bool {
	if r[i] == ' ' {
		return false
	}
	if i == 0 {
		return true
	}
	before := r[i-1]
	if strings.ContainsRune(numeric+"-−~/负¥$€£", before) || latin(before) && latin(r[i]) {
		return false
	}
	return !(strings.ContainsRune(".,", before) && i > 1 && digit(r[i-2]) && digit(r[i]))
}

// goesOn matches what makes a number before it another one: digits, units of
// ten, a range, a percentage.
var goesOn = regexp.MustCompile(`^(?:[` + numeric + `²³]|[.,~/−-] ?\d| ?(?:[%‰‱]|thousand|million|billion|trillion|k\b|mn\b|bn\b|percent|per cent|pct))`)

func ends(r []rune, j int) bool {
	switch {
	case r[j-1] == ' ':
		return false
	case j == len(r):
		return true
	case latin(r[j]) && latin(r[j-1]):
		return false
	}
	return !goesOn.MatchString(string(r[j:min(j+12, len(r))]))
}

func digit(r rune) bool { return r >= '0' && r <= '9' }
func latin(r rune) bool { return r >= 'a' && r <= 'z' }

// Points reads the rubric of an item's gold: a JSON list of texts.
func Points(gold []byte) ([]Point, error) {
	var texts []string
	if err := json.Unmarshal(gold, &texts); err != nil {
		return nil, errs.Invalid("a rubric is a list of points, each a text: %v", err)
	}
	if len(texts) == 0 {
		return nil, errs.Invalid("the rubric has no points")
	}
	out := make([]Point, len(texts))
	for i, t := range texts {
		p, err := ParsePoint(t)
		if err != nil {
			return nil, err
		}
		out[i] = p
	}
	return out, nil
}

// Rubric scores generated text: the share of the item's points that it meets.
// It asks no judge: points for one count as not met, so a scenario that has
// them must not be decided by Rubric alone (the score is then a lower bound,
// and nothing may be refuted by it).
type Rubric struct{}

// Name implements sizing.Scorer.
func (Rubric) Name() string { return "rubric/1" }

// Graded implements sizing.Scorer.
func (Rubric) Graded() bool { return true }

// Score implements sizing.Scorer.
func (Rubric) Score(it sizing.Item, o sizing.Output) sizing.Score {
	points, err := Points(it.Gold)
	if err != nil {
		return sizing.Score{Note: err.Error()}
	}
	text := Spoken(o.Text)
	out := sizing.Score{Predicted: text}
	if strings.TrimSpace(text) == "" { // saying nothing omits everything
		out.Note = "the reply is empty"
		return out
	}
	met := 0
	var open []string
	for _, p := range points {
		if p.Met(text) {
			met++
			continue
		}
		open = append(open, fmt.Sprintf("%s %s", p.Check, p.Value))
	}
	out.Value = float64(met) / float64(len(points))
	if len(open) > 0 {
		out.Note = "not met: " + strings.Join(open, "; ")
	}
	return out
}

// Open implements judge.Base: the points that begin with judge are left to one.
func (Rubric) Open(it sizing.Item, o sizing.Output) (met, total int, open []string) {
	points, err := Points(it.Gold)
	text := Spoken(o.Text)
	if err != nil || strings.TrimSpace(text) == "" {
		return 0, len(points), nil
	}
	for _, p := range points {
		switch {
		case p.Check == Judged:
			open = append(open, p.Value)
		case p.Met(text):
			met++
		}
	}
	return met, len(points), open
}

// Spoken is a reply without the thinking aloud before it.
func Spoken(text string) string {
	if i := strings.LastIndex(text, "</think>"); i >= 0 {
		return strings.TrimSpace(text[i+len("</think>"):])
	}
	return text
}
