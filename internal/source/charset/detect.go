package charset

import (
	"bytes"
	"math"
	"unicode/utf16"
	"unicode/utf8"
)

// sample is the number of non-ASCII characters a charset is judged on.
const sample = 20000

// Detect decides the charset of raw; ok is false where NUL bytes rule out
// every charset. An empty file is UTF-8.
func Detect(raw []byte) (g Guess, ok bool) {
	for _, m := range marks {
		if bytes.HasPrefix(raw, []byte(m.bytes)) && (len(raw)-len(m.bytes))%m.unit == 0 {
			return Guess{Charset: m.charset, BOM: len(m.bytes)}, true
		}
	}
	nuls := bytes.Count(raw, []byte{0})
	if nuls > 0 {
		if g, ok := wide(raw); ok {
			return g, true
		}
		if nuls*100 > len(raw) || !utf8.Valid(raw) {
			return Guess{}, false
		}
	}
	good, bad := countUTF8(raw)
	if bad == 0 || good >= 9*bad { // a few broken bytes do not make it another charset
		return Guess{Charset: UTF8, Doubtful: bad > 0}, true
	}
	best, score, other := "", math.Inf(-1), math.Inf(-1)
	for _, name := range []string{GB18030, Big5, EUCTW} {
		switch s := scoreDouble(raw, doubles[name]); {
		case s > score:
			best, score, other = name, s, score
		case s > other:
			other = s
		}
	}
	if len(raw)%2 == 0 {
		for _, big := range []bool{false, true} {
			if s := scoreWide(raw, big); s > score && s > 0.5 {
				best, score, other = wideName(2, big), s, score
			}
		}
	}
	if score < 0 && isolated(raw) > 0.7 {
		return Guess{Charset: Windows1252, Doubtful: true}, true
	}
	return Guess{Charset: best, Doubtful: score < 0.5 || score-other < 0.3 || mixed(raw, best)}, true
}

// mixed reports whether a line of raw is plainly in another charset than the
// one that was decided for all of it, as where two exports were put into one
// file.
func mixed(raw []byte, decided string) bool {
	if _, ok := doubles[decided]; !ok {
		return false
	}
	left := sample
	for len(raw) > 0 && left > 0 {
		line := raw
		if i := bytes.IndexByte(raw, '\n'); i >= 0 {
			line = raw[:i+1]
		}
		raw = raw[len(line):]
		if ascii(line) {
			continue
		}
		left -= len(line) / 2
		if utf8.Valid(line) && (len(line)-utf8.RuneCount(line) >= 4 || accented(line)) {
			return true
		}
		if len(line) < 2*minLine {
			continue
		}
		score := scoreDouble(line, doubles[decided])
		for name, p := range doubles {
			if name != decided && scoreDouble(line, p) > max(score+1, 0.5) {
				return true
			}
		}
	}
	return false
}

// accented reports whether a character beyond ASCII stands within a word, as
// in Näyhä; Han between two Latin letters is rare.
func accented(line []byte) bool {
	letter := func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
	for i, r := range string(line) {
		if n := utf8.RuneLen(r); r >= utf8.RuneSelf && i > 0 && i+n < len(line) && letter(line[i-1]) && letter(line[i+n]) {
			return true
		}
	}
	return false
}

// minLine is how many characters beyond ASCII tell a line's charset.
const minLine = 6

// marks are the byte order marks, the longest first.
var marks = []struct {
	bytes   string
	charset string
	unit    int
}{
	{"\xff\xfe\x00\x00", UTF32LE, 4}, {"\x00\x00\xfe\xff", UTF32BE, 4},
	{"\xef\xbb\xbf", UTF8, 1},
	{"\xff\xfe", UTF16LE, 1}, {"\xfe\xff", UTF16BE, 1},
}

