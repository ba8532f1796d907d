package prompt

import (
	"fmt"
	"strings"
)

// Field is one field that an extract prompt asks for.
type Field struct {
	Name   string
	Kind   string   // as package typed names it, or list, boolean, object
	Note   string   // what it is, in the user's words
	Values []string // those it may take; nil is any
	// Currency of amounts that are written without one.
	Currency string
}

var kinds = map[string]map[string]string{
	"en": {
		"text": "text", "number": "number, in digits and without a unit", "money": "amount with its currency", "percent": "percentage with %",
		"date": "date as YYYY-MM-DD", "phone": "telephone number", "quantity": "number with its unit", "boolean": "true or false", "list": "list", "object": "object",
	},
	"zh": {
		"text": "文本", "number": "数字，不带单位", "money": "金额，带币种", "percent": "百分比，带 %",
		"date": "日期，写成 YYYY-MM-DD", "phone": "电话号码", "quantity": "数字，带单位", "boolean": "true 或 false", "list": "列表", "object": "对象",
	},
}

// Line is the field as a prompt in a language ("zh", else English) lists it.
func (f Field) Line(language string) string {
	if language != "zh" {
		language = "en"
	}
	kind := kinds[language][f.Kind]
	if f.Kind == "money" && f.Currency != "" {
		kind = map[string]string{"en": "amount in " + f.Currency, "zh": f.Currency + " 金额"}[language]
	}
	open, end, one := " (", ")", "; one of: "
	if language == "zh" {
		open, end, one = "（", "）", "；取值之一："
	}
	var b strings.Builder
	fmt.Fprint(&b, f.Name, open, kind)
	if f.Note != "" {
		fmt.Fprint(&b, map[string]string{"en": "; ", "zh": "；"}[language], f.Note)
	}
	if len(f.Values) > 0 {
		fmt.Fprint(&b, one, strings.Join(f.Values, " | "))
	}
	fmt.Fprint(&b, end)
	return b.String()
}
