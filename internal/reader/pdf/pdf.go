// Package pdf reads pages: what is written on them, in the order a person
// reads it, and where on the page each line and each cell stands.
//
// A pdf says which glyph to draw where; words, lines, columns and tables are
// conclusions. Two independent readers draw them up: pdfium, compiled to
// webassembly and run without cgo in a sandbox of bounded memory, and
// ledongthuc/pdf in Go. Page by page the one with fewer unreadable characters
// is taken, and a page on which they disagree is noted, because a font without
// a character table reads fluently and wrong. Glyphs become lines, lines
// paragraphs in column order, tables "| a | b |" rows with merged cells
// repeated. What rules do not divide, white space does: a table may have rules
// below its head only, or none. Running headers, footers and page numbers stay in the text and
// bear their role in their location, so that a later rule may leave them out.
//
// A page without text is a scan: it is given to the project's OCR command, or
// noted. Encrypted, cut off and malicious files are refused with the reason.
// pdfium is started by the first pdf and stopped when none came for a while.
package pdf

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/reader/ocr"
	"github.com/luodi/luodi/internal/source"
)

// Config says how pages are read. Its zero value works.
type Config struct {
	Cache    string        // folder that keeps pdfium's machine code: 0.1 s to start instead of 4; "" is none
	OCR      *ocr.Command  // for pages without text; nil notes them
	Timeout  time.Duration // of one file, and again for each 16 MiB, with OCR; 5 minutes when 0
	MaxPages int           // files with more are refused; 20,000 when 0
}

const (
	largeFile   = 48 << 20
	maxFile     = 224 << 20 // it is in memory, beside pdfium
	memoryLimit = 320 << 20 // of Go's heap; pdfium's code and memory come on top
)

// Reader is a source.Reader of pdf. It may be called from any goroutine; pages
// are read one after the other, which bounds the memory.
type Reader struct {
	cfg    Config
	mu     sync.Mutex
	engine engine
	kept   memo
}

// New returns a reader. Close it when done.
func New(cfg Config) *Reader {
	if cfg.Timeout == 0 {
		cfg.Timeout = 5 * time.Minute
	}
	if cfg.MaxPages == 0 {
		cfg.MaxPages = 20000
	}
	return &Reader{cfg: cfg, engine: engine{cache: cfg.Cache}}
}

// Format is pdf.
func (*Reader) Format() string { return "pdf" }

// Version changes when the same file gives another text.
func (*Reader) Version() int { return 3 }

// Extensions are those of pdf.
func (*Reader) Extensions() []string { return []string{".pdf"} }

// Close stops pdfium where it runs.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.engine.stop()
}

// Read emits the file as one document.
func (r *Reader) Read(ctx context.Context, in source.Input, emit func(source.Row) error) ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := sha256.Sum256(in.Raw)
	d, ok := r.kept.get(key)
	if !ok {
		var err error
		if d, err = r.read(ctx, in.Raw); err != nil {
			return nil, err
		}
		r.kept.put(key, d)
	}
	title := d.title
	if title == "" {
		title = strings.TrimSuffix(path.Base(in.Path), path.Ext(in.Path))
	}
	return d.notes, emit(source.Row{Class: source.ClassDocument, Title: title, Text: d.text, Spans: d.spans})
}

// document is what a file says.
type document struct {
	title string
	text  string
	spans []source.Span
	notes []string
}

