package pdf

import (
	"errors"
	"math"
	"unicode"
	"unicode/utf16"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/structs"
)

const (
	maxChars   = 200_000 // of one page; the rest is not looked at
	maxObjects = 20_000  // of one page, when looking for rules and pictures
)

// box is left, top, right, bottom in points from the page's left top corner.
type box [4]float64

func (b box) width() float64  { return b[2] - b[0] }
func (b box) height() float64 { return b[3] - b[1] }
func (b box) midX() float64   { return (b[0] + b[2]) / 2 }
func (b box) midY() float64   { return (b[1] + b[3]) / 2 }

func (b box) join(c box) box {
	if b == (box{}) {
		return c
	}
	return box{min(b[0], c[0]), min(b[1], c[1]), max(b[2], c[2]), max(b[3], c[3])}
}

// glyph is one character. spaced says that a space is before it.
type glyph struct {
	text   string
	box    box
	spaced bool
}

// line is a run of glyphs on one base line, without a gap as wide as between
// columns.
type line struct {
	text  string
	box   box
	size  float64 // the height of a tall glyph
	role  string
	glyph []glyph // until the page is settled

	recognised bool // by OCR: its height says little
}

// page is what stands on one page.
type page struct {
	number        int
	width, height float64
	lines         []line
	rules         []box // thin boxes: lines of tables
	shades        []box // shaded boxes, which may divide the cells of a table that has rules
	found         []table
	pictures      int
	glyphs        int
	unreadable    int // glyphs that are no characters
}

// settle finds the tables, and lets go of what only they need: of a long file
// the glyphs are more than the file.
func (p *page) settle() {
	p.found = p.tables()
	p.rules, p.shades = nil, nil
	for i := range p.lines {
		p.lines[i].glyph = nil
	}
	for _, t := range p.found {
		for _, cell := range t.lines {
			for i := range cell {
				cell[i].glyph = nil
			}
		}
	}
}

func (p page) blank() bool { return p.glyphs == 0 }

// page reads one page by pdfium.
func (f *file) page(n int) (p page, err error) {
	p.number = n
	err = guard(func() error {
		t, err := f.transform(n)
		if err != nil {
			return err
		}
		p.width, p.height = t.width, t.height
		var turned [4][]glyph // by quarters that the text is turned on the page
		glyphs, err := f.glyphs(n, t, &turned)
		if err != nil {
			return err
		}
		p.count(glyphs)
		p.lines = linesOf(turned[0])
		for quarter := 1; quarter < 4; quarter++ {
			p.lines = append(p.lines, upright(turned[quarter], quarter)...)
		}
		return f.shapes(&p, t)
	})
	return p, err
}

// glyphs are a page's characters in the order they are drawn, and the same by
// the way they are turned.
func (f *file) glyphs(n int, t transform, turned *[4][]glyph) (all []glyph, err error) {
	text, err := f.pdf.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: f.at(n)})
	if err != nil {
		return nil, err
	}
	defer func() {
		_, cerr := f.pdf.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: text.TextPage})
		err = errors.Join(err, cerr)
	}()
	chars, err := f.pdf.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: text.TextPage})
	if err != nil {
		return nil, err
	}
	spaced := false
	for i := range min(chars.Count, maxChars) {
		c, err := f.pdf.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: text.TextPage, Index: i})
		if err != nil {
			return nil, err
		}
		r := rune(c.Unicode)
		if utf16.IsSurrogate(r) && i+1 < chars.Count { // pdfium gives what is beyond U+FFFF as two characters in one place
			low, err := f.pdf.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: text.TextPage, Index: i + 1})
			if err != nil {
				return nil, err
			}
			if both := utf16.DecodeRune(r, rune(low.Unicode)); both != unicode.ReplacementChar {
				r = both
			} else if i > 0 && r >= 0xdc00 {
				continue // the second of two
			}
		}
		if r == 2 || r == 0xad { // how pdfium marks a hyphen at a line's end
			r = '-'
		}
		if r == 0 || unicode.IsSpace(r) {
			spaced = true
			continue
		}
		at, err := f.pdf.FPDFText_GetCharBox(&requests.FPDFText_GetCharBox{TextPage: text.TextPage, Index: i})
		if err != nil {
			return nil, err
		}
		if w := at.Right - at.Left; at.Top-at.Bottom < .05*w { // a glyph that the font lacks; it is about as high as wide
			at.Top = at.Bottom + .8*w
		}
		angle, err := f.pdf.FPDFText_GetCharAngle(&requests.FPDFText_GetCharAngle{TextPage: text.TextPage, Index: i})
		if err != nil {
			return nil, err
		}
		quarter := (int(float64(angle.CharAngle)/(math.Pi/2)+.5) + t.turned) & 3
		g := glyph{text: string(r), box: t.box(at.Left, at.Bottom, at.Right, at.Top), spaced: spaced}
		turned[quarter] = append(turned[quarter], g)
		all = append(all, g)
		spaced = false
	}
	return all, nil
}

