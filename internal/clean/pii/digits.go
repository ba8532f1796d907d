package pii

import "strings"

// Words that say what a number is.
var (
	idWords       = wordsOf("身份证", "证件", "id no", "id card", "identity", "身份號", "身份号")
	cardWords     = wordsOf("card", "卡", "cc ", "visa", "amex")
	serviceWords  = wordsOf("电话", "热线", "客服", "tel", "hotline")
	landlineWords = wordsOf("电话", "座机", "传真", "tel", "fax", "phone")
	taiwanWords   = wordsOf("台胞证", "台湾居民来往大陆通行证")
	namesQQ       = namerOf("qq", "扣扣")
	namesWeChat   = namerOf("微信", "wechat", "weixin")
)

// group is a run of digits, and the byte between it and the one before.
type group struct {
	start, end int
	sep        byte
}

func (g group) len() int { return g.end - g.start }

const (
	maxGroups = 7  // runs of digits that a number may be written in
	longest   = 19 // digits that a number of any type may have: bank cards
)

// chain is the runs of digits that stand one after the other, as far as was
// looked: the groups of a number, and those of the numbers that begin with the
// later ones.
type chain struct {
	groups [maxGroups]group
	n      int
	ended  bool // nothing goes on after the last one
}

// from makes the chain that of the digits [start, end), and returns it.
func (c *chain) from(text string, start, end int) []group {
	k := 1
	for k < c.n && c.groups[k].start != start {
		k++
	}
	if k < c.n && c.groups[k].end == end {
		c.n = copy(c.groups[:], c.groups[k:c.n])
	} else {
		c.n, c.ended = 1, false
		c.groups[0] = group{start, end, 0}
	}
	for c.n < maxGroups && !c.ended {
		c.grow(text)
	}
	return c.groups[:c.n]
}

// grow takes in the digits that follow after single blanks, hyphens, dots or
// brackets.
func (c *chain) grow(text string) {
	at := c.groups[c.n-1].end
	c.ended = true
	if at+1 >= len(text) {
		return
	}
	sep, next := text[at], at+1
	switch sep {
	case '-', '.':
	case ')':
		if text[next] == ' ' || text[next] == '-' {
			next++
		}
	case ' ':
		if strings.HasPrefix(text[next:], "(0)") { // +46 (0)8 928 571
			next++
		}
	default:
		return
	}
	to := next
	for to < len(text) && class[text[to]] == digit {
		to++
	}
	if to == next || to < len(text) && class[text[to]] == letter && text[to]|0x20 != 'x' { // x: a check digit, or an extension
		return
	}
	c.groups[c.n] = group{next, to, sep}
	c.n++
	c.ended = false
}

// number looks at the digits [start, end) and the groups that follow, and
// returns where the number that was found ends, 0 where none was.
func (s *scanner) number(start, end int) int {
	if end-start > longest {
		return 0
	}
	text := s.text
	gs := s.chain.from(text, start, end)
	n, t := 0, 0
	for n < len(gs) && t+gs[n].len() <= longest {
		t += gs[n].len()
		n++
	}
	s.phoned = 0
	// The forms that a number in these groups can have, the longest first.
	for ; n > 0; n-- {
		end := gs[n-1].end
		if t >= 7 || n == 1 && t >= 5 || n == 4 && gs[1].sep == '.' {
			joined := end < len(text) && class[text[end]] == letter && !(text[end]|0x20 == 'x' && t == 17) && s.extension(end) == end
			if !joined && s.whole(gs[:n], t, start, end) {
				return max(end, s.found[len(s.found)-1].End)
			}
		}
		t -= gs[n-1].len()
	}
	if s.ipv6(start, end) {
		return end
	}
	return 0
}

// join is the digits of all groups together.
func (s *scanner) join(gs []group) string {
	if len(gs) == 1 {
		return s.text[gs[0].start:gs[0].end]
	}
	b := s.digits[:0]
	for _, g := range gs {
		b = append(b, s.text[g.start:g.end]...)
	}
	return string(b)
}

