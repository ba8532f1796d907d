package pii

import "strings"

// mixed looks at the word [start, end) that has letters and digits.
func (s *scanner) mixed(start, end int) {
	w := s.text[start:end]
	switch {
	case len(w) == 18 && digits(w[:17]) && s.residentID([]byte(w[:17]+"X"), start, end):
	case len(w) == 18 && s.creditCode(strings.ToUpper(w), start, end):
	case s.iban(start, end):
	case s.ipv6(start, end):
	case s.plate(start, end):
	case s.document(w, start, end):
	case s.orgLetters(w, start, end):
	default:
		s.prefixed(w, start, end)
	}
}

// prefixed looks at a number that a word is written to without a space, as in
// QQ12345678 or tel13800138000.
func (s *scanner) prefixed(w string, start, end int) {
	n := 0
	for n < len(w) && class[w[n]] == letter {
		n++
	}
	switch strings.ToLower(w[:n]) {
	case "wx", "vx", "v", "wechat", "weixin":
		if len(w) >= n+6 && strings.ToLower(w[:n]) != "v" || s.named(start, "微信", "加") && len(w) >= 6 && len(w) <= 20 {
			s.add(WeChat, start, end, true)
			return
		}
	case "qq", "tel", "phone", "mobile", "id", "no", "card":
		if digits(w[n:]) {
			s.number(start+n, end)
			return
		}
	}
	if len(w) >= 6 && len(w) <= 20 && n > 0 && s.named(start, "微信", "wechat", "weixin", "vx", "wx") {
		s.add(WeChat, start, end, true)
	}
}

// links stand between a word and the number it names.
var links = []string{"：", "号", "码", "是", "为", "（", "，", " is", "number", "no.", "id"}

