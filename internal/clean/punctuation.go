package clean

import (
	"strings"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/source/offset"
)

// punctuationOperator gives punctuation between Han its Chinese form: a comma,
// colon, semicolon, question or exclamation mark after Han and before Han or
// the end of a line. Beside digits and Latin letters nothing is touched: 1,000
// and 12:30 are numbers.
var punctuationOperator = edit("punctuation", 1, func(text string) (string, offset.Map) {
	const ascii, han = ",;:?!", "，；：？！"
	e := editor{in: text}
	for i := 0; i < len(text); i++ {
		k := strings.IndexByte(ascii, text[i])
		if k < 0 || i < 3 || text[i-1] < utf8.RuneSelf || !hanBefore(text[:i]) {
			continue
		}
		if next := i + 1; next < len(text) && text[next] != '\n' && !hanAfter(text[next:]) {
			continue
		}
		e.replace(i, 1, han[3*k:3*k+3])
	}
	return e.done()
})

func hanBefore(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(text)
	return ideograph(r) || strings.ContainsRune("”’）》」』】", r)
}

func hanAfter(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return ideograph(r) || strings.ContainsRune("“‘（《「『【", r)
}

func ideograph(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r >= 0x20000 && r <= 0x323AF
}
