package pii

import (
	"math"
	"strings"
)

// keyPrefixes are those that vendors of services give their keys so that
// scanners find them, with the length from which it is one.
var keyPrefixes = []struct {
	prefix string
	length int
}{
	{"sk-", 20}, {"sk_live_", 20}, {"rk_live_", 20}, {"AKIA", 20}, {"ASIA", 20}, {"LTAI", 16}, {"AKID", 20}, {"AIza", 35},
	{"ghp_", 36}, {"gho_", 36}, {"ghs_", 36}, {"ghu_", 36}, {"github_pat_", 40}, {"glpat-", 20}, {"xoxb-", 24}, {"xoxp-", 24},
	{"npm_", 36}, {"hf_", 30}, {"eyJ", 40}, {"ya29.", 30},
}

// keyWords name a secret that is written after them.
var keyWords = wordsOf(
	"password", "passwd", "pwd", "secret", "token", "api key", "apikey", "api_key", "api-key", "access_key", "access key", "accesskey",
	"private_key", "credential", "authorization", "bearer", "密码", "口令", "密钥", "秘钥",
)

// keyStart has the bytes that a key's prefix begins with.
var keyStart = func() (b [256]bool) {
	for _, p := range keyPrefixes {
		b[p.prefix[0]] = true
	}
	return b
}()

// secret looks at the key or password that the word [start, end) is a part of,
// once for all words in it.
func (s *scanner) secret(start, end int) {
	text := s.text
	if end <= s.keyed {
		return
	}
	for start > s.keyed && class[text[start-1]]&(digit|letter|joint) != 0 {
		start--
	}
	for end < len(text) && class[text[end]]&(digit|letter|joint) != 0 {
		end++
	}
	s.keyed = end
	if end-start < 8 || !varied(text[start:end]) {
		return
	}
	if i := strings.IndexByte(text[start:end], '='); i > 0 && i < end-start-8 { // name=value
		start += i + 1
	}
	for start < end && class[text[start]] == joint && text[start] != '-' && text[start] != '_' {
		start++
	}
	for start < end && class[text[end-1]] == joint && text[end-1] != '-' && text[end-1] != '_' {
		end--
	}
	v := text[start:end]
	if len(v) < 8 {
		return
	}
	if keyStart[v[0]] {
		for _, p := range keyPrefixes {
			if len(v) >= p.length && strings.HasPrefix(v, p.prefix) && entropy(v) > 3 {
				s.add(Secret, start, end, true)
				return
			}
		}
	}
	if s.told(start) && varied(v) && entropy(v) >= 2.5 {
		s.add(Secret, start, end, true)
	}
}

// told reports whether a word for a secret and a colon or equals sign stand
// before i.
func (s *scanner) told(i int) bool {
	from := max(0, i-40)
	for i > from && strings.IndexByte(" \"'`", s.text[i-1]) >= 0 {
		i--
	}
	near := s.text[from:i]
	mark := false
	for _, m := range [...]string{":", "=", "：", "是", " is", "earer"} {
		mark = mark || strings.HasSuffix(near, m)
	}
	if !mark {
		return false
	}
	if k := strings.LastIndexAny(near[:len(near)-1], "\n;,"); k >= 0 {
		near = near[k:]
	}
	return keyWords.in(near)
}

// entropy is Shannon's, in bits a character.
func entropy(v string) float64 {
	var n [256]int
	for i := range len(v) {
		n[v[i]]++
	}
	h := 0.0
	for _, c := range n {
		if c > 0 {
			p := float64(c) / float64(len(v))
			h -= p * math.Log2(p)
		}
	}
	return h
}

// varied reports whether v mixes letters and digits, as words, dates and
// numbers do not.
func varied(v string) bool {
	kinds := uint8(0)
	for i := range len(v) {
		kinds |= class[v[i]]
	}
	return kinds&digit != 0 && kinds&letter != 0
}

// keyBlock looks at a PEM block at i, and returns where to go on.
func (s *scanner) keyBlock(i int) int {
	head := s.text[i:min(len(s.text), i+64)]
	if !strings.Contains(head, "PRIVATE KEY-----") {
		return i + len("-----BEGIN ")
	}
	end := len(s.text)
	if k := strings.Index(s.text[i:], "-----END "); k >= 0 {
		if n := strings.Index(s.text[i+k+len("-----END "):], "-----"); n >= 0 {
			end = i + k + len("-----END ") + n + len("-----")
		}
	}
	s.add(Secret, i, end, true)
	return end
}
