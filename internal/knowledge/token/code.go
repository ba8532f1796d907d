package token

import (
	"strconv"
	"unicode/utf8"
)

// sectionCode reads 第N条 (章, 节, 编, 款, 项, 篇, also 条之N) at the start of
// text, with Han or Arabic numerals, and appends it to dst with Arabic ones.
// It returns the term and the bytes read, 0 where there is none.
func sectionCode(dst []byte, text string) ([]byte, int) {
	const head = len("第")
	num, n := number(text[head:])
	if n == 0 {
		return nil, 0
	}
	end := head + n
	if end == len(text) {
		return nil, 0
	}
	unit, m := decode(text, end) // 條, 節, 編 too
	switch unit {
	case '条', '章', '节', '编', '款', '项', '篇':
	default:
		return nil, 0
	}
	end += m
	dst = append(dst, "第"...)
	dst = strconv.AppendInt(dst, int64(num), 10)
	dst = utf8.AppendRune(dst, unit)
	if z, k := utf8.DecodeRuneInString(text[end:]); unit == '条' && z == '之' {
		if sub, l := number(text[end+k:]); l > 0 {
			dst = append(dst, "之"...)
			dst = strconv.AppendInt(dst, int64(sub), 10)
			end += k + l
		}
	}
	return dst, end
}

// SectionLabel returns the section code that text starts with as it is
// written (第四百六十三条) and its canonical term (第463条); both are empty
// where there is none.
func SectionLabel(text string) (written, term string) {
	if r, _ := utf8.DecodeRuneInString(text); r != '第' {
		return "", ""
	}
	t, n := sectionCode(nil, text)
	return text[:n], string(t)
}

// number reads a whole number in Arabic (any width) or Han numerals; n is 0
// where there is none.
func number(text string) (value, n int) {
	section, digit, seen := 0, 0, false
	for i := 0; i < len(text) && n < 40; {
		r, m := decode(text, i)
		switch {
		case r >= '0' && r <= '9':
			digit = digit*10 + int(r-'0')
		case r == '十', r == '百', r == '千':
			if digit == 0 && !seen {
				digit = 1
			}
			section += digit * map[rune]int{'十': 10, '百': 100, '千': 1000}[r]
			digit = 0
		case r == '万':
			value += (section + digit) * 10000
			section, digit = 0, 0
		default:
			d, ok := hanDigit(r)
			if !ok {
				return value + section + digit, n
			}
			if r != '零' {
				digit = digit*10 + d
			}
		}
		seen = true
		i += m
		n = i
		if digit > 1e9 {
			return 0, 0
		}
	}
	return value + section + digit, n
}

func hanDigit(r rune) (int, bool) {
	switch r {
	case '〇', '零':
		return 0, true
	case '一':
		return 1, true
	case '二', '两':
		return 2, true
	case '三':
		return 3, true
	case '四':
		return 4, true
	case '五':
		return 5, true
	case '六':
		return 6, true
	case '七':
		return 7, true
	case '八':
		return 8, true
	case '九':
		return 9, true
	}
	return 0, false
}
