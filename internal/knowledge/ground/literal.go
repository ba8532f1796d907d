package ground

import (
	"math/big"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/knowledge/token"
)

// literal is a number, date, code or title, as it must be found again.
type literal struct {
	text       string // as written
	value      string // canonical
	unit       string // of a number; "" unknown
	start, end int
}

var (
	date   = regexp.MustCompile(`((?:19|20)\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?`)
	clock  = regexp.MustCompile(`\d+:\d+`)
	arabic = regexp.MustCompile(`\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?`)
	han    = regexp.MustCompile(`[零〇一二两三四五六七八九十百千]+(?:万[零〇一二两三四五六七八九十百千]*)?`)
	scale  = regexp.MustCompile(`^\s*(百万|千万|十万|万|亿|千|百|million|billion|thousand)`)
	unit   = regexp.MustCompile(`^\s*(%|％|‰|个工作日|工作日|个自然日|自然日|个交易日|交易日|天|日|个月|月|年|周|小时|分钟|秒|元|美元|港元|欧元|次|倍|笔|人|名|岁|条|章|款|项|business days?|working days?|days?|weeks?|months?|years?|hours?|minutes?|yuan|dollars?|times?)`)
	code   = regexp.MustCompile(`[A-Za-z0-9][A-Za-z0-9_./-]*`)
	title  = regexp.MustCompile(`《([^》]+)》`)
)

var scales = map[string]int64{"百": 100, "千": 1000, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8, "thousand": 1e3, "million": 1e6, "billion": 1e9}

var units = map[string]string{
	"％": "%", "个工作日": "工作日", "个自然日": "自然日", "个交易日": "交易日", "日": "天", "个月": "月", "day": "天", "days": "天", "week": "周", "weeks": "周", "month": "月", "months": "月",
	"year": "年", "years": "年", "hour": "小时", "hours": "小时", "minute": "分钟", "minutes": "分钟", "yuan": "元", "dollar": "美元", "dollars": "美元",
	"business day": "工作日", "business days": "工作日", "working day": "工作日", "working days": "工作日", "time": "次", "times": "次",
}

// Unfounded returns the first number, date, code or title of a claim that
// what it cites does not say beside the same words; "" where there is none.
func Unfounded(claim, cited string) string {
	proper := capitals(claim)
	claim, cited = fold(claim), fold(cited)
	had := literals(cited)
	used := map[string]int{}
	for _, l := range literals(claim) {
		count, same, near, other := 0, 0, -1, -1
		for _, h := range had {
			n := beside(claim, l, cited, h)
			if h.value == l.value {
				same++
			}
			if h.value == l.value && (h.unit == "" || l.unit == "" || h.unit == l.unit) {
				count++
				near = max(near, n)
			} else if h.unit == l.unit {
				other = max(other, n)
			}
		}
		// Said more often than it stands there, one of them is another number.
		if used[l.value]++; count == 0 || used[l.value] > same || other > near+1 {
			return l.text
		}
	}
	for _, n := range append(names(claim), proper...) {
		if !strings.Contains(cited, n) {
			return n
		}
	}
	return ""
}

func fold(s string) string { return token.FoldString(s) }

