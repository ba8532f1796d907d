package typed

import (
	"math/big"
	"strings"
)

// unit of measure: its dimension and its size in that dimension's base.
type unit struct {
	word, dimension string
	size            *big.Rat
}

func u(dimension, size string, words ...string) (out []unit) {
	r, ok := new(big.Rat).SetString(size)
	if !ok {
		panic("typed: the size of a unit is no number: " + size)
	}
	for _, w := range words {
		out = append(out, unit{w, dimension, r})
	}
	return out
}

// units, longest word first. Days are of 24 hours; months and working days
// are dimensions of their own, because they have no fixed length.
var units = func() (out []unit) {
	for _, us := range [][]unit{
		u("time", "1", "秒", "秒钟", "seconds", "second", "sec", "s"),
		u("time", "60", "分钟", "minutes", "minute", "min", "mins"),
		u("time", "3600", "小时", "个小时", "hours", "hour", "hrs", "hr", "h"),
		u("time", "86400", "天", "日", "个自然日", "自然日", "days", "day", "calendar days"),
		u("time", "604800", "周", "星期", "个星期", "weeks", "week"),
		u("months", "1", "个月", "months", "month"),
		u("months", "12", "年", "years", "year"),
		u("working days", "1", "个工作日", "工作日", "working days", "working day", "business days", "business day"),
		u("mass", "1", "克", "g", "grams", "gram"),
		u("mass", "500", "斤", "市斤"),
		u("mass", "1000", "公斤", "千克", "kg", "kilograms", "kilogram"),
		u("mass", "1000000", "吨", "t", "tonnes", "tonne"),
		u("length", "1/1000", "毫米", "mm"),
		u("length", "1/100", "厘米", "cm"),
		u("length", "1", "米", "m", "metres", "meters"),
		u("length", "1000", "公里", "千米", "km"),
		u("area", "1", "平方米", "平米", "㎡", "m²", "m2", "sqm"),
		u("volume", "1/1000", "毫升", "ml"),
		u("volume", "1", "升", "l", "litres", "liters"),
		u("data", "1024", "kb"), u("data", "1048576", "mb"), u("data", "1073741824", "gb"),
		u("people", "1", "人", "名", "位", "people", "persons"),
		u("pieces", "1", "个", "件", "张", "份", "笔", "台", "辆", "pieces", "pcs", "items"),
		u("times", "1", "次", "times"),
	} {
		out = append(out, us...)
	}
	for i := 1; i < len(out); i++ {
		for j := i; j > 0 && len(out[j].word) > len(out[j-1].word); j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}()

// quantity reads a number with its unit, in the base of its dimension.
func quantity(s string) (v *big.Rat, dimension string, ok bool) {
	for _, x := range units {
		rest, found := strings.CutSuffix(s, x.word)
		if !found || letter(first(x.word)) && letter(last(rest)) {
			continue
		}
		if v, ok := number(strings.TrimSpace(rest)); ok {
			return v.Mul(v, x.size), x.dimension, true
		}
	}
	return nil, "", false
}
