package index

import "encoding/binary"

// A page is a run of entries in key order: the bytes shared with the key
// before, the rest of the key, the number of units, the postings.
type pageWriter struct {
	pages [][]byte
	dir   []string
	page  []byte
	last  []byte
}

func (w *pageWriter) add(key []byte, l *list) {
	l.close()
	if len(w.page) > 0 && len(w.page)+len(l.buf) > pageBytes {
		w.flush()
	}
	if len(w.page) == 0 {
		w.dir = append(w.dir, string(key))
		w.last = w.last[:0]
	}
	shared := 0
	for shared < len(key) && shared < len(w.last) && key[shared] == w.last[shared] {
		shared++
	}
	w.page = binary.AppendUvarint(w.page, uint64(shared))
	w.page = binary.AppendUvarint(w.page, uint64(len(key)-shared))
	w.page = append(w.page, key[shared:]...)
	w.page = binary.AppendUvarint(w.page, uint64(len(l.buf)))
	w.page = append(w.page, l.buf...)
	w.last = append(w.last[:0], key...)
}

func (w *pageWriter) flush() {
	if len(w.page) > 0 {
		w.pages = append(w.pages, append([]byte(nil), w.page...))
		w.page = w.page[:0]
	}
}

// find returns the postings of key in a page, nil where it has none.
func find(page []byte, key string) []byte {
	match := 0 // bytes that the entry before has in common with key
	for len(page) > 0 {
		shared, n := binary.Uvarint(page)
		if n <= 0 {
			return nil
		}
		page = page[n:]
		size, n := binary.Uvarint(page)
		if n <= 0 || uint64(len(page)-n) < size {
			return nil
		}
		rest := page[n : n+int(size)]
		page = page[n+int(size):]
		bytes, n := binary.Uvarint(page)
		if n <= 0 || uint64(len(page)-n) < bytes {
			return nil
		}
		if int(shared) < match { // the keys before this one shared more: key was passed
			return nil
		}
		if int(shared) == match {
			k := 0
			for k < len(rest) && match+k < len(key) && rest[k] == key[match+k] {
				k++
			}
			if k == len(rest) && match+k == len(key) {
				return page[n : n+int(bytes)]
			}
			if k < len(rest) && (match+k == len(key) || rest[k] > key[match+k]) {
				return nil
			}
			match += k
		}
		page = page[n+int(bytes):]
	}
	return nil
}

// postings walks a list; ok is false at its end.
type postings struct {
	b    []byte
	unit uint32
}

func (p *postings) next() (unit, tf uint32, ok bool) {
	if len(p.b) == 0 {
		return 0, 0, false
	}
	var v uint64
	if c := p.b[0]; c < 0x80 {
		v = uint64(c)
		p.b = p.b[1:]
	} else {
		n := 0
		if v, n = binary.Uvarint(p.b); n <= 0 {
			p.b = nil
			return 0, 0, false
		}
		p.b = p.b[n:]
	}
	p.unit += uint32(v >> 1)
	if v&1 == 1 {
		return p.unit, 1, true
	}
	t, n := binary.Uvarint(p.b)
	if n <= 0 {
		p.b = nil
		return 0, 0, false
	}
	p.b = p.b[n:]
	return p.unit, uint32(t) + 2, true
}
