package clean

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/luodi/luodi/internal/source/charset"
)

// small is a charset of one byte a character that UTF-8 is read as by mistake.
type small struct {
	name  string
	bytes func() map[rune]byte // of its upper half
}

// smalls in the order of how often they are met.
var smalls = []small{
	{"windows-1252", reverse(charmap.Windows1252)},
	{"windows-1250", reverse(charmap.Windows1250)},
	{"windows-1251", reverse(charmap.Windows1251)},
	{"macintosh", reverse(charmap.Macintosh)},
	{"iso-8859-2", reverse(charmap.ISO8859_2)},
	{"windows-1253", reverse(charmap.Windows1253)},
	{"windows-1254", reverse(charmap.Windows1254)},
	{"windows-1257", reverse(charmap.Windows1257)},
	{"cp437", reverse(charmap.CodePage437)},
}

// reverse gives the byte of each character; C1 controls stand for themselves,
// as browsers and Latin-1 have it.
func reverse(cm *charmap.Charmap) func() map[rune]byte {
	return sync.OnceValue(func() map[rune]byte {
		m := map[rune]byte{}
		for b := 0x80; b < 0x100; b++ {
			if b < 0xA0 {
				m[rune(b)] = byte(b)
			}
		}
		for b := 0x80; b < 0x100; b++ {
			if r := cm.DecodeByte(byte(b)); r != utf8.RuneError {
				m[r] = byte(b)
			}
		}
		return m
	})
}

// bestSingle finds the charset whose reading makes the most of a line, and
// what to replace.
func bestSingle(line string) (best []repair) {
	score := 0
	for _, cs := range smalls {
		found, n := cs.segments(line)
		if n > score {
			best, score = found, n
		}
	}
	if score > 0 {
		return best
	}
	if best = latinGBK(line); len(best) == 0 {
		best = controls(line)
	}
	return best
}

// segments reads runs of the charset's characters as UTF-8. n is how many
// bytes of the line were explained. A run that may as well be what it looks
// like counts where the line has another one, none that makes no sense, and
// little else that is not ASCII.
func (cs small) segments(line string) (found []repair, n int) {
	bytes := cs.bytes()
	var weak []repair
	sense, high, read := true, 0, 0 // characters beyond ASCII, and of them those in runs
	for i := 0; i < len(line); {
		if line[i] < utf8.RuneSelf {
			i++
			continue
		}
		r := cs.run(bytes, line, i)
		if r.n == 0 {
			_, size := utf8.DecodeRuneInString(line[i:])
			i += size
			high++
			sense = sense && !r.senseless
			continue
		}
		count := utf8.RuneCountInString(line[i : i+r.n])
		high, read = high+count, read+count
		if i += r.n; r.weak {
			weak = append(weak, r.repair)
			continue
		}
		found, n = append(found, r.repair), n+len(r.with)
	}
	if sense && 2*read > high && len(weak)+len(found) > 1 {
		for _, w := range weak {
			n += len(w.with)
		}
		found = append(found, weak...)
		slices.SortFunc(found, func(a, b repair) int { return a.at - b.at })
	}
	return found, n
}

type singleRun struct {
	repair
	weak      bool // may as well be what it looks like
	senseless bool // a whole character, but none that texts are made of
}

// run reads the longest run of whole UTF-8 characters at i.
func (cs small) run(bytes map[rune]byte, line string, i int) (f singleRun) {
	var out strings.Builder
	marks, letters, latin, odd := 0, 0, 0, 0 // general punctuation and symbols; letters of other alphabets; of Latin; bytes of what was spoilt twice
	at := i
	for at < len(line) {
		d, used := sequence(bytes, line[at:])
		if used == 0 {
			break
		}
		if !likely(d) && !spoilt(d) {
			f.senseless = true
			break
		}
		switch {
		case !likely(d):
			odd++
		case d < 0x180:
			latin++
		case d >= 0x2010 && d < 0x3040 || d >= 0xFF01 && d <= 0xFF1F || d >= utf8.RuneError:
			marks++
		default:
			letters++
		}
		out.WriteRune(d)
		at += used
	}
	f.at, f.n, f.with = i, at-i, out.String()
	if f.n > 0 && !f.senseless {
		f.rest = cutSequence(bytes, line[at:])
	}
	if odd > 0 && marks+latin+letters == 0 {
		return singleRun{senseless: true}
	}
	if f.n == 0 || marks > 0 || latin+letters+odd > 1 {
		return f
	}
	d, _ := utf8.DecodeRuneInString(f.with)
	f.weak = !cs.alone(d, line, i)
	return f
}

// alone reports whether one character by itself is evidence enough.
func (cs small) alone(d rune, line string, from int) bool {
	letterBefore := from > 0 && line[from-1]|0x20 >= 'a' && line[from-1]|0x20 <= 'z'
	switch {
	case d == 0xE5, d >= 0xD1 && d <= 0xD4: // Ã¥, which other charsets have too; Ã and a quote
		return false
	case cs.name == "windows-1252":
		return d < 0x100
	}
	return cs.name == "macintosh" && letterBefore && d >= 0xC0 && d < 0x100
}

