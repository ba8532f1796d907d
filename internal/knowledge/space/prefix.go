package space

import "strings"

// families are models that were trained with a prefix, by what their names
// contain, and what their authors say to put before a text.
var families = []struct{ name, query, passage string }{
	{"e5-", "query: ", "passage: "},
	{"bge-large-zh", "为这个句子生成表示以用于检索相关文章：", ""},
	{"bge-base-zh", "为这个句子生成表示以用于检索相关文章：", ""},
	{"bge-small-zh", "为这个句子生成表示以用于检索相关文章：", ""},
	{"nomic-embed", "search_query: ", "search_document: "},
}

// Prefixes are what a model wants before questions and passages, as far as
// its name tells; none otherwise.
func Prefixes(model string) (query, passage string) {
	model = strings.ToLower(model)
	for _, f := range families {
		if strings.Contains(model, f.name) {
			return f.query, f.passage
		}
	}
	return "", ""
}
