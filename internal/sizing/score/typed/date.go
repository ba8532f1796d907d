package typed

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	yearFirst = regexp.MustCompile(`^(\d{4})(?:-(\d{1,2})-|/(\d{1,2})/|\.(\d{1,2})\.|年(\d{1,2})月)(\d{1,2})(日|号|號)?$`)
	compactly = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
	hanDate   = regexp.MustCompile(`^([零〇一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]$`)
	dayFirst  = regexp.MustCompile(`^(?:the )?(\d{1,2})(?:st|nd|rd|th)?(?: of)?[ -]([a-z]+)\.?,?[ -](\d{4})$`)
	monthName = regexp.MustCompile(`^([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$`)
	weekday   = regexp.MustCompile(`^(?:mon|tues|wednes|thurs|fri|satur|sun)day,? |[(]?(?:星期|周)[一二三四五六日天][)]?$`)
	midnight  = regexp.MustCompile(`[t ]00:00(:00(\.0+)?)?(z|[+-]\d\d:?\d\d)?$`)
)

// day reads a date that can be read in one way only, as 2006-01-02.
func day(s string) (string, bool) {
	s = weekday.ReplaceAllString(midnight.ReplaceAllString(s, ""), "")
	if m := yearFirst.FindStringSubmatch(s); m != nil {
		if (m[5] == "") != (m[7] == "") && m[7] != "" { // 2026-3-5日
			return "", false
		}
		return calendar(m[1], m[2]+m[3]+m[4]+m[5], m[6])
	}
	if m := compactly.FindStringSubmatch(s); m != nil {
		return calendar(m[1], m[2], m[3])
	}
	if m := dayFirst.FindStringSubmatch(s); m != nil {
		return calendar(m[3], month(m[2]), m[1])
	}
	if m := monthName.FindStringSubmatch(s); m != nil {
		return calendar(m[3], month(m[1]), m[2])
	}
	if m := hanDate.FindStringSubmatch(s); m != nil {
		year := ""
		for _, r := range m[1] {
			year += strconv.FormatInt(digit[r], 10)
		}
		mm, ok1 := chinese(m[2])
		dd, ok2 := chinese(m[3])
		if ok1 && ok2 {
			return calendar(year, mm.RatString(), dd.RatString())
		}
	}
	return "", false
}

// month is the number of an English month's name, or of its first letters.
func month(name string) string {
	for m := time.January; m <= time.December; m++ {
		full := strings.ToLower(m.String())
		if name == full || name == full[:3] || name == "sept" && m == time.September {
			return strconv.Itoa(int(m))
		}
	}
	return ""
}

// calendar checks that the day exists.
func calendar(year, month, day string) (string, bool) {
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if y < 1 || int(t.Month()) != m || t.Day() != d {
		return "", false
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d), true
}

var (
	telephone = regexp.MustCompile(`^(?:tel[:.]? ?)?(\+|00)?([\d\s().-]{5,24}?)(?: ?(?:转|ext\.?|x|#) ?(\d{1,6}))?$`)
	mobile    = regexp.MustCompile(`^1[3-9]\d{9}$`)
)

// phone reads a telephone number; numbers of +86 come in their national form.
func phone(s string) (string, bool) {
	m := telephone.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, m[2])
	abroad := m[1] != ""
	if rest, ok := strings.CutPrefix(digits, "86"); ok && (abroad || mobile.MatchString(rest)) {
		if digits, abroad = rest, false; !mobile.MatchString(rest) && !strings.HasPrefix(rest, "0") {
			digits = "0" + rest
		}
	}
	if len(digits) < 5 || len(digits) > 15 {
		return "", false
	}
	if abroad {
		digits = "+" + digits
	}
	if m[3] != "" {
		digits += "x" + m[3]
	}
	return digits, true
}

// likePhone tells telephone numbers from other numbers.
func likePhone(s string) bool {
	p, ok := phone(s)
	return ok && (mobile.MatchString(p) || p[0] == '+' || p[0] == '0' && len(p) >= 10 && len(p) <= 12 || (strings.HasPrefix(p, "400") || strings.HasPrefix(p, "800")) && len(p) == 10)
}
