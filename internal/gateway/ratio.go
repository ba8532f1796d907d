package gateway

import "sync"

// perMessage is about what the frame of a message costs beside its text.
const perMessage = 4

// guess counts a token for 4 narrow or 1.5 wide characters.
func (t Text) guess() float64 { return float64(t.Narrow)/4 + float64(t.Wide)/1.5 }

// Ratios learns, per model, how far the letters of a reply and the bytes of a
// prompt are from its tokens, from replies whose usage the vendor sent. It is
// used to count what a client received before it left. The zero value is
// ready; methods may be called from any goroutine.
type Ratios struct {
	models sync.Map // name → *ratio
}

// Ratio is what was learnt of a model: decayed sums, to be kept over a restart.
type Ratio struct {
	Guessed float64 `json:"guessed"` // tokens of replies by their letters, see Text.guess
	Output  float64 `json:"output"`  // what the vendor counted
	Bytes   float64 `json:"bytes"`   // of prompts
	Input   float64 `json:"input"`   // their tokens, without those of the messages' frames
}

type ratio struct {
	mu sync.Mutex
	Ratio
}

// decay halves the weight of a reply about every 45 later ones.
const decay = 0.985

// Learn takes in one finished reply. Counts that are not known are 0.
func (r *Ratios) Learn(model string, promptBytes, messages, input int64, reply Text, output int64) {
	v, ok := r.models.Load(model)
	if !ok {
		v, _ = r.models.LoadOrStore(model, &ratio{})
	}
	m := v.(*ratio)
	m.mu.Lock()
	defer m.mu.Unlock()
	if g := reply.guess(); g > 0 && output > 0 {
		m.Guessed, m.Output = m.Guessed*decay+g, m.Output*decay+float64(output)
	}
	if text := max(input-perMessage*messages, (input+1)/2); promptBytes > 0 && text > 0 {
		m.Bytes, m.Input = m.Bytes*decay+float64(promptBytes), m.Input*decay+float64(text)
	}
}

// Knows reports whether a reply of the model was learnt from.
func (r *Ratios) Knows(model string) bool {
	return r.of(model).Guessed > 0
}

func (r *Ratios) of(model string) Ratio {
	v, ok := r.models.Load(model)
	if !ok {
		return Ratio{}
	}
	m := v.(*ratio)
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.Ratio
}

// All is what was learnt so far, by model.
func (r *Ratios) All() map[string]Ratio {
	out := map[string]Ratio{}
	r.models.Range(func(k, _ any) bool {
		out[k.(string)] = r.of(k.(string))
		return true
	})
	return out
}

// Recall takes in what another process learnt, for models of which nothing is
// known here. A ratio that no tokenizer has is left out.
func (r *Ratios) Recall(learnt map[string]Ratio) {
	for model, l := range learnt {
		if !sane(l.Guessed, l.Output) {
			l.Guessed, l.Output = 0, 0
		}
		if !sane(l.Bytes, l.Input) {
			l.Bytes, l.Input = 0, 0
		}
		r.models.LoadOrStore(model, &ratio{Ratio: l})
	}
}

// sane: a token has between a tenth of a character and a thousand.
func sane(size, tokens float64) bool {
	return size > 0 && tokens > 0 && tokens <= 10*size && size <= 1000*tokens
}

// Output estimates the tokens of a text that came in frames. Of a model that
// has finished no reply yet it takes 4 narrow or 1.5 wide characters for a
// token, or, where frames are that small, one frame: then each frame is a
// token. Text is never free: at least 1.
func (r *Ratios) Output(model string, t Text, frames int64) int64 {
	guess := t.guess()
	if guess == 0 {
		return 0
	}
	if m := r.of(model); m.Guessed > 0 {
		return max(1, int64(guess*m.Output/m.Guessed+0.5))
	}
	if frames > 0 && guess <= 2*float64(frames) && t.Characters() >= frames {
		return frames
	}
	return max(1, int64(guess+0.5))
}

// Input estimates the tokens of a prompt: 4 for each message and, where nothing
// is learnt, one for 4 bytes of text (about 1.5 Chinese characters).
func (r *Ratios) Input(model string, promptBytes, messages int64) int64 {
	text := float64(promptBytes) / 4
	if m := r.of(model); m.Bytes > 0 {
		text = float64(promptBytes) * m.Input / m.Bytes
	}
	return max(1, perMessage*messages+int64(text+0.5))
}
