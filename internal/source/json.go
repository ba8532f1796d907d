package source

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source/offset"
)

// jsonReader reads a json file that holds one object (a document) or an array
// of objects (rows), and jsonl files with one object a line. A member's value
// is its text: strings without escapes, numbers as they are written, null as
// nothing, arrays and objects as json.
type jsonReader struct{ lines bool }

func (r jsonReader) Format() string {
	if r.lines {
		return "jsonl"
	}
	return "json"
}
func (r jsonReader) Version() int { return 1 }
func (r jsonReader) Extensions() []string {
	if r.lines {
		return []string{".jsonl", ".ndjson"}
	}
	return []string{".json"}
}

// Cell unescapes a string.
func (r jsonReader) Cell(text string) (string, offset.Map, error) {
	return jsonValue(text)
}

func (r jsonReader) Read(_ context.Context, in Input, emit func(Row) error) ([]string, error) {
	j := r.collect(in.Columns)
	if _, err := j.window(in, true, emit); err != nil {
		return nil, err
	}
	return j.done()
}

func (r jsonReader) collect(c Columns) *jsonRows {
	return &jsonRows{jsonReader: r, columns: c, have: map[string]bool{}}
}

// rows reads lines, and the elements of an array, piece by piece.
func (r jsonReader) rows(c Columns) tableRows { return r.collect(c) }

// cuts implements cutter. An array is cut behind a comma, as it may stand in one
// line, and a piece that ends there ends in no number, word or escape. One object
// is a document, which is not cut at all.
func (j *jsonRows) cuts(eol byte) (byte, int64) {
	switch {
	case j.lines:
		return eol, maxRow
	case j.begun:
		return ',', maxRow
	}
	return ',', maxWhole
}

// window implements tableRows.
func (j *jsonRows) window(in Input, last bool, emit func(Row) error) (int, error) {
	j.in, j.emit, j.consumed = in, emit, 0
	s := &jsonScanner{text: in.Text.String}
	err := j.read(s)
	if e, ok := err.(*jsonError); ok {
		if e.ends && !last {
			return j.consumed, nil // the object goes on in the next piece
		}
		at, _ := in.raw(e.at, e.at+1)
		return 0, errs.Invalid("line %d, byte %d: %s", 1+in.line+strings.Count(s.text[:min(e.at, len(s.text))], "\n"), at, e.what)
	}
	return s.pos, err
}

// done implements tableRows.
func (j *jsonRows) done() ([]string, error) {
	if j.rows == 0 {
		return []string{"the file has no rows"}, nil
	}
	return nil, missingColumn(j.columns, j.names)
}

// jsonRows collects what the rows of one file have.
type jsonRows struct {
	jsonReader
	columns  Columns
	in       Input
	emit     func(Row) error
	consumed int  // bytes of the text that are read
	begun    bool // the file is an array: its [ was read,
	comma    bool // and a comma after the last element,
	closed   bool // and its ]
	rows     int
	names    []string // members seen, in order
	have     map[string]bool
}

func (j *jsonRows) read(s *jsonScanner) error {
	s.space()
	switch {
	case j.lines:
		line, counted := 1+j.in.line, 0
		for ; s.pos < len(s.text); s.space() {
			line += strings.Count(s.text[counted:s.pos], "\n")
			counted = s.pos
			if err := j.row(s, Row{Class: ClassRow, Number: line}); err != nil {
				return err
			}
			if s.pos < len(s.text) && s.text[s.pos] != '\n' && s.text[s.pos] != '\r' {
				if end := s.pos; s.spaceInLine() {
					return wrong(end, "text after the object; a jsonl file has one object a line")
				}
			}
			j.consumed = s.pos
		}
		return nil
	case j.begun:
		return j.elements(s)
	case s.at('['):
		s.pos++
		j.begun = true
		return j.elements(s)
	default:
		if err := j.row(s, Row{Class: ClassDocument}); err != nil {
			return err
		}
		if s.space(); s.pos < len(s.text) {
			return wrong(s.pos, "text after the end of the object; a json file holds one object or an array of objects (one object a line is jsonl)")
		}
		return nil
	}
}

