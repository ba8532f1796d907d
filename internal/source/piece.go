package source

import (
	"bytes"
	"context"
	"iter"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source/charset"
	"github.com/luodi/luodi/internal/spill"
)

// pieces reads the rows of a large file.
type pieces struct {
	file   File
	reader Reader
	eol    byte
	read   func(from, to int64) ([]byte, error)
	totals charset.Totals
}

// each emits all rows in order.
func (p *pieces) each(ctx context.Context, emit func(Row) error) ([]string, error) {
	rows := rowsOf(p.reader, p.file.Columns)
	guess := charset.Guess{Charset: p.file.Charset, BOM: p.file.BOM}
	at, line, size := int64(0), 0, int64(pieceBytes)
	counted := int64(0)
	for at < p.file.Size {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		last := at+size >= p.file.Size
		raw, err := p.read(at, min(at+size, p.file.Size))
		if err != nil {
			return nil, err
		}
		border, longest := p.eol, int64(maxRow)
		if c, ok := rows.(cutter); ok {
			border, longest = c.cuts(p.eol)
		}
		if !last {
			raw = raw[:p.cut(raw, border)]
		}
		text, err := charset.DecodeAs(raw, guess)
		if err != nil {
			return nil, err
		}
		in := Input{Path: p.file.Path, Text: text, Columns: p.file.Columns, piece: piece{int(at), line, p.eol}}
		n, err := 0, error(nil)
		if len(raw) > 0 {
			n, err = rows.window(in, last, emit)
		}
		if err != nil {
			return nil, err
		}
		if n == 0 && !last { // the first row of the piece is longer than it
			if size *= 2; size > longest {
				return nil, errs.Invalid("line %d, byte %d: a row of more than %d MiB begins here, or one that never ends", line+1, at, longest>>20)
			}
			continue
		}
		end := at + int64(len(raw))
		if !last {
			_, to := text.Map.Source(0, n)
			end = at + int64(to)
		}
		if end > counted {
			p.totals.Add(at, int(end-at), upTo(text, int(end-at), n))
			counted = end
		}
		line += strings.Count(text.String[:n], string(p.eol))
		at, size, guess.BOM = end, pieceBytes, 0
	}
	return rows.done()
}

// upTo is the beginning of a text, n bytes of it from so many raw ones.
func upTo(t charset.Text, raw, n int) charset.Text {
	out := charset.Text{String: t.String[:n]}
	for _, r := range t.Lossy {
		if r.End <= raw {
			out.Lossy = append(out.Lossy, r)
		}
	}
	return out
}

// cut is the length of raw up to the last border, with it; 0 where none is.
func (p *pieces) cut(raw []byte, border byte) int {
	unit, at := 1, 0
	switch p.file.Charset {
	case charset.UTF16LE, charset.UTF16BE:
		unit = 2
	case charset.UTF32LE, charset.UTF32BE:
		unit = 4
	}
	if p.file.Charset == charset.UTF16BE || p.file.Charset == charset.UTF32BE {
		at = unit - 1
	}
	for i := len(raw); ; {
		if i = bytes.LastIndexByte(raw[:i], border); i < 0 {
			return 0
		}
		start := i - at
		if unit == 1 {
			return i + 1
		}
		if (start-p.file.BOM%unit)%unit == 0 && start >= 0 && start+unit <= len(raw) && zeroBut(raw[start:start+unit], at) {
			return start + unit
		}
	}
}

func zeroBut(b []byte, at int) bool {
	for i, c := range b {
		if i != at && c != 0 {
			return false
		}
	}
	return true
}

// pull returns a function that tells, for ordinals in order, which one of the
// records that say the same that is: 1 for the first.
func (s *streamed) pull() (count func(ordinal int) (int, error), stop func()) {
	var failed error
	next, stop := iter.Pull(func(yield func(spill.Entry) bool) {
		failed = s.repeats.Each(func(e spill.Entry) error {
			if !yield(e) {
				return context.Canceled
			}
			return nil
		})
	})
	e, more := next()
	return func(ordinal int) (int, error) {
		if !more {
			return 1, failed
		}
		if e.Key[0] != uint64(ordinal) {
			return 1, nil
		}
		n := int(e.N)
		e, more = next()
		return n, nil
	}, stop
}
