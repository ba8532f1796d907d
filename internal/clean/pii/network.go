package pii

import (
	"net/netip"
	"strings"
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
		v := 0
		for _, c := range []byte(s.text[g.start:g.end]) {
			v = v*10 + int(c-'0')
		}
		if g.len() > 3 || v > 255 || g.len() > 1 && s.text[g.start] == '0' {
			return false
		}
		small = small && v < 20
	}
	if small && !s.before(start, 20, "ip", "address", "host", "地址", "dns") {
		return false
	}
	s.add(IP, start, end, true)
	return true
}

// ipv6 looks at the run of hexadecimal digits and colons around [start, end).
func (s *scanner) ipv6(start, end int) bool {
	text := s.text
	part := func(c byte) bool { return class[c] == digit || c == ':' || c|0x20 >= 'a' && c|0x20 <= 'f' }
	if !(start > 0 && text[start-1] == ':' || end < len(text) && text[end] == ':') {
		return false
	}
	if start >= 3 && end+1 < len(text) && text[start-1] != ':' && text[end] == ':' && end-start <= 2 && class[text[end+1]] == digit && !strings.Contains(text[end:min(len(text), end+36)], "::") &&
		strings.Count(text[end:min(len(text), end+40)], ":") < 7 {
		return false // a time
	}
	from, to := start, end
	for from > 0 && start-from < 40 && part(text[from-1]) {
		from--
	}
	for to < len(text) && to-end < 40 && part(text[to]) {
		to++
	}
	run := text[from:to]
	run = strings.TrimSuffix(run, ":")
	if len(run) < 6 || strings.Count(run, ":") < 2 || from > 0 && class[text[from-1]]&(digit|letter) != 0 || to < len(text) && class[text[to]]&(digit|letter) != 0 {
		return false
	}
	a, err := netip.ParseAddr(run)
	if err != nil || !a.Is6() {
		return false
	}
	s.add(IP, from, from+len(run), true)
	s.past = to
	return true
}

// ssn looks at 3-2-4 digits with hyphens, as the Social Security
// Administration gives them since 2011.
func (s *scanner) ssn(d []byte, gs []group, start, end int) bool {
	hyphens := lens(gs, 3, 2, 4) && gs[1].sep == '-' && gs[2].sep == '-'
	if !hyphens && !(len(d) == 9 && (len(gs) == 1 || lens(gs, 3, 2, 4)) && s.before(start, 40, "ssn", "social security")) {
		return false
	}
	n := string(d)
	if n[:3] == "000" || n[:3] == "666" || n[0] == '9' || n[3:5] == "00" || n[5:] == "0000" {
		return false
	}
	s.add(SSN, start, end, true)
	return true
}

// phone looks at numbers with a country code, North American numbers in their
// groups, and what a word beside them names.
func (s *scanner) phone(d []byte, gs []group, start, end int) bool {
	text := s.text
	plus := start > 0 && text[start-1] == '+'
	n := len(d)
	switch {
	case plus && n >= 8 && n <= 15 && d[0] != '0':
		s.add(Phone, start-1, s.extension(end), true)
		return true
	case s.american(d, gs, start):
	case n >= 7 && n <= 13 && len(gs) <= 6 && s.before(start, 14, "phone", "tel:", "tel.", "tel ", "call ", "mobile", "cell", "fax", "desk"):
	case n >= 7 && n <= 13 && len(gs) >= 2 && contains(text[end:min(len(text), end+8)], "office", "fax", "mobile", "cell", "desk"):
	default:
		return false
	}
	if start > 0 && text[start-1] == '(' && len(gs) > 1 && gs[1].sep == ')' {
		start--
	}
	s.add(Phone, start, s.extension(end), true)
	return true
}

// extension returns where an extension such as x718 after end ends; end where
// there is none.
func (s *scanner) extension(end int) int {
	to := end + 1
	for to < len(s.text) && class[s.text[to]] == digit {
		to++
	}
	if end >= len(s.text) || s.text[end] != 'x' || to-end < 3 || to-end > 7 || to < len(s.text) && class[s.text[to]] == letter {
		return end
	}
	return to
}

// american reports whether the groups are those of the North American plan:
// area and exchange begin with 2 to 9.
func (s *scanner) american(d []byte, gs []group, start int) bool {
	if lens(gs, 1, 3, 3, 4) && d[0] == '1' {
		d, gs = d[1:], gs[1:]
	}
	if !lens(gs, 3, 3, 4) || d[0] < '2' || d[3] < '2' || gs[2].sep == ' ' && gs[1].sep == ' ' || gs[2].sep == ')' {
		return false
	}
	return gs[1].sep == gs[2].sep || gs[1].sep == ')' && start > 0 && s.text[start-1] == '('
}
