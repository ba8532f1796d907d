package source

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonError is where and why a text is not json.
type jsonError struct {
	at   int // byte of the decoded text
	what string
	ends bool // the text ends before it is json, and could go on to be it
}

func (e *jsonError) Error() string { return e.what }

// wrong is text that cannot be json, whatever follows.
func wrong(at int, what string) error { return &jsonError{at: at, what: what} }

// maxDepth is how deep arrays and objects may be nested.
const maxDepth = 1000

// jsonScanner walks over json text and gives the range of every value, which
// encoding/json does not. Property tests hold it to encoding/json.
type jsonScanner struct {
	text  string
	pos   int
	depth int
}

func (s *jsonScanner) space() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// at reports whether a character stands at the position.
func (s *jsonScanner) at(c byte) bool { return s.pos < len(s.text) && s.text[s.pos] == c }

// spaceInLine skips blanks and reports whether the line goes on after them.
func (s *jsonScanner) spaceInLine() bool {
	for s.pos < len(s.text) && (s.text[s.pos] == ' ' || s.text[s.pos] == '\t') {
		s.pos++
	}
	return s.pos < len(s.text) && s.text[s.pos] != '\n' && s.text[s.pos] != '\r'
}

// here names what stands at the position, for messages.
func (s *jsonScanner) here() string {
	if s.pos >= len(s.text) {
		return "the end of the file"
	}
	r, _ := utf8.DecodeRuneInString(s.text[s.pos:])
	return strconv.QuoteRune(r)
}

func (s *jsonScanner) want(what string) error {
	return &jsonError{s.pos, what + " is expected here, not " + s.here(), s.pos >= len(s.text)}
}

// array moves past an array.
func (s *jsonScanner) array() error {
	s.pos++ // [
	if s.depth++; s.depth > maxDepth {
		return wrong(s.pos, "values are nested more than 1000 deep")
	}
	for i := 0; ; i++ {
		s.space()
		if i == 0 && s.pos < len(s.text) && s.text[s.pos] == ']' {
			break
		}
		if err := s.value(); err != nil {
			return err
		}
		s.space()
		if s.pos < len(s.text) && s.text[s.pos] == ',' {
			s.pos++
			continue
		}
		if s.pos < len(s.text) && s.text[s.pos] == ']' {
			break
		}
		return s.want("a comma or ]")
	}
	s.pos++
	s.depth--
	return nil
}

// object calls fn with each member's name and the range of its value.
func (s *jsonScanner) object(fn func(name string, from, to int) error) error {
	s.pos++ // {
	if s.depth++; s.depth > maxDepth {
		return wrong(s.pos, "values are nested more than 1000 deep")
	}
	for i := 0; ; i++ {
		s.space()
		if i == 0 && s.pos < len(s.text) && s.text[s.pos] == '}' {
			break
		}
		if s.pos >= len(s.text) || s.text[s.pos] != '"' {
			return s.want("a member's name in quotes")
		}
		from := s.pos
		if err := s.str(); err != nil {
			return err
		}
		name, _, err := jsonValue(s.text[from:s.pos])
		if err != nil {
			return wrong(from, err.Error())
		}
		s.space()
		if s.pos >= len(s.text) || s.text[s.pos] != ':' {
			return s.want("a colon")
		}
		s.pos++
		s.space()
		from = s.pos
		if err := s.value(); err != nil {
			return err
		}
		if fn != nil {
			if err := fn(name, from, s.pos); err != nil {
				return err
			}
		}
		s.space()
		if s.pos < len(s.text) && s.text[s.pos] == ',' {
			s.pos++
			continue
		}
		if s.pos < len(s.text) && s.text[s.pos] == '}' {
			break
		}
		return s.want("a comma or }")
	}
	s.pos++
	s.depth--
	return nil
}

// value moves past one value.
func (s *jsonScanner) value() error {
	if s.pos >= len(s.text) {
		return s.want("a value")
	}
	switch s.text[s.pos] {
	case '"':
		return s.str()
	case '{':
		return s.object(nil)
	case '[':
		return s.array()
	}
	for _, word := range []string{"true", "false", "null"} {
		if strings.HasPrefix(s.text[s.pos:], word) {
			s.pos += len(word)
			return nil
		}
	}
	return s.number()
}

// str moves past a string.
func (s *jsonScanner) str() error {
	from := s.pos
	for s.pos++; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; {
		case c == '"':
			s.pos++
			return nil
		case c == '\\':
			_, n := unescape(s.text[s.pos:])
			if n == 0 {
				return wrong(s.pos, "the escape "+strconv.Quote(s.text[s.pos:min(s.pos+2, len(s.text))])+" is not one of json's")
			}
			s.pos += n - 1
		case c < 0x20:
			return wrong(s.pos, "a control character inside a string; it must be written as an escape such as \\n")
		}
	}
	return &jsonError{from, "a string begins here and never ends", true}
}

// number moves past a number as RFC 8259 has it.
func (s *jsonScanner) number() error {
	i := s.pos
	at := func() byte {
		if i < len(s.text) {
			return s.text[i]
		}
		return 0
	}
	digits := func() bool {
		from := i
		for at() >= '0' && at() <= '9' {
			i++
		}
		return i > from
	}
	if at() == '-' {
		i++
	}
	if at() == '0' {
		i++
	} else if !digits() {
		return s.want("a value")
	}
	if at() == '.' {
		if i++; !digits() {
			return s.want("a number")
		}
	}
	if at() == 'e' || at() == 'E' {
		i++
		if at() == '+' || at() == '-' {
			i++
		}
		if !digits() {
			return s.want("a number")
		}
	}
	s.pos = i
	return nil
}

var escapes = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unescape returns the character of the escape that b begins with and its
// length, 0 where it is none. Half a surrogate pair is U+FFFD, as everywhere.
func unescape(b string) (rune, int) {
	if len(b) < 2 {
		return 0, 0
	}
	if b[1] != 'u' {
		r, ok := escapes[b[1]]
		if !ok {
			return 0, 0
		}
		return r, 2
	}
	r, ok := hex4(b)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		if low, ok := hex4(b[6:]); ok {
			if p := utf16.DecodeRune(r, low); p != utf8.RuneError {
				return p, 12
			}
		}
		return utf8.RuneError, 6
	}
	return r, 6
}

// hex4 reads \uXXXX.
func hex4(b string) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(b[2:6], 16, 16)
	return rune(v), err == nil
}