// named reports whether one of the words stands right before i, but for marks
// and links.
func (s *scanner) named(i int, words ...string) bool {
	near := s.text[max(0, i-24):i]
	for {
		n := len(near)
		for n > 0 && strings.IndexByte(" :=\t\"'(#", near[n-1]) >= 0 {
			n--
		}
		short := near[:n]
		for _, link := range links {
			short, _ = cut(short, link)
		}
		for _, w := range words {
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

// creditCode looks at 18 characters. Where they are digits only, the code of
// the organisation in them must be right too, or a word must name it: one in
// 31 of all numbers has the right last digit.
func (s *scanner) creditCode(code string, start, end int) bool {
	if strings.IndexByte("123456789ANY", code[0]) < 0 || !digits(code[2:8]) || !region(code[2:8]) {
		return false
	}
	valid := CreditCodeValid(code)
	if digits(code) {
		if !(valid && OrgCodeValid(code[8:17])) && !s.before(start, 60, "信用代码", "税号", "纳税人识别号", "credit code") {
			return false
		}
	} else if !valid { // 18 letters and digits: of codes only, if the letters are theirs
		for i := range len(code) {
			if strings.IndexByte("IOSVZ", code[i]) >= 0 {
				return false
			}
		}
	}
	s.add(CreditCode, start, end, valid)
	return true
}

// orgCode looks at eight digits, a hyphen and one more, or X.
func (s *scanner) orgCode(gs []group, start, end int) bool {
	if lens(gs, 8) && end+1 < len(s.text) && s.text[end] == '-' && s.text[end+1] == 'X' {
		return s.orgLetters(s.text[start:end], start, end)
	}
	if !lens(gs, 8, 1) || gs[1].sep != '-' || !s.before(start, 60, "组织机构代码", "机构代码") {
		return false
	}
	s.add(OrgCode, start, end, OrgCodeValid(s.text[start:start+8]+s.text[end-1:end]))
	return true
}

// orgLetters looks at an organisation code with letters, such as MA01ABCD-3.
func (s *scanner) orgLetters(w string, start, end int) bool {
	if len(w) != 8 || end+2 > len(s.text) || s.text[end] != '-' || !s.before(start, 60, "组织机构代码", "机构代码") {
		return false
	}
	if end+2 < len(s.text) && class[s.text[end+2]]&(digit|letter) != 0 {
		return false
	}
	s.add(OrgCode, start, end+2, OrgCodeValid(w+s.text[end+1:end+2]))
	s.past = end + 2
	return true
}

// iban looks at a word that begins as an IBAN does, and at the groups of four
// after it.
func (s *scanner) iban(start, end int) bool {
	w := s.text[start:end]
	if len(w) < 4 || class[w[0]] != letter || !digits(w[2:4]) {
		return false
	}
	if w[0] >= 'a' {
		if !s.before(start, 20, "iban") {
			return false
		}
		w = strings.ToUpper(w)
	}
	want, known := ibanLengths[w[:2]]
	if !known {
		return false
	}
	if len(w) == 4 {
		to := end
		for len(w) < want && to < len(s.text) && s.text[to] == ' ' {
			n := 0
			for to+1+n < len(s.text) && n < 4 && class[s.text[to+1+n]]&(digit|letter) != 0 {
				n++
			}
			if n == 0 {
				break
			}
			w += strings.ToUpper(s.text[to+1 : to+1+n])
			to += 1 + n
			if n < 4 {
				break
			}
		}
		if to < len(s.text) && class[s.text[to]]&(digit|letter) != 0 {
			return false
		}
		end = to
	}
	if !ibanForm(w) {
		return false
	}
	s.add(IBAN, start, end, IBANValid(w))
	s.past = end
	return true
}

// Provinces on plates (GA 36-2018), with those of embassies and the armed
// police apart.
const plateProvinces = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"

// plate looks at the characters of a vehicle plate after its province: a
// letter and five more, six on new energy vehicles.
func (s *scanner) plate(start, end int) bool {
	from, w := start, s.text[start:end]
	if n := len("·"); start >= n+1 && s.text[start-n:start] == "·" && class[s.text[start-n-1]] == letter {
		from = start - n - 1
		w = s.text[from:from+1] + w
	}
	if len(w) != 6 && len(w) != 7 && !(len(w) == 5 && strings.HasPrefix(s.text[end:], "学")) {
		return false
	}
	if from < 3 || !strings.Contains(plateProvinces, s.text[from-3:from]) || w[0] < 'A' || w[0] > 'Z' || w[0] == 'I' {
		return false
	}
	count := 0
	for i := 1; i < len(w); i++ {
		switch c := w[i]; {
		case class[c] == digit:
			count++
		case c < 'A' || c > 'Z' || c == 'I' || c == 'O':
			return false
		}
	}
	if count < 3 || len(w) == 7 && !strings.ContainsAny(w[1:2]+w[6:], "ABCDEFGHJK") {
		return false
	}
	to := end
	for _, last := range []string{"警", "学", "挂", "港", "澳", "领"} {
		if strings.HasPrefix(s.text[end:], last) && len(w) < 7 {
			to += len(last)
		}
	}
	s.add(Plate, from-3, to, true)
	return true
}

// document looks at passports and permits, which only a word before names.
func (s *scanner) document(w string, start, end int) bool {
	n := len(w)
	if n < 8 || n > 11 || class[w[0]] != letter || !digits(w[2:]) {
		return false
	}
	first := w[0] &^ 0x20
	second := class[w[1]] == digit
	switch {
	case n == 9 && strings.IndexByte("EGDSPHKM", first) >= 0 && (second || first == 'E') && s.before(start, 40, "护照", "護照", "passport"):
		s.add(Passport, start, end, true)
	case second && (n == 9 || n == 11) && strings.IndexByte("HMCWT", first) >= 0 && s.before(start, 60, "通行证", "回乡证", "通行證", "permit"):
		s.add(TravelPermit, start, end, true)
	default:
		return false
	}
	return true
}
