package gateway

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/clean/pii"
)

// What goes out to an upstream when it holds personal data or secrets.
const (
	PIIAllow = "allow" // it goes out as it is
	PIIMask  = "mask"  // placeholders go out; the reply gets the values back
	PIIBlock = "block" // the call is refused
)

// guarded are the members of a call whose texts are looked at.
var guarded = []string{"messages", "prompt", "input", "query", "documents", "system", "instructions", "tools", "functions", "metadata", "user"}

// Mask is what one call's placeholders stand for. A value has the same
// placeholder wherever it stands in the call, so that a model can tell two
// people apart without knowing either.
type Mask struct {
	values map[string]string // value → placeholder
	back   []string          // placeholder, value as JSON …
	hold   int               // the longest placeholder
	counts map[string]int
	held   map[string]*heldText
	order  []string // of held
}

// Types are the kinds of what was found, in order; never the values.
func (m *Mask) Types() []string {
	var out []string
	for t := range m.counts {
		out = append(out, t)
	}
	slices.Sort(out)
	return out
}

// MaskBody puts placeholders in place of the personal data and secrets in the
// texts of a call. m is nil, and the body is returned as it is, where there are
// none. Pictures and other data: addresses are not looked into.
func MaskBody(body []byte) (masked []byte, m *Mask) {
	done := 0
	sound := eachText(body, func(i, end int) {
		if text, ok := m.mask(&m, body[i:end], body); ok {
			masked = append(append(masked, body[done:i]...), text...)
			done = end
		}
	})
	if m == nil || !sound {
		return body, nil
	}
	return append(masked, body[done:]...), m
}

// eachText calls fn with the place of each string that a call says something
// in, quotes included; names are left out. It reports whether the body was read
// to its end.
func eachText(body []byte, fn func(from, to int)) bool {
	o, err := Scan(body, nil)
	if err != nil {
		return false
	}
	for _, f := range o.Fields {
		if !slices.Contains(guarded, string(o.Name(f))) {
			continue
		}
		for i := f.Start; i < f.End; {
			if body[i] != '"' {
				i++
				continue
			}
			end, err := skipString(body, i)
			if err != nil {
				return false
			}
			if j := space(body, end); j >= f.End || body[j] != ':' {
				fn(i, end)
			}
			i = end
		}
	}
	return true
}

// PromptText is what a call says, one text a line, for rules that read it.
// Pictures and other data are left out.
func PromptText(body []byte) string {
	var b strings.Builder
	eachText(body, func(from, to int) {
		quoted := body[from:to]
		inside := quoted[1 : len(quoted)-1]
		if isData(inside) {
			return
		}
		if bytes.IndexByte(inside, '\\') < 0 {
			b.Write(inside)
		} else {
			var s string
			_ = json.Unmarshal(quoted, &s) // the scan found it sound
			b.WriteString(s)
		}
		b.WriteByte('\n')
	})
	return b.String()
}

// mask returns a JSON string with placeholders; false where none is needed.
func (m *Mask) mask(to **Mask, quoted, body []byte) ([]byte, bool) {
	inside := quoted[1 : len(quoted)-1]
	if isData(inside) || !bytes.ContainsAny(inside, "0123456789@-") {
		return nil, false
	}
	s := string(inside)
	if bytes.IndexByte(inside, '\\') >= 0 && json.Unmarshal(quoted, &s) != nil {
		return nil, false
	}
	tags := pii.Scan(s)
	if len(tags) == 0 {
		return nil, false
	}
	if m == nil {
		m = &Mask{values: map[string]string{}, counts: map[string]int{}, held: map[string]*heldText{}}
		*to = m
	}
	var b strings.Builder
	at := 0
	for _, t := range tags {
		b.WriteString(s[at:t.Start])
		b.WriteString(m.placeholder(t.Type, s[t.Start:t.End], body))
		at = t.End
	}
	b.WriteString(s[at:])
	return []byte(Quote(b.String())), true
}

// MaskText is MaskBody for one text that is no JSON.
func MaskText(s string) (masked string, m *Mask) {
	quoted := []byte(Quote(s))
	if out, ok := m.mask(&m, quoted, quoted); ok && json.Unmarshal(out, &masked) == nil {
		return masked, m
	}
	return s, nil
}

// isData reports whether a string is a picture, a sound or a file: base64, or a
// data: address of it. What merely begins like one is text.
func isData(s []byte) bool {
	if bytes.HasPrefix(s, []byte("data:")) {
		head, data, ok := bytes.Cut(s[:min(len(s), 1024)], []byte(";base64,"))
		return ok && !bytes.ContainsAny(head, " \\") && isBase64(data)
	}
	return len(s) >= 2048 && isBase64(s[:512])
}

func isBase64(s []byte) bool {
	for _, c := range s {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '=') {
			return false
		}
	}
	return true
}

func (m *Mask) placeholder(kind, value string, body []byte) string {
	if p := m.values[value]; p != "" {
		return p
	}
	for {
		m.counts[kind]++
		p := "[" + strings.ToUpper(kind) + "_" + strconv.Itoa(m.counts[kind]) + "]"
		if bytes.Contains(body, []byte(p)) {
			continue // the caller says so himself
		}
		q := Quote(value)
		m.values[value], m.back, m.hold = p, append(m.back, p, q[1:len(q)-1]), max(m.hold, len(p))
		return p
	}
}

// UnmaskText is Unmask for a text that is no JSON.
func (m *Mask) UnmaskText(s string) string {
	if strings.IndexByte(s, '[') < 0 {
		return s
	}
	var pairs []string
	for value, p := range m.values {
		pairs = append(pairs, p, value)
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// Unmask puts the values back into a whole reply.
func (m *Mask) Unmask(reply []byte) []byte {
	if bytes.IndexByte(reply, '[') < 0 {
		return reply
	}
	return []byte(strings.NewReplacer(m.back...).Replace(string(reply)))
}
