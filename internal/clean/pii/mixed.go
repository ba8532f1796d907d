package pii

import "strings"

// Words that say what letters and digits are.
var (
	namesAdded    = namerOf("微信", "加")
	namesWeChatID = namerOf("微信", "wechat", "weixin", "vx", "wx")
	creditWords   = wordsOf("信用代码", "税号", "纳税人识别号", "credit code")
	orgWords      = wordsOf("组织机构代码", "机构代码")
	ibanWords     = wordsOf("iban")
	passportWords = wordsOf("护照", "護照", "passport")
	permitWords   = wordsOf("通行证", "回乡证", "通行證", "permit")
)

// mixed looks at the word [start, end) that has letters and digits.
func (s *scanner) mixed(start, end int) {
	w := s.text[start:end]
	switch {
	case len(w) == 18 && digits(w[:17]) && s.residentID(w[:17]+"X", start, end):
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
	var buf [8]byte
	head := buf[:min(n, len(buf))]
	for i := range head {
		head[i] = lower(w[i])
	}
	switch string(head) {
	case "wx", "vx", "v", "wechat", "weixin":
		if len(w) >= n+6 && n > 1 || len(w) >= 6 && len(w) <= 20 && namesAdded.names(s.text, start) {
			s.add(WeChat, start, end, true)
			return
		}
	case "qq", "tel", "phone", "mobile", "id", "no", "card":
		if digits(w[n:]) {
			s.past = max(s.past, s.number(start+n, end))
			return
		}
	}
	if len(w) >= 6 && len(w) <= 20 && n > 0 && namesWeChatID.names(s.text, start) {
		s.add(WeChat, start, end, true)
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
		if !(valid && OrgCodeValid(code[8:17])) && !s.before(start, 60, creditWords) {
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
	if !lens(gs, 8, 1) || gs[1].sep != '-' || !s.before(start, 60, orgWords) {
		return false
	}
	s.add(OrgCode, start, end, OrgCodeValid(s.text[start:start+8]+s.text[end-1:end]))
	return true
}

// orgLetters looks at an organisation code with letters, such as MA01ABCD-3.
func (s *scanner) orgLetters(w string, start, end int) bool {
	if len(w) != 8 || end+2 > len(s.text) || s.text[end] != '-' || !s.before(start, 60, orgWords) {
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
	text := s.text
	if end-start < 4 || end-start > 34 || class[text[start]] != letter || class[text[start+1]] != letter || !digits(text[start+2:start+4]) {
		return false
	}
	want := ibanLength(text[start], text[start+1])
	if want == 0 || text[start] >= 'a' && !s.before(start, 20, ibanWords) {
		return false
	}
	var buf [34]byte
	code := appendUpper(buf[:0], text[start:end])
	if text[start] < 'a' && string(code) != text[start:end] {
		return false
	}
	if len(code) == 4 {
		to := end
		for len(code) < want && to < len(text) && text[to] == ' ' {
			n := 0
			for to+1+n < len(text) && n < 4 && class[text[to+1+n]]&(digit|letter) != 0 {
				n++
			}
			if n == 0 {
				break
			}
			code = appendUpper(code, text[to+1:to+1+n])
			to += 1 + n
			if n < 4 {
				break
			}
		}
		if to < len(text) && class[text[to]]&(digit|letter) != 0 {
			return false
		}
		end = to
	}
	if len(code) != want {
		return false
	}
	valid := IBANValid(string(code))
	s.add(IBAN, start, end, valid)
	if valid {
		s.past = end
	}
	return true
}

func appendUpper(to []byte, text string) []byte {
	for i := range len(text) {
		c := text[i]
		if class[c] == letter {
			c &^= 0x20
		}
		to = append(to, c)
	}
	return to
}

// Provinces on plates (GA 36-2018), with those of embassies and the armed
// police apart.
const plateProvinces = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"

// plate looks at the characters of a vehicle plate after its province: a
// letter and five more, six on new energy vehicles.
func (s *scanner) plate(start, end int) bool {
	from, w := start, s.text[start:end]
	if n := len("·"); start > n && s.text[start-n:start] == "·" && class[s.text[start-n-1]] == letter {
		from = start - n - 1
		w = s.text[from:from+1] + w
	}
	if len(w) < 5 || len(w) > 7 || from < 3 || s.text[from-1] < 0x80 || len(w) == 5 && !strings.HasPrefix(s.text[end:], "学") {
		return false
	}
	if !strings.Contains(plateProvinces, s.text[from-3:from]) || w[0] < 'A' || w[0] > 'Z' || w[0] == 'I' {
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
	case n == 9 && strings.IndexByte("EGDSPHKM", first) >= 0 && (second || first == 'E') && s.before(start, 40, passportWords):
		s.add(Passport, start, end, true)
	case second && (n == 9 || n == 11) && strings.IndexByte("HMCWT", first) >= 0 && s.before(start, 60, permitWords):
		s.add(TravelPermit, start, end, true)
	default:
		return false
	}
	return true
}
