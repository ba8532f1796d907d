package score

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/prompt"
)

// AnswerAndCitation scores 1 where the answer holds a gold answer and one of
// the cited addresses is gold. Where no gold answer is given the citation
// alone counts; where the right behaviour is to refuse, refusing scores 1 and
// answering 0; a refusal of an answerable question scores 0.
//
// An answer holds a gold answer when it contains it (width, case, spaces and
// punctuation aside) or, for a gold answer that is a number, an equal number
// (1,000 = 1000 = １０００; 5% as 0.05 or 百分之五 is not tried). An address is
// gold when it equals a gold address, or is a part (path#fragment) of a gold
// document, or the document of a gold part where the output cites documents.
type AnswerAndCitation struct {
	// Cited is how many of the first citations count; 0 means 5.
	Cited int
	// Only is "answer" or "citation" where the other does not count; refusals
	// count in either case.
	Only string
}

// Name implements sizing.Scorer.
func (s AnswerAndCitation) Name() string { return or(s.Only, "answer_and_citation") + "/1" }

// Graded implements sizing.Scorer.
func (AnswerAndCitation) Graded() bool { return false }

// Score implements sizing.Scorer.
func (s AnswerAndCitation) Score(it sizing.Item, o sizing.Output) sizing.Score {
	switch {
	case it.Refuse && o.Refused:
		return sizing.Score{Value: 1, Predicted: "refused"}
	case it.Refuse:
		return sizing.Score{Predicted: o.Text, Note: "should have been refused"}
	case s.Only == "answer" && len(it.Answers) == 0, s.Only == "citation" && len(it.Citations) == 0:
		return sizing.Score{Predicted: o.Text, Note: "the item has no gold " + s.Only}
	case o.Refused:
		return sizing.Score{Predicted: "refused", Note: "could have been answered"}
	case s.Only != "citation" && len(it.Answers) > 0 && !HoldsAny(o.Text, it.Answers):
		return sizing.Score{Predicted: o.Text, Note: "the answer holds none of the gold answers"}
	case s.Only != "answer" && len(it.Citations) > 0 && !s.cites(it.Citations, o.Citations):
		return sizing.Score{Predicted: o.Text, Note: "no gold address is cited"}
	}
	return sizing.Score{Value: 1, Predicted: o.Text}
}

func (s AnswerAndCitation) cites(gold, cited []string) bool {
	n := s.Cited
	if n == 0 {
		n = 5
	}
	for _, c := range cited[:min(n, len(cited))] {
		for _, g := range gold {
			if sameAddress(g, c) {
				return true
			}
		}
	}
	return false
}

func sameAddress(gold, cited string) bool {
	if gold == cited {
		return true
	}
	gp, gf, gHas := strings.Cut(gold, "#")
	cp, cf, cHas := strings.Cut(cited, "#")
	return gp == cp && (!gHas || !cHas || strings.HasPrefix(cf, gf+"/"))
}

// HoldsAny reports whether text holds one of the answers.
func HoldsAny(text string, answers []string) bool {
	c := compact(text)
	for _, a := range answers {
		if form := strings.Trim(compact(a), ".-"); form != "" && contains(c, form) {
			return true
		}
		if v, percent, ok := number(a); ok {
			for _, m := range numbers.FindAllString(fold(text), -1) {
				if w, p, ok := number(m); ok && p == percent && math.Abs(v-w) <= 1e-9*math.Max(1, math.Abs(v)) {
					return true
				}
			}
		}
	}
	return false
}

// contains reports whether form is in c, but not inside a longer number.
func contains(c, form string) bool {
	for at := 0; ; {
		i := strings.Index(c[at:], form)
		if i < 0 {
			return false
		}
		i += at
		j := i + len(form)
		digit := func(b byte) bool { return b >= '0' && b <= '9' }
		left := i > 0 && digit(form[0]) && (digit(c[i-1]) || c[i-1] == '.' && i > 1 && digit(c[i-2]))
		right := j < len(c) && digit(form[len(form)-1]) && (digit(c[j]) || c[j] == '.' && j+1 < len(c) && digit(c[j+1]))
		if !left && !right {
			return true
		}
		at = i + 1
	}
}

var numbers = regexp.MustCompile(`-?\d[\d,]*(?:\.\d+)?%?`)

// number reads a plain decimal with thousands separators, and whether it is a
// percentage: 5 does not equal 5%.
func number(s string) (v float64, percent, ok bool) {
	s = strings.TrimSpace(fold(s))
	percent = strings.HasSuffix(s, "%")
	s = strings.ReplaceAll(strings.TrimSuffix(s, "%"), ",", "")
	v, err := strconv.ParseFloat(s, 64)
	return v, percent, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// Open implements judge.Base: whether an answer says what is right is left to
// a judge, where citations and refusals leave it open.
func (s AnswerAndCitation) Open(it sizing.Item, o sizing.Output) (met, total int, open []string) {
	switch {
	case it.Refuse || o.Refused || len(it.Answers) == 0 || s.Only == "citation" || strings.TrimSpace(o.Text) == "",
		s.Only != "answer" && len(it.Citations) > 0 && !s.cites(it.Citations, o.Citations):
		return int(s.Score(it, o).Value), 1, nil
	}
	if prompt.Language(it.Answers) == "zh" {
		return 0, 1, []string{"给出的答案是：" + strings.Join(it.Answers, " 或 ")}
	}
	return 0, 1, []string{"it says that the answer is: " + strings.Join(it.Answers, " or ")}
}
