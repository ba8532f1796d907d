package clean

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/source/offset"
)

//go:embed data/*.gz
var conversionData embed.FS

// conversion is a table from one script to the other. Every character becomes
// one character, so that each traces to its own.
type conversion struct {
	chars   map[rune]rune
	phrases map[string]string
	longest int // characters of a phrase
	begins  map[rune]bool
}

func loadConversion(name string) func() conversion {
	return sync.OnceValue(func() conversion {
		c := conversion{chars: map[rune]rune{}, phrases: map[string]string{}, begins: map[rune]bool{}}
		packed, err := conversionData.ReadFile("data/" + name + ".txt.gz")
		if err != nil {
			panic(err) // embedded
		}
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			panic(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			panic(err)
		}
		for line := range strings.Lines(string(text)) {
			pair := []rune(strings.TrimSuffix(line, "\n"))
			n := len(pair) / 2
			if n == 1 {
				c.chars[pair[0]] = pair[1]
				continue
			}
			c.phrases[string(pair[:n])] = string(pair[n:])
			c.longest = max(c.longest, n)
			c.begins[pair[0]] = true
		}
		return c
	})
}

// The two conversions; plans opt in to them. Words are not exchanged for those
// of another region: 软件 becomes 軟件, not 軟體.
var (
	traditionalTable = loadConversion("s2t")
	simplifiedTable  = loadConversion("t2s")
	toTraditional    = edit("s2t", 1, func(text string) (string, offset.Map) { return traditionalTable().apply(text) })
	toSimplified     = edit("t2s", 1, func(text string) (string, offset.Map) { return simplifiedTable().apply(text) })
)

func (c conversion) apply(text string) (string, offset.Map) {
	e := editor{in: text}
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if c.begins[r] {
			if phrase, with := c.phrase(text[i:]); phrase != "" {
				for len(phrase) > 0 { // character by character, each with its own origin
					_, n := utf8.DecodeRuneInString(phrase)
					_, k := utf8.DecodeRuneInString(with)
					if phrase[:n] != with[:k] {
						e.replace(i, n, with[:k])
					}
					i, phrase, with = i+n, phrase[n:], with[k:]
				}
				continue
			}
		}
		if to, ok := c.chars[r]; ok {
			e.replace(i, n, string(to))
		}
		i += n
	}
	return e.done()
}

// phrase returns the longest phrase that text begins with.
func (c conversion) phrase(text string) (phrase, with string) {
	end := 0
	for n := 0; n < c.longest && end < len(text); n++ {
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
		if w, ok := c.phrases[text[:end]]; ok {
			phrase, with = text[:end], w
		}
	}
	return phrase, with
}
