package pii

import (
	"net/netip"
	"strings"
)

var (
	machineWords = wordsOf("ip", "address", "host", "地址", "dns")
	ssnWords     = wordsOf("ssn", "social security")
	phoneWords   = wordsOf("phone", "tel:", "tel.", "tel ", "call ", "mobile", "cell", "fax", "desk")
	reachWords   = wordsOf("dial ", "text ", "message", "answer", "reach", "sms", "whatsapp", "voicemail") // before groups of digits only
	deskWords    = wordsOf("office", "fax", "mobile", "cell", "desk")
)

// ipv4 looks at four groups with dots. Section numbers such as 3.2.1.4 have
// small parts: they count only where a word says that it is an address.
func (s *scanner) ipv4(gs []group, start, end int) bool {
	if len(gs) != 4 || gs[1].sep != '.' || gs[2].sep != '.' || gs[3].sep != '.' {
		return false
	}
	if start > 0 && s.text[start-1] == '.' || end+1 < len(s.text) && s.text[end] == '.' && class[s.text[end+1]] == digit {
		return false
	}
	small := true
	for _, g := range gs {
		if g.len() > 3 {
			return false
		}
		v := 0
		for _, c := range []byte(s.text[g.start:g.end]) {
			v = v*10 + int(c-'0')
		}
		if v > 255 || g.len() > 1 && s.text[g.start] == '0' {
			return false
		}
		small = small && v < 20
	}
	if small && !s.before(start, 20, machineWords) {
		return false
	}
	s.add(IP, start, end, true)
	return true
}

// ipv6 looks at the run of hexadecimal digits and colons around [start, end),
// once for all words in it.
func (s *scanner) ipv6(start, end int) bool {
	text := s.text
	if end <= s.hexed {
		return s.hexIP
	}
	if !(start > 0 && text[start-1] == ':' || end < len(text) && text[end] == ':') {
		return false
	}
	from, to, colons := start, end, 0
	for from > 0 && hexadecimal[text[from-1]] {
		from--
	}
	for to < len(text) && hexadecimal[text[to]] {
		to++
	}
	s.hexed, s.hexIP = to, false
	run := strings.TrimSuffix(text[from:to], ":")
	if len(run) < 6 || len(run) > len("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") || from > 0 && class[text[from-1]]&(digit|letter) != 0 || to < len(text) && class[text[to]]&(digit|letter) != 0 {
		return false
	}
	for i := range len(run) {
		if run[i] == ':' {
			colons++
		}
	}
	if colons < 2 || colons != 7 && !strings.Contains(run, "::") {
		return false // a time
	}
	if a, err := netip.ParseAddr(run); err != nil || !a.Is6() {
		return false
	}
	s.add(IP, from, from+len(run), true)
	s.hexIP = true
	return true
}

// hexadecimal has the bytes of an address of IP version 6.
var hexadecimal = func() (h [256]bool) {
	for _, c := range "0123456789abcdefABCDEF:" {
		h[c] = true
	}
	return h
}()

// ssn looks at 3-2-4 digits with hyphens, as the Social Security
// Administration gives them since 2011.
func (s *scanner) ssn(gs []group, start, end int) bool {
	hyphens := lens(gs, 3, 2, 4) && gs[1].sep == '-' && gs[2].sep == '-'
	if !hyphens && !((len(gs) == 1 || lens(gs, 3, 2, 4)) && s.before(start, 40, ssnWords)) {
		return false
	}
	n := s.join(gs)
	if n[:3] == "000" || n[:3] == "666" || n[0] == '9' || n[3:5] == "00" || n[5:] == "0000" {
		return false
	}
	s.add(SSN, start, end, true)
	return true
}

// phone looks at numbers with a country code, North American numbers in their
// groups, national numbers with their 0 in front, and what a word beside them
// names.
func (s *scanner) phone(gs []group, n, start, end int) bool {
	text := s.text
	switch {
	case n >= 8 && text[start] != '0' && start > 0 && text[start-1] == '+':
		s.add(Phone, start-1, s.extension(end), true)
		return true
	case s.american(gs, start):
	case n <= 13 && len(gs) <= 6 && s.phoneBefore(start):
	case n <= 13 && len(gs) >= 2 && s.before(start, 14, reachWords):
	case n >= 9 && n <= 11 && s.trunk(gs, start):
	case n <= 13 && end < len(text) && (len(gs) >= 2 || text[end] == '-') && s.desk(end):
	default:
		return false
	}
	if start > 0 && text[start-1] == '(' && len(gs) > 1 && gs[1].sep == ')' {
		start--
	}
	s.add(Phone, start, s.extension(end), true)
	return true
}

// trunk reports whether the groups are those of a national number as ITU-T
// E.123 has it written: 0 and the area, then two groups or more, all by blanks
// or all by hyphens, and nothing after them.
func (s *scanner) trunk(gs []group, start int) bool {
	first := gs[0].len()
	if s.text[start] != '0' || s.text[start+1] == '0' || len(gs) < 3 || first > 5 || first == 2 && len(gs) != 5 || len(gs) != s.chain.n || !uniform(gs) || start > 1 && class[s.text[start-2]] == digit {
		return false
	}
	for _, g := range gs[1:] {
		if g.len() < 2 || g.len() > 4 || first == 2 && g.len() != 2 {
			return false
		}
	}
	return true
}

// phoneBefore reports whether a word for a phone stands before the number at
// start, looking once for all its groups.
func (s *scanner) phoneBefore(start int) bool {
	if s.phoned == 0 {
		s.phoned = -1
		if s.before(start, 14, phoneWords) {
			s.phoned = 1
		}
	}
	return s.phoned > 0
}

// desk reports whether a word for a phone stands right after a number that
// ends at end.
func (s *scanner) desk(end int) bool {
	after := s.text[end:min(len(s.text), end+8)]
	for i := range len(after) - len("fax") + 1 {
		if deskWords.first[after[i]] {
			return deskWords.in(after[i:])
		}
	}
	return false
}

// extension returns where an extension such as x718 after end ends; end where
// there is none.
func (s *scanner) extension(end int) int {
	if end >= len(s.text) || s.text[end] != 'x' {
		return end
	}
	to := end + 1
	for to < len(s.text) && class[s.text[to]] == digit {
		to++
	}
	if to-end < 3 || to-end > 7 || to < len(s.text) && class[s.text[to]] == letter {
		return end
	}
	return to
}

// american reports whether the groups are those of the North American plan:
// area and exchange begin with 2 to 9.
func (s *scanner) american(gs []group, start int) bool {
	text := s.text
	if lens(gs, 1, 3, 3, 4) && text[start] == '1' {
		gs = gs[1:]
	}
	if len(gs) != 3 || gs[0].len() != 3 || gs[1].len() != 3 || gs[2].len() != 4 || text[gs[0].start] < '2' || text[gs[1].start] < '2' || gs[2].sep == ' ' && gs[1].sep == ' ' || gs[2].sep == ')' {
		return false
	}
	return gs[1].sep == gs[2].sep || gs[1].sep == ')' && start > 0 && text[start-1] == '('
}
