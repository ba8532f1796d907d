package pii

import "strings"

// words are those that say, near a number, what it is. ASCII words are lower
// case and match in any case; Han have none.
type words struct {
	ascii, han []string
	first      [256]bool // bytes that an ASCII word begins with
}

func wordsOf(list ...string) *words {
	w := &words{}
	for _, v := range list {
		if v[0] >= 0x80 {
			w.han = append(w.han, v)
			continue
		}
		w.ascii = append(w.ascii, v)
		w.first[v[0]] = true
		if class[v[0]] == letter {
			w.first[v[0]&^0x20] = true
		}
	}
	return w
}

// in reports whether one of the words is in text.
func (w *words) in(text string) bool {
	for _, v := range w.han {
		if strings.Contains(text, v) {
			return true
		}
	}
	if len(w.ascii) == 0 {
		return false
	}
	for i := range len(text) {
		if !w.first[text[i]] {
			continue
		}
		for _, v := range w.ascii {
			if len(v) <= len(text)-i && equal(text[i:i+len(v)], v) {
				return true
			}
		}
	}
	return false
}

// before reports whether one of the words stands in the last n bytes before i.
func (s *scanner) before(i, n int, w *words) bool {
	from := max(0, i-n)
	return (from < s.lettered || from <= s.hanned) && w.in(s.text[from:i])
}

// equal reports whether a is b, which is lower case, in any case of ASCII
// letters.
func equal(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(b) {
		if lower(a[i]) != b[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// cut takes suffix, which is lower case, off text in any case.
func cut(text, suffix string) (string, bool) {
	if n := len(text) - len(suffix); n >= 0 && equal(text[n:], suffix) {
		return text[:n], true
	}
	return text, false
}

// namer are words that name the number right after them, but for marks and
// links.
type namer struct {
	words []string
	last  [256]bool // bytes that a word or link ends with, and marks
}

// links stand between a word and the number it names, marks too.
var links = []string{"：", "号", "码", "是", "为", "（", "，", " is", "number", "no.", "id"}

var mark = func() (m [256]bool) {
	for _, c := range " :=\t\"'(#" {
		m[c] = true
	}
	return m
}()

func namerOf(list ...string) *namer {
	n := &namer{words: list}
	for _, v := range append(list[:len(list):len(list)], links...) {
		c := v[len(v)-1]
		n.last[c] = true
		if class[c] == letter {
			n.last[c&^0x20] = true
		}
	}
	return n
}

// names reports whether one of the words stands right before i.
func (n *namer) names(text string, i int) bool {
	near := text[max(0, i-24):i]
	for {
		k := len(near)
		for k > 0 && mark[near[k-1]] {
			k--
		}
		if k == 0 || !n.last[near[k-1]] {
			return false
		}
		short := near[:k]
		for _, link := range links {
			short, _ = cut(short, link)
		}
		for _, w := range n.words {
			if _, ok := cut(short, w); ok {
				return true
			}
		}
		if len(short) == len(near) {
			return false
		}
		near = short
	}
}
