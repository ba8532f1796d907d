package gateway

import "bytes"

// prompt is what a messages, prompt or input value holds.
type prompt struct {
	elements int64 // messages, prompts or inputs
	bytes    int64 // of its strings, member names left out
	images   int64 // given as data or by an address
}

// countPrompt counts a messages, prompt or input value. Numbers count as a
// token each: an input may be an array of token ids. A picture is one picture,
// however many bytes it has: vendors bill it by its size in pixels. Sound and
// files count with all their bytes, which no vendor's tokens exceed; so does what
// a tool was called with, whose names are the client's to choose.
func countPrompt(v []byte) (p prompt) {
	if v[0] == '"' || v[0] == '[' && v[space(v, 1)] != ']' {
		p.elements = 1
	}
	depth := 0
	var name, media []byte // the last member's, the last media_type
	for i := 0; i < len(v); {
		switch c := v[i]; {
		case c == '"':
			end, err := skipString(v, i)
			if err != nil {
				p.bytes = int64(len(v))
				return p
			}
			inside := v[i+1 : end-1]
			i = end
			if j := space(v, end); j < len(v) && v[j] == ':' {
				name = inside
				if j = space(v, j+1); string(name) == "input" && j < len(v) && v[j] == '{' {
					if end, err = skipNested(v, j); err == nil {
						p.bytes += int64(end - j)
						i = end
					}
				}
				continue
			}
			if string(name) == "media_type" {
				media = inside
			}
			if isImage(name, media, inside) {
				p.images++
			} else {
				p.bytes += stringBytes(inside)
			}
			continue
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
			name = nil // what follows is another's
		case c == ',' && depth == 1 && v[0] == '[':
			p.elements++
		case c >= '0' && c <= '9':
			p.bytes++
			for i+1 < len(v) && scalar[v[i+1]] {
				i++
			}
		}
		i++
	}
	return p
}

var (
	dataImage  = []byte("data:image/")
	imageMedia = []byte("image/")
	webAddress = []byte("http")
)

// isImage reports whether a member's value is a picture: OpenAI's url of an
// image_url part (an address, or data:), or Anthropic's data beside a
// media_type. A text that only looks like one is no picture.
func isImage(name, media, value []byte) bool {
	switch string(name) {
	case "url", "image_url":
		return bytes.HasPrefix(value, dataImage) || bytes.HasPrefix(value, webAddress)
	case "data":
		return bytes.HasPrefix(media, imageMedia)
	}
	return false
}

// mostImage is the most tokens that one picture counts at a vendor whose rule
// is not known; those whose rule is published stay below it.
const mostImage = 16384

// ImageMost bounds the tokens of so many pictures.
func (ru *Rules) ImageMost(images int64) int64 {
	if ru.ImageTokens > 0 {
		return images * ru.ImageTokens
	}
	return images * mostImage
}
