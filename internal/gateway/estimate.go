package gateway

import "sync"

// Text counts the letters of a reply as they pass.
type Text struct {
	Narrow int64 // ASCII characters
	Wide   int64 // all other characters, Chinese above all
}

// Characters is the length of the text.
func (t Text) Characters() int64 { return t.Narrow + t.Wide }

// ReplyText counts the text in the choices of a reply that was not streamed.
func ReplyText(b []byte) (t Text) {
	var buf [16]Field
	if o, err := Scan(b, buf[:0]); err == nil {
		if v := o.Value("choices"); v != nil {
			t.addStrings(v)
		}
	}
	return t
}

// addStrings counts the characters of the strings inside a JSON value that
// are values, not names: the content, reasoning and arguments of a delta, but
// not its role, ids and types.
func (t *Text) addStrings(v []byte) {
	var name []byte
	for i := 0; i < len(v); {
		if v[i] != '"' {
			i++
			continue
		}
		end, err := skipString(v, i)
		if err != nil {
			return
		}
		s := v[i+1 : end-1]
		i = end
		if j := space(v, end); j < len(v) && v[j] == ':' {
			name = s
			continue
		}
		if n := string(name); n != "role" && n != "id" && n != "type" {
			t.add(s)
		}
	}
}

// add counts the characters of a JSON string's inside; an escape is one
// narrow character, \uXXXX a wide one.
func (t *Text) add(s []byte) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			if s[i] == 'u' {
				t.Wide++
				i += 4
			} else {
				t.Narrow++
			}
		case c < 0x80:
			t.Narrow++
		case c >= 0xC0: // a lead byte
			t.Wide++
		}
	}
}

// Ratios learns, per model, how many characters of a reply and how many bytes
// of a prompt make a token, from replies whose usage the vendor sent. It is
// used to count what a client received before it left. The zero value is
// ready; methods may be called from any goroutine.
type Ratios struct {
	models sync.Map // name → *ratio
}

type ratio struct {
	mu            sync.Mutex
	chars, tokens float64 // decayed sums
	bytes, input  float64
}

// decay halves the weight of a reply about every 45 later ones.
const decay = 0.985

// Learn takes in one finished stream.
func (r *Ratios) Learn(model string, promptBytes, input, chars, output int64) {
	v, ok := r.models.Load(model)
	if !ok {
		v, _ = r.models.LoadOrStore(model, &ratio{})
	}
	m := v.(*ratio)
	m.mu.Lock()
	defer m.mu.Unlock()
	if chars > 0 && output > 0 {
		m.chars, m.tokens = m.chars*decay+float64(chars), m.tokens*decay+float64(output)
	}
	if promptBytes > 0 && input > 0 {
		m.bytes, m.input = m.bytes*decay+float64(promptBytes), m.input*decay+float64(input)
	}
}

// Output estimates the tokens of a text that came in frames. Of a model that
// has finished no reply yet it takes 4 narrow or 1.5 wide characters for a
// token, or, where frames are that small, one frame: then each frame is a
// token. Text is never free: at least 1.
func (r *Ratios) Output(model string, t Text, frames int64) int64 {
	chars := t.Characters()
	if chars == 0 {
		return 0
	}
	if v, ok := r.models.Load(model); ok {
		m := v.(*ratio)
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.chars > 0 {
			return max(1, int64(float64(chars)*m.tokens/m.chars+0.5))
		}
	}
	guess := float64(t.Narrow)/4 + float64(t.Wide)/1.5
	if frames > 0 && guess <= 2*float64(frames) && chars >= frames {
		return frames
	}
	return max(1, int64(guess+0.5))
}

// Input estimates the tokens of a prompt: at least 1, and by 4 bytes a token
// (about 1.5 Chinese characters) where nothing is learnt.
func (r *Ratios) Input(model string, promptBytes, messages int64) int64 {
	if v, ok := r.models.Load(model); ok {
		m := v.(*ratio)
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.bytes > 0 {
			return max(1, int64(float64(promptBytes)*m.input/m.bytes+0.5))
		}
	}
	return max(1, promptBytes/4+4*messages)
}
