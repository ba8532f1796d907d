package pii

// ResidentIDValid reports whether s is a resident identity number of 18
// characters (GB 11643-1999): a region, a date of birth and a check digit by
// ISO 7064 MOD 11-2.
func ResidentIDValid(s string) bool {
	if len(s) != 18 || !digits(s[:17]) || !region(s) || !date(s[6:10], s[10:12], s[12:14]) {
		return false
	}
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(s[i]-'0') * w
	}
	want := "10X98765432"[sum%11]
	return s[17] == want || s[17] == 'x' && want == 'X'
}

// LuhnValid reports whether the digits of s satisfy ISO/IEC 7812-1, annex B.
func LuhnValid(s string) bool {
	if len(s) < 2 || !digits(s) {
		return false
	}
	sum, same := 0, byte(0)
	for i := range len(s) {
		c := s[len(s)-1-i]
		sum += luhn[i&1][c-'0']
		same |= c ^ s[0]
	}
	return sum%10 == 0 && same != 0
}

// luhn is what a digit counts at even and at odd places from the right.
var luhn = [2][10]int{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {0, 2, 4, 6, 8, 1, 3, 5, 7, 9}}

// CreditCodeValid reports whether s is a unified social credit code (GB
// 32100-2015): 31 characters without I, O, S, V and Z, weights 3^i mod 31.
func CreditCodeValid(s string) bool {
	if len(s) != 18 || !digits(s[2:8]) {
		return false
	}
	sum, weight := 0, 1
	for i := range 17 {
		k := creditValues[s[i]]
		if k == 0 {
			return false
		}
		sum += int(k-1) * weight
		weight = weight * 3 % 31
	}
	return s[17] == creditSet[(31-sum%31)%31]
}

const creditSet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// creditValues are the places of the characters in creditSet, from 1.
var creditValues = func() (v [256]uint8) {
	for i, c := range creditSet {
		v[c] = uint8(i + 1)
	}
	return v
}()

// OrgCodeValid reports whether s is an organisation code (GB 11714-1997) of
// nine characters without the hyphen.
func OrgCodeValid(s string) bool {
	if len(s) != 9 {
		return false
	}
	sum := 0
	for i, w := range [8]int{3, 7, 9, 10, 5, 8, 4, 2} {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			sum += int(c-'0') * w
		case c >= 'A' && c <= 'Z':
			sum += int(c-'A'+10) * w
		default:
			return false
		}
	}
	return s[8] == "0X987654321"[sum%11]
}

// IBANValid reports whether s, without blanks, is an international bank account
// number: its country's length where that is known, and remainder 1 by ISO
// 7064 MOD 97-10.
func IBANValid(s string) bool {
	if !ibanForm(s) {
		return false
	}
	mod := 0
	for i := range len(s) {
		c := s[(i+4)%len(s)]
		if c >= 'A' {
			mod = (mod*100 + int(c-'A') + 10) % 97
		} else {
			mod = (mod*10 + int(c-'0')) % 97
		}
	}
	return mod == 1
}

// ibanLength is the length of the IBANs of a country, in any case, by the IBAN
// registry (SWIFT, release 99); 0 where it is not known.
func ibanLength(a, b byte) int {
	i, j := a&^0x20-'A', b&^0x20-'A'
	if i >= 26 || j >= 26 {
		return 0
	}
	return int(ibanLengths[i][j])
}

// ibanLengths are those of the countries with the most payments.
var ibanLengths = func() (l [26][26]uint8) {
	for country, n := range map[string]uint8{
		"AD": 24, "AE": 23, "AT": 20, "AZ": 28, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21, "CY": 28, "CZ": 24,
		"DE": 22, "DK": 18, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GR": 27,
		"HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LI": 21,
		"LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MT": 31, "NL": 18, "NO": 15, "PK": 24,
		"PL": 28, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24,
		"TR": 26, "UA": 29, "VA": 22,
	} {
		l[country[0]-'A'][country[1]-'A'] = n
	}
	return l
}()

func ibanForm(s string) bool {
	if len(s) < 4 || len(s) > 34 || s[0] > 'Z' || s[1] > 'Z' || !digits(s[2:4]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; class[c]&(digit|letter) == 0 || c >= 'a' {
			return false
		}
	}
	return ibanLength(s[0], s[1]) == len(s)
}

func digits(s string) bool {
	for i := range len(s) {
		if class[s[i]] != digit {
			return false
		}
	}
	return true
}

// provinces are the first two digits of GB/T 2260 codes; 71, 81, 82 and 83 are
// those of residence permits too.
var provinces = func() (p [100]bool) {
	for _, c := range []int{11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83} {
		p[c] = true
	}
	return p
}()

// region reports whether s begins with the code of a region: a province, and a
// prefecture in it (permits of Hong Kong, Macau and Taiwan have none).
func region(s string) bool {
	p := int(s[0]-'0')*10 + int(s[1]-'0')
	return p >= 0 && p < 100 && provinces[p] && (s[2:4] != "00" || p > 70)
}

// date reports whether a date of birth exists. Years are those in which
// somebody who is in a bank's books can be born.
func date(year, month, day string) bool {
	if !digits(year) || !digits(month) || !digits(day) {
		return false
	}
	y, m, d := value(year), value(month), value(day)
	if y < 1850 || y > 2035 || m < 1 || m > 12 || d < 1 {
		return false
	}
	last := [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m]
	if m == 2 && y%4 == 0 && (y%100 != 0 || y%400 == 0) {
		last = 29
	}
	return d <= last
}

// value is the number that digits write.
func value(d string) int {
	n := 0
	for i := range len(d) {
		n = n*10 + int(d[i]-'0')
	}
	return n
}

// cardRange reports whether a number begins as the cards of its length do
// (ISO/IEC 7812 issuer ranges of the networks, and those of Chinese banks from
// before UnionPay's 62).
func cardRange(s string) bool {
	two, four := value(s[:2]), value(s[:4])
	n := len(s)
	switch {
	case two == 62 || two == 81: // UnionPay
		return n >= 16
	case s[0] == '4': // Visa
		return n == 13 || n == 16 || n == 19
	case two >= 51 && two <= 55, four >= 2221 && four <= 2720: // Mastercard
		return n == 16
	case two == 34 || two == 37: // American Express
		return n == 15
	case four >= 3528 && four <= 3589: // JCB
		return n >= 16
	case four == 6011, two == 65, four >= 6440 && four <= 6499: // Discover
		return n >= 16
	case two == 36, two == 38, two == 39, four >= 3000 && four <= 3059: // Diners Club
		return n >= 14
	case two == 50, two >= 56 && two <= 58, two == 63, two == 67: // Maestro
		return n >= 13
	case four == 6013, four == 6858, four == 6907, four >= 9400 && four <= 9409, four == 9558, four == 9666, four == 9688, four == 9843, four == 9988, four >= 1030 && four <= 1039:
		return n == 16 || n == 19 // debit cards of Chinese banks
	}
	return false
}
