package chunk

import (
	"encoding/binary"
	"encoding/hex"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
)

const outlineVersion = 1

// Encode packs an outline into bytes that Decode reads; numbers go in as
// differences, so that a chunk takes about 20 bytes, its id included.
func (o *Outline) Encode() []byte {
	b := []byte{outlineVersion}
	num := func(n int) { b = binary.AppendVarint(b, int64(n)) }
	num(len(o.Marks))
	at := 0
	for _, m := range o.Marks {
		num(m.Level)
		num(m.Heading - at)
		num(m.Start - m.Heading)
		num(m.End - m.Start)
		at = m.Heading
		num(len(m.Text))
		b = append(b, m.Text...)
	}
	num(len(o.Chunks))
	last := Chunk{Parent: -1, Section: -1, Head: -1}
	for _, c := range o.Chunks {
		raw, _ := hex.DecodeString(c.ID[len(c.ID)-32:])
		b = append(b, raw...)
		led := 0
		if c.Lead != (Span{}) {
			led = 1
		}
		num((c.Start-last.End)<<4 | led<<3 | (c.Parent-last.Parent)<<2 | (c.Section-last.Section)<<1 | (c.Head - last.Head))
		num(c.End - c.Start)
		if led == 1 {
			num(c.Start - c.Lead.Start)
			num(c.Lead.End - c.Lead.Start)
		}
		last = c
	}
	return b
}

// Decode reads what Encode wrote; it returns errs.Internal where b is broken.
func Decode(b []byte) (Outline, error) {
	broken := errs.Internal("outline of %d bytes is broken", len(b))
	bad := false
	take := func(n int) []byte {
		if n < 0 || n > len(b) {
			bad = true
			return nil
		}
		v := b[:n]
		b = b[n:]
		return v
	}
	num := func() int {
		v, n := binary.Varint(b)
		if n <= 0 {
			bad = true
			return 0
		}
		b = b[n:]
		return int(v)
	}
	if v := take(1); len(v) != 1 || v[0] != outlineVersion {
		return Outline{}, broken
	}
	var o Outline
	at := 0
	for n := num(); n > 0 && !bad; n-- {
		m := Mark{Level: num()}
		m.Heading = at + num()
		m.Start = m.Heading + num()
		m.End = m.Start + num()
		m.Text = string(take(num()))
		o.Marks = append(o.Marks, m)
		at = m.Heading
	}
	last := Chunk{Parent: -1, Section: -1, Head: -1}
	for n := num(); n > 0 && !bad; n-- {
		c := Chunk{ID: string(lineage.Chunk) + "_" + hex.EncodeToString(take(16))}
		step := num()
		c.Parent, c.Section, c.Head = last.Parent+step>>2&1, last.Section+step>>1&1, last.Head+step&1
		c.Start = last.End + step>>4
		c.End = c.Start + num()
		if step>>3&1 == 1 {
			c.Lead.Start = c.Start - num()
			c.Lead.End = c.Lead.Start + num()
		}
		o.Chunks = append(o.Chunks, c)
		last = c
	}
	if bad || len(b) > 0 {
		return Outline{}, broken
	}
	return o, nil
}
