package chunk

import (
	"encoding/binary"
	"encoding/hex"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
)

const outlineVersion = 1

// Encode packs an outline into bytes that Decode reads.
func (o *Outline) Encode() []byte {
	b := binary.AppendUvarint(nil, outlineVersion)
	num := func(n int) { b = binary.AppendVarint(b, int64(n)) }
	num(len(o.Marks))
	for _, m := range o.Marks {
		num(m.Level)
		num(m.Heading)
		num(m.Start)
		num(m.End)
		num(len(m.Text))
		b = append(b, m.Text...)
	}
	num(len(o.Chunks))
	for _, c := range o.Chunks {
		raw, _ := hex.DecodeString(c.ID[len(c.ID)-32:])
		b = append(b, raw...)
		num(c.Start)
		num(c.End)
		num(c.Lead.Start)
		num(c.Lead.End)
		num(c.Parent)
		num(c.Section)
		num(c.Head)
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
	if v, n := binary.Uvarint(b); n <= 0 || v != outlineVersion {
		return Outline{}, broken
	}
	take(1)
	var o Outline
	for n := num(); n > 0 && !bad; n-- {
		m := Mark{Level: num(), Heading: num(), Span: Span{num(), num()}}
		m.Text = string(take(num()))
		o.Marks = append(o.Marks, m)
	}
	for n := num(); n > 0 && !bad; n-- {
		c := Chunk{ID: string(lineage.Chunk) + "_" + hex.EncodeToString(take(16))}
		c.Span, c.Lead = Span{num(), num()}, Span{num(), num()}
		c.Parent, c.Section, c.Head = num(), num(), num()
		o.Chunks = append(o.Chunks, c)
	}
	if bad || len(b) > 0 {
		return Outline{}, broken
	}
	return o, nil
}
