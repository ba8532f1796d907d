package charset

import (
	"bytes"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"github.com/luodi/luodi/internal/source/offset"
)

// decoder writes text and its map side by side.
type decoder struct {
	raw   []byte
	pos   int
	out   []byte
	whole string // set instead of out where the input needed no change
	b     offset.Builder
	lossy []Range
}

func (d *decoder) text() string {
	if d.out == nil {
		return d.whole
	}
	return string(d.out)
}

// put writes a rune made from the next n bytes.
func (d *decoder) put(r rune, n int) {
	before := len(d.out)
	d.out = utf8.AppendRune(d.out, r)
	d.b.Units(1, len(d.out)-before, n)
	d.pos += n
}

// ascii copies the run of ASCII bytes at the position, and reports whether
// there is more after it. A NUL is no text.
func (d *decoder) ascii() bool {
	for {
		i := d.pos
		for i < len(d.raw) && d.raw[i] < utf8.RuneSelf && d.raw[i] != 0 {
			i++
		}
		d.out = append(d.out, d.raw[d.pos:i]...)
		d.b.Copy(i - d.pos)
		d.pos = i
		if i == len(d.raw) {
			return false
		}
		if d.raw[i] != 0 {
			return true
		}
		d.lose(1)
	}
}

// lose marks the next n bytes as undecodable.
func (d *decoder) lose(n int) {
	n = min(n, len(d.raw)-d.pos)
	if k := len(d.lossy) - 1; k >= 0 && d.lossy[k].End == d.pos {
		d.lossy[k].End += n
	} else {
		d.lossy = append(d.lossy, Range{d.pos, d.pos + n})
	}
	d.put(utf8.RuneError, n)
}

func (d *decoder) utf8() {
	rest := d.raw[d.pos:]
	if utf8.Valid(rest) && bytes.IndexByte(rest, 0) < 0 {
		d.whole = string(rest)
		d.b.Copy(len(rest))
		return
	}
	for d.ascii() {
		r, n := utf8.DecodeRune(d.raw[d.pos:])
		if r == utf8.RuneError && n == 1 {
			d.lose(1)
			continue
		}
		d.out = append(d.out, d.raw[d.pos:d.pos+n]...)
		d.b.Copy(n)
		d.pos += n
	}
}

func unit16(b []byte, big bool) rune {
	if big {
		return rune(b[0])<<8 | rune(b[1])
	}
	return rune(b[1])<<8 | rune(b[0])
}

func (d *decoder) utf16(big bool) {
	d.out = make([]byte, 0, len(d.raw))
	for len(d.raw)-d.pos >= 2 {
		r := unit16(d.raw[d.pos:], big)
		if !utf16.IsSurrogate(r) && r != 0 {
			d.put(r, 2)
			continue
		}
		if len(d.raw)-d.pos >= 4 {
			if p := utf16.DecodeRune(r, unit16(d.raw[d.pos+2:], big)); p != utf8.RuneError {
				d.put(p, 4)
				continue
			}
		}
		d.lose(2)
	}
	if d.pos < len(d.raw) {
		d.lose(len(d.raw) - d.pos)
	}
}

func unit32(b []byte, big bool) uint32 {
	if big {
		return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	}
	return uint32(b[3])<<24 | uint32(b[2])<<16 | uint32(b[1])<<8 | uint32(b[0])
}

func (d *decoder) utf32(big bool) {
	d.out = make([]byte, 0, len(d.raw))
	for len(d.raw)-d.pos >= 4 {
		u := unit32(d.raw[d.pos:], big)
		if u == 0 || u > utf8.MaxRune || !utf8.ValidRune(rune(u)) {
			d.lose(4)
			continue
		}
		d.put(rune(u), 4)
	}
	if d.pos < len(d.raw) {
		d.lose(len(d.raw) - d.pos)
	}
}

// table gives the text of each two-byte character of a charset, by
// (lead - 0x81) * 256 + trail; "" where there is none.
type table []string

func newTable(enc encoding.Encoding) func() table {
	return sync.OnceValue(func() table {
		t := make(table, (0xFF-0x81)*256)
		dec := enc.NewDecoder()
		dst := make([]byte, 16)
		for lead := 0x81; lead < 0xFF; lead++ {
			for trail := 0x40; trail < 0xFF; trail++ {
				dec.Reset()
				n, used, err := dec.Transform(dst, []byte{byte(lead), byte(trail)}, true)
				if r, size := utf8.DecodeRune(dst[:n]); err == nil && used == 2 && r != utf8.RuneError && (size == n || r >= utf8.RuneSelf) {
					t[(lead-0x81)*256+trail] = string(dst[:n])
				}
			}
		}
		return t
	})
}

// The tables are constants that take a few milliseconds to spell out.
var (
	gbTable   = newTable(simplifiedchinese.GB18030)
	big5Table = newTable(traditionalchinese.Big5)
)

// at returns the text of the pair at b, or "".
func (t table) at(b []byte) string {
	if len(b) < 2 || b[0] < 0x81 || b[0] == 0xFF {
		return ""
	}
	return t[int(b[0]-0x81)*256+int(b[1])]
}

// gbFour decodes a four-byte GB18030 character; 0 where b holds none.
func gbFour(b []byte) rune {
	if len(b) < 4 || b[0] < 0x81 || b[0] == 0xFF || b[1] < 0x30 || b[1] > 0x39 || b[2] < 0x81 || b[2] == 0xFF || b[3] < 0x30 || b[3] > 0x39 {
		return 0
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b[:4])
	if err != nil {
		return 0
	}
	if r, n := utf8.DecodeRune(out); n == len(out) && r != utf8.RuneError {
		return r
	}
	return 0
}

func (d *decoder) double(p pairs) {
	t := p.table()
	d.out = make([]byte, 0, len(d.raw)*3/2)
	for d.ascii() {
		b := d.raw[d.pos:]
		if s := t.at(b); s != "" {
			d.out = append(d.out, s...)
			d.b.Units(1, len(s), 2)
			d.pos += 2
			continue
		}
		if p.four != nil {
			if r := p.four(b); r != 0 {
				d.put(r, 4)
				continue
			}
		}
		if p.euro && b[0] == 0x80 {
			d.put('€', 1)
			continue
		}
		d.lose(p.unknown(b))
	}
}

func (d *decoder) single() {
	for d.ascii() {
		r := charmap.Windows1252.DecodeByte(d.raw[d.pos])
		if r == utf8.RuneError || r < 0xA0 && r >= 0x80 { // five bytes have no meaning
			d.lose(1)
			continue
		}
		d.put(r, 1)
	}
}
