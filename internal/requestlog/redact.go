package requestlog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/luodi/luodi/internal/clean/pii"
)

// ownKey is a key of this gateway wherever it stands.
var ownKey = regexp.MustCompile(`luodi_[0-9a-f]{16,}`)

const hidden = "[secret]"

// Redactor takes out of texts what may not be kept. The zero value takes out
// personal data and what looks like a secret. It may be used from any goroutine.
type Redactor struct {
	Allow bool // personal data stays; secrets do not

	known atomic.Pointer[[]string] // the longest first: one may be a part of another
}

// shortest is the length of a secret below which it would be found in all texts.
const shortest = 4

// Hide names secrets, such as the keys of a configuration that comes later:
// they are taken out wherever they stand, those named before too.
func (r *Redactor) Hide(secrets ...string) {
	for {
		old := r.known.Load()
		var all []string
		if old != nil {
			all = slices.Clone(*old)
		}
		for _, s := range secrets {
			if len(s) >= shortest && !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
		slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) })
		if r.known.CompareAndSwap(old, &all) {
			return
		}
	}
}

// Text is s without what may not be kept.
func (r *Redactor) Text(s string) string {
	if known := r.known.Load(); known != nil {
		for _, secret := range *known {
			s = strings.ReplaceAll(s, secret, hidden)
		}
	}
	if strings.Contains(s, "luodi_") {
		s = ownKey.ReplaceAllString(s, hidden)
	}
	tags := pii.Scan(s)
	if r.Allow {
		tags = slices.DeleteFunc(tags, func(t pii.Tag) bool { return t.Type != pii.Secret })
	}
	if len(tags) == 0 {
		return s
	}
	var b strings.Builder
	at := 0
	for _, t := range tags {
		b.WriteString(s[at:t.Start])
		b.WriteString("[" + strings.ToUpper(t.Type) + "]")
		at = t.End
	}
	return b.String() + s[at:]
}

// inline is a picture, a sound or a file inside of a text.
func inline(s string) bool {
	if strings.HasPrefix(s, "data:") {
		return true
	}
	return len(s) >= 2048 && strings.IndexFunc(s[:512], func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '=')
	}) < 0
}

// JSON is b with every text redacted, names of members too, every other byte
// as it is. What is no JSON becomes one text.
func (r *Redactor) JSON(b []byte) json.RawMessage {
	if len(b) == 0 {
		return nil
	}
	if !json.Valid(b) {
		return quoted(r.Text(string(b)))
	}
	var out bytes.Buffer
	for i := 0; i < len(b); {
		if b[i] != '"' {
			out.WriteByte(b[i])
			i++
			continue
		}
		end := i + 1
		for b[end] != '"' {
			if b[end] == '\\' {
				end++
			}
			end++
		}
		end++
		var s string
		_ = json.Unmarshal(b[i:end], &s) // it is valid
		switch kept := r.Text(s); {
		case inline(s):
			out.Write(quoted(fmt.Sprintf("[%d bytes of data]", len(s))))
		case kept != s:
			out.Write(quoted(kept))
		default:
			out.Write(b[i:end])
		}
		i = end
	}
	var compact bytes.Buffer // one record is one line
	if json.Compact(&compact, out.Bytes()) != nil {
		return quoted(hidden)
	}
	return compact.Bytes()
}

func quoted(s string) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil {
		return nil
	}
	return b
}