// whole reports whether the groups, n digits together, are something, valid or
// not. What their number, their first digit or the length of the first group
// rules out is not looked at.
func (s *scanner) whole(gs []group, n, start, end int) bool {
	one, first, head := len(gs) == 1, gs[0].len(), s.text[start]
	if n >= 12 && (one || (first == 4 || first == 6) && uniform(gs)) {
		asID := one || first == 6 // written 6-8-4 or 6-4-4-4
		switch {
		case !asID:
		case n == 17 && end < len(s.text) && s.text[end]|0x20 == 'x':
			if end+1 < len(s.text) && class[s.text[end+1]]&(digit|letter) != 0 {
				return false
			}
			return s.residentID(s.join(gs)+"X", start, end+1)
		case n == 18 && s.residentID(s.join(gs), start, end), n == 18 && one && s.creditCode(s.join(gs), start, end):
			return true
		case n == 15 && s.oldResidentID(s.join(gs), start, end):
			return true
		}
		if (one || cardGroups(gs)) && s.bankCard(s.join(gs), one, start, end) {
			return true
		}
	}
	switch {
	case n > 15:
		return false
	case len(gs) == 4 && gs[1].sep == '.' && s.ipv4(gs, start, end),
		(n == 11 || n == 13) && (head == '1' || head == '8') && s.mobile(gs, n, start, end),
		n == 9 && (one || len(gs) == 3 && first == 3) && s.ssn(gs, start, end),
		n >= 10 && n <= 12 && (head == '0' || head == '4' || head == '8') && s.landline(gs, n, start, end),
		n >= 7 && s.phone(gs, n, start, end),
		one && n <= 11 && s.account(start, end):
		return true
	}
	return (n == 8 || n == 9) && first == 8 && s.orgCode(gs, start, end)
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

func (s *scanner) residentID(id string, start, end int) bool {
	if !region(id) || !date(id[6:10], id[10:12], id[12:14]) {
		return false
	}
	s.add(ResidentID, start, end, ResidentIDValid(id))
	return true
}

// oldResidentID has no check digit: it must stand alone or be named.
func (s *scanner) oldResidentID(id string, start, end int) bool {
	if !region(id) || !date("19"+id[6:8], id[8:10], id[10:12]) || id[12:] == "000" {
		return false
	}
	alone := start == 0 && end == len(s.text)
	if !alone && !s.before(start, 40, idWords) {
		return false
	}
	s.add(ResidentID, start, end, true)
	return true
}

// bankCard wants a right Luhn digit, and the range of an issuer or the word
// card before. Less than 16 digits cannot be told from serial numbers without
// the word; American Express has 15.
func (s *scanner) bankCard(card string, one bool, start, end int) bool {
	ranged := (len(card) >= 16 || len(card) == 15 && card[0] == '3') && cardRange(card)
	switch {
	case ranged && LuhnValid(card),
		!ranged && (s.before(start, 40, cardWords) || start == 0 && end == len(s.text) && cardRange(card)) && LuhnValid(card):
		s.add(BankCard, start, end, true)
	case ranged && one && (len(card) == 16 || len(card) == 19):
		s.add(BankCard, start, end, false)
	default:
		return false
	}
	return true
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

// china returns where a number begins that is written with the country code:
// +86, 0086 or (+86) before start.
func (s *scanner) china(start int) int {
	at := start
	for at > 0 && (s.text[at-1] == ' ' || s.text[at-1] == '-' || s.text[at-1] == ')') && start-at < 2 {
		at--
	}
	if at < 3 || s.text[at-2:at] != "86" {
		return start
	}
	for _, p := range [...]string{"+86", "0086"} {
		if from := at - len(p); from >= 0 && s.text[from:at] == p && (from == 0 || class[s.text[from-1]] != digit) {
			if from > 0 && s.text[from-1] == '(' {
				from--
			}
			return from
		}
	}
	return start
}

func (s *scanner) mobile(gs []group, n, start, end int) bool {
	text := s.text
	if n == 13 && len(gs) == 1 && text[start:start+2] == "86" && mobileNumber(text[start+2:end]) {
		s.add(Mobile, s.china(start+2), end, true)
		return true
	}
	if len(gs) > 1 && gs[0].len() == 2 && text[start:start+2] == "86" && start > 0 && text[start-1] == '+' {
		gs, n = gs[1:], n-2 // +86 138 0013 8000
	}
	if n != 11 || text[gs[0].start] != '1' || !(len(gs) == 1 || lens(gs, 3, 4, 4) || lens(gs, 4, 3, 4) || lens(gs, 3, 8)) || gs[len(gs)-1].sep == '.' {
		return false
	}
	if mobileNumber(s.join(gs)) {
		s.add(Mobile, s.china(gs[0].start), end, true)
		return true
	}
	if len(gs) == 1 && text[start+1] != '0' {
		s.add(Mobile, start, end, false)
		return true
	}
	return false
}

// mobileNumber checks the segments that are given to the operators (numbering
// plan of the Ministry of Industry and Information Technology, 2024).
func mobileNumber(d string) bool {
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
func (s *scanner) landline(gs []group, n, start, end int) bool {
	if len(gs) > 1 && gs[1].sep == '.' {
		return false
	}
	text, one := s.text, len(gs) == 1
	if code := text[start : start+3]; (code == "400" || code == "800") && (one && n == 10 || lens(gs, 3, 3, 4) || lens(gs, 3, 7) || lens(gs, 3, 4, 3)) {
		rest := start + 3
		if !one {
			rest = gs[1].start
		}
		if text[rest] != '0' && (!one || s.before(start, 30, serviceWords)) {
			s.add(Landline, start, end, true)
			return true
		}
	}
	if text[start] != '0' || text[start+1] == '0' || !one && len(gs) > 3 {
		return false
	}
	area := 4
	if text[start+1] == '1' || text[start+1] == '2' {
		area = 3
	}
	apart := !one && gs[0].len() == area
	if !apart && !(one && s.before(start, 30, landlineWords)) {
		return false
	}
	rest := start + area
	if !one {
		rest = gs[1].start
	}
	if n-area != 7 && n-area != 8 || text[rest] == '0' || text[rest] == '1' || area == 3 && n-area != 8 {
		return false
	}
	if start > 0 && text[start-1] == '(' && !one && gs[1].sep == ')' {
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
	case namesQQ.names(s.text, start):
		if s.text[start] == '0' {
			return false
		}
		s.add(QQ, start, end, true)
	case n >= 6 && namesWeChat.names(s.text, start):
		s.add(WeChat, start, end, true)
	case n == 8 && s.before(start, 40, taiwanWords):
		s.add(TravelPermit, start, end, true)
	default:
		return false
	}
	return true
}
