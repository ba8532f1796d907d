package score

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/sizing"
)

// Fields scores extraction: the reply must hold one JSON object, and the score
// is the share of the item's fields whose value is right. Values are compared
// by what they are, read from the gold value: dates (2024-05-01 = 2024/5/1 =
// 2024年5月1日), money (¥1,000.00 = 1000元 = CNY 1000), numbers with units
// (30天 = 30 天), else text without regard to width, case and spaces. A gold
// value of "" means that the field must be absent, null or empty. Fields that
// the item does not name do not count.
type Fields struct{}

// Name implements sizing.Scorer.
func (Fields) Name() string { return "fields/1" }

// Graded implements sizing.Scorer.
func (Fields) Graded() bool { return true }

// Score implements sizing.Scorer.
func (Fields) Score(it sizing.Item, o sizing.Output) sizing.Score {
	got, ok := Object(o.Text)
	if !ok {
		return sizing.Score{Note: "the reply holds no JSON object"}
	}
	var names, wrong []string
	for name := range it.Fields {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if !SameValue(it.Fields[name], got[name]) {
			wrong = append(wrong, fmt.Sprintf("%s is %q, gold %q", name, got[name], it.Fields[name]))
		}
	}
	if len(names) == 0 {
		return sizing.Score{Value: 1}
	}
	return sizing.Score{Value: 1 - float64(len(wrong))/float64(len(names)), Predicted: o.Text, Note: strings.Join(wrong, "; ")}
}

// Object finds the JSON object of a reply, in a code block or among other
// text, and returns its fields as text: nested values keep their JSON form,
// null is "".
func Object(reply string) (map[string]string, bool) {
	if i := strings.LastIndex(reply, "</think>"); i >= 0 {
		reply = reply[i+len("</think>"):]
	}
	for at := strings.IndexByte(reply, '{'); at >= 0; {
		var raw map[string]json.RawMessage
		if json.NewDecoder(strings.NewReader(reply[at:])).Decode(&raw) == nil {
			out := map[string]string{}
			for name, v := range raw {
				var s string
				if json.Unmarshal(v, &s) != nil {
					if s = string(v); s == "null" {
						s = ""
					}
				}
				out[name] = s
			}
			return out, true
		}
		next := strings.IndexByte(reply[at+1:], '{')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return nil, false
}

// SameValue reports whether two values mean the same.
func SameValue(gold, got string) bool {
	g, h := fold(gold), fold(got)
	if g == h {
		return true
	}
	if a, ok := date(g); ok {
		b, ok := date(h)
		return ok && a == b
	}
	if a, ok := quantity(g); ok {
		b, ok := quantity(h)
		return ok && a.value == b.value && (a.unit == b.unit || a.unit == "" || b.unit == "")
	}
	return g != "" && compact(gold) == compact(got)
}

var dates = regexp.MustCompile(`^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$`)

// date reads year-month-day in the common ways of writing it.
func date(s string) (string, bool) {
	m := dates.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	month, _ := strconv.Atoi(m[2])
	day, _ := strconv.Atoi(m[3])
	return fmt.Sprintf("%s-%02d-%02d", m[1], month, day), month >= 1 && month <= 12 && day >= 1 && day <= 31
}

type amount struct {
	value float64
	unit  string
}

var quantities = regexp.MustCompile(`^([a-z¥￥$€]*)\s*(-?\d[\d,]*(?:\.\d+)?)\s*(万|亿)?\s*([^\d\s]*)$`)

// units that are written in several ways.
var unitNames = map[string][]string{
	"CNY": {"¥", "￥", "cny", "rmb", "元", "人民币", "yuan"}, "USD": {"$", "usd", "美元", "dollars"}, "EUR": {"€", "eur", "欧元"},
	"%": {"%", "percent"}, "day": {"天", "日", "day", "days"}, "month": {"个月", "月", "month", "months"}, "year": {"年", "year", "years"},
}

// quantity reads a number with an optional unit before or after it.
func quantity(s string) (amount, bool) {
	m := quantities.FindStringSubmatch(s)
	if m == nil {
		return amount{}, false
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(m[2], ",", ""), 64)
	if err != nil {
		return amount{}, false
	}
	switch m[3] {
	case "万":
		v *= 1e4
	case "亿":
		v *= 1e8
	}
	unit := m[1] + m[4]
	for name, forms := range unitNames {
		if slices.Contains(forms, unit) {
			unit = name
		}
	}
	return amount{v, unit}, true
}