// literals are the numbers and dates of a folded text.
func literals(s string) (out []literal) {
	taken := make([]bool, len(s))
	add := func(start, end int, value, unit string) {
		for i := start; i < end; i++ {
			if taken[i] {
				return
			}
		}
		for i := start; i < end; i++ {
			taken[i] = true
		}
		out = append(out, literal{s[start:end], value, unit, start, end})
	}
	for _, m := range date.FindAllStringSubmatchIndex(s, -1) {
		pad := func(i int) string {
			if t := s[m[i]:m[i+1]]; len(t) == 1 {
				return "0" + t
			}
			return s[m[i]:m[i+1]]
		}
		if strings.HasSuffix(s[:m[1]], s[m[6]:m[7]]) && m[1] < len(s) && s[m[1]] >= '0' && s[m[1]] <= '9' {
			continue // 3月150日
		}
		add(m[0], m[1], s[m[2]:m[3]]+"-"+pad(4)+"-"+pad(6), "date")
	}
	for _, m := range clock.FindAllStringIndex(s, -1) {
		add(m[0], m[1], s[m[0]:m[1]], "clock")
	}
	for _, m := range arabic.FindAllStringIndex(s, -1) {
		v, ok := new(big.Rat).SetString(strings.ReplaceAll(s[m[0]:m[1]], ",", ""))
		if !ok {
			continue
		}
		end := m[1]
		if x := scale.FindStringSubmatch(s[end:]); x != nil {
			v.Mul(v, new(big.Rat).SetInt64(scales[x[1]]))
			end += len(x[0])
		}
		add(m[0], end, v.RatString(), unitAt(s[end:]))
	}
	for _, m := range han.FindAllStringIndex(s, -1) {
		u := unitAt(s[m[1]:])
		article := strings.HasSuffix(s[:m[0]], "第")
		if !article && u == "" && !strings.ContainsAny(s[m[0]:m[1]], "十百千万") {
			continue // 统一, 一般
		}
		if v := hanNumber(s[m[0]:m[1]]); v >= 0 {
			add(m[0], m[1], big.NewRat(v, 1).RatString(), u)
		}
	}
	return out
}

func unitAt(s string) string {
	m := unit.FindStringSubmatch(s)
	if m == nil {
		return ""
	}
	if u, ok := units[m[1]]; ok {
		return u
	}
	return m[1]
}

// hanNumber reads 五万三千 or 二〇二四; -1 where it is none.
func hanNumber(s string) int64 {
	const digits = "零一二三四五六七八九"
	var total, part, digit int64
	for _, r := range strings.NewReplacer("〇", "零", "两", "二").Replace(s) {
		switch r {
		case '十', '百', '千':
			if digit == 0 {
				digit = 1
			}
			part += digit * map[rune]int64{'十': 10, '百': 100, '千': 1000}[r]
			digit = 0
		case '万':
			total, part, digit = (total+part+digit)*10000, 0, 0
		default:
			i := strings.IndexRune(digits, r)
			if i < 0 || digit > 1e12 {
				return -1
			}
			digit = digit*10 + int64(i/utf8.RuneLen(r))
		}
	}
	return total + part + digit
}

// beside counts the character pairs and words that stand around both.
func beside(claim string, l literal, cited string, h literal) int {
	n := 0
	there := grams(around(cited, h))
	for g := range grams(around(claim, l)) {
		if there[g] {
			n++
		}
	}
	return n
}

// around is what stands before a literal, as far as the last one or the clause.
func around(s string, l literal) string {
	before := []rune(s[:l.start])
	before = before[max(0, len(before)-24):]
	for i := len(before) - 1; i >= 0; i-- {
		if unicode.IsDigit(before[i]) || strings.ContainsRune("，,。；;\n", before[i]) {
			before = before[i+1:]
			break
		}
	}
	return string(before)
}

// names are codes (a capital or a digit with letters) and titles in 《》, of a
// folded text: capitals are gone, so a code has both letters and digits.
func names(s string) (out []string) {
	for _, m := range title.FindAllStringSubmatch(s, -1) {
		out = append(out, m[1])
	}
	for _, c := range code.FindAllString(s, -1) {
		c = strings.TrimRight(c, "./-_")
		if strings.ContainsFunc(c, unicode.IsLetter) && strings.ContainsFunc(c, unicode.IsDigit) {
			out = append(out, c)
		}
	}
	return out
}

// capitals are the words with a capital letter, folded, but for the first of
// each sentence.
func capitals(s string) (out []string) {
	first := true
	for _, w := range strings.Fields(s) {
		end := strings.HasSuffix(w, ".") || strings.HasSuffix(w, "?") || strings.HasSuffix(w, "!")
		for _, part := range strings.FieldsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) || token.IsGram(r) }) {
			if r, _ := utf8.DecodeRuneInString(part); unicode.IsUpper(r) && !first && len(part) > 1 {
				out = append(out, fold(part))
			}
			first = false
		}
		first = end
	}
	return out
}
