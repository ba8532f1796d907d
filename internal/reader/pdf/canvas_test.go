package pdf

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
)

// canvas writes pdf files of one font for tests, 595 × 842 points a page, with
// y from the top as in a source.Location.
type canvas struct {
	codes map[rune]int
	runes []rune
	pages []string
	cur   strings.Builder
	turn  int
}

const canvasHeight = 842

func (c *canvas) code(r rune) int {
	if c.codes == nil {
		c.codes = map[rune]int{}
	}
	if _, ok := c.codes[r]; !ok {
		c.runes = append(c.runes, r)
		c.codes[r] = len(c.runes)
	}
	return c.codes[r]
}

// text writes s with its base line at y.
func (c *canvas) text(x, y, size float64, s string) {
	var hex strings.Builder
	for _, r := range s {
		fmt.Fprintf(&hex, "%04X", c.code(r))
	}
	fmt.Fprintf(&c.cur, "BT /F1 %g Tf 1 0 0 1 %g %g Tm <%s> Tj ET\n", size, x, canvasHeight-y, hex.String())
}

func (c *canvas) rule(x0, y0, x1, y1 float64) {
	fmt.Fprintf(&c.cur, "%g %g m %g %g l S\n", x0, canvasHeight-y0, x1, canvasHeight-y1)
}

func (c *canvas) picture() { c.cur.WriteString("q 500 0 0 700 40 60 cm /I1 Do Q\n") }

func (c *canvas) next() {
	c.pages = append(c.pages, c.cur.String())
	c.cur.Reset()
}

// bytes is the file; more is put into its trailer, such as an Encrypt entry.
func (c *canvas) bytes(more string) []byte {
	if c.cur.Len() > 0 {
		c.next()
	}
	var kids strings.Builder
	objects := []string{"", "", "", "", "", ""}
	for _, content := range c.pages {
		n := len(objects) + 1
		objects = append(objects,
			fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate %d /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> /XObject << /I1 6 0 R >> >> >>", c.turn, n+1),
			fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content))
		fmt.Fprintf(&kids, "%d 0 R ", n)
	}
	var widths, cmap strings.Builder
	for i, r := range c.runes {
		if r < 0x2000 {
			fmt.Fprintf(&widths, "%d [500] ", i+1)
		}
		fmt.Fprintf(&cmap, "<%04X> <", i+1)
		for _, u := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&cmap, "%04X", u)
		}
		cmap.WriteString(">\n")
	}
	table := "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /T def 1 begincodespacerange <0000> <FFFF> endcodespacerange\n" +
		fmt.Sprintf("%d beginbfchar\n%sendbfchar endcmap end end", len(c.runes), cmap.String())
	objects[0] = "<< /Type /Catalog /Pages 2 0 R >>"
	objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids.String(), len(c.pages))
	objects[2] = "<< /Type /Font /Subtype /Type0 /BaseFont /Song /Encoding /Identity-H /ToUnicode 5 0 R /DescendantFonts [4 0 R] >>"
	objects[3] = fmt.Sprintf("<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Song /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 1000 /W [%s] /FontDescriptor << /Type /FontDescriptor /FontName /Song /Flags 4 /Ascent 880 /Descent -120 /CapHeight 700 /ItalicAngle 0 /StemV 80 /FontBBox [0 -120 1000 880] >> >>", widths.String())
	objects[4] = fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(table), table)
	objects[5] = "<< /Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 4 >>\nstream\n\x00\xff\xff\x00\nendstream"
	return wrap(objects, more)
}

// wrap puts objects into a file.
func wrap(objects []string, more string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	at := make([]int, len(objects))
	for i, o := range objects {
		at[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, a := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", a)
	}
	fmt.Fprintf(&b, "trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, more, start)
	return b.Bytes()
}
