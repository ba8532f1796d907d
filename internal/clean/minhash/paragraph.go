package minhash

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/spill"
)

// A paragraph is a line of text. One with fewer characters is never removed:
// headings and answers such as "yes" stand in many documents rightly.
const (
	minParagraph  = 20
	maxParagraphs = 1 << 20 // of one document that are compared
)

// paragraphKeys are the addresses of a document's paragraphs, without white
// space around them; a paragraph's number follows its document's.
func paragraphKeys(text string, number int) (out []spill.Entry) {
	i := 0
	for p := range strings.SplitSeq(text, "\n") {
		if p = strings.TrimSpace(p); utf8.RuneCountInString(p) >= minParagraph && i < maxParagraphs {
			out = append(out, spill.Entry{Key: keyOf([]byte(p)), N: uint64(number)*maxParagraphs + uint64(i)})
		}
		i++
	}
	return out
}

// without is a text without some of its paragraphs; any is false where only
// white space is left.
func without(text string, gone map[int]bool) (rest string, any bool) {
	var kept []string
	i := 0
	for p := range strings.SplitSeq(text, "\n") {
		if !gone[i] {
			kept = append(kept, p)
			any = any || strings.TrimSpace(p) != ""
		}
		i++
	}
	return strings.Join(kept, "\n"), any
}

// quote writes a json string with characters as they are.
func quote(s string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(s)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
