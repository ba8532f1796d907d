package typed

import (
	"cmp"
	"math/big"
	"regexp"
	"slices"
	"strings"
)

// marks of currencies, in plain text; longer ones are tried first.
var marks = sorted(map[string]string{
	"人民币": "CNY", "cny": "CNY", "rmb": "CNY", "renminbi": "CNY", "yuan": "CNY", "¥": "CNY", "元": "CNY", "圆": "CNY", "块": "CNY", "块钱": "CNY",
	"美元": "USD", "美金": "USD", "usd": "USD", "us$": "USD", "$": "USD", "us dollars": "USD", "dollars": "USD", "dollar": "USD",
	"欧元": "EUR", "eur": "EUR", "€": "EUR", "euros": "EUR", "euro": "EUR",
	"英镑": "GBP", "gbp": "GBP", "£": "GBP", "pounds": "GBP",
	"港元": "HKD", "港币": "HKD", "hkd": "HKD", "hk$": "HKD",
	"日元": "JPY", "日圆": "JPY", "jpy": "JPY", "円": "JPY", "yen": "JPY",
	"新台币": "TWD", "twd": "TWD", "nt$": "TWD",
	"新加坡元": "SGD", "新元": "SGD", "sgd": "SGD", "s$": "SGD",
	"澳元": "AUD", "aud": "AUD", "加元": "CAD", "cad": "CAD", "瑞士法郎": "CHF", "chf": "CHF", "韩元": "KRW", "krw": "KRW",
})

type mark struct{ word, means string }

func sorted(m map[string]string) []mark {
	var out []mark
	for w, v := range m {
		out = append(out, mark{w, v})
	}
	slices.SortFunc(out, func(a, b mark) int { return cmp.Or(len(b.word)-len(a.word), strings.Compare(a.word, b.word)) })
	return out
}

// amount reads an amount of money and its currency, "" where none is named.
func amount(s string) (v *big.Rat, currency string, ok bool) {
	sign := ""
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		sign, s = s[:1], strings.TrimSpace(s[1:])
	}
	s = strings.TrimSuffix(strings.TrimSuffix(s, "整"), "正")
	for _, m := range marks {
		if rest, found := strings.CutPrefix(s, m.word); found && !(letter(last(m.word)) && letter(first(rest))) {
			s, currency = strings.TrimSpace(rest), m.means
			break
		}
	}
	if v, ok := parts(s); ok && (currency == "" || currency == "CNY") {
		return signed(v, sign), "CNY", sign == "" || !strings.HasPrefix(s, "-")
	}
	for _, m := range marks {
		if rest, found := strings.CutSuffix(s, m.word); found && !(letter(first(m.word)) && letter(last(rest))) {
			if currency != "" && currency != m.means {
				return nil, "", false
			}
			s, currency = strings.TrimSpace(rest), m.means
			break
		}
	}
	if s == "" || sign != "" && (s[0] == '-' || s[0] == '+') {
		return nil, "", false
	}
	v, ok = number(s)
	if !ok {
		return nil, "", false
	}
	return signed(v, sign), currency, true
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' }

func signed(v *big.Rat, sign string) *big.Rat {
	if sign == "-" {
		return v.Neg(v)
	}
	return v
}

// small parts of a yuan: 12元5角, 三元五角二分.
var yuan = regexp.MustCompile(`^(.+?)[元圆块](?:([0-9零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖])角)?零?(?:([0-9一二三四五六七八九壹贰叁肆伍陆柒捌玖])分)?$`)

func parts(s string) (*big.Rat, bool) {
	m := yuan.FindStringSubmatch(s)
	if m == nil || m[2] == "" && m[3] == "" {
		return nil, false
	}
	v, ok := number(m[1])
	if !ok || v.Sign() < 0 || !v.IsInt() {
		return nil, false
	}
	for i, of := range []int64{10, 100} {
		if d := m[2+i]; d != "" {
			n, isHan := digit[first(d)]
			if !isHan {
				n = int64(d[0] - '0')
			}
			v.Add(v, big.NewRat(n, of))
		}
	}
	return v, true
}

// percentage reads 5%, 5 percent, 百分之五, 5‰, 千分之五; the value is in
// hundredths.
func percentage(s string) (*big.Rat, bool) {
	for _, m := range []struct {
		word string
		per  int64
	}{{"%", 100}, {"percent", 100}, {"per cent", 100}, {"pct", 100}, {"‰", 1000}, {"‱", 10000}} {
		if rest, ok := strings.CutSuffix(s, m.word); ok {
			return rated(strings.TrimSpace(rest), m.per)
		}
	}
	for _, m := range []struct {
		word string
		per  int64
	}{{"百分之", 100}, {"千分之", 1000}, {"万分之", 10000}} {
		if rest, ok := strings.CutPrefix(s, m.word); ok {
			return rated(rest, m.per)
		}
	}
	return nil, false
}

func rated(s string, per int64) (*big.Rat, bool) {
	v, ok := number(s)
	if ok {
		v.Mul(v, big.NewRat(100, per))
	}
	return v, ok
}
