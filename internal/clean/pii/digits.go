package pii

import "strings"

// group is a run of digits, and the byte between it and the one before.
type group struct {
	start, end int
	sep        byte
}

func (g group) len() int { return g.end - g.start }

// maxGroups is how many runs of digits a number may be written in.
const maxGroups = 7

// number looks at the digits [start, end) and those that follow after single
// blanks, hyphens, dots or brackets, and returns where the number that was
// found ends, 0 where none was.
func (s *scanner) number(start, end int) int {
	var gs [maxGroups]group
	gs[0] = group{start, end, 0}
	n := 1
	text := s.text
	for at := end; n < maxGroups && at+1 < len(text); {
		sep, next := text[at], at+1
		switch {
		case sep == ')' && (text[next] == ' ' || text[next] == '-'):
			next++
		case sep == ' ' && strings.HasPrefix(text[next:], "(0)"): // +46 (0)8 928 571
			next++
		}
		if sep != ' ' && sep != '-' && sep != '.' && sep != ')' || next >= len(text) || class[text[next]] != digit {
			break
		}
		to := next
		for to < len(text) && class[text[to]] == digit {
			to++
		}
		if to < len(text) && class[text[to]] == letter && text[to]|0x20 != 'x' { // x: a check digit, or an extension
			break
		}
		gs[n] = group{next, to, sep}
		n++
		at = to
	}
	switch sum := total(gs[:n]); {
	case n == 1 && sum < 5:
		if s.ipv6(start, end) {
			return end
		}
		return 0
	case n > 1 && sum < 7 && n != 4:
		return 0
	}
	return s.groups(gs[:n])
}

// groups tries the forms that a number in these groups can have, the longest
// first.
func (s *scanner) groups(gs []group) int {
	text := s.text
	for n := len(gs); n >= 1; n-- {
		part := gs[:n]
		start, end := part[0].start, part[n-1].end
		if end < len(text) && class[text[end]] == letter && !(text[end]|0x20 == 'x' && total(part) == 17) && s.extension(end) == end {
			continue
		}
		if s.whole(part, start, end) {
			if last := s.found[len(s.found)-1]; last.End > end {
				return last.End
			}
			return end
		}
	}
	return 0
}

// whole reports whether the groups together are something, valid or not.
func (s *scanner) whole(gs []group, start, end int) bool {
	var buf [32]byte
	d, n := buf[:0], total(gs)
	if n > len(buf) {
		return false
	}
	for _, g := range gs {
		d = append(d, s.text[g.start:g.end]...)
	}
	if len(gs) == 1 || uniform(gs) {
		asID := len(gs) == 1 || gs[0].len() == 6 // written 6-8-4 or 6-4-4-4
		switch {
		case !asID:
		case n == 17 && end < len(s.text) && s.text[end]|0x20 == 'x':
			if end+1 < len(s.text) && class[s.text[end+1]]&(digit|letter) != 0 {
				return false
			}
			return s.residentID(append(d, 'X'), start, end+1)
		case n == 18 && s.residentID(d, start, end), n == 18 && len(gs) == 1 && s.creditCode(string(d), start, end):
			return true
		case n == 15 && s.oldResidentID(d, start, end):
			return true
		}
		if n >= 12 && n <= 19 && s.bankCard(d, gs, start, end) {
			return true
		}
	}
	if n == 11 && d[0] == '1' && len(gs) == 1 && s.mobile(d, gs, start, end) {
		return true
	}
	return len(gs) == 1 && s.ipv6(start, end) || s.ipv4(gs, start, end) || s.mobile(d, gs, start, end) || s.ssn(d, gs, start, end) ||
		s.landline(d, gs, start, end) || s.phone(d, gs, start, end) || len(gs) == 1 && s.account(start, end) ||
		s.orgCode(gs, start, end)
}

func total(gs []group) int {
	n := 0
	for _, g := range gs {
		n += g.len()
	}
	return n
}

// uniform reports whether all groups are joined by the same blank or hyphen.
func uniform(gs []group) bool {
	for _, g := range gs[1:] {
		if g.sep != gs[1].sep || g.sep != ' ' && g.sep != '-' {
			return false
		}
	}
	return true
}

func lens(gs []group, want ...int) bool {
	if len(gs) != len(want) {
		return false
	}
	for i, g := range gs {
		if g.len() != want[i] {
			return false
		}
	}
	return true
}

func (s *scanner) residentID(d []byte, start, end int) bool {
	id := string(d)
	if !region(id) || !date(id[6:10], id[10:12], id[12:14]) {
		return false
	}
	s.add(ResidentID, start, end, ResidentIDValid(id))
	return true
}

// oldResidentID has no check digit: it must stand alone or be named.
func (s *scanner) oldResidentID(d []byte, start, end int) bool {
	id := string(d)
	if !region(id) || !date("19"+id[6:8], id[8:10], id[10:12]) || id[12:] == "000" {
		return false
	}
	alone := start == 0 && end == len(s.text)
	if !alone && !s.before(start, 40, "身份证", "证件", "id no", "id card", "identity", "身份號", "身份号") {
		return false
	}
	s.add(ResidentID, start, end, true)
	return true
}

