package html

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/luodi/luodi/internal/source/offset"
)

// piece is text that was made from page bytes [at, at+n); they are the same
// where text is "".
type piece struct {
	text  string
	at, n int
}

// writer collects pieces with white space as a browser shows it. Breaks are
// pending until text follows, and are then made of the markup in between.
type writer struct {
	page    string
	line    bool // one line: breaks become blanks
	pre     bool // white space is kept
	pieces  []piece
	pending string // what goes before the next text
	prefix  string // of every line, in lists and quotes
	past    int    // where the last text ends in the page
}

// space asks for a blank before the next text.
func (w *writer) space() {
	if len(w.pieces) > 0 && w.pending == "" {
		w.pending = " "
	}
}

// brk asks for a line end, or an empty line, before the next text.
func (w *writer) brk(lines int) {
	if w.line {
		w.space()
		return
	}
	if len(w.pieces) == 0 {
		return
	}
	have := strings.Count(w.pending, "\n")
	if strings.TrimLeft(w.pending, " \n") != "" || have >= lines {
		return // a mark waits for its text
	}
	w.pending = strings.Repeat("\n", lines)
}

// mark asks for a mark such as "# " before the next text, on a line of its own.
func (w *writer) mark(s string) {
	if !w.line {
		w.pending += s
	}
}

// emit writes a piece, and before it what is pending.
func (w *writer) emit(p piece) {
	if w.pending != "" {
		before := w.pending
		if i := strings.LastIndexByte(before, '\n'); i >= 0 && w.prefix != "" {
			before = before[:i+1] + w.prefix + before[i+1:]
		}
		w.insert(before, p.at)
		w.pending = ""
	}
	w.pieces = append(w.pieces, p)
	w.past = p.at + p.n
}

// insert writes text that stands for the markup before page byte at.
func (w *writer) insert(text string, at int) {
	from := min(w.past, at)
	w.pieces = append(w.pieces, piece{text, from, at - from})
}

// text writes a text token with its entities resolved.
func (w *writer) text(start, end int) {
	page := w.page
	for i := start; i < end; {
		c := page[i]
		switch {
		case c == '&':
			n := entity(page[i:end])
			if s := html.UnescapeString(page[i : i+n]); s != page[i:i+n] {
				w.emit(piece{s, i, n})
			} else {
				w.emit(piece{"", i, n})
			}
			i += n
		case white(c) && w.pre:
			w.emit(piece{"", i, 1})
			i++
		case white(c):
			for i < end && white(page[i]) {
				i++
			}
			w.space()
		default:
			j := i + 1
			for j < end && page[j] != '&' && !white(page[j]) {
				j++
			}
			if w.pending == " " && w.past < i && w.past > start && page[w.past:i] == " " {
				w.pending = "" // a blank that is there is copied
				w.emit(piece{"", i - 1, j - i + 1})
			} else {
				w.emit(piece{"", i, j - i})
			}
			i = j
		}
	}
}

func white(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

// entity returns the length of the character reference that s begins with; 1
// where it begins with none.
func entity(s string) int {
	i := 1
	for i < len(s) && i < 40 && (s[i] == '#' || s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z' || s[i] >= '0' && s[i] <= '9') {
		i++
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	return i
}

// replay writes pieces of another writer again.
func (w *writer) replay(pieces []piece) {
	for i, p := range pieces {
		if i == 0 {
			w.emit(p)
		} else {
			w.pieces = append(w.pieces, p)
			w.past = p.at + p.n
		}
	}
}

// finish joins the pieces.
func (w *writer) finish() (string, offset.Map) {
	var out strings.Builder
	var b offset.Builder
	for _, p := range w.pieces {
		b.Seek(p.at)
		if p.text == "" {
			out.WriteString(w.page[p.at : p.at+p.n])
			b.Copy(p.n)
		} else {
			out.WriteString(p.text)
			b.Replace(len(p.text), p.n)
		}
	}
	b.Seek(len(w.page))
	return out.String(), b.Map()
}
