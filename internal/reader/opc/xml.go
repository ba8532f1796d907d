package opc

import (
	"bufio"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/luodi/luodi/internal/errs"
)

// Decoder reads the XML of one part. Document types are refused, so that there
// are no entities but those of XML itself.
type Decoder struct {
	xml   *xml.Decoder
	part  string
	depth int
	close func() error
}

// Decode opens a part as XML.
func (p *Package) Decode(part string) (*Decoder, error) {
	s, err := p.Stream(part, MaxPart)
	if err != nil {
		return nil, err
	}
	return newDecoder(s, part), nil
}

func newDecoder(s io.ReadCloser, part string) *Decoder {
	b := bufio.NewReaderSize(s, 32<<10)
	var in io.Reader = b
	if mark, err := b.Peek(2); err == nil && (mark[0] == 0xfe && mark[1] == 0xff || mark[0] == 0xff && mark[1] == 0xfe) {
		in = transform.NewReader(b, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder())
	}
	d := &Decoder{xml: xml.NewDecoder(in), part: part, close: s.Close}
	d.xml.CharsetReader = func(name string, r io.Reader) (io.Reader, error) {
		if strings.EqualFold(name, "utf-16") || strings.EqualFold(name, "us-ascii") {
			return r, nil
		}
		return nil, errs.Invalid("the charset %q is not one of office documents", name)
	}
	return d
}

// Close ends it.
func (d *Decoder) Close() error { return d.close() }

// Offset is the byte after the last token.
func (d *Decoder) Offset() int { return int(d.xml.InputOffset()) }

// Token returns the next start, end or text; io.EOF behind the last. Its bytes
// are valid until the next call.
func (d *Decoder) Token() (xml.Token, error) { return d.next(d.xml.Token) }

// Raw is Token without the check that elements are closed by their names, and
// with prefixes in the place of name spaces; it is twice as fast.
func (d *Decoder) Raw() (xml.Token, error) { return d.next(d.xml.RawToken) }

func (d *Decoder) next(token func() (xml.Token, error)) (xml.Token, error) {
	for {
		t, err := token()
		if err != nil {
			var e *errs.Error
			if err == io.EOF || errors.As(err, &e) {
				return nil, err
			}
			return nil, errs.Invalid("part %s is damaged at byte %d: %v", d.part, d.Offset(), err)
		}
		switch t.(type) {
		case xml.StartElement:
			if d.depth++; d.depth > maxDepth {
				return nil, errs.Invalid("part %s has more than %d elements in each other at byte %d", d.part, maxDepth, d.Offset())
			}
			return t, nil
		case xml.EndElement:
			d.depth--
			return t, nil
		case xml.CharData:
			return t, nil
		case xml.Directive:
			return nil, errs.Invalid("part %s declares a document type at byte %d: office documents have none, and its entities may be a bomb", d.part, d.Offset())
		}
	}
}

// Walk calls fn with every start of a part. fn may read on from d.
func (p *Package) Walk(part string, fn func(*Decoder, xml.StartElement) error) error {
	d, err := p.Decode(part)
	if err != nil {
		return err
	}
	defer d.Close()
	for {
		t, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := t.(xml.StartElement); ok {
			if err := fn(d, e); err != nil {
				return err
			}
		}
	}
}

// Attr is an attribute by its local name; "" where there is none.
func Attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// Node is an element, or a text where Name is "".
type Node struct {
	Space      string // the short name of its name space: w, a, p, m, …; see spaces
	Name       string
	Attrs      []xml.Attr
	Kids       []*Node
	Text       string
	Start, End int // bytes of the part
}

// spaces are the name spaces that matter, by a word of their address, which
// the strict and the transitional form of the standard share.
var spaces = []struct{ word, short string }{
	{"wordprocessingml", "w"}, {"presentationml", "p"}, {"/math", "m"}, {"markup-compatibility", "mc"},
	{"drawingml/2006/wordprocessingDrawing", "wp"}, {"drawingml/wordprocessingDrawing", "wp"}, {"wordprocessingDrawing", "wp"},
	{"wordprocessingShape", "wps"}, {"wordprocessingGroup", "wpg"}, {"drawingml/2006/table", "a"}, {"drawingml", "a"}, {"vml", "v"},
}

func short(space string) string {
	for _, s := range spaces {
		if strings.Contains(space, s.word) {
			return s.short
		}
	}
	return space
}

// Tree reads the rest of the element e as a tree.
func (d *Decoder) Tree(e xml.StartElement) (*Node, error) {
	left := maxNodes
	known := map[string]string{}
	name := func(space string) string {
		s, ok := known[space]
		if !ok {
			s = short(space)
			known[space] = s
		}
		return s
	}
	root := &Node{Space: name(e.Name.Space), Name: e.Name.Local, Attrs: append([]xml.Attr(nil), e.Attr...), Start: d.Offset()}
	open := []*Node{root}
	for len(open) > 0 {
		at := d.Offset()
		t, err := d.Token()
		if err == io.EOF {
			return nil, errs.Invalid("part %s ends inside of an element; it was cut off", d.part)
		}
		if err != nil {
			return nil, err
		}
		if left--; left < 0 {
			return nil, errs.Invalid("part %s has a block of more than %d elements at byte %d", d.part, maxNodes, d.Offset())
		}
		top := open[len(open)-1]
		switch t := t.(type) {
		case xml.StartElement:
			n := &Node{Space: name(t.Name.Space), Name: t.Name.Local, Attrs: append([]xml.Attr(nil), t.Attr...), Start: at}
			top.Kids = append(top.Kids, n)
			open = append(open, n)
		case xml.EndElement:
			top.End = d.Offset()
			open = open[:len(open)-1]
		case xml.CharData:
			top.Kids = append(top.Kids, &Node{Text: string(t), Start: at, End: d.Offset()})
		}
	}
	return root, nil
}

// Is reports whether n is the element of this short name space and name.
func (n *Node) Is(space, name string) bool { return n.Name == name && n.Space == space }

// Attr is an attribute by its local name; "" where there is none.
func (n *Node) Attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// Has reports whether there is such an attribute.
func (n *Node) Has(name string) bool {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return true
		}
	}
	return false
}

// Find is the first element of a path of names below n; nil where there is
// none. It may be called on nil.
func (n *Node) Find(path ...string) *Node {
	for _, name := range path {
		if n == nil {
			return nil
		}
		var next *Node
		for _, k := range n.Kids {
			if k.Name == name {
				next = k
				break
			}
		}
		n = next
	}
	return n
}

// Val is the val attribute of the element at path; "" where there is none.
func (n *Node) Val(path ...string) string {
	if n = n.Find(path...); n == nil {
		return ""
	}
	return n.Attr("val")
}

// On reports whether the switch at path is on: there, and not said to be off.
func (n *Node) On(path ...string) bool {
	if n = n.Find(path...); n == nil {
		return false
	}
	switch n.Attr("val") {
	case "0", "false", "off", "none":
		return false
	}
	return true
}