// bankCard wants a right Luhn digit, and the range of an issuer or the word
// card before. Less than 16 digits cannot be told from serial numbers without
// the word; American Express has 15.
func (s *scanner) bankCard(d []byte, gs []group, start, end int) bool {
	if len(gs) > 1 && !cardGroups(gs) {
		return false
	}
	card := string(d)
	ok, full := LuhnValid(card), len(card) >= 16 || len(card) == 15 && card[0] == '3'
	ranged := full && cardRange(card)
	if ok && (ranged || s.before(start, 40, "card", "卡", "cc ", "visa", "amex") || start == 0 && end == len(s.text) && cardRange(card)) {
		s.add(BankCard, start, end, true)
		return true
	}
	if !ok && ranged && len(gs) == 1 && (len(card) == 16 || len(card) == 19) {
		s.add(BankCard, start, end, false)
		return true
	}
	return false
}

// cardGroups reports whether the digits stand as on a card: in fours, or 4-6-5
// as on American Express, or 6 and the rest as on old passbooks.
func cardGroups(gs []group) bool {
	if lens(gs, 4, 6, 5) || lens(gs, 4, 6, 4) || len(gs) == 2 && gs[0].len() == 6 && gs[1].len() >= 9 {
		return true
	}
	for i, g := range gs {
		if last := i == len(gs)-1; !last && g.len() != 4 || last && g.len() > 4 {
			return false
		}
	}
	return len(gs) >= 4
}

// prefix returns where a number that is written with a country code begins:
// +86, 0086 or (+86) before start.
func (s *scanner) prefix(start int, code string) int {
	at := start
	for at > 0 && (s.text[at-1] == ' ' || s.text[at-1] == '-' || s.text[at-1] == ')') && start-at < 2 {
		at--
	}
	for _, p := range []string{"+" + code, "00" + code} {
		if from := at - len(p); from >= 0 && s.text[from:at] == p && (from == 0 || class[s.text[from-1]] != digit) {
			if from > 0 && s.text[from-1] == '(' {
				from--
			}
			return from
		}
	}
	return start
}

func (s *scanner) mobile(d []byte, gs []group, start, end int) bool {
	if len(d) == 13 && len(gs) == 1 && d[0] == '8' && d[1] == '6' && mobileNumber(d[2:]) {
		s.add(Mobile, s.prefix(start+2, "86"), end, true)
		return true
	}
	if len(gs) > 1 && gs[0].len() == 2 && s.text[gs[0].start:gs[0].end] == "86" && start > 0 && s.text[start-1] == '+' {
		d, gs = d[2:], gs[1:] // +86 138 0013 8000
	}
	if len(d) != 11 || d[0] != '1' || !(len(gs) == 1 || lens(gs, 3, 4, 4) || lens(gs, 4, 3, 4) || lens(gs, 3, 8)) || gs[len(gs)-1].sep == '.' {
		return false
	}
	if mobileNumber(d) {
		s.add(Mobile, s.prefix(gs[0].start, "86"), end, true)
		return true
	}
	if len(gs) == 1 && d[1] != '0' {
		s.add(Mobile, start, end, false)
		return true
	}
	return false
}

// mobileNumber checks the segments that are given to the operators (numbering
// plan of the Ministry of Industry and Information Technology, 2024).
func mobileNumber(d []byte) bool {
	if len(d) != 11 || d[0] != '1' {
		return false
	}
	third := d[2] - '0'
	switch d[1] {
	case '3', '8':
		return true
	case '4':
		return third != 2 && third != 3
	case '5':
		return third != 4
	case '6':
		return third == 2 || third >= 5 && third <= 7
	case '7':
		return third != 9
	case '9':
		return third != 4
	}
	return false
}

// landline wants a Chinese area code apart from the number, or a word before.
func (s *scanner) landline(d []byte, gs []group, start, end int) bool {
	if len(gs) > 1 && gs[1].sep == '.' {
		return false
	}
	if (lens(gs, 3, 3, 4) || lens(gs, 3, 7) || lens(gs, 3, 4, 3) || lens(gs, 10)) && (string(d[:3]) == "400" || string(d[:3]) == "800") && d[3] != '0' {
		if len(gs) > 1 || s.before(start, 30, "电话", "热线", "客服", "tel", "hotline") {
			s.add(Landline, start, end, true)
			return true
		}
	}
	if d[0] != '0' || len(d) < 10 || len(d) > 12 || d[1] == '0' {
		return false
	}
	area := 4
	if d[1] == '1' || d[1] == '2' {
		area = 3
	}
	rest := len(d) - area
	if rest != 7 && rest != 8 || d[area] == '0' || d[area] == '1' || area == 3 && rest != 8 {
		return false
	}
	apart := len(gs) > 1 && gs[0].len() == area && len(gs) <= 3
	if !apart && !(len(gs) == 1 && s.before(start, 30, "电话", "座机", "传真", "tel", "fax", "phone")) {
		return false
	}
	if start > 0 && s.text[start-1] == '(' && len(gs) > 1 && gs[1].sep == ')' {
		start--
	}
	s.add(Landline, start, end, true)
	return true
}

// account is a number that only a word before it names.
func (s *scanner) account(start, end int) bool {
	n := end - start
	if n < 5 || n > 11 {
		return false
	}
	switch {
	case s.named(start, "qq", "扣扣"):
		if s.text[start] == '0' {
			return false
		}
		s.add(QQ, start, end, true)
	case n >= 6 && s.named(start, "微信", "wechat", "weixin"):
		s.add(WeChat, start, end, true)
	case n == 8 && s.before(start, 40, "台胞证", "台湾居民来往大陆通行证"):
		s.add(TravelPermit, start, end, true)
	default:
		return false
	}
	return true
}
