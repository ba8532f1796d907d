package gateway

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// Request is what the gateway knows of a call without decoding it.
// The zero value is ready for Read and may be reused.
type Request struct {
	Object
	Model        string
	Stream       bool
	IncludeUsage bool   // the client asked for usage at the end of its stream
	MaxTokens    int64  // the client's limit for one reply; 0 where it gave none
	MaxName      string // the member that holds MaxTokens
	Replies      int64  // n or best_of, at least 1
	Encoding     string // encoding_format of embeddings; "" where not given
	Messages     int64  // messages of a chat, prompts or inputs otherwise
	PromptBytes  int64  // UTF-8 bytes of the texts that the vendor will count
	Images       int64  // pictures among them, whose bytes are not in PromptBytes
}

// seen guards the members that decide money and routing: a body that names
// one of them twice would be read differently here and by the vendor.
type seen uint16

func (s *seen) once(bit int, name []byte) error {
	if *s&(1<<bit) != 0 {
		return errs.Invalid("the body names %q twice", name)
	}
	*s |= 1 << bit
	return nil
}

// decided are the members that are read here.
var decided = []string{"model", "stream", "stream_options", "max_tokens", "max_completion_tokens", "max_output_tokens", "n", "best_of", "encoding_format",
	"messages", "prompt", "input", "query", "documents", "tools", "functions", "response_format", "system", "instructions"}

// disguised refuses a name that some vendors' servers, those written in Go above
// all, take for one that is read here, though its letters are of another case.
func disguised(name []byte) error {
	plain := true
	for _, c := range name {
		plain = plain && (c < 'A' || c > 'Z') && c < 0x80
	}
	if plain {
		return nil
	}
	for _, d := range decided {
		if strings.EqualFold(string(name), d) {
			return errs.Invalid("the body names %q, which some vendors take for %q; write it so", name, d)
		}
	}
	return nil
}

// Read scans body, which must stay unchanged while r is used. It returns
// errs.Invalid where the body is no JSON object, has no model, names a member
// twice that it decides on, also in letters of another case, or gives it the
// wrong type.
func (r *Request) Read(body []byte) error {
	fields := r.Fields
	*r = Request{Replies: 1}
	o, err := Scan(body, fields)
	r.Object = o
	if err != nil {
		return err
	}
	var s seen
	var query, documents int64
	for _, f := range o.Fields {
		v := body[f.Start:f.End]
		name := o.Name(f)
		switch string(name) {
		case "model":
			if err = s.once(0, name); err == nil {
				r.Model, err = text(name, v)
			}
		case "stream":
			if err = s.once(1, name); err == nil {
				r.Stream, err = boolean(name, v)
			}
		case "stream_options":
			if err = s.once(2, name); err == nil {
				err = r.streamOptions(v)
			}
		case "max_tokens", "max_completion_tokens", "max_output_tokens":
			if err = s.once(3, name); err == nil {
				r.MaxName = string(name)
				r.MaxTokens, err = limited(name, v)
			}
		case "n", "best_of":
			var n int64
			bit := 4
			if name[0] == 'b' {
				bit = 5
			}
			if err = s.once(bit, name); err == nil {
				n, err = limited(name, v)
			}
			r.Replies = max(r.Replies, n)
		case "encoding_format":
			if err = s.once(6, name); err == nil && v[0] == '"' {
				r.Encoding, err = text(name, v)
			}
		case "messages", "prompt", "input":
			if err = s.once(7, name); err == nil {
				p := countPrompt(v)
				r.Messages += p.elements
				r.PromptBytes += p.bytes
				r.Images += p.images
			}
		case "query": // of rerank: vendors count it with each document
			if err = s.once(9, name); err == nil {
				query = countPrompt(v).bytes
			}
		case "documents":
			if err = s.once(8, name); err == nil {
				p := countPrompt(v)
				r.Messages += p.elements
				documents = p.elements
				r.PromptBytes += p.bytes
				r.Images += p.images
			}
		case "tools", "functions", "response_format", "system", "instructions":
			r.PromptBytes += int64(f.End - f.Start) // schemas are billed with their names
		default:
			err = disguised(name)
		}
		if err != nil {
			return err
		}
	}
	r.PromptBytes += query * max(1, documents)
	if r.Model == "" {
		return errs.Invalid(`the body has no "model"; GET /v1/models lists those that this key may use`)
	}
	return nil
}

func (r *Request) streamOptions(v []byte) error {
	if v[0] != '{' {
		return nil
	}
	var buf [4]Field
	o, err := Scan(v, buf[:0])
	if err != nil {
		return err
	}
	if b := o.Value("include_usage"); b != nil {
		r.IncludeUsage, err = boolean([]byte("stream_options.include_usage"), b)
	}
	return err
}

// AskUsage is the change that makes the vendor send usage in a stream.
func (r *Request) AskUsage() Change {
	c := Change{Name: "stream_options", Value: `{"include_usage":true}`}
	v := r.Value("stream_options")
	if v == nil || v[0] != '{' {
		return c
	}
	if o, err := Scan(v, nil); err == nil {
		c.Value = string(o.Apply(nil, []Change{{Name: "include_usage", Value: "true"}}))
	}
	return c
}

// stringBytes is the length of a JSON string's inside without its escapes'
// backslashes; \uXXXX counts as three bytes, the most it can stand for.
func stringBytes(s []byte) int64 {
	n := int64(len(s))
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 || i+1 >= len(s) {
			return n
		}
		n--
		if s[i+1] == 'u' {
			n -= 2
		}
		s = s[i+2:]
	}
}

func text(name, v []byte) (string, error) {
	if v[0] != '"' {
		return "", errs.Invalid("%q is not a string", name)
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1]), nil
	}
	var s string
	if err := json.Unmarshal(v, &s); err != nil {
		return "", errs.Invalid("%q is not a string", name)
	}
	return s, nil
}

func boolean(name, v []byte) (bool, error) {
	switch string(v) {
	case "true":
		return true, nil
	case "false", "null":
		return false, nil
	}
	return false, errs.Invalid("%q is neither true nor false", name)
}

// limited reads a number that others are multiplied with.
func limited(name, v []byte) (int64, error) {
	n, err := integer(name, v)
	if err == nil && n > math.MaxInt32 {
		return 0, errs.Invalid("%q is larger than any model's", name)
	}
	return n, err
}

func integer(name, v []byte) (int64, error) {
	if string(v) == "null" {
		return 0, nil
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil || n < 0 {
		return 0, errs.Invalid("%q is not a whole number", name)
	}
	return n, nil
}
