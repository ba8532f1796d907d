package gateway

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/meter"
)

// wireUsage has the names under which vendors count tokens.
type wireUsage struct {
	Prompt     *int64 `json:"prompt_tokens"`
	Completion int64  `json:"completion_tokens"`
	Total      int64  `json:"total_tokens"`
	Input      *int64 `json:"input_tokens"`
	Output     int64  `json:"output_tokens"`
	Cached     int64  `json:"cached_tokens"`
	CacheHit   int64  `json:"prompt_cache_hit_tokens"`
	PromptMore struct {
		Cached int64 `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
	InputMore struct {
		Cached int64 `json:"cached_tokens"`
	} `json:"input_tokens_details"`
	CompletionMore struct {
		Reasoning int64 `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
	OutputMore struct {
		Reasoning int64 `json:"reasoning_tokens"`
	} `json:"output_tokens_details"`
}

var usageKey = []byte(`"usage"`)

// FindUsage reads the usage object of a reply or of a stream's frame, wherever
// it stands; ok is false where there is none or it is null. The last one
// counts: vendors that repeat it send running totals.
func FindUsage(b []byte) (u meter.Usage, ok bool) {
	for len(b) > 0 {
		i := bytes.LastIndex(b, usageKey)
		if i < 0 {
			return u, false
		}
		if v := member(b, i+len(usageKey)); v != nil && v[0] == '{' {
			if u, ok = decodeUsage(v); ok {
				return u, true
			}
		}
		b = b[:i]
	}
	return u, false
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

func decodeUsage(v []byte) (u meter.Usage, ok bool) {
	var w wireUsage
	if json.Unmarshal(v, &w) != nil || w.Prompt == nil && w.Input == nil && w.Total == 0 {
		return u, false
	}
	u.Output = w.Completion + w.Output
	switch {
	case w.Prompt != nil:
		u.Input = *w.Prompt
	case w.Input != nil:
		u.Input = *w.Input
	default:
		u.Input = w.Total - u.Output
	}
	u.CachedInput = min(u.Input, max(w.Cached, w.CacheHit, w.PromptMore.Cached, w.InputMore.Cached))
	u.Reasoning = min(u.Output, max(w.CompletionMore.Reasoning, w.OutputMore.Reasoning))
	if u.Input < 0 || u.Output < 0 || u.CachedInput < 0 || u.Reasoning < 0 {
		return meter.Usage{}, false
	}
	return u, true
}

// UpstreamError is an error that a vendor reported inside a reply.
type UpstreamError struct {
	Code, Message string
}

// FindError looks for an error in a reply that came with status 200: OpenAI's
// {"error":…} in place of choices or data, or one of the vendor's places.
func (ru *Rules) FindError(b []byte) (UpstreamError, bool) {
	if len(ru.Errors) == 0 && !bytes.Contains(b, []byte(`"error"`)) {
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