func (r *Reader) read(ctx context.Context, raw []byte) (document, error) {
	if err := whole(raw); err != nil {
		return document{}, err
	}
	if len(raw) > maxFile {
		return document{}, errs.Invalid("the file has %d MiB, the limit for a pdf is %d; split it", len(raw)>>20, maxFile>>20)
	}
	limit := r.cfg.Timeout * time.Duration(1+len(raw)>>24)
	read, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if len(raw) > largeFile { // garbage would grow to the file's size
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(memoryLimit))
	}
	f, err := r.engine.open(read, raw)
	if err != nil {
		return document{}, late(ctx, read, limit, err)
	}
	defer f.close()
	if f.pages > r.cfg.MaxPages {
		return document{}, errs.Invalid("the file has %d pages, the limit is %d; split it", f.pages, r.cfg.MaxPages)
	}
	second := openSecond(read, raw)
	var pages []page
	var marks notes
	var broken error
	for n := 1; n <= f.pages; n++ {
		p, err := f.page(n)
		if err != nil && (read.Err() != nil || errors.Is(err, errStopped)) {
			return document{}, late(ctx, read, limit, err)
		}
		if err != nil {
			marks.add("cannot be read: "+err.Error(), n)
			broken = err
			continue
		}
		other, tried := second.page(n, p)
		compare(&p, other, tried, &marks)
		if p.blank() && p.pictures > 0 {
			r.scanned(ctx, f, &p, &marks)
		}
		p.settle()
		pages = append(pages, p)
	}
	if len(pages) == 0 {
		return document{}, errs.Invalid("the file has no page that can be read (%v); open it in a viewer and print it to a new pdf", broken)
	}
	d := assemble(pages)
	d.notes = marks.list()
	if d.text == "" && len(d.notes) == 0 {
		d.notes = []string{"no page has text"}
	}
	return d, nil
}

// scanned reads a page that has pictures and no text.
func (r *Reader) scanned(ctx context.Context, f *file, p *page, marks *notes) {
	if r.cfg.OCR == nil {
		marks.add("scanned, without text; set ocr in luodi.yaml to have it recognised", p.number)
		return
	}
	image, scale, err := f.render(p.number)
	var words []ocr.Word
	if err == nil {
		words, err = r.cfg.OCR.Recognise(ctx, image)
	}
	if err != nil {
		marks.add("scanned, and not recognised: "+err.Error(), p.number)
		return
	}
	low := 0
	for _, w := range words {
		p.lines = append(p.lines, ocrLine(w, scale))
		if w.Confidence < doubtfulConfidence {
			low++
		}
	}
	what := "scanned; its text is recognised by OCR"
	if low > 0 {
		what = "scanned; some of its lines were recognised by OCR with little confidence and bear the role ocr-doubtful"
	}
	marks.add(what, p.number)
}

// late says which limit was met.
func late(ctx, read context.Context, limit time.Duration, err error) error {
	if ctx.Err() == nil && read.Err() != nil {
		return errs.Invalid("reading the file took more than %s; print it to a new pdf, or split it", limit)
	}
	return err
}

// whole refuses what is no pdf, or the beginning of one.
func whole(raw []byte) error {
	if !bytes.Contains(raw[:min(len(raw), 1024)], []byte("%PDF-")) {
		return errs.Invalid("the file is no pdf: it does not begin with %%PDF")
	}
	if !bytes.Contains(raw[max(0, len(raw)-4096):], []byte("%%EOF")) {
		return errs.Invalid("the file ends in the middle: its last bytes are missing; copy it again")
	}
	return nil
}

// notes gathers what is to be said of pages, each saying once.
type notes struct {
	order []string
	pages map[string][]int
}

func (n *notes) add(what string, page int) {
	if n.pages == nil {
		n.pages = map[string][]int{}
	}
	if _, ok := n.pages[what]; !ok {
		n.order = append(n.order, what)
	}
	n.pages[what] = append(n.pages[what], page)
}

func (n *notes) list() []string {
	var out []string
	for _, what := range n.order {
		pages := n.pages[what]
		list := fmt.Sprint(pages[0])
		for i, p := range pages[1:] {
			if i == 9 {
				list += fmt.Sprintf(" and %d more", len(pages)-10)
				break
			}
			list += fmt.Sprintf(", %d", p)
		}
		if len(pages) == 1 {
			out = append(out, "page "+list+": "+what)
		} else {
			out = append(out, "pages "+list+": "+what)
		}
	}
	return out
}

// memo keeps the last few documents, because ingest reads a file twice: once
// to check it, once to store it.
type memo struct {
	keys [4][sha256.Size]byte
	docs [4]document
	used [4]bool
	next int
}

func (m *memo) get(key [sha256.Size]byte) (document, bool) {
	for i, k := range m.keys {
		if m.used[i] && k == key {
			return m.docs[i], true
		}
	}
	return document{}, false
}

func (m *memo) put(key [sha256.Size]byte, d document) {
	m.keys[m.next], m.docs[m.next], m.used[m.next] = key, d, true
	m.next = (m.next + 1) % len(m.keys)
}
