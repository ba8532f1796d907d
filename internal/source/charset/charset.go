// Package charset decides in which charset a file's bytes are written, and
// decodes them with a map back to the bytes.
//
// Departments hand over what their systems export: UTF-8 with and without a
// byte order mark, GB18030 (GBK, GB2312) from mainland desktops, Big5 from
// Taiwan and Hong Kong, EUC-TW from its older servers, UTF-16 from spreadsheets. The decision is made on
// bytes, never on a file's name or its own declaration: byte order mark, then
// strict UTF-8, then GB18030 against Big5 and EUC-TW (and UTF-16/32 without mark, and
// Windows-1252) by how common the characters are that each would give. A
// decision that was close is marked Doubtful.
//
// Nothing is dropped in silence: a byte that the charset does not know, and a
// NUL, becomes U+FFFD, traced to that byte and counted. A file that is not text is refused
// with the reason. Mojibake inside a decoded text is not repaired here.
package charset

import (
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source/offset"
)

// The charsets that are told apart and decoded.
const (
	UTF8        = "utf-8"
	UTF16LE     = "utf-16le"
	UTF16BE     = "utf-16be"
	UTF32LE     = "utf-32le"
	UTF32BE     = "utf-32be"
	GB18030     = "gb18030" // and its subsets GBK and GB2312
	Big5        = "big5"    // with HKSCS, as in the WHATWG encoding standard
	EUCTW       = "euc-tw"  // planes 1 and 2 of CNS 11643
	Windows1252 = "windows-1252"
)

// Guess is the decision on one file.
type Guess struct {
	Charset  string
	BOM      int  // length of the byte order mark in bytes
	Doubtful bool // the evidence was thin: show it to the owner
}

// Range is a range of raw bytes.
type Range struct{ Start, End int }

// Text is a decoded file.
type Text struct {
	Guess
	String string
	Map    offset.Map // String to raw bytes
	Lossy  []Range    // raw bytes that stand as U+FFFD in String, in order
}

// maxLossy is the share of undecodable bytes above which a file is no text.
const maxLossy = 0.05

// Decode decides the charset of raw and decodes it. It returns errs.Invalid
// where raw is not text, with what it looks like.
func Decode(raw []byte) (Text, error) {
	if kind := magic(raw); kind != "" {
		return Text{}, errs.Invalid("the file is %s, not text", kind)
	}
	g, ok := Detect(raw)
	if !ok {
		return Text{}, errs.Invalid("the file is binary: NUL bytes that no text charset explains")
	}
	t, err := DecodeAs(raw, g)
	if err != nil {
		return Text{}, err
	}
	lost := 0
	for _, r := range t.Lossy {
		lost += r.End - r.Start
	}
	if share := float64(lost) / float64(max(1, len(raw))); share > maxLossy && lost > 4 {
		return Text{}, errs.Invalid("the file is binary or in a charset that is not supported: as %s, the best guess, %.0f %% of its bytes mean nothing (first at byte %d); convert it to UTF-8",
			g.Charset, 100*share, t.Lossy[0].Start)
	}
	if c := controls(t.String); c > 0.1 {
		return Text{}, errs.Invalid("the file is binary: %.0f %% of its characters are control characters", 100*c)
	}
	return t, nil
}

// DecodeAs decodes raw, or any part of it that begins and ends between two
// characters, in a charset decided before. It returns errs.Invalid for a
// charset that is not among the constants.
func DecodeAs(raw []byte, g Guess) (Text, error) {
	d := decoder{raw: raw}
	d.b.Drop(g.BOM)
	d.pos = g.BOM
	switch g.Charset {
	case UTF8:
		d.utf8()
	case UTF16LE, UTF16BE:
		d.utf16(g.Charset == UTF16BE)
	case UTF32LE, UTF32BE:
		d.utf32(g.Charset == UTF32BE)
	case GB18030, Big5, EUCTW:
		d.double(doubles[g.Charset])
	case Windows1252:
		d.single()
	default:
		return Text{}, errs.Invalid("decoding: no charset %q", g.Charset)
	}
	return Text{Guess: g, String: d.text(), Map: d.b.Map(), Lossy: d.lossy}, nil
}

// controls is the share of control characters that no text file holds.
func controls(s string) float64 {
	n := 0
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b || c == 0x7f {
			n++
		}
	}
	return float64(n) / float64(max(1, len(s)))
}
