package charset

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

// cns has a line for each row of planes 1 and 2 of CNS 11643, with the row's
// characters; a space where there is none.
//
//go:embed data/cns11643.txt.gz
var cns []byte

const (
	eucFirst = 0xA1 // of the bytes of a character
	eucRows  = 94   // of a plane, and characters of a row
	ss2      = 0x8E // before the plane's number, in characters of four bytes
)

var cnsRows = sync.OnceValue(func() [][]rune {
	z, err := gzip.NewReader(bytes.NewReader(cns))
	if err != nil {
		panic(err) // it is in the binary
	}
	text, err := io.ReadAll(z)
	if err != nil {
		panic(err)
	}
	var rows [][]rune
	for line := range strings.Lines(string(text)) {
		rows = append(rows, []rune(strings.TrimSuffix(line, "\n")))
	}
	return rows
})

// cnsRune is the character of a plane that two bytes stand for; 0 where there
// is none.
func cnsRune(plane int, lead, trail byte) rune {
	if plane < 1 || plane > 2 || lead < eucFirst || lead == 0xFF || trail < eucFirst {
		return 0
	}
	row := cnsRows()[(plane-1)*eucRows+int(lead-eucFirst)]
	if i := int(trail - eucFirst); i < len(row) && row[i] != ' ' {
		return row[i]
	}
	return 0
}

// twTable has the characters of two bytes, all of plane 1.
var twTable = sync.OnceValue(func() table {
	t := make(table, (0xFF-0x81)*256)
	for lead := eucFirst; lead < 0xFF; lead++ {
		for trail := eucFirst; trail < 0xFF; trail++ {
			if r := cnsRune(1, byte(lead), byte(trail)); r != 0 {
				t[(lead-0x81)*256+trail] = string(r)
			}
		}
	}
	return t
})

// twFour decodes a character of four bytes; 0 where b holds none. What is
// beyond plane 2, names mostly, is not known.
func twFour(b []byte) rune {
	if len(b) < 4 || b[0] != ss2 {
		return 0
	}
	return cnsRune(int(b[1])-eucFirst+1, b[2], b[3])
}

// pairs is how a charset writes characters in two bytes, and in four.
type pairs struct {
	table func() table
	four  func([]byte) rune // nil where it has none
	euro  bool              // 0x80 is €, as in code page 936
}

var doubles = map[string]pairs{
	GB18030: {table: gbTable, four: gbFour, euro: true},
	Big5:    {table: big5Table},
	EUCTW:   {table: twTable, four: twFour},
}

// unknown is how many bytes at b make one mark: those of a character that the
// charset could have, or one.
func (p pairs) unknown(b []byte) int {
	switch {
	case len(b) >= 4 && p.four != nil && !p.euro && b[0] == ss2 && b[1] >= eucFirst && b[2] >= utf8.RuneSelf && b[3] >= utf8.RuneSelf:
		return 4
	case len(b) >= 2 && b[0] > 0x80 && b[0] < 0xFF && b[1] >= 0x80:
		return 2
	}
	return 1
}
