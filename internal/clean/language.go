package clean

import "unicode/utf8"

// Languages that are told apart. Anything else, and text without letters, is
// LangOther.
const (
	LangChinese = "zh"
	LangEnglish = "en"
	LangOther   = "other"
)

// language decides by the shares of scripts: a Han character counts as much as
// a Latin word. Kana and Hangul outweigh Han, which Japanese and Korean use
// too; accented letters in number make it another language than English. Long
// texts are judged by their first 64 KiB.
func language(text string) string {
	if len(text) > 64<<10 {
		text = text[:64<<10]
	}
	var han, words, accents, other int
	inWord := false
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			letter := c|0x20 >= 'a' && c|0x20 <= 'z'
			if letter && !inWord {
				words++
			}
			inWord = letter
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		switch {
		case r >= 0xC0 && r < 0x250:
			if !inWord {
				words++
			}
			accents++
			inWord = true
			continue
		case r >= 0x4E00 && r <= 0x9FFF, r >= 0x3400 && r <= 0x4DBF, r >= 0x20000 && r <= 0x323AF:
			han++
		case r >= 0x3040 && r <= 0x30FF, r >= 0xAC00 && r <= 0xD7A3:
			other += 2
		case r >= 0x370 && r < 0x2000: // Greek, Cyrillic, Semitic, Indic, …
			other++
		}
		inWord = false
	}
	switch {
	case han+words+other == 0, other > han/2+words:
		return LangOther
	case han*4 >= words:
		return LangChinese
	case accents*8 > words:
		return LangOther
	}
	return LangEnglish
}
