package token

import (
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"
)

// longQuery is the number of distinct terms above which the words of everyday
// speech are dropped too: in a task description of 600 words they drown the
// rest. A Han character makes two terms, so it takes twice as many.
const longQuery = 64

// Term is a term of a query and how often it occurs there.
type Term struct {
	Text  string
	Count int
	Gram  int // 1 unigram, 2 bigram, 0 word
}

// Query returns the terms of a question, sorted, question phrases and English
// function words taken off, more of them when it is long. Where nothing would
// remain, less is taken off.
func Query(text string) []Term {
	stripped := Terms(Strip(text))
	drop := functionWords
	switch {
	case len(stripped) > 2*longQuery:
		stripped, drop = Terms(strip(text, longPhrases)), stops
	case len(stripped) > longQuery:
		drop = stops
	case strings.ContainsFunc(text, IsGram): // an English word in a Chinese question is a name
		drop = nil
	}
	for _, terms := range [][]Term{without(stripped, drop), stripped} {
		if len(terms) > 0 {
			return terms
		}
	}
	return Terms(text)
}

func without(terms []Term, drop map[string]bool) []Term {
	out := terms[:0:0]
	for _, t := range terms {
		if !drop[t.Text] {
			out = append(out, t)
		}
	}
	return out
}

// Terms returns the distinct terms of a text, sorted, with their counts.
func Terms(text string) []Term {
	c := counter{}
	Each(text, c)
	out := make([]Term, 0, len(c))
	for t, k := range c {
		out = append(out, Term{Text: t.text, Gram: t.gram, Count: k})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Text < out[j].Text })
	return out
}

type counted struct {
	text string
	gram int
}

type counter map[counted]int

func (c counter) Gram(a, b rune) {
	if b == 0 {
		c[counted{string(a), 1}]++
		return
	}
	c[counted{string([]rune{a, b}), 2}]++
}

func (c counter) Word(w []byte) { c[counted{string(w), 0}]++ }

// acronym is a word that an English pronoun must not be taken for.
var acronym = regexp.MustCompile(`\b(?:IT|US|WHO|ME|HE)\b`)

// Strip folds a question and replaces its question phrases by spaces, longest
// first at each place. A Latin phrase must be whole words; in a question that
// has Han, or where it is an acronym (IT, US), it stays.
func Strip(text string) string { return strip(text, phrases) }

func strip(text string, phrases map[rune][]phrase) string {
	text = acronym.ReplaceAllStringFunc(text, func(m string) string { return m[:1] + "\u200b" + m[1:] })
	s := FoldString(text)
	s = strings.ReplaceAll(s, "’", "'")
	han := strings.ContainsFunc(s, IsGram)
	var b strings.Builder
	b.Grow(len(s))
	start := true // at the start of a word
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == '\u200b' {
			i += n
			continue
		}
		p, keep := match(phrases[r], s[i:], r, start)
		if han && !IsGram(r) {
			p = 0
		}
		switch {
		case p == 0:
			b.WriteRune(r)
			p = n
		case keep:
			b.WriteString(s[i : i+p])
		default:
			b.WriteByte(' ')
		}
		last, _ := utf8.DecodeLastRuneInString(s[:i+p])
		start = !isWord(last) && last != '\'' && last != '-' && last != '_'
		i += p
	}
	return b.String()
}

// match returns the length of the longest of the phrases that s starts with, and
// whether it is one that must be kept.
func match(phrases []phrase, s string, r rune, start bool) (int, bool) {
	for _, p := range phrases {
		if !strings.HasPrefix(s, p.text) {
			continue
		}
		if !IsGram(r) {
			next, _ := utf8.DecodeRuneInString(s[len(p.text):])
			if !start || isWord(next) || next == '-' || next == '_' || next == '\u200b' {
				continue
			}
		}
		return len(p.text), p.keep
	}
	return 0, false
}

type phrase struct {
	text string
	keep bool
}

// Phrases by first rune, longest first; longPhrases are those of long
// questions.
var (
	phrases     = index(questionZH, questionEN, keptZH)
	longPhrases = index(questionZH+everydayZH, questionEN, keptZH)
)

func index(zh, en, kept string) map[rune][]phrase {
	m := map[rune][]phrase{}
	add := func(p string, keep bool) {
		r, _ := utf8.DecodeRuneInString(p)
		m[r] = append(m[r], phrase{p, keep})
	}
	for _, p := range strings.Fields(zh) {
		add(p, false)
	}
	for _, p := range strings.Fields(kept) {
		add(p, true)
	}
	for _, p := range strings.Split(en, ",") {
		add(strings.TrimSpace(p), false)
	}
	for _, ps := range m {
		sort.SliceStable(ps, func(i, j int) bool { return len(ps[i].text) > len(ps[j].text) })
	}
	return m
}

// IsFunction reports whether a folded word is an English function word.
func IsFunction(w []byte) bool { return functionWords[string(w)] }
