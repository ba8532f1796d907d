package html

import (
	"strconv"
	"strings"
)

// renderer writes the content of a tree.
type renderer struct {
	page string
	drop map[*node]bool
	out  *writer
	list []int // open lists: the number of the next item, 0 for marks
}

// blocks writes what is below n.
func (r *renderer) blocks(n *node) {
	for _, c := range n.children {
		r.node(c)
	}
}

func (r *renderer) node(n *node) {
	w := r.out
	if n.tag == "" {
		w.text(n.start, n.end)
		return
	}
	if unseen(n) || r.drop[n] {
		return
	}
	switch n.tag {
	case "br":
		if w.pre && !w.line {
			w.pending += "\n"
		} else {
			w.brk(1)
		}
	case "img":
		if alt := strings.Join(strings.Fields(n.attr["alt"]), " "); alt != "" {
			w.space()
			w.emit(piece{alt, n.start, n.end - n.start})
			w.space()
		}
	case "h1", "h2", "h3", "h4", "h5", "h6":
		r.heading(n)
	case "pre", "listing", "xmp":
		r.code(n)
	case "ul", "ol", "menu", "dir":
		r.lists(n)
	case "li":
		r.item(n)
	case "table":
		r.table(n)
	case "p", "blockquote", "figure", "dl", "hr", "address", "fieldset", "details":
		w.brk(2)
		r.blocks(n)
		w.brk(2)
	default:
		if block[n.tag] {
			w.brk(1)
			r.blocks(n)
			w.brk(1)
			return
		}
		r.blocks(n)
	}
}

// inline writes what is below n on one line.
func (r *renderer) inline(n *node) {
	line := r.out.line
	r.out.line = true
	r.blocks(n)
	r.out.line = line
}

func (r *renderer) heading(n *node) {
	w := r.out
	w.brk(2)
	if w.line || len(r.list) > 0 {
		r.inline(n)
	} else {
		w.mark("######"[:n.tag[1]-'0'] + " ")
		before := len(w.pieces)
		r.inline(n)
		if len(w.pieces) == before {
			w.pending = "" // an empty heading
		}
	}
	w.brk(2)
}

func (r *renderer) code(n *node) {
	w := r.out
	if w.line {
		r.blocks(n)
		return
	}
	w.brk(2)
	w.mark("```\n")
	before, pre := len(w.pieces), w.pre
	w.pre = true
	r.blocks(n)
	w.pre = pre
	if len(w.pieces) == before {
		w.pending = ""
		return
	}
	w.pending = ""
	w.insert("\n```", w.past)
	w.brk(2)
}

func (r *renderer) lists(n *node) {
	next := 0
	if n.tag == "ol" {
		next = 1
		if v, err := strconv.Atoi(n.attr["start"]); err == nil {
			next = v
		}
	}
	lines := 2
	if len(r.list) > 0 {
		lines = 1
	}
	r.out.brk(lines)
	r.list = append(r.list, next)
	r.blocks(n)
	r.list = r.list[:len(r.list)-1]
	r.out.brk(lines)
}

func (r *renderer) item(n *node) {
	w := r.out
	w.brk(1)
	mark := "- "
	if depth := len(r.list); depth > 0 {
		if k := r.list[depth-1]; k > 0 {
			mark = strconv.Itoa(k) + ". "
			r.list[depth-1]++
		}
	}
	prefix, pending := w.prefix, w.pending
	w.mark(mark)
	if len(w.pieces) == 0 && !w.line {
		w.pending = prefix + mark
	}
	before := len(w.pieces)
	for _, c := range n.children { // text goes on the mark's line, blocks below it
		if len(w.pieces) > before {
			w.prefix = prefix + "  "
		}
		r.node(c)
		if len(w.pieces) > before {
			w.prefix = prefix + "  "
		}
	}
	w.prefix = prefix
	if len(w.pieces) == before {
		w.pending = pending
	}
	w.brk(1)
}