// sequence reads one UTF-8 character of two bytes and more from the bytes of
// the characters that text begins with.
func sequence(bytes map[rune]byte, text string) (r rune, used int) {
	var raw [4]byte
	want := 0
	for n := 0; used < len(text); n++ {
		c, size := utf8.DecodeRuneInString(text[used:])
		b, ok := bytes[c]
		if !ok {
			return 0, 0
		}
		if n == 0 {
			switch {
			case b >= 0xC2 && b <= 0xDF:
				want = 2
			case b >= 0xE0 && b <= 0xEF:
				want = 3
			case b >= 0xF0 && b <= 0xF4:
				want = 4
			default:
				return 0, 0
			}
		} else if b&0xC0 != 0x80 {
			return 0, 0
		}
		raw[n] = b
		used += size
		if n+1 == want {
			r, k := utf8.DecodeRune(raw[:want])
			if k != want {
				return 0, 0
			}
			return r, used
		}
	}
	return 0, 0
}

// cutSequence is the length of the beginning of a character of three bytes and
// more that text begins with, and whose end was lost; 0 for none.
func cutSequence(bytes map[rune]byte, text string) int {
	used, n := 0, 0
	for used < len(text) {
		c, size := utf8.DecodeRuneInString(text[used:])
		b, ok := bytes[c]
		if !ok || n == 0 && (b < 0xE0 || b > 0xF4) || n > 0 && b&0xC0 != 0x80 {
			break
		}
		used += size
		n++
	}
	if n < 2 {
		return 0
	}
	return used
}

// likely reports whether a character is one that texts are made of. What is
// left out are blocks that short runs of other charsets decode to by accident.
func likely(r rune) bool {
	switch {
	case r < 0xA0, r == 0xB8, r == 0xD7, r == 0xF7, r == 0xA8, r == 0xAF, r == 0xA6:
		return false
	case r < 0x100:
		return true
	case r < 0x180:
		return strings.ContainsRune("ņķžŅĶįųėŲĮąćęłńśźżĄĆĘŁŃŚŹŻěščřžůďťňĚŠČŘŽŮĎŤŇğıİşŞĞăĂţŢőűŐŰđĐœŒāēīūŌōŸľŕĺ", r)
	case r >= 0x386 && r <= 0x3CE, r >= 0x410 && r <= 0x451, r == 0x401, r >= 0x5D0 && r <= 0x5EA, r >= 0x621 && r <= 0x64A, r >= 0x660 && r <= 0x669:
		return true
	case r >= 0x0E01 && r <= 0x0E5B, r >= 0x0905 && r <= 0x096F, r >= 0x1EA0 && r <= 0x1EF9:
		return true
	case r >= 0x2010 && r <= 0x203A, r >= 0x20A0 && r <= 0x20BF, r >= 0x2100 && r <= 0x22FF, r >= 0x2460 && r <= 0x27BF, r >= 0x2B00 && r <= 0x2BFF:
		return true
	case r >= 0x3000 && r <= 0x30FF, r >= 0x4E00 && r <= 0x9FFF, r >= 0xAC00 && r <= 0xD7A3, r == 0xFE0F, r >= 0xFF01 && r <= 0xFFE6, r == 0xFFFD, r == 0xFEFF:
		return true
	}
	return r >= 0x1F000 && r <= 0x1FAFF || r >= 0x20000 && r <= 0x323AF
}

// spoilt reports whether a character is one of the upper half of
// windows-1252: what a byte of UTF-8 becomes, to be read once more.
func spoilt(r rune) bool {
	_, ok := smalls[0].bytes()[r]
	return ok
}

// latinGBK finds GBK that was read as Latin-1 or windows-1252: runs of four
// and more characters of their upper half that are all frequent in Chinese.
func latinGBK(line string) (found []repair) {
	bytes := smalls[0].bytes()
	for i := 0; i < len(line); {
		var raw []byte
		to := i
		for to < len(line) {
			r, n := utf8.DecodeRuneInString(line[to:])
			b, ok := bytes[r]
			if !ok {
				break
			}
			raw = append(raw, b)
			to += n
		}
		if to == i {
			_, n := utf8.DecodeRuneInString(line[i:])
			i += n
			continue
		}
		if with, ok := fromGBK(raw); ok {
			found = append(found, repair{at: i, n: to - i, with: with})
		}
		i = to
	}
	return found
}

func fromGBK(raw []byte) (string, bool) {
	if len(raw) < 4 || len(raw)%2 != 0 {
		return "", false
	}
	var out strings.Builder
	weight, least := 0.0, 2.0
	for k := 0; k < len(raw); k += 2 {
		r, ok := charset.FromGBK(raw[k], raw[k+1])
		if !ok {
			return "", false
		}
		weight += charset.Weight(r)
		least = min(least, charset.Weight(r))
		out.WriteRune(r)
	}
	n := len(raw) / 2
	return out.String(), n == 2 && least == 2 || n > 2 && weight/float64(n) >= 0.8
}

// controls finds C1 controls, which no text holds, and which windows-1252 has
// quotes and dashes for. Next line (U+0085) may be meant where lines end.
func controls(line string) (found []repair) {
	for i := 0; i+1 < len(line); i++ {
		if line[i] != 0xC2 || line[i+1] >= 0xA0 || line[i+1] < 0x80 {
			continue
		}
		r := charmap.Windows1252.DecodeByte(line[i+1])
		ends := i+2 == len(line) || line[i+2] == '\n' || line[i+2] == '\r' || line[i+2] == 0xC2
		if r == utf8.RuneError || r < 0xA0 || line[i+1] == 0x85 && (ends || i == 0 || line[i-1] <= ' ') {
			continue
		}
		if line[i+1] == 0x85 && line[i-1] < utf8.RuneSelf && line[i-1]|0x20 < 'a' {
			continue
		}
		found = append(found, repair{at: i, n: 2, with: string(r)})
	}
	return found
}
