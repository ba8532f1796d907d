package docx

import (
	"encoding/xml"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/reader/opc"
)

// level is how one level of a list is numbered.
type level struct {
	format string
	text   string // 第%1条
	start  int
}

// numbering is the lists of a document and how far they were counted.
type numbering struct {
	abstract map[string][9]level
	lists    map[string]list
	counts   map[string]*[9]int // by abstract list
	started  map[string]bool    // lists whose overrides were applied
}

// list is one use of an abstract list.
type list struct {
	abstract string
	start    map[int]int // levels that begin again
	levels   map[int]level
}

func (d *document) readNumbering(part string) error {
	n := numbering{abstract: map[string][9]level{}, lists: map[string]list{}, counts: map[string]*[9]int{}, started: map[string]bool{}}
	d.numbers = n
	if part == "" {
		return nil
	}
	return d.pkg.Walk(part, func(x *opc.Decoder, e xml.StartElement) error {
		if e.Name.Local != "abstractNum" && e.Name.Local != "num" {
			return nil
		}
		t, err := x.Tree(e)
		if err != nil {
			return err
		}
		if t.Name == "abstractNum" {
			var levels [9]level
			for _, k := range t.Kids {
				if i, l, ok := readLevel(k); ok {
					levels[i] = l
				}
			}
			n.abstract[t.Attr("abstractNumId")] = levels
			return nil
		}
		l := list{abstract: t.Val("abstractNumId"), start: map[int]int{}, levels: map[int]level{}}
		for _, k := range t.Kids {
			if k.Name != "lvlOverride" {
				continue
			}
			i, _ := strconv.Atoi(k.Attr("ilvl"))
			if v, err := strconv.Atoi(k.Val("startOverride")); err == nil {
				l.start[i] = v
			}
			if i, v, ok := readLevel(k.Find("lvl")); ok {
				l.levels[i] = v
			}
		}
		n.lists[t.Attr("numId")] = l
		return nil
	})
}

func readLevel(n *opc.Node) (int, level, bool) {
	if n == nil || n.Name != "lvl" {
		return 0, level{}, false
	}
	i, err := strconv.Atoi(n.Attr("ilvl"))
	l := level{format: n.Val("numFmt"), text: n.Val("lvlText"), start: 1}
	if l.format == "" { // a format that older programs do not know is in an alternative
		l.format = n.Val("AlternateContent", "Choice", "numFmt")
	}
	if v, err := strconv.Atoi(n.Val("start")); err == nil {
		l.start = v
	}
	return i, l, err == nil && i >= 0 && i < 9
}

// next counts a list on and returns the mark of its next item; "-" for a
// bullet, "" for an item without a mark; ok is false where there is no list.
func (n *numbering) next(num, ilvl string) (mark string, depth int, ok bool) {
	l, ok := n.lists[num]
	if !ok || num == "0" {
		return "", 0, false
	}
	i, _ := strconv.Atoi(ilvl)
	i = max(0, min(i, 8))
	levels := n.abstract[l.abstract]
	for k, v := range l.levels {
		if k >= 0 && k < 9 {
			levels[k] = v
		}
	}
	c := n.counts[l.abstract]
	if c == nil {
		c = &[9]int{}
		for k := range c {
			c[k] = -1
		}
		n.counts[l.abstract] = c
	}
	if !n.started[num] {
		n.started[num] = true
		for k, v := range l.start {
			if k >= 0 && k < 9 {
				levels[k].start = v
				c[k] = -1
			}
		}
	}
	if c[i] < 0 {
		c[i] = levels[i].start
	} else {
		c[i]++
	}
	for k := i + 1; k < 9; k++ {
		c[k] = -1
	}
	switch levels[i].format {
	case "bullet":
		return "-", i, true
	case "none":
		return "", i, true
	}
	text := levels[i].text
	for k := 0; k <= i; k++ {
		v := c[k]
		if v < 0 {
			v = levels[k].start
		}
		text = strings.ReplaceAll(text, "%"+strconv.Itoa(k+1), ordinal(v, levels[k].format))
	}
	return strings.TrimSpace(text), i, true
}

// ordinal writes a number in a format of ECMA-376-1, 17.18.59.
func ordinal(v int, format string) string {
	switch format {
	case "lowerLetter", "upperLetter":
		if v < 1 || v > 780 {
			return strconv.Itoa(v)
		}
		s := strings.Repeat(string(rune('a'+(v-1)%26)), (v-1)/26+1)
		if format == "upperLetter" {
			s = strings.ToUpper(s)
		}
		return s
	case "lowerRoman", "upperRoman":
		s := roman(v)
		if format == "lowerRoman" {
			s = strings.ToLower(s)
		}
		return s
	case "chineseCounting", "chineseCountingThousand", "taiwaneseCounting", "taiwaneseCountingThousand", "japaneseCounting", "ideographDigital", "taiwaneseDigital", "japaneseDigitalTenThousand":
		return han(v, format)
	case "decimalZero":
		if v < 10 {
			return "0" + strconv.Itoa(v)
		}
	case "decimalEnclosedCircle", "decimalEnclosedCircleChinese":
		if v >= 1 && v <= 20 {
			return string(rune('①' + v - 1))
		}
	case "ideographTraditional":
		if v >= 1 && v <= 10 {
			return string([]rune("甲乙丙丁戊己庚辛壬癸")[v-1])
		}
	}
	return strconv.Itoa(v)
}

func roman(v int) string {
	if v < 1 || v > 3999 {
		return strconv.Itoa(v)
	}
	var b strings.Builder
	for _, r := range []struct {
		v int
		s string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; v >= r.v; v -= r.v {
			b.WriteString(r.s)
		}
	}
	return b.String()
}

// han writes 1 to 9999 as counted in Chinese, 一百零五, or digit by digit.
func han(v int, format string) string {
	digits := []rune("零一二三四五六七八九")
	if v < 0 || v > 9999 {
		return strconv.Itoa(v)
	}
	if v == 0 || strings.HasSuffix(format, "Digital") {
		s := ""
		for _, c := range strconv.Itoa(v) {
			if c == '0' && strings.HasSuffix(format, "Digital") {
				s += "〇"
				continue
			}
			s += string(digits[c-'0'])
		}
		return s
	}
	s, zero := "", false
	for _, u := range []struct {
		v int
		s string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		k := v / u.v % 10
		switch {
		case k == 0:
			zero = s != ""
		default:
			if zero {
				s += "零"
			}
			zero = false
			if !(u.v == 10 && k == 1 && s == "") { // 十五, but 一百一十五
				s += string(digits[k])
			}
			s += u.s
		}
	}
	return s
}
