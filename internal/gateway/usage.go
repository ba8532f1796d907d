package gateway

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/meter"
)

// Members are searched for by their names without the opening quote: bytes.Index
// stops at every byte that begins its pattern, and quotes are everywhere.
var usageKey = []byte(`usage"`)

// FindUsage reads the usage object of a reply or of a stream's frame, wherever
// it stands; ok is false where there is none or it is null. The last one
// counts: vendors that repeat it send running totals.
func FindUsage(b []byte) (u meter.Usage, ok bool) {
	for i := 0; ; { // forward: the runtime searches that way far faster
		n := bytes.Index(b[i:], usageKey)
		if n < 0 {
			return u, ok
		}
		i += n + len(usageKey)
		if v := member(b, i); v != nil && v[0] == '{' {
			if found, good := decodeUsage(v); good {
				u, ok = found, true
			}
		}
	}
}

// member returns the value after a member's name that ends at i, or nil where
// no whole value follows.
func member(b []byte, i int) []byte {
	if i = space(b, i); i >= len(b) || b[i] != ':' {
		return nil
	}
	i = space(b, i+1)
	end, err := skipValue(b, i)
	if err != nil {
		return nil
	}
	return b[i:end]
}

// decodeUsage reads the counts under the names that vendors give them. It is
// on every call's way, hence by hand.
func decodeUsage(v []byte) (u meter.Usage, ok bool) {
	var buf [12]Field
	o, err := Scan(v, buf[:0])
	if err != nil {
		return u, false
	}
	var total int64
	for _, f := range o.Fields {
		value := v[f.Start:f.End]
		switch string(o.Name(f)) {
		case "prompt_tokens", "input_tokens":
			u.Input, ok = count(value), true
		case "completion_tokens", "output_tokens":
			u.Output = count(value)
		case "total_tokens":
			total = count(value)
		case "cached_tokens", "prompt_cache_hit_tokens":
			u.CachedInput = max(u.CachedInput, count(value))
		case "prompt_tokens_details", "input_tokens_details":
			u.CachedInput = max(u.CachedInput, detail(value, "cached_tokens"))
			u.CacheWrite = max(u.CacheWrite, detail(value, "cache_creation_input_tokens"))
		case "completion_tokens_details", "output_tokens_details":
			u.Reasoning = max(u.Reasoning, detail(value, "reasoning_tokens"))
		}
	}
	if !ok {
		u.Input, ok = total-u.Output, total > 0
	}
	if !ok || u.Input < 0 || u.Output < 0 {
		return meter.Usage{}, false
	}
	u.CachedInput = min(u.Input, u.CachedInput)
	u.CacheWrite = min(u.Input-u.CachedInput, u.CacheWrite)
	u.Reasoning = min(u.Output, u.Reasoning)
	return u, true
}

// count reads a number of tokens; null is 0, and -1 what is no number.
func count(v []byte) int64 {
	n, err := integer(nil, v)
	if err != nil {
		return -1
	}
	return n
}

func detail(v []byte, name string) int64 {
	if v[0] != '{' {
		return 0
	}
	var buf [8]Field
	o, err := Scan(v, buf[:0])
	if err != nil {
		return 0
	}
	if v = o.Value(name); v == nil {
		return 0
	}
	return max(0, count(v))
}

// UpstreamError is an error that a vendor reported inside a reply.
type UpstreamError struct {
	Code, Message string
}

// FindError looks for an error in a reply that came with status 200: OpenAI's
// {"error":…} in place of choices or data, or one of the vendor's places.
func (ru *Rules) FindError(b []byte) (UpstreamError, bool) {
	if len(ru.Errors) == 0 && !bytes.Contains(b, errorKey) {
		return UpstreamError{}, false
	}
	var buf [16]Field
	o, err := Scan(b, buf[:0])
	if err != nil {
		return UpstreamError{}, false
	}
	if v := o.Value("error"); v != nil && string(v) != "null" && o.Value("choices") == nil && o.Value("data") == nil {
		e := UpstreamError{Code: plain(v, "code"), Message: plain(v, "message")}
		if e.Message == "" {
			e.Message = strings.Trim(string(v), `"`)
		}
		return e, true
	}
	for _, p := range ru.Errors {
		if code := plain(b, p.Code); code != "" && code != p.OK {
			return UpstreamError{Code: code, Message: plain(b, p.Message)}, true
		}
	}
	return UpstreamError{}, false
}

// plain is the text or number at a dotted path, "" where there is none.
func plain(b []byte, path string) string {
	for path != "" {
		name, rest, _ := strings.Cut(path, ".")
		if o, err := Scan(b, nil); err != nil {
			return ""
		} else if b = o.Value(name); b == nil || string(b) == "null" {
			return ""
		}
		path = rest
	}
	if len(b) > 0 && b[0] == '"' {
		if s, err := text(nil, b); err == nil {
			return s
		}
	}
	if _, err := strconv.ParseFloat(string(b), 64); err == nil {
		return string(b)
	}
	return ""
}
