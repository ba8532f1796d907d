package gateway

import (
	"bytes"
	"encoding/json"

	"github.com/luodi/luodi/internal/errs"
)

// maxDepth bounds how deep a request may nest; JSON schemas of tools reach 20.
const maxDepth = 256

// Field is one member of an Object, as byte offsets into its body.
type Field struct {
	KeyStart, KeyEnd int // the name with its quotes
	Start, End       int // the value
}

// Object is a JSON object whose members are known by their spans. Values are
// skipped, not decoded: a value that is not valid JSON inside is left to the
// upstream to refuse.
type Object struct {
	Body   []byte
	Fields []Field // in the order of Body
	open   int     // offset of '{'
}

// Scan finds the members of the object that body holds, reusing fields. It
// returns errs.Invalid, with the offset, where body is not one JSON object.
func Scan(body []byte, fields []Field) (Object, error) {
	o := Object{Body: body, Fields: fields[:0]}
	i := space(body, 0)
	if i == len(body) || body[i] != '{' {
		return o, errs.Invalid("the body is not a JSON object")
	}
	o.open = i
	i = space(body, i+1)
	if i < len(body) && body[i] == '}' {
		return o, o.trailing(i + 1)
	}
	for {
		var f Field
		var err error
		if i >= len(body) || body[i] != '"' {
			return o, errs.Invalid("invalid JSON at byte %d: a member's name was expected", i)
		}
		f.KeyStart = i
		if f.KeyEnd, err = skipString(body, i); err != nil {
			return o, err
		}
		i = space(body, f.KeyEnd)
		if i >= len(body) || body[i] != ':' {
			return o, errs.Invalid("invalid JSON at byte %d: ':' was expected", i)
		}
		f.Start = space(body, i+1)
		if f.End, err = skipValue(body, f.Start); err != nil {
			return o, err
		}
		o.Fields = append(o.Fields, f)
		i = space(body, f.End)
		if i >= len(body) {
			return o, errs.Invalid("invalid JSON: the body ends inside its object")
		}
		switch body[i] {
		case ',':
			i = space(body, i+1)
		case '}':
			return o, o.trailing(i + 1)
		default:
			return o, errs.Invalid("invalid JSON at byte %d: ',' or '}' was expected", i)
		}
	}
}

func (o *Object) trailing(i int) error {
	if i = space(o.Body, i); i != len(o.Body) {
		return errs.Invalid("invalid JSON at byte %d: something follows the object", i)
	}
	return nil
}

// Name is the member's name; it is decoded only where it has escapes.
func (o *Object) Name(f Field) []byte {
	raw := o.Body[f.KeyStart+1 : f.KeyEnd-1]
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	var s string
	if json.Unmarshal(o.Body[f.KeyStart:f.KeyEnd], &s) != nil {
		return raw
	}
	return []byte(s)
}

// Value is the raw value of the member called name, or nil.
func (o *Object) Value(name string) []byte {
	for _, f := range o.Fields {
		if string(o.Name(f)) == name {
			return o.Body[f.Start:f.End]
		}
	}
	return nil
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the offset after the string that starts at b[i] == '"'.
func skipString(b []byte, i int) (int, error) {
	start := i
	for i++; ; i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return 0, errs.Invalid("invalid JSON: the string at byte %d does not end", start)
		}
		i += n
		esc := 0
		for b[i-1-esc] == '\\' { // ends at the opening quote at the latest
			esc++
		}
		if esc%2 == 0 {
			return i + 1, nil
		}
	}
}

// skipValue returns the offset after the value that starts at b[i].
func skipValue(b []byte, i int) (int, error) {
	if i >= len(b) {
		return 0, errs.Invalid("invalid JSON: the body ends where a value was expected")
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i)
	}
	start := i
	for i < len(b) && scalar[b[i]] {
		i++
	}
	if !isScalar(b[start:i]) {
		return 0, errs.Invalid("invalid JSON at byte %d: a value was expected", start)
	}
	return i, nil
}

// isScalar reports whether v is true, false, null or a number.
func isScalar(v []byte) bool {
	digits := 0
	for _, c := range v {
		if c >= '0' && c <= '9' {
			digits++
		}
	}
	if digits == len(v) && digits > 0 && (digits == 1 || v[0] != '0') {
		return true // as nearly all are
	}
	return json.Valid(v)
}

func skipNested(b []byte, i int) (int, error) {
	var stack [maxDepth]byte
	depth := 0
	start := i
	for i < len(b) {
		switch c := b[i]; c {
		case '"':
			end, err := skipString(b, i)
			if err != nil {
				return 0, err
			}
			i = end
			continue
		case '{', '[':
			if depth == maxDepth {
				return 0, errs.Invalid("JSON at byte %d nests deeper than %d", i, maxDepth)
			}
			stack[depth] = c + 2 // '{'+2 == '}', '['+2 == ']'
			depth++
		case '}', ']':
			if stack[depth-1] != c {
				return 0, errs.Invalid("invalid JSON at byte %d: %q does not close %q", i, c, stack[depth-1]-2)
			}
			if depth--; depth == 0 {
				return i + 1, nil
			}
		}
		i++
	}
	return 0, errs.Invalid("invalid JSON: what opens at byte %d does not close", start)
}

// scalar marks the bytes of numbers, true, false and null.
var scalar = func() (t [256]bool) {
	for _, c := range []byte("+-.0123456789Eaeflnrstu") {
		t[c] = true
	}
	return t
}()
