package ground

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/knowledge/token"
)

// A quote may differ from the passage in one character of so many, and in so
// many at most; one that is shorter must be literal.
const (
	differOneIn = 20
	differMost  = 3
	// stated is the share of a claim's character pairs or words that one or two
	// sentences must hold to support a claim without a quote.
	stated = .7
)

// letters is a text without spaces and punctuation, folded, each rune with
// the bytes it came from.
type letters struct {
	runes      []rune
	start, end []int
}

func lettersOf(s string) letters {
	var l letters
	for i, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsSymbol(r) && r != '%' && r != '％' {
			continue
		}
		for _, f := range token.FoldString(string(r)) {
			l.runes = append(l.runes, f)
			l.start = append(l.start, i)
			l.end = append(l.end, i+utf8.RuneLen(r))
		}
	}
	return l
}

// Align finds a quote in a passage: literally but for spaces, punctuation,
// width and case, else with few other characters and the same numbers, names
// and negations. The span is the passage's.
func Align(quote, passage string) (Span, bool) {
	if i := strings.Index(passage, quote); i >= 0 && quote != "" {
		return Span{i, i + len(quote)}, true
	}
	q, p := lettersOf(quote), lettersOf(passage)
	if len(q.runes) == 0 || len(p.runes) == 0 {
		return Span{}, false
	}
	from, to, ok := nearest(q.runes, p.runes, min(len(q.runes)/differOneIn, differMost))
	if !ok || p.runes[from] != q.runes[0] || p.runes[to-1] != q.runes[len(q.runes)-1] {
		return Span{}, false
	}
	s := Span{p.start[from], p.end[to-1]}
	found := passage[s.Start:s.End]
	if Unfounded(quote, found) != "" || !slices.Equal(negations(quote), negations(found)) {
		return Span{}, false
	}
	return s, true
}

// nearest finds where q occurs in p with at most most edits (Sellers 1980),
// the fewest first, the last of those: it leaves nothing out at its end.
func nearest(q, p []rune, most int) (from, to int, ok bool) {
	cost := make([]int, len(q)+1) // of q[:i] ending at the current place
	start := make([]int, len(q)+1)
	for i := range cost {
		cost[i] = i
	}
	best := most + 1
	for j := 1; j <= len(p); j++ {
		diagonal, diagonalStart := cost[0], start[0]
		cost[0], start[0] = 0, j
		for i := 1; i <= len(q); i++ {
			c, s := diagonal, diagonalStart
			if q[i-1] != p[j-1] {
				c++
			}
			if cost[i]+1 < c {
				c, s = cost[i]+1, start[i]
			}
			if cost[i-1]+1 < c {
				c, s = cost[i-1]+1, start[i-1]
			}
			diagonal, diagonalStart = cost[i], start[i]
			cost[i], start[i] = c, s
		}
		if cost[len(q)] <= min(best, most) && start[len(q)] < j {
			best, from, to = cost[len(q)], start[len(q)], j
		}
	}
	return from, to, best <= most
}

// negations are the words that turn a statement around, in order.
func negations(s string) (out []string) {
	for _, r := range s {
		if strings.ContainsRune("不未无非没勿禁", r) {
			out = append(out, string(r))
		}
	}
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' || r > 0x2000 }) {
		switch w {
		case "not", "no", "never", "without", "cannot", "neither", "nor", "none", "except", "unless":
			out = append(out, w)
		default:
			if strings.HasSuffix(w, "n't") {
				out = append(out, "not")
			}
		}
	}
	return out
}

// state finds the sentence, or two, that hold most of a claim's words.
func state(claim, passage string) (Span, bool) {
	want := grams(claim)
	if len(want) == 0 {
		return Span{}, false
	}
	ss := sentences(passage)
	best, at := 0., Span{}
	for i := range ss {
		for j := i; j < min(i+2, len(ss)); j++ {
			s := Span{ss[i].Start, ss[j].End}
			have := grams(passage[s.Start:s.End])
			n := 0
			for g := range want {
				if have[g] {
					n++
				}
			}
			if share := float64(n) / float64(len(want)); share > best+1e-9 {
				best, at = share, s
			}
		}
	}
	return at, best >= stated && slices.Equal(negations(claim), within(negations(passage[at.Start:at.End]), negations(claim)))
}

// within is have, where it is all of want in order; else what stands there.
func within(have, want []string) []string {
	i := 0
	for _, h := range have {
		if i < len(want) && h == want[i] {
			i++
		}
	}
	if i == len(want) && (len(want) > 0 || len(have) == 0) {
		return want
	}
	return have
}

func sentences(s string) (out []Span) {
	start := 0
	for i, r := range s {
		if strings.ContainsRune("。！？!?；;\n", r) || r == '.' && i+1 < len(s) && s[i+1] == ' ' {
			if end := i + utf8.RuneLen(r); strings.TrimSpace(s[start:end]) != "" {
				out = append(out, Span{start, end})
				start = end
			}
		}
	}
	if strings.TrimSpace(s[start:]) != "" {
		out = append(out, Span{start, len(s)})
	}
	for i := range out { // without the spaces around
		t := s[out[i].Start:out[i].End]
		out[i].Start += len(t) - len(strings.TrimLeft(t, " \t\r\n"))
		out[i].End -= len(t) - len(strings.TrimRight(t, " \t\r\n"))
	}
	return out
}

// grams are pairs of Han characters and words of other scripts.
func grams(s string) map[string]bool {
	out := map[string]bool{}
	var word []rune
	var last rune
	flush := func() {
		if len(word) > 0 {
			out[string(word)] = true
		}
		word = word[:0]
	}
	for _, r := range token.FoldString(s) {
		switch {
		case token.IsGram(r):
			flush()
			if last != 0 {
				out[string([]rune{last, r})] = true
			}
			last = r
			continue
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			word = append(word, r)
		default:
			flush()
		}
		last = 0
	}
	flush()
	return out
}
