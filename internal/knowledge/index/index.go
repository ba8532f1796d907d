// Package index holds the postings of a knowledge base and ranks with them.
//
// A segment is immutable: a Builder takes whole documents and yields one Meta
// blob (documents, chunk ranges, page directory) and pages of front-coded
// terms with varint postings, which a store keeps as it likes. Body terms
// point to chunks, heading terms to runs of chunks under one heading, title
// terms to documents; a section's counts are the sums over its chunks, so they
// cost no space.
//
// A View is what one asker may see of the live documents. Counts, lengths and
// document frequencies are taken over the view, so that ranking never depends
// on documents outside it, nor on how the documents are spread over segments:
// the same documents give the same scores, whatever was added, removed or
// merged before.
//
// Ranking is BM25 (Robertson and Zaragoza 2009) per field with its own length
// norm, summed with weights. It knows nothing of access rules, versions or
// texts; package knowledge does.
package index

import (
	"encoding/binary"
	"sort"

	"github.com/luodi/luodi/internal/errs"
)

// Fields are the prefixes of keys in pages. Grams and words are kept apart so
// that both sort without a merge.
const (
	bodyGram = iota
	bodyWord
	headGram
	headWord
	titleGram
	titleWord
)

// pageBytes is about how large a page gets.
const pageBytes = 8 << 10

// SketchSize is the number of values in a chunk's min-hash sketch.
const SketchSize = 32

// Doc is one document of a segment.
type Doc struct {
	Version   string // version id
	Source    string
	Folder    string // first folder of its address, which its source's weight may name; "" none
	Family    uint64 // documents with the same family are versions of one; 0 none
	Effective int64  // days since 1970; 0 unknown
	Order     int64
	Chunks    int
	Names     []uint64 // hashes of what other documents call it
	Refs      []uint64 // hashes of the names that it mentions, each once
	title     int      // terms
}

// Segment is a loaded segment's meta: everything but the postings.
type Segment struct {
	ID     int64
	Docs   []Doc
	Doc    []uint32 // document of each chunk
	Start  []uint32
	End    []uint32
	Parent []uint32 // parents, sections and heads are numbered through the segment
	Sec    []uint32
	Head   []uint32
	Sketch [][SketchSize]uint8

	length  []uint32 // body terms of each chunk
	headLen []uint32
	dir     []string // first key of each page
}

// Pages is the number of pages of the segment.
func (s *Segment) Pages() int { return len(s.dir) }

// Chunks is the number of chunks, deleted documents' included.
func (s *Segment) Chunks() int { return len(s.Doc) }

// metaVersion is the first byte of a meta blob; version 1 had no folders.
const metaVersion = 2

// Parse reads a meta blob.
func Parse(id int64, meta []byte) (*Segment, error) {
	r := reader{b: meta}
	version := r.uint()
	if version < 1 || version > metaVersion {
		return nil, errs.Internal("index segment %d: unknown format; delete the index and run luodi up to rebuild it", id)
	}
	s := &Segment{ID: id}
	nd, nc, nh, np := int(r.uint()), int(r.uint()), int(r.uint()), int(r.uint())
	if r.bad || nd+nc+nh+np > 64*len(meta) {
		return nil, errs.Internal("index segment %d: broken", id)
	}
	s.Docs = make([]Doc, nd)
	for i := range s.Docs {
		s.Docs[i] = Doc{Version: r.str(), Source: r.str(), Family: r.uint(), Effective: r.int(), Order: r.int(), Chunks: int(r.uint()), title: int(r.uint()), Names: r.hashes(), Refs: r.hashes()}
		if version > 1 {
			s.Docs[i].Folder = r.str()
		}
	}
	for _, p := range []*[]uint32{&s.Doc, &s.Start, &s.End, &s.Parent, &s.Sec, &s.Head, &s.length} {
		*p = make([]uint32, nc)
	}
	s.Sketch = make([][SketchSize]uint8, nc)
	c, parent, sec, head := 0, uint32(0), uint32(0), uint32(0)
	for d := range s.Docs {
		end := uint64(0)
		for range s.Docs[d].Chunks {
			if c == nc {
				return nil, errs.Internal("index segment %d: broken", id)
			}
			step := r.uint()
			if c > 0 {
				parent += uint32(step & 1)
				sec += uint32(step >> 1 & 1)
				head += uint32(step >> 2 & 1)
			}
			start := end + step>>3
			end = start + r.uint()
			s.Doc[c], s.Start[c], s.End[c] = uint32(d), uint32(start), uint32(end)
			s.Parent[c], s.Sec[c], s.Head[c] = parent, sec, head
			s.length[c] = uint32(r.uint())
			copy(s.Sketch[c][:], r.bytes(SketchSize))
			c++
		}
	}
	s.headLen = make([]uint32, nh)
	for i := range s.headLen {
		s.headLen[i] = uint32(r.uint())
	}
	s.dir = make([]string, np)
	for i := range s.dir {
		s.dir[i] = r.str()
	}
	if r.bad || c != nc || nc > 0 && int(head)+1 != nh {
		return nil, errs.Internal("index segment %d: broken", id)
	}
	return s, nil
}

// page returns the number of the page that could hold key, or -1.
func (s *Segment) page(key string) int {
	return sort.Search(len(s.dir), func(i int) bool { return s.dir[i] > key }) - 1
}

// reader reads varints; it sets bad instead of running over the end.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad = true
		return make([]byte, min(max(n, 0), SketchSize))
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

// hashes reads a list of 64-bit hashes.
func (r *reader) hashes() []uint64 {
	n := int(r.uint())
	if n == 0 || n > len(r.b)/8 {
		r.bad = r.bad || n > 0
		return nil
	}
	out := make([]uint64, n)
	for i := range out {
		out[i] = binary.LittleEndian.Uint64(r.bytes(8))
	}
	return out
}

func (r *reader) str() string {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.bad = true
		return ""
	}
	return string(r.bytes(int(n)))
}
