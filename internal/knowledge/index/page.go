package index

import (
	"encoding/binary"
	"sort"
)

// restartEvery is how many entries lie between two whole keys of a page.
const restartEvery = 16

// A page is a run of entries in key order, each the bytes shared with the key
// before, the rest of the key and the postings; then the 16-bit offsets of the
// entries that share nothing, one in restartEvery, and their number.
type pageWriter struct {
	pages    [][]byte
	dir      []string
	page     []byte
	last     []byte
	restarts []uint16
	entries  int
}

func (w *pageWriter) add(key []byte, l *list) {
	l.close()
	if len(w.page) > 0 && len(w.page)+len(l.buf) > pageBytes {
		w.flush()
	}
	if len(w.page) == 0 {
		w.dir = append(w.dir, string(key))
	}
	shared := 0
	if w.entries%restartEvery == 0 {
		w.restarts = append(w.restarts, uint16(len(w.page)))
	} else {
		for shared < len(key) && shared < len(w.last) && key[shared] == w.last[shared] {
			shared++
		}
	}
	w.entries++
	w.page = binary.AppendUvarint(w.page, uint64(shared))
	w.page = binary.AppendUvarint(w.page, uint64(len(key)-shared))
	w.page = append(w.page, key[shared:]...)
	w.page = binary.AppendUvarint(w.page, uint64(len(l.buf)))
	w.page = append(w.page, l.buf...)
	w.last = append(w.last[:0], key...)
}

func (w *pageWriter) flush() {
	if len(w.page) == 0 {
		return
	}
	for _, r := range append(w.restarts, uint16(len(w.restarts))) {
		w.page = binary.LittleEndian.AppendUint16(w.page, r)
	}
	w.pages = append(w.pages, append([]byte(nil), w.page...))
	w.page, w.last, w.restarts, w.entries = w.page[:0], w.last[:0], w.restarts[:0], 0
}

// find returns the postings of key in a page, nil where it has none or is
// broken.
func find(page []byte, key string) []byte {
	if len(page) < 4 {
		return nil
	}
	n := int(binary.LittleEndian.Uint16(page[len(page)-2:]))
	end := len(page) - 2 - 2*n
	if n == 0 || end <= 0 {
		return nil
	}
	offset := func(i int) int { return min(int(binary.LittleEndian.Uint16(page[end+2*i:])), end) }
	i := sort.Search(n, func(i int) bool {
		k, ok := wholeKey(page[offset(i):end])
		return ok && string(k) > key
	}) - 1
	if i < 0 {
		return nil
	}
	to := end
	if i+1 < n {
		to = offset(i + 1)
	}
	if offset(i) > to {
		return nil
	}
	return scan(page[offset(i):to], key)
}

type entry struct {
	shared   int
	rest     []byte // of the key
	postings []byte
	size     int
}

// wholeKey is the key of an entry that shares nothing with the one before.
func wholeKey(b []byte) (key []byte, ok bool) {
	_, n := uvarint(b)
	if n <= 0 {
		return nil, false
	}
	b = b[n:]
	size, n := uvarint(b)
	if n <= 0 || uint64(len(b)-n) < size {
		return nil, false
	}
	return b[n : n+int(size)], true
}

// uvarint is binary.Uvarint, whose one byte is nearly always all.
func uvarint(b []byte) (uint64, int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	return binary.Uvarint(b)
}

func readEntry(b []byte) (e entry, ok bool) {
	shared, n := uvarint(b)
	if n <= 0 {
		return e, false
	}
	at := n
	size, n := uvarint(b[at:])
	if n <= 0 || uint64(len(b)-at-n) < size {
		return e, false
	}
	at += n
	e.shared, e.rest = int(shared), b[at:at+int(size)]
	at += int(size)
	size, n = uvarint(b[at:])
	if n <= 0 || uint64(len(b)-at-n) < size {
		return e, false
	}
	at += n
	e.postings = b[at : at+int(size)]
	e.size = at + int(size)
	return e, true
}

// scan walks entries from a whole key on.
func scan(b []byte, key string) []byte {
	match := 0 // bytes that the entry before has in common with key
	for len(b) > 0 {
		e, ok := readEntry(b)
		if !ok || e.shared < match { // the key before shared more with key: it was passed
			return nil
		}
		if e.shared == match {
			k := 0
			for k < len(e.rest) && match+k < len(key) && e.rest[k] == key[match+k] {
				k++
			}
			if k == len(e.rest) && match+k == len(key) {
				return e.postings
			}
			if k < len(e.rest) && (match+k == len(key) || e.rest[k] > key[match+k]) {
				return nil
			}
			match += k
		}
		b = b[e.size:]
	}
	return nil
}
