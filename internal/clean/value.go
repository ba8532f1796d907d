package clean

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Value is an amount or a date of a text in one form, beside the text: bytes
// [Start, End) stay as they are written.
type Value struct {
	Kind  string `json:"kind"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	Value string `json:"value"`          // 2024-03-15; a decimal number
	Unit  string `json:"unit,omitempty"` // of an amount: ISO 4217
}

// Kinds of values.
const (
	ValueAmount = "amount"
	ValueDate   = "date"
)

// Currency words after and before a number.
var (
	currencyAfter  = []struct{ word, unit string }{{"元人民币", "CNY"}, {"港元", "HKD"}, {"港币", "HKD"}, {"美元", "USD"}, {"美金", "USD"}, {"欧元", "EUR"}, {"英镑", "GBP"}, {"日元", "JPY"}, {"元", "CNY"}, {"圆", "CNY"}, {"CNY", "CNY"}, {"RMB", "CNY"}, {"USD", "USD"}, {"EUR", "EUR"}, {"HKD", "HKD"}}
	currencyBefore = []struct{ word, unit string }{{"人民币", "CNY"}, {"人民幣", "CNY"}, {"¥", "CNY"}, {"￥", "CNY"}, {"CNY", "CNY"}, {"RMB", "CNY"}, {"US$", "USD"}, {"HK$", "HKD"}, {"$", "USD"}, {"€", "EUR"}, {"£", "GBP"}, {"USD", "USD"}, {"EUR", "EUR"}, {"港币", "HKD"}, {"美元", "USD"}}
)

// values finds amounts (1,250.00元, 100万元, ¥12.5, 人民币壹佰万元整) and dates
// (2024年3月15日, 2024-03-15, 2024/3/15, 二〇二四年三月十五日). Amounts without a
// currency and dates without a year are not guessed at.
func values(text string, amounts, dates bool) (out []Value) {
	for i := 0; i < len(text); {
		c := text[i]
		numeric := c >= '0' && c <= '9'
		r, size := rune(c), 1
		if c >= 0xE3 {
			r, size = utf8.DecodeRuneInString(text[i:])
			numeric = r < 1<<16 && numerals[r]
		}
		if !numeric {
			i += size
			continue
		}
		if dates {
			if v, ok := dateAt(text, i); ok {
				out, i = append(out, v), v.End
				continue
			}
		}
		if amounts {
			if v, ok := amountAt(text, i); ok {
				out, i = append(out, v), v.End
				continue
			}
		}
		if r < utf8.RuneSelf { // the rest of the number
			for i < len(text) && (text[i] >= '0' && text[i] <= '9' || text[i] == '.' || text[i] == ',') {
				i++
			}
			continue
		}
		i += size
	}
	return out
}

// numerals are the Han that a number may begin with.
var numerals = func() *[1 << 16]bool {
	var n [1 << 16]bool
	for _, r := range capitalDigits + "〇一二三四五六七八九十" {
		n[r] = true
	}
	return &n
}()

// amountAt reads the amount at i.
func amountAt(text string, i int) (v Value, ok bool) {
	if i > 0 && (text[i-1] == '.' || text[i-1] == '-' && i > 1 && text[i-2] >= '0' && text[i-2] <= '9') {
		return v, false
	}
	end, digits, exponent := i, "", 0
	if text[i] < utf8.RuneSelf {
		end, digits = plainNumber(text, i)
		for _, u := range []struct {
			word string
			n    int
		}{{"万亿", 12}, {"亿", 8}, {"億", 8}, {"千万", 7}, {"百万", 6}, {"万", 4}, {"萬", 4}, {"千", 3}} {
			if strings.HasPrefix(text[end:], u.word) {
				end, exponent = end+len(u.word), u.n
				break
			}
		}
	} else if end, digits = capitalAmount(text, i); digits == "" {
		return v, false
	}
	v = Value{Kind: ValueAmount, Start: i, End: end}
	for _, c := range currencyAfter {
		if rest := strings.TrimLeft(text[end:], " "); strings.HasPrefix(rest, c.word) && len(text)-end-len(rest) < 2 {
			v.Unit, v.End = c.unit, len(text)-len(rest)+len(c.word)
			break
		}
	}
	head := strings.TrimRight(text[:i], " ")
	for _, c := range currencyBefore {
		if strings.HasSuffix(head, c.word) && i-len(head) < 2 {
			v.Unit, v.Start = c.unit, len(head)-len(c.word)
			break
		}
	}
	if v.Unit == "" {
		return v, false
	}
	v.Value = shifted(digits, exponent)
	return v, v.Value != ""
}

// plainNumber reads digits with commas in threes and one decimal point; the
// commas go.
func plainNumber(text string, i int) (end int, digits string) {
	var b strings.Builder
	point := false
	for end = i; end < len(text); end++ {
		switch c := text[end]; {
		case c >= '0' && c <= '9':
			b.WriteByte(c)
		case c == ',' && !point && three(text[end+1:]):
		case c == '.' && !point && end+1 < len(text) && text[end+1] >= '0' && text[end+1] <= '9':
			point = true
			b.WriteByte(c)
		default:
			return end, b.String()
		}
	}
	return end, b.String()
}

// three reports whether exactly three digits follow.
func three(s string) bool {
	n := 0
	for n < len(s) && n < 4 && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n == 3
}

// shifted multiplies a decimal number by a power of ten, on its digits.
func shifted(digits string, exponent int) string {
	whole, fraction, _ := strings.Cut(digits, ".")
	for len(fraction) < exponent {
		fraction += "0"
	}
	whole, fraction = whole+fraction[:exponent], fraction[exponent:]
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return whole
}

const capitalDigits = "零壹贰叁肆伍陆柒捌玖貳參陸"

// capitalAmount reads a number in the capitals that banks write, with 角 and 分.
func capitalAmount(text string, i int) (end int, digits string) {
	var total, section, number int64
	cents := int64(0)
	yuan := false
	for end = i; end < len(text); {
		r, n := utf8.DecodeRuneInString(text[end:])
		switch {
		case strings.ContainsRune(capitalDigits, r):
			k := strings.Index("零壹贰叁肆伍陆柒捌玖", string(r)) / 3
			switch r {
			case '貳':
				k = 2
			case '參':
				k = 3
			case '陸':
				k = 6
			}
			number = int64(k)
		case r == '拾' || r == '佰' || r == '仟':
			if r == '拾' && number == 0 {
				number = 1
			}
			section, number = section+number*map[rune]int64{'拾': 10, '佰': 100, '仟': 1000}[r], 0
		case r == '万' || r == '萬':
			total, section, number = total+(section+number)*10_000, 0, 0
		case r == '亿' || r == '億':
			total, section, number = (total+section+number)*100_000_000, 0, 0
		case (r == '元' || r == '圆' || r == '圓') && !yuan:
			total, section, number, yuan = total+section+number, 0, 0, true
		case r == '角' && yuan:
			cents, number = cents+10*number, 0
		case r == '分' && yuan:
			cents, number = cents+number, 0
		case r == '整' || r == '正':
			end += n
			fallthrough
		default:
			if !yuan || end-i < 6 {
				return i, ""
			}
			return end, money(total, cents)
		}
		if end += n; total > 1e15 || section > 1e8 {
			return i, ""
		}
	}
	if !yuan || end-i < 6 {
		return i, ""
	}
	return end, money(total, cents)
}

func money(total, cents int64) string {
	s := strconv.FormatInt(total, 10)
	if cents > 0 {
		s += "." + strconv.FormatInt(100+cents, 10)[1:]
	}
	return s
}
