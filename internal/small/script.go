package small

import "unicode"

// script says which n-grams a model counts. It is decided once, from the
// training text, and stored with the model.
type script string

const (
	// latin: words, and character n-grams that stay inside a word. For every
	// script that puts spaces between words.
	latin script = "latin"
	// han: character n-grams over the whole text. For Chinese and Japanese,
	// which have no spaces; no segmenter was found to help.
	han script = "han"
	// mixed: Han runs and spaced runs of one text each in their own manner.
	mixed script = "mixed"
)

// Shares of Han among all letters of the training text at which the choice
// changes. A Chinese ticket with "App" in it is still Chinese; a table of
// English names with one Chinese cell is still spaced text.
const (
	hanFrom   = 0.95
	latinUpTo = 0.02
)

// scriptOf chooses by the share of Han among the letters of the texts.
func scriptOf(texts func(yield func(string) bool)) script {
	var letters, hans int
	for t := range texts {
		for _, r := range t {
			if r < 0x80 {
				if 'a' <= r|0x20 && r|0x20 <= 'z' {
					letters++
				}
				continue
			}
			if isHan(r) {
				hans++
				letters++
			} else if unicode.IsLetter(r) {
				letters++
			}
		}
	}
	switch share := float64(hans) / float64(max(letters, 1)); {
	case share >= hanFrom:
		return han
	case share <= latinUpTo:
		return latin
	}
	return mixed
}

// isHan reports whether r is written without spaces between words: Han
// characters and kana.
func isHan(r rune) bool {
	switch {
	case r < 0x2E80:
		return false
	case r >= 0x4E00 && r <= 0x9FFF, r >= 0x3400 && r <= 0x4DBF: // the common planes first
		return true
	case r >= 0x3040 && r <= 0x30FF: // kana
		return true
	}
	return unicode.Is(unicode.Han, r)
}

// normal folds a rune to the form that is counted: lower case, full-width
// letters, digits and signs as their ASCII twins, every space as ' '.
func normal(r rune) rune {
	if r < 0x80 {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		if r == '\t' || r == '\n' || r == '\r' || r == '\v' || r == '\f' {
			return ' '
		}
		return r
	}
	switch {
	case r >= 0x4E00 && r <= 0x9FFF:
		return r
	case r >= 0xFF01 && r <= 0xFF5E:
		return normal(r - 0xFEE0)
	case unicode.IsSpace(r) || r == 0x3000:
		return ' '
	}
	return unicode.ToLower(r)
}