func (p *page) count(glyphs []glyph) {
	p.glyphs = len(glyphs)
	for _, g := range glyphs {
		for _, r := range g.text {
			if r == unicode.ReplacementChar || unicode.Is(unicode.Co, r) || unicode.IsControl(r) || r >= 0xfffe && r <= 0xffff {
				p.unreadable++
			}
		}
	}
}

// transform takes a page's own coordinates to those a person sees.
type transform struct {
	left, bottom, w, h float64 // of the page's box
	turned             int     // quarters, clockwise
	width, height      float64 // as seen
}

func (f *file) transform(n int) (transform, error) {
	size, err := f.pdf.GetPageSize(&requests.GetPageSize{Page: f.at(n)})
	if err != nil {
		return transform{}, err
	}
	t := transform{width: size.Width, height: size.Height, w: size.Width, h: size.Height}
	if r, err := f.pdf.FPDFPage_GetRotation(&requests.FPDFPage_GetRotation{Page: f.at(n)}); err == nil {
		t.turned = int(r.PageRotation) & 3
	}
	if t.turned&1 == 1 {
		t.w, t.h = t.h, t.w
	}
	if b, err := f.pdf.FPDFPage_GetCropBox(&requests.FPDFPage_GetCropBox{Page: f.at(n)}); err == nil {
		t.left, t.bottom = float64(b.Left), float64(b.Bottom)
	} else if b, err := f.pdf.FPDFPage_GetMediaBox(&requests.FPDFPage_GetMediaBox{Page: f.at(n)}); err == nil {
		t.left, t.bottom = float64(b.Left), float64(b.Bottom)
	}
	return t, nil
}

func (t transform) point(x, y float64) (float64, float64) {
	x, y = x-t.left, y-t.bottom
	switch t.turned {
	case 1:
		return y, x
	case 2:
		return t.w - x, y
	case 3:
		return t.h - y, t.w - x
	}
	return x, t.h - y
}

func (t transform) box(x0, y0, x1, y1 float64) box {
	ax, ay := t.point(x0, y0)
	bx, by := t.point(x1, y1)
	return box{min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)}
}

// identity of a page object's matrix.
var identity = structs.FPDF_FS_MATRIX{A: 1, D: 1}

// shapes looks for the rules of tables and for pictures.
func (f *file) shapes(p *page, t transform) error {
	n, err := f.pdf.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: f.at(p.number)})
	if err != nil {
		return err
	}
	s := shapes{file: f, page: p, t: t, left: maxObjects}
	for i := range n.Count {
		if s.left == 0 {
			break
		}
		o, err := f.pdf.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: f.at(p.number), Index: i})
		if err != nil {
			return err
		}
		if err := s.object(o.PageObject, identity, 0); err != nil {
			return err
		}
	}
	return nil
}

type shapes struct {
	file *file
	page *page
	t    transform
	left int // objects that may still be looked at
}

