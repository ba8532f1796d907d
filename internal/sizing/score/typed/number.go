package typed

import (
	"math/big"
	"regexp"
	"strings"
)

// decimals are numbers in digits: thousands in groups of three or none.
var decimals = regexp.MustCompile(`^[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?$`)

// number reads a plain number: 1,234.5, 1.2万, 三千五百, 2.5 million.
func number(s string) (*big.Rat, bool) {
	s = strings.ReplaceAll(strings.TrimSpace(s), "−", "-")
	if len(s) > 64 {
		return nil, false
	}
	if v, ok := decimal(s); ok {
		return v, true
	}
	for _, m := range multipliers {
		if rest, ok := strings.CutSuffix(s, m.word); ok {
			if v, ok := decimal(strings.TrimSpace(rest)); ok {
				return v.Mul(v, power(m.zeros)), true
			}
			return nil, false
		}
	}
	negative := false
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		s, negative = rest, true
	} else if rest, ok := strings.CutPrefix(s, "负"); ok {
		s, negative = rest, true
	}
	v, ok := chinese(s)
	if ok && negative {
		v.Neg(v)
	}
	return v, ok
}

var multipliers = []struct {
	word  string
	zeros int
}{{"thousand", 3}, {"million", 6}, {"billion", 9}, {"trillion", 12}, {"k", 3}, {"mn", 6}, {"bn", 9}}

func decimal(s string) (*big.Rat, bool) {
	if !decimals.MatchString(s) {
		return nil, false
	}
	return new(big.Rat).SetString(strings.ReplaceAll(s, ",", ""))
}

func power(zeros int) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(zeros)), nil))
}

// digit of a Chinese numeral, everyday or formal.
var digit = map[rune]int64{
	'零': 0, '〇': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9,
	'壹': 1, '贰': 2, '貳': 2, '叁': 3, '參': 3, '肆': 4, '伍': 5, '陆': 6, '陸': 6, '柒': 7, '捌': 8, '玖': 9, '兩': 2,
}

// zeros of the units of a Chinese numeral.
var zeros = map[rune]int{'十': 1, '拾': 1, '百': 2, '佰': 2, '千': 3, '仟': 3, '万': 4, '萬': 4, '亿': 8, '億': 8}

// chinese reads numerals such as 一万二千, 3千5百, 1.2亿, 十二, 一百零五.
// A last digit whose unit is left out (一百五, 2万5) could mean two numbers
// and is not read.
func chinese(s string) (*big.Rat, bool) {
	c := numeral{total: new(big.Rat), section: new(big.Rat), low: 9, high: 99}
	for s != "" {
		if n := len(s) - len(strings.TrimLeft(s, "0123456789.")); n > 0 {
			v, ok := decimal(s[:n])
			if !ok || c.current != nil {
				return nil, false
			}
			c.current, c.written = v, n
			s = s[n:]
			continue
		}
		r := first(s)
		s = s[len(string(r)):]
		if !c.read(r, &s) {
			return nil, false
		}
	}
	return c.value()
}

// numeral is a Chinese number being read.
type numeral struct {
	total, section *big.Rat // whole 亿 and 万 so far; below the next of them
	current        *big.Rat // digits that wait for their unit
	written        int      // how many of them are 0–9
	low, high      int      // the last unit's zeros in this section, and of 万 or 亿
	zero, any      bool     // the last character was 零; something was read
}

// read takes the next character; rest is what follows.
func (c *numeral) read(r rune, rest *string) bool {
	c.any = true
	if d, ok := digit[r]; ok {
		switch {
		case c.current != nil:
			return false
		case d == 0 && *rest != "" && first(*rest) != '点':
			c.zero = true
			return true
		}
		c.current, c.written = new(big.Rat).SetInt64(d), 0
		return c.fraction(rest)
	}
	z, ok := zeros[r]
	switch {
	case !ok:
		return false
	case z < 4:
		if z >= c.low {
			return false
		}
		if c.current == nil {
			if z != 1 {
				return false
			}
			c.current = new(big.Rat).SetInt64(1) // 十二
		}
		c.section.Add(c.section, c.current.Mul(c.current, power(z)))
		c.current, c.low, c.zero = nil, z, false
		return true
	case z == 8 && c.high == 4 && c.current == nil && c.section.Sign() == 0 && c.total.Cmp(power(8)) < 0: // 万亿
		c.total.Mul(c.total, power(8))
		c.high = 8
		return true
	case z >= c.high:
		return false
	}
	if c.current == nil && c.section.Sign() == 0 {
		return false
	}
	if c.current != nil {
		c.section.Add(c.section, c.current)
	}
	c.total.Add(c.total, c.section.Mul(c.section, power(z)))
	c.section, c.current, c.low, c.high, c.zero = new(big.Rat), nil, 9, z, false
	return true
}

// fraction reads 点 and digits behind a digit.
func (c *numeral) fraction(rest *string) bool {
	tail, ok := strings.CutPrefix(*rest, "点")
	if !ok {
		return true
	}
	scale, n := big.NewRat(1, 10), 0
	for tail != "" {
		r := first(tail)
		d, ok := digit[r]
		if !ok {
			break
		}
		c.current.Add(c.current, new(big.Rat).Mul(new(big.Rat).SetInt64(d), scale))
		scale.Mul(scale, big.NewRat(1, 10))
		tail, n = tail[len(string(r)):], n+1
	}
	*rest = tail
	return n > 0
}

func (c *numeral) value() (*big.Rat, bool) {
	units := c.low < 9 || c.high < 99
	if c.current != nil {
		whole := c.current.IsInt()
		switch {
		case !units && c.written > 0: // digits alone are for decimal
			return nil, false
		case !units:
		case !whole:
			return nil, false
		case c.written >= 2 && c.low == 9: // 1万800
			if c.current.Cmp(power(c.high)) >= 0 {
				return nil, false
			}
		case c.written > 0 || c.low != 1 && !c.zero:
			return nil, false
		}
		c.section.Add(c.section, c.current)
	}
	return c.total.Add(c.total, c.section), c.any && (units || c.current != nil)
}
