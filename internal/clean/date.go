package clean

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// dateAt reads the date at i: year first, as it is written in China, or ISO
// 8601.
func dateAt(text string, i int) (v Value, ok bool) {
	if i > 0 && (text[i-1] >= '0' && text[i-1] <= '9' || text[i-1] == '.' || text[i-1] == '-') {
		return v, false
	}
	year, at := dateNumber(text, i, 4)
	if at == i || year < 1000 || year > 2999 {
		return v, false
	}
	sep := ""
	for _, s := range []string{"年", "-", "/", "."} {
		if strings.HasPrefix(text[at:], s) {
			sep = s
		}
	}
	if sep == "" {
		return v, false
	}
	skip := func() {
		if sep == "年" && strings.HasPrefix(text[at:], " ") {
			at++
		}
	}
	at += len(sep)
	skip()
	month, next := dateNumber(text, at, 2)
	if next == at {
		return v, false
	}
	at = next
	if sep == "年" {
		sep = "月"
		if strings.HasPrefix(text[at:], " ") {
			at++
		}
	}
	if !strings.HasPrefix(text[at:], sep) {
		return v, false
	}
	at += len(sep)
	sep = strings.ReplaceAll(sep, "月", "年")
	skip()
	day, next := dateNumber(text, at, 2)
	if next == at || next < len(text) && text[next] >= '0' && text[next] <= '9' {
		return v, false
	}
	at = next
	if sep == "年" {
		rest := strings.TrimPrefix(text[at:], " ")
		if !strings.HasPrefix(rest, "日") && !strings.HasPrefix(rest, "号") {
			return v, false
		}
		at = len(text) - len(rest) + len("日")
	}
	if d := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC); month < 1 || month > 12 || d.Day() != day {
		return v, false
	}
	return Value{Kind: ValueDate, Start: i, End: at, Value: fmt.Sprintf("%04d-%02d-%02d", year, month, day)}, true
}

const hanDigits = "〇一二三四五六七八九"

// dateNumber reads a number of at most n digits, in Arabic or Chinese ones
// (二〇二四, 十五, 二十一).
func dateNumber(text string, i, n int) (v, end int) {
	end = i
	for end < len(text) && end-i < n && text[end] >= '0' && text[end] <= '9' {
		v = v*10 + int(text[end]-'0')
		end++
	}
	if end > i {
		if n == 4 && end-i != 4 {
			return 0, i
		}
		return v, end
	}
	ten := false
	for k := 0; k < max(n, 3) && end < len(text); k++ {
		r, size := utf8.DecodeRuneInString(text[end:])
		d := strings.IndexRune(hanDigits, r) / 3
		switch {
		case r == '零':
			v *= 10
		case r == '十' && !ten && n == 2:
			if v == 0 {
				v = 1
			}
			v, ten = v*10, true
		case !strings.ContainsRune(hanDigits, r):
			return v, end
		case ten:
			v += d
		default:
			v = v*10 + d
		}
		end += size
	}
	return v, end
}
