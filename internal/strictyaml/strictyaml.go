// Package strictyaml decodes YAML written by people and reports every mistake
// the way a compiler does: file, line, column, what is wrong, what was
// probably meant, the source line and a caret.
//
// luodi.yaml is the one file every user writes, often in another language than
// English and without an editor that knows its keys; a key that is silently
// ignored costs them a day. So unknown keys, wrong types and duplicate keys are
// errors, all of them are collected in one pass, and a misspelt key is decoded
// as the one that was meant, so that one slip is one message. The package that
// owns a file adds its own findings to the same list with Document.Errorf.
//
// It reads one document per file. It does not replace variables, merge keys or
// apply tags, and it never prints what looks like a secret.
package strictyaml

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/luodi/luodi/internal/errs"
)

// Path names a value of a document, such as "sources[2].path"; "" is the
// document itself.
type Path string

// Key is the path of the value under name.
func (p Path) Key(name string) Path {
	if p == "" {
		return Path(name)
	}
	return p + "." + Path(name)
}

// Index is the path of the i-th entry of a list, from 0.
func (p Path) Index(i int) Path { return p + Path("["+strconv.Itoa(i)+"]") }

func (p Path) parent() Path {
	if i := strings.LastIndexAny(string(p), ".["); i >= 0 {
		return p[:i]
	}
	return ""
}

type place struct {
	line, column int
	set          bool // a value is there, not null
	quoted       bool
}

// Document is one decoded file and what was found wrong in it.
// It is not safe for concurrent use.
type Document struct {
	file     string
	lines    []string
	places   map[Path]place
	anchors  map[string]ast.Node
	problems Problems
	unread   bool // no YAML: what it holds is not known

	following map[*ast.AliasNode]bool // the aliases being decoded
	values    int                     // decoded so far
}

// Decode reads data, the content of file, into the struct that into points to.
// Its error is errs.Invalid and prints every problem.
func Decode(file string, data []byte, into any) error {
	return Read(file, data, into).Err()
}

// Read is Decode for callers that go on to check what the values mean: they
// add problems with Errorf and end with Err.
//
// Fields are matched by their yaml tag. Kinds are bool, int, int64, float64,
// string, time.Duration, struct, pointer, slice and map[string]T; a type that implements
// encoding.TextUnmarshaler is given the scalar as it is written (so that 0.80
// stays exact), and a struct that does may be written either way.
func Read(file string, data []byte, into any) *Document {
	text := strings.TrimPrefix(string(data), "\ufeff")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	d := &Document{
		file:      file,
		unread:    true,
		lines:     strings.Split(text, "\n"),
		places:    map[Path]place{},
		anchors:   map[string]ast.Node{},
		following: map[*ast.AliasNode]bool{},
	}
	if !d.checkUTF8() {
		return d
	}
	body, ok := d.parse(text)
	if !ok {
		return d
	}
	d.unread = false
	d.places[""] = place{line: 1, column: 1, set: body != nil}
	if body != nil {
		d.collectAnchors(body)
		d.decode(body, reflect.ValueOf(into).Elem(), "", 0)
	}
	return d
}

func (d *Document) checkUTF8() bool {
	for i, line := range d.lines {
		if utf8.ValidString(line) {
			continue
		}
		col := 1
		for rest := line; len(rest) > 0; col++ {
			r, n := utf8.DecodeRuneInString(rest)
			if r == utf8.RuneError && n == 1 {
				break
			}
			rest = rest[n:]
		}
		d.add(i+1, col, "not UTF-8 text; save the file as UTF-8")
		return false
	}
	return true
}

// parse returns the one document's body, nil where the file holds none.
func (d *Document) parse(text string) (body ast.Node, ok bool) {
	defer func() {
		if r := recover(); r != nil { // the parser is not hardened against every input
			d.add(1, 1, "this cannot be read as YAML (%v)", r)
			body, ok = nil, false
		}
	}()
	f, err := parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntaxError(err)
		return nil, false
	}
	for _, doc := range f.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			line, col := position(doc.Body)
			d.add(line, col, "a second document; this file holds one, so remove the line ---")
			return nil, false
		}
		body = doc.Body
	}
	return body, true
}

// Has reports whether a value, not null, is at p.
func (d *Document) Has(p Path) bool { return d.places[p].set }

// Line is the line of the value at p, 0 where there is none.
func (d *Document) Line(p Path) int { return d.places[p].line }

// Quoted reports whether the scalar at p is written in quotes.
func (d *Document) Quoted(p Path) bool { return d.places[p].quoted }

// Errorf adds a problem at the value of p, or at the nearest one above it that
// is in the file. A second problem at the same place is dropped: the first one
// is the cause. Nothing is said of the values of a file that is no YAML.
func (d *Document) Errorf(p Path, format string, args ...any) {
	for !d.unread {
		if at, ok := d.places[p]; ok {
			d.add(at.line, at.column, format, args...)
			return
		}
		if p == "" {
			d.add(1, 1, format, args...)
			return
		}
		p = p.parent()
	}
}

// Err returns all problems in the order of the file as one errs.Invalid
// error, or nil. errors.As finds the Problems in it.
func (d *Document) Err() error {
	if len(d.problems) == 0 {
		return nil
	}
	d.problems.sort()
	return &invalid{problems: d.problems}
}

// invalid gives Problems their error code without a message in front.
type invalid struct{ problems Problems }

func (e *invalid) Error() string { return e.problems.Error() }

func (e *invalid) Unwrap() []error {
	return []error{e.problems, &errs.Error{Code: errs.CodeInvalid, Msg: e.problems.Error()}}
}

func (d *Document) add(line, column int, format string, args ...any) {
	for _, p := range d.problems {
		if p.Line == line && p.Column == column {
			return
		}
	}
	p := Problem{File: d.file, Line: line, Column: column, Message: fmt.Sprintf(format, args...)}
	if line >= 1 && line <= len(d.lines) {
		p.Text = mask(d.lines[line-1])
	}
	d.problems = append(d.problems, p)
}
