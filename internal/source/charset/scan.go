package charset

import (
	"bytes"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/errs"
)

// scanSample is how much of a file Scan keeps to judge it by.
const scanSample = 8 << 20

// Scan decides the charset of a file that is too large to hold. It is written
// the file from its beginning and then asked once. A file that is UTF-8 but for
// a few bytes is found out over its whole length; any other is judged on its
// first 8 MiB, and on 8 MiB from where its first character beyond ASCII stands.
// Its zero value is ready.
type Scan struct {
	size          int64
	head, foreign []byte
	nuls          int
	good, bad     int
	rest          []byte // the beginning of a character
	newline       bool
}

// Write takes the next bytes; it never fails.
func (s *Scan) Write(p []byte) (int, error) {
	n := len(p)
	s.size += int64(n)
	if room := scanSample - len(s.head); room > 0 {
		s.head = append(s.head, p[:min(room, n)]...)
	}
	s.nuls += bytes.Count(p, []byte{0})
	s.newline = s.newline || bytes.IndexByte(p, '\n') >= 0
	plain := ascii(p)
	if len(s.rest) > 0 || !plain {
		s.count(p)
	}
	if s.foreign != nil || !plain {
		if s.foreign == nil { // from the line's beginning, so that pairs of bytes stay together
			i := bytes.IndexFunc(p, func(r rune) bool { return r >= utf8.RuneSelf })
			p = p[bytes.LastIndexByte(p[:max(0, i)], '\n')+1:]
		}
		s.foreign = append(s.foreign, p[:min(max(0, scanSample-len(s.foreign)), len(p))]...)
	}
	return n, nil
}

// count counts the characters of UTF-8 beyond ASCII, and the bytes that are of
// none. What a piece ends with may be the beginning of one.
func (s *Scan) count(p []byte) {
	if len(s.rest) > 0 {
		p = append(s.rest, p...)
		s.rest = nil
	}
	end := len(p)
	for back := 1; back < utf8.UTFMax && back <= len(p); back++ {
		if c := p[len(p)-back]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(p[len(p)-back:]) {
				end = len(p) - back
			}
			break
		}
	}
	s.rest = bytes.Clone(p[end:])
	p = p[:end]
	if utf8.Valid(p) {
		for _, c := range p {
			if c >= 0xC0 {
				s.good++
			}
		}
		return
	}
	good, bad := countUTF8(p)
	s.good, s.bad = s.good+good, s.bad+bad
}

func ascii(p []byte) bool {
	for _, c := range p {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Newline reports whether the file has a line feed; those of old Macs do not.
func (s *Scan) Newline() bool { return s.newline }

// Guess is the decision; errs.Invalid where the file is not text.
func (s *Scan) Guess() (Guess, error) {
	if kind := magic(s.head); kind != "" {
		return Guess{}, errs.Invalid("the file is %s, not text", kind)
	}
	for _, m := range marks {
		if bytes.HasPrefix(s.head, []byte(m.bytes)) && (s.size-int64(len(m.bytes)))%int64(m.unit) == 0 {
			return Guess{Charset: m.charset, BOM: len(m.bytes)}, nil
		}
	}
	s.bad += len(s.rest)
	if s.nuls == 0 && (s.bad == 0 || s.good >= 9*s.bad) {
		return Guess{Charset: UTF8, Doubtful: s.bad > 0}, nil
	}
	sample := s.head
	if ascii(sample) && s.nuls == 0 {
		sample = s.foreign
	}
	sample = sample[:len(sample)&^3]
	if g, ok := Detect(sample); ok {
		return g, nil
	}
	return Guess{}, errs.Invalid("the file is binary: NUL bytes that no text charset explains")
}

// Totals sums up what pieces of one text hold, so that a file that is no text
// is refused as Decode refuses it.
type Totals struct {
	size, text int
	Lost       int   // bytes that mean nothing
	First      int64 // raw byte of the first of them
	control    float64
}

// Add takes a piece of the text that begins at a raw byte of the file.
func (t *Totals) Add(at int64, size int, text Text) {
	if len(text.Lossy) > 0 && t.Lost == 0 {
		t.First = at + int64(text.Lossy[0].Start)
	}
	for _, r := range text.Lossy {
		t.Lost += r.End - r.Start
	}
	t.size += size
	t.text += len(text.String)
	t.control += controls(text.String) * float64(len(text.String))
}

// Check returns errs.Invalid where the pieces were no text.
func (t *Totals) Check(name string) error {
	if share := float64(t.Lost) / float64(max(1, t.size)); share > maxLossy && t.Lost > 4 {
		return errs.Invalid("the file is binary or in a charset that is not supported: as %s, the best guess, %.0f %% of its bytes mean nothing (first at byte %d); convert it to UTF-8",
			name, 100*share, t.First)
	}
	if c := t.control / float64(max(1, t.text)); c > 0.1 {
		return errs.Invalid("the file is binary: %.0f %% of its characters are control characters", 100*c)
	}
	return nil
}