func (s *shapes) object(o references.FPDF_PAGEOBJECT, m structs.FPDF_FS_MATRIX, depth int) error {
	if s.left == 0 || depth > 8 {
		return nil
	}
	s.left--
	pdf := s.file.pdf
	kind, err := pdf.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: o})
	if err != nil {
		return err
	}
	switch kind.Type {
	case enums.FPDF_PAGEOBJ_IMAGE:
		s.page.pictures++
	case enums.FPDF_PAGEOBJ_PATH:
		return s.path(o, m)
	case enums.FPDF_PAGEOBJ_FORM:
		n, err := pdf.FPDFFormObj_CountObjects(&requests.FPDFFormObj_CountObjects{PageObject: o})
		if err != nil {
			return err
		}
		if own, err := pdf.FPDFPageObj_GetMatrix(&requests.FPDFPageObj_GetMatrix{PageObject: o}); err == nil {
			m = multiply(own.Matrix, m)
		}
		for i := range n.Count {
			inner, err := pdf.FPDFFormObj_GetObject(&requests.FPDFFormObj_GetObject{PageObject: o, Index: uint64(i)})
			if err != nil {
				return err
			}
			if err := s.object(inner.PageObject, m, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// multiply applies a, then b.
func multiply(a, b structs.FPDF_FS_MATRIX) structs.FPDF_FS_MATRIX {
	return structs.FPDF_FS_MATRIX{
		A: a.A*b.A + a.B*b.C, B: a.A*b.B + a.B*b.D,
		C: a.C*b.A + a.D*b.C, D: a.C*b.B + a.D*b.D,
		E: a.E*b.A + a.F*b.C + b.E, F: a.E*b.B + a.F*b.D + b.F,
	}
}

// tick is the widest box that is there to be ticked.
const tick = 16.0

// path adds the straight lines of a path that are level or upright, and thin
// filled boxes, which many programs draw lines as.
func (s *shapes) path(o references.FPDF_PAGEOBJECT, m structs.FPDF_FS_MATRIX) error {
	pdf := s.file.pdf
	n, err := pdf.FPDFPath_CountSegments(&requests.FPDFPath_CountSegments{PageObject: o})
	if err != nil || n.Count > 500 {
		return err
	}
	mode, err := pdf.FPDFPath_GetDrawMode(&requests.FPDFPath_GetDrawMode{PageObject: o})
	if err != nil {
		return err
	}
	if own, err := pdf.FPDFPageObj_GetMatrix(&requests.FPDFPageObj_GetMatrix{PageObject: o}); err == nil {
		m = multiply(own.Matrix, m)
	}
	var at, from, bounds box
	var drawn []box
	for i := range n.Count {
		seg, err := pdf.FPDFPath_GetPathSegment(&requests.FPDFPath_GetPathSegment{PageObject: o, Index: i})
		if err != nil {
			return err
		}
		pt, err := pdf.FPDFPathSegment_GetPoint(&requests.FPDFPathSegment_GetPoint{PathSegment: seg.PathSegment})
		if err != nil {
			return err
		}
		kind, err := pdf.FPDFPathSegment_GetType(&requests.FPDFPathSegment_GetType{PathSegment: seg.PathSegment})
		if err != nil {
			return err
		}
		x, y := s.t.point(float64(m.A*pt.X+m.C*pt.Y+m.E), float64(m.B*pt.X+m.D*pt.Y+m.F))
		to := box{x, y, x, y}
		if kind.Type == enums.FPDF_SEGMENT_MOVETO {
			at, from = to, to
		} else if kind.Type == enums.FPDF_SEGMENT_LINETO && mode.Stroke {
			drawn = append(drawn, at.join(to))
		}
		if closing, err := pdf.FPDFPathSegment_GetClose(&requests.FPDFPathSegment_GetClose{PathSegment: seg.PathSegment}); err == nil && closing.IsClose && mode.Stroke {
			drawn = append(drawn, to.join(from))
		}
		at = to
		bounds = bounds.join(to)
	}
	if w, h := bounds.width(), bounds.height(); len(drawn) < 4 || max(w, h) > tick || min(w, h) < .5*max(w, h) {
		for _, b := range drawn {
			s.rule(b)
		}
	}
	if mode.FillMode == enums.FPDF_FILLMODE_NONE {
		return nil
	}
	if min(bounds.width(), bounds.height()) <= thin {
		s.rule(bounds)
	} else if n.Count <= 6 && !mode.Stroke && bounds.height() < .3*s.page.height { // a shaded cell or row
		s.page.shades = append(s.page.shades, bounds)
	}
	return nil
}

func (s *shapes) rule(b box) {
	if min(b.width(), b.height()) <= thin && max(b.width(), b.height()) >= 4 {
		s.page.rules = append(s.page.rules, b)
	}
}