// countUTF8 counts the multi-byte characters of raw and the bytes that belong
// to none.
func countUTF8(raw []byte) (good, bad int) {
	if utf8.Valid(raw) {
		return 0, 0
	}
	for i := 0; i < len(raw); {
		if raw[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && n == 1 {
			if !utf8.FullRune(raw[i:]) && good > 0 { // cut off in the last character
				return good, bad + 1
			}
			bad++
		} else {
			good++
		}
		i += n
	}
	return good, bad
}

// scoreDouble is the mean weight of the non-ASCII characters that a two-byte
// charset gives for raw.
func scoreDouble(raw []byte, p pairs) float64 {
	t := p.table()
	sum, n := 0.0, 0
	for i := 0; i < len(raw) && n < sample; {
		if raw[i] < utf8.RuneSelf {
			i++
			continue
		}
		n++
		if s := t.at(raw[i:]); s != "" {
			r, _ := utf8.DecodeRuneInString(s)
			sum += weight(r)
			i += 2
		} else if p.four != nil && p.four(raw[i:]) != 0 {
			i += 4 // rare characters tell nothing
			n--
		} else {
			sum -= 5
			i++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

func wideName(size int, big bool) string {
	switch {
	case size == 4 && big:
		return UTF32BE
	case size == 4:
		return UTF32LE
	case big:
		return UTF16BE
	}
	return UTF16LE
}

// wide finds UTF-32 and UTF-16 without a mark in raw, which holds NULs.
func wide(raw []byte) (Guess, bool) {
	if len(raw)%4 == 0 {
		for _, big := range []bool{false, true} {
			ok, rare := true, 0
			for i := 0; i < len(raw) && ok; i += 4 {
				u := unit32(raw[i:], big)
				ok = u != 0 && u <= utf8.MaxRune && utf8.ValidRune(rune(u))
				if u >= 1<<16 {
					rare++
				}
			}
			if ok && rare*8 <= len(raw) { // of four-byte units at most half
				return Guess{Charset: wideName(4, big)}, true
			}
		}
	}
	if len(raw)%2 != 0 {
		return Guess{}, false
	}
	le, be := scoreWide(raw, false), scoreWide(raw, true)
	if max(le, be) < 0.3 || asciiNULs(raw, be > le) < 0.8 {
		return Guess{}, false
	}
	return Guess{Charset: wideName(2, be > le), Doubtful: le-be < 0.3 && be-le < 0.3}, true
}

// asciiNULs is the share of raw's NULs that are the upper half of an ASCII
// character, as nearly all are in UTF-16.
func asciiNULs(raw []byte, big bool) float64 {
	ascii := 0
	for i := 0; i+1 < len(raw); i += 2 {
		if r := unit16(raw[i:], big); r > 0 && r < 0x80 {
			ascii++
		}
	}
	return float64(ascii) / float64(bytes.Count(raw, []byte{0}))
}

// scoreWide is the mean weight of raw's characters as UTF-16; printable ASCII
// counts as much as a frequent character.
func scoreWide(raw []byte, big bool) float64 {
	sum, n := 0.0, 0
	for i := 0; i+1 < len(raw) && n < sample; i += 2 {
		n++
		r := unit16(raw[i:], big)
		switch {
		case r >= 0x20 && r < 0x7F || r == '\n' || r == '\r' || r == '\t':
			sum += 2
		case r < 0x20 || r >= 0x7F && r < 0xA0 || r == 0xFFFE || r == 0xFFFF:
			sum -= 5
		case utf16.IsSurrogate(r):
			if i+3 < len(raw) && utf16.DecodeRune(r, unit16(raw[i+2:], big)) != utf8.RuneError {
				i += 2
			} else {
				sum -= 5
			}
		case r >= 0xA0 && r < 0x250 || r >= 0x370 && r < 0x600:
			sum += 0.5 // Latin, Greek, Cyrillic, Hebrew
		default:
			sum += weight(r)
		}
	}
	return sum / float64(max(1, n))
}

// isolated is the share of non-ASCII runs that are one byte long, as accented
// letters of a single-byte charset are.
func isolated(raw []byte) float64 {
	runs, ones := 0, 0
	for i := 0; i < len(raw); {
		if raw[i] < utf8.RuneSelf {
			i++
			continue
		}
		j := i
		for j < len(raw) && raw[j] >= utf8.RuneSelf {
			j++
		}
		runs++
		if j-i == 1 {
			ones++
		}
		i = j
	}
	return float64(ones) / float64(max(1, runs))
}

// magic names the kind of file whose first bytes raw has, "" for none that is
// known.
func magic(raw []byte) string {
	for _, m := range magics {
		if len(raw) >= m.at+len(m.bytes) && string(raw[m.at:m.at+len(m.bytes)]) == m.bytes {
			return m.kind
		}
	}
	return ""
}

var magics = []struct {
	at          int
	bytes, kind string
}{
	{0, "PK\x03\x04", "a zip archive or an office document"},
	{0, "%PDF-", "a PDF document"},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document (doc, xls, ppt)"},
	{0, "\x89PNG\r\n", "a PNG image"},
	{0, "GIF87a", "a GIF image"},
	{0, "GIF89a", "a GIF image"},
	{0, "\xff\xd8\xff", "a JPEG image"},
	{0, "\x1f\x8b", "gzip data"},
	{0, "BZh", "bzip2 data"},
	{0, "\xfd7zXZ\x00", "xz data"},
	{0, "7z\xbc\xaf\x27\x1c", "a 7z archive"},
	{0, "Rar!\x1a\x07", "a rar archive"},
	{0, "\x28\xb5\x2f\xfd", "zstd data"},
	{0, "\x7fELF", "a program"},
	{0, "SQLite format 3\x00", "an SQLite database"},
	{0, "PAR1", "a Parquet file"},
	{0, "{\\rtf", "an RTF document"},
	{257, "ustar", "a tar archive"},
}
