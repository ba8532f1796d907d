package typed

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// Kind is how a value is read.
type Kind string

// The kinds.
const (
	Text     Kind = "text"
	Number   Kind = "number"   // a plain number, without currency or unit
	Money    Kind = "money"    // an amount in a currency
	Percent  Kind = "percent"  // with its mark: 5%, 5‰, 百分之五
	Date     Kind = "date"     // a day
	Phone    Kind = "phone"    // a telephone number
	Quantity Kind = "quantity" // a number with a unit of measure
)

// Kinds are all of them, the most special first.
var Kinds = []Kind{Date, Phone, Percent, Money, Quantity, Number, Text}

// Canonical is the form in which values of a kind are compared, and whether
// the value could be read as that kind; one that could not is compared as
// text. currency is that of amounts that name none, as an ISO 4217 code; ""
// leaves them without one.
func Canonical(k Kind, currency, value string) (form string, read bool) {
	s := Plain(value)
	switch k {
	case Number:
		if v, ok := number(s); ok {
			return "number:" + v.RatString(), true
		}
	case Money:
		if v, code, ok := amount(s); ok {
			if code == "" {
				code = strings.ToUpper(currency)
			}
			return "money:" + code + ":" + v.RatString(), true
		}
	case Percent:
		if v, ok := percentage(s); ok {
			return "percent:" + v.RatString(), true
		}
	case Date:
		if d, ok := day(s); ok {
			return "date:" + d, true
		}
	case Phone:
		if p, ok := phone(s); ok {
			return "phone:" + p, true
		}
	case Quantity:
		if v, dimension, ok := quantity(s); ok {
			return "quantity:" + dimension + ":" + v.RatString(), true
		}
	case Text:
		return "text:" + s, true
	}
	return "text:" + s, false
}

// Equal reports whether two values of a kind are the same.
func Equal(k Kind, currency, a, b string) bool {
	x, _ := Canonical(k, currency, a)
	y, _ := Canonical(k, currency, b)
	return x == y
}

// Of is the kind that all values have; empty ones do not count. Where it is
// not clear it is Text: numbers with leading zeros or of more than 15 digits
// are identifiers, amounts without a mark are numbers.
func Of(values []string) Kind {
	for _, k := range Kinds {
		n := 0
		for _, v := range values {
			s := Plain(v)
			if s == "" {
				continue
			}
			if n++; !surely(k, s) {
				n = -1
				break
			}
		}
		if n > 0 {
			return k
		}
	}
	return Text
}

// surely reports whether a plain text is of a kind and of no other.
func surely(k Kind, s string) bool {
	if _, ok := Canonical(k, "", s); !ok {
		return false
	}
	digits := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
	switch k {
	case Date:
		return !digits
	case Phone:
		return likePhone(s)
	case Money:
		_, code, _ := amount(s)
		return code != ""
	case Number:
		whole, _, _ := strings.Cut(strings.TrimLeft(s, "+-"), ".")
		return len(s) <= 15 && s[0] < 0x80 && (whole == "0" || whole[0] != '0')
	}
	return true
}

// Plain is text without differences of width, case and white space; between
// Han characters white space is none.
func Plain(s string) string {
	s = strings.ToLower(width.Fold.String(norm.NFC.String(s)))
	words := strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' })
	var b strings.Builder
	for i, w := range words {
		if i > 0 && !(han(last(words[i-1])) || han(first(w))) {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

func first(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

func last(s string) (out rune) {
	for _, r := range s {
		out = r
	}
	return out
}
