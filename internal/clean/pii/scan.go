package pii

import "strings"

// Classes of bytes.
const (
	digit = 1 << iota
	letter
	joint // inside of a key or token, beside letters and digits
	at
	wide // begins a Han character of three bytes
)

var class = func() (c [256]uint8) {
	for b := '0'; b <= '9'; b++ {
		c[b] = digit
	}
	for b := 'A'; b <= 'Z'; b++ {
		c[b], c[b|0x20] = letter, letter
	}
	for _, b := range "_-.+/=" {
		c[b] = joint
	}
	c['@'] = at
	for b := 0xE4; b <= 0xE9; b++ {
		c[b] = wide
	}
	return c
}()

// scanner walks over a text once. Words are looked at from their first digit;
// everything that is found has a digit or an at sign, but private key blocks.
type scanner struct {
	text  string
	found []Tag
	past  int // where the last word that was looked at ends
}

func (s *scanner) add(kind string, start, end int, valid bool) {
	s.found = append(s.found, Tag{kind, start, end, valid})
}

func (s *scanner) run() {
	text := s.text
	for i := 0; i < len(text); {
		c := class[text[i]]
		if c&(digit|at|wide) == 0 {
			i++
			continue
		}
		if c == wide {
			if i+2 >= len(text) {
				break
			}
			if h := hints[uint16(text[i]&0x0F)<<12|uint16(text[i+1]&0x3F)<<6|uint16(text[i+2]&0x3F)]; h != 0 {
				s.han(i, h)
			}
			i += 3
			continue
		}
		if c == at {
			s.email(i)
			i++
			continue
		}
		i = s.word(i)
	}
	for i := 0; ; {
		k := strings.Index(text[i:], "-----BEGIN ")
		if k < 0 {
			return
		}
		i = s.keyBlock(i + k)
	}
}

// word looks at the word around the digit at i, and returns where to go on.
func (s *scanner) word(i int) int {
	text := s.text
	start := i
	for start > s.past && class[text[start-1]]&(digit|letter) != 0 {
		start--
	}
	end := i
	letters := start < i
	for end < len(text) && class[text[end]]&(digit|letter) != 0 {
		letters = letters || class[text[end]] == letter
		end++
	}
	s.past = end
	decimals := start > 1 && text[start-1] == '.' && class[text[start-2]] == digit
	switch {
	case strings.HasSuffix(text[:start], "wxid_"):
		s.add(WeChat, start-len("wxid_"), end, true)
	case start > 0 && text[start-1] == '_' || end < len(text) && text[end] == '_':
		// part of a name, or of a key
	case letters:
		s.mixed(start, end)
	case !decimals && end < len(text) && class[text[end]] == wide && s.address(start, end) > 0:
		s.past = s.found[len(s.found)-1].End
		return s.past
	case !decimals:
		if n := s.number(start, end); n > end {
			s.past = n
			end = n
		}
	}
	s.secret(start, end)
	return end
}

// before reports whether one of the words stands in the last n bytes before i.
// Words are lower case.
func (s *scanner) before(i, n int, words ...string) bool {
	return contains(s.text[max(0, i-n):i], words...)
}

// contains reports whether one of the words, which are lower case, is in text
// in any case of ASCII letters.
func contains(text string, words ...string) bool {
	for _, w := range words {
		if w[0] >= 0x80 { // Han have no case
			if strings.Contains(text, w) {
				return true
			}
			continue
		}
		for i := 0; i+len(w) <= len(text); i++ {
			if lower(text[i]) == w[0] && equal(text[i:i+len(w)], w) {
				return true
			}
		}
	}
	return false
}

// equal reports whether a is b, which is lower case, in any case of ASCII
// letters.
func equal(a, b string) bool {
	for i := range len(b) {
		if lower(a[i]) != b[i] {
			return false
		}
	}
	return len(a) == len(b)
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

// email looks at the at sign at i. The grammar is that of addresses in use,
// not all of RFC 5322: no quoted local parts, no address literals.
func (s *scanner) email(i int) {
	text := s.text
	start := i
	for start > 0 && i-start < 64 && (class[text[start-1]]&(digit|letter) != 0 || strings.IndexByte("._%+-", text[start-1]) >= 0) {
		start--
	}
	for start < i && text[start] == '.' {
		start++
	}
	end, label, labels := i+1, i+1, 0
	for ; end <= len(text); end++ {
		if end < len(text) && (class[text[end]]&(digit|letter) != 0 || text[end] == '-' && end > label) {
			continue
		}
		if end == label {
			break
		}
		labels++
		if end == len(text) || text[end] != '.' {
			break
		}
		label = end + 1
	}
	if end > len(text) {
		end = len(text)
	}
	if end == label { // a full stop after the address
		end--
		label = strings.LastIndexByte(text[i:end], '.') + i + 1
	}
	for end > label && text[end-1] == '-' {
		end--
	}
	top := text[label:max(label, end)]
	if start == i || labels < 2 || len(top) < 2 || text[i-1] == '.' || strings.Contains(text[start:i], "..") {
		return
	}
	for j := range len(top) {
		if class[top[j]] != letter {
			return
		}
	}
	s.add(Email, start, end, true)
}
