package index

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/knowledge/token"
)

// Input is one document for a Builder; chunk numbers of Parent, Section and
// Head count from 0 within the document and rise by at most one.
type Input struct {
	Doc    Doc
	Title  string
	Chunks []InputChunk
}

// InputChunk is one chunk: its body with what leads it (a table header).
type InputChunk struct {
	Start, End            int
	Lead, Body            string
	Heading               string // path, joined; the same for all chunks of one Head
	Parent, Section, Head int
}

// Builder collects documents into one segment. Its zero value is ready; it is
// for one goroutine.
type Builder struct {
	meta   []byte
	docs   int
	chunks int
	heads  int
	body   []byte
	head   []byte

	grams map[uint64]*list // field<<60 | a<<24 | b
	words map[string]*list // field byte + word
	chunk []list           // slab

	field  byte
	unit   uint32
	terms  uint32
	sketch *[SketchSize]uint8
	key    []byte
	prev   uint64 // hash of the word before, for sketches of words
}

// list is a term's postings under construction.
type list struct {
	buf      []byte
	n        uint32 // units
	last     uint32 // unit before unit
	unit, tf uint32 // open posting
}

// Chunks is the number of chunks so far.
func (b *Builder) Chunks() int { return b.chunks }

// Docs is the number of documents so far.
func (b *Builder) Docs() int { return b.docs }

// Add indexes one document.
func (b *Builder) Add(in Input) {
	if b.grams == nil {
		b.grams, b.words = map[uint64]*list{}, map[string]*list{}
	}
	d := in.Doc
	title := b.index(titleGram, uint32(b.docs), in.Title, nil)
	b.meta = appendString(b.meta, d.Version)
	b.meta = appendString(b.meta, d.Source)
	b.meta = binary.AppendUvarint(b.meta, d.Family)
	b.meta = binary.AppendVarint(b.meta, d.Effective)
	b.meta = binary.AppendVarint(b.meta, d.Order)
	b.meta = binary.AppendUvarint(b.meta, uint64(len(in.Chunks)))
	b.meta = binary.AppendUvarint(b.meta, uint64(title))
	b.meta = appendHashes(b.meta, d.Names)
	b.meta = appendHashes(b.meta, d.Refs)
	b.meta = appendString(b.meta, d.Folder)
	end := 0
	last := InputChunk{Parent: -1, Section: -1, Head: -1}
	for _, c := range in.Chunks {
		if c.Head != last.Head {
			n := b.index(headGram, uint32(b.heads), c.Heading, nil)
			b.head = binary.AppendUvarint(b.head, uint64(n))
			b.heads++
		}
		var sketch [SketchSize]uint8
		for i := range sketch {
			sketch[i] = 255
		}
		n := b.index(bodyGram, uint32(b.chunks), c.Lead, nil)
		n += b.index(bodyGram, uint32(b.chunks), c.Body, &sketch)
		step := flag(c.Parent != last.Parent, 0) | flag(c.Section != last.Section, 1) | flag(c.Head != last.Head, 2)
		b.body = binary.AppendUvarint(b.body, uint64(c.Start-end)<<3|step)
		b.body = binary.AppendUvarint(b.body, uint64(c.End-c.Start))
		b.body = binary.AppendUvarint(b.body, uint64(n))
		b.body = append(b.body, sketch[:]...)
		end, last = c.End, c
		b.chunks++
	}
	b.docs++
}

func flag(set bool, bit int) uint64 {
	if set {
		return 1 << bit
	}
	return 0
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendHashes(b []byte, hs []uint64) []byte {
	b = binary.AppendUvarint(b, uint64(len(hs)))
	for _, h := range hs {
		b = binary.LittleEndian.AppendUint64(b, h)
	}
	return b
}

// index adds text's terms to a field's unit and returns how many there were.
func (b *Builder) index(field byte, unit uint32, text string, sketch *[SketchSize]uint8) uint32 {
	b.field, b.unit, b.terms, b.sketch, b.prev = field, unit, 0, sketch, 0
	token.Each(text, b)
	return b.terms
}

// Gram implements token.Sink.
func (b *Builder) Gram(x, y rune) {
	k := uint64(b.field)<<60 | uint64(x)<<24 | uint64(y)
	l := b.grams[k]
	if l == nil {
		l = b.list()
		b.grams[k] = l
	}
	l.add(b.unit)
	b.terms++
	if y != 0 && b.sketch != nil {
		sketchAdd(b.sketch, k)
	}
}

// Word implements token.Sink.
func (b *Builder) Word(w []byte) {
	b.key = append(append(b.key[:0], b.field+1), w...)
	l := b.words[string(b.key)]
	if l == nil {
		l = b.list()
		b.words[string(b.key)] = l
	}
	l.add(b.unit)
	b.terms++
	if b.sketch != nil {
		h := uint64(14695981039346656037) // FNV-1a
		for _, c := range w {
			h = (h ^ uint64(c)) * 1099511628211
		}
		sketchAdd(b.sketch, h^b.prev*31)
		b.prev = h
	}
}

// list takes a list from the slab: fewer, larger allocations.
func (b *Builder) list() *list {
	if len(b.chunk) == cap(b.chunk) {
		b.chunk = make([]list, 0, 4096)
	}
	b.chunk = append(b.chunk, list{})
	return &b.chunk[len(b.chunk)-1]
}

func (l *list) add(unit uint32) {
	if l.tf > 0 && l.unit == unit {
		l.tf++
		return
	}
	l.close()
	l.unit, l.tf = unit, 1
}

// close encodes the open posting: (gap<<1 | tf is 1), then tf-2 where it is not.
func (l *list) close() {
	if l.tf == 0 {
		return
	}
	gap := uint64(l.unit - l.last)
	if l.tf == 1 {
		l.buf = binary.AppendUvarint(l.buf, gap<<1|1)
	} else {
		l.buf = binary.AppendUvarint(binary.AppendUvarint(l.buf, gap<<1), uint64(l.tf-2))
	}
	l.last = l.unit
	l.n++
	l.tf = 0
}

// Finish returns the segment's meta and pages and empties the builder.
func (b *Builder) Finish() (meta []byte, pages [][]byte) {
	var w pageWriter
	grams := make([]uint64, 0, len(b.grams))
	for k := range b.grams {
		grams = append(grams, k)
	}
	slices.Sort(grams)
	words := make([]string, 0, len(b.words))
	for k := range b.words {
		words = append(words, k)
	}
	slices.SortFunc(words, strings.Compare)
	g, v := 0, 0
	for f := byte(bodyGram); f <= titleWord; f += 2 {
		for ; g < len(grams) && byte(grams[g]>>60) == f; g++ {
			k := grams[g]
			b.key = utf8.AppendRune(append(b.key[:0], f), rune(k>>24&0x1fffff))
			if y := rune(k & 0xffffff); y != 0 {
				b.key = utf8.AppendRune(b.key, y)
			}
			w.add(b.key, b.grams[k])
		}
		for ; v < len(words) && words[v][0] == f+1; v++ {
			w.add([]byte(words[v]), b.words[words[v]])
		}
	}
	w.flush()
	meta = binary.AppendUvarint(nil, metaVersion)
	for _, n := range []int{b.docs, b.chunks, b.heads, len(w.dir)} {
		meta = binary.AppendUvarint(meta, uint64(n))
	}
	meta = append(append(append(meta, b.meta...), b.body...), b.head...)
	for _, k := range w.dir {
		meta = appendString(meta, k)
	}
	*b = Builder{}
	return meta, w.pages
}