// elements reads the rows of an array, from where the piece before ended.
func (j *jsonRows) elements(s *jsonScanner) error {
	s.depth = 1
	for {
		s.space()
		j.consumed = s.pos
		switch {
		case j.closed && s.pos < len(s.text):
			return wrong(s.pos, "text after the end of the array")
		case j.closed:
			return nil
		case !j.comma && s.at(']'):
			s.pos++
			j.closed = true
		case j.rows > 0 && !j.comma:
			if !s.at(',') {
				return s.want("a comma or ]")
			}
			s.pos++
			j.comma = true
		default:
			if err := j.row(s, Row{Class: ClassRow, Number: j.rows + 1}); err != nil {
				return err
			}
			j.comma = false
		}
	}
}

// row reads one object.
func (j *jsonRows) row(s *jsonScanner, row Row) error {
	start := s.pos
	if !s.at('{') {
		return s.want("an object ({…})")
	}
	err := s.object(func(name string, from, to int) error {
		v, _, err := jsonValue(s.text[from:to])
		if err != nil {
			return wrong(from, err.Error())
		}
		f := Field{Name: name, Value: v}
		f.Start, f.End = j.in.raw(from, to)
		row.Fields = append(row.Fields, f)
		if !j.have[name] {
			j.have[name] = true
			j.names = append(j.names, name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	row.Start, row.End = j.in.raw(start, s.pos)
	j.rows++
	return j.emit(row)
}

// jsonValue is the text of a value, with the map to how it is written.
func jsonValue(text string) (string, offset.Map, error) {
	var b offset.Builder
	if text == "null" {
		b.Drop(4)
		return "", b.Map(), nil
	}
	if text == "" || text[0] != '"' {
		return text, offset.Identity(len(text)), nil
	}
	body := text[1 : len(text)-1]
	b.Drop(1)
	if strings.IndexByte(body, '\\') < 0 {
		b.Copy(len(body))
		b.Drop(1)
		return body, b.Map(), nil
	}
	var out strings.Builder
	for body != "" {
		i := strings.IndexByte(body, '\\')
		if i < 0 {
			i = len(body)
		}
		out.WriteString(body[:i])
		b.Copy(i)
		if body = body[i:]; body == "" {
			break
		}
		r, n := unescape(body)
		if n == 0 {
			return "", offset.Map{}, errs.Invalid("the escape %s is not one of json's", strconv.Quote(body[:min(6, len(body))]))
		}
		if r == 0 { // no text holds a NUL
			r = utf8.RuneError
		}
		k, _ := out.WriteRune(r)
		b.Replace(k, n)
		body = body[n:]
	}
	b.Drop(1)
	return out.String(), b.Map(), nil
}

// JSONMember returns the text of a member of the json object that line holds,
// as a jsonl reader would take it; of a name that comes twice, the last. found
// is false where the object has none. It is for tools that pass lines on as
// they are.
func JSONMember(line, name string) (value string, found bool, err error) {
	from, to, err := JSONSpan(line, name)
	if err != nil || to == 0 {
		return "", false, err
	}
	value, err = JSONText(line[from:to])
	return value, true, err
}

// JSONText is the text of a json value as a reader takes it.
func JSONText(value string) (string, error) {
	text, _, err := jsonValue(value)
	return text, err
}

// JSONSpan returns where the value stands that JSONMember takes; 0, 0 where
// there is none.
func JSONSpan(line, name string) (from, to int, err error) {
	s := &jsonScanner{text: line}
	s.space()
	if s.pos >= len(line) || line[s.pos] != '{' {
		return 0, 0, errs.Invalid("an object ({…}) is expected, not %s", s.here())
	}
	err = s.object(func(member string, i, j int) error {
		if member == name {
			from, to = i, j
		}
		return nil
	})
	if s.space(); err == nil && s.pos < len(line) {
		err = wrong(s.pos, "text after the object")
	}
	if e, ok := err.(*jsonError); ok {
		err = errs.Invalid("byte %d: %s", e.at, e.what)
	}
	return from, to, err
}
