package clean

import (
	"math"
	"math/bits"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Measure is a number that says something about a text's quality. It decides
// nothing: a plan's policy may. Of is pure.
type Measure struct {
	Name    string
	Version int
	Of      func(p *profile) float64
}

// measures are taken of every text. Repetition counts shares of windows that
// occur more than once, as in Data-Juicer and the Gopher rules (Rae et al.
// 2021, A1.1), on the first 16 KiB.
var measures = []Measure{
	{"characters", 1, func(p *profile) float64 { return float64(p.characters) }},
	{"han_ratio", 1, func(p *profile) float64 { return share(p.han, p.visible) }},
	{"symbol_ratio", 1, func(p *profile) float64 { return share(p.symbols, p.visible) }},
	{"character_repetition", 1, func(p *profile) float64 { return p.characterRepetition }},
	{"word_repetition", 1, func(p *profile) float64 { return p.wordRepetition }},
	{"gibberish", 1, func(p *profile) float64 { return p.gibberish }},
	{"lossy", 1, func(p *profile) float64 { return float64(p.lossy) }},
}

// MeasureNames are the names of the measures, in the order they are taken.
func MeasureNames() []string {
	names := make([]string, len(measures))
	for i, m := range measures {
		names[i] = m.Name
	}
	return names
}

// profile is what one walk over a text counts.
type profile struct {
	characters, visible, han, letters, symbols, lossy int
	characterRepetition, wordRepetition, gibberish    float64
}

const (
	profiled   = 16 << 10 // bytes of a text that repetition and gibberish look at
	charWindow = 10
	wordWindow = 5
)

// measured takes all measures of a text with its spans.
func measured(text string, spans []Span) map[string]float64 {
	p := profileOf(text)
	for _, s := range spans {
		if s.Kind == SpanLossy {
			p.lossy++
		}
	}
	out := make(map[string]float64, len(measures))
	for _, m := range measures {
		out[m.Name] = math.Round(m.Of(&p)*1e4) / 1e4
	}
	return out
}

func profileOf(text string) (p profile) {
	keep := scratches.Get().(*scratch)
	defer scratches.Put(keep)
	chars, words := &keep.chars, &keep.words
	chars.reset(charWindow)
	words.reset(wordWindow)
	bigrams, odd := 0, 0 // pairs of Latin letters, and of them those that no language writes
	var last rune
	word := uint64(0)
	for i, r := range text {
		p.characters++
		near := i < profiled
		if near {
			chars.add(uint64(r))
		}
		class := kindOf(r)
		switch class {
		case kindSpace:
		case kindHan:
			p.visible++
			p.han++
			p.letters++
		case kindLetter, kindDigit:
			p.visible++
			p.letters++
		default:
			p.visible++
			p.symbols++
		}
		if near {
			if class == kindLetter || class == kindDigit {
				word = (word ^ uint64(r)) * 0x9E3779B97F4A7C15
			} else if word != 0 {
				words.add(word)
				word = 0
			}
			if class == kindHan {
				words.add(uint64(r))
			}
			if lower := r | 0x20; class == kindLetter && lower >= 'a' && lower <= 'z' {
				if last != 0 {
					bigrams++
					if !usual(last, lower) {
						odd++
					}
				}
				last = lower
			} else {
				last = 0
			}
		}
	}
	if word != 0 {
		words.add(word)
	}
	p.characterRepetition, p.wordRepetition = keep.repeated(chars), keep.repeated(words)
	p.gibberish = max(share(odd, max(bigrams, 20)), strange(text[:min(len(text), profiled)]))
	return p
}

// strange is the share of a text that is private use, unassigned or replaced
// characters, or symbols in long runs.
func strange(text string) float64 {
	n, bad, run := 0, 0, 0
	for _, r := range text {
		if unicode.IsSpace(r) {
			continue
		}
		n++
		switch {
		case r == utf8.RuneError, r >= 0xE000 && r <= 0xF8FF, r >= 0xF0000, r < 0x20:
			bad++
		case kindOf(r) == kindSymbol && r != '-' && r != '=' && r != '*' && r != '_' && r != '.' && r != '|' && r != '…' && r != '—' && r != '─':
			if run++; run > 4 {
				bad++
			}
			continue
		}
		run = 0
	}
	return share(bad, max(n, 5))
}

type kind uint8

const (
	kindSymbol kind = iota
	kindSpace
	kindLetter
	kindDigit
	kindHan
)

func kindOf(r rune) kind {
	switch {
	case r < utf8.RuneSelf:
		switch {
		case r|0x20 >= 'a' && r|0x20 <= 'z':
			return kindLetter
		case r >= '0' && r <= '9':
			return kindDigit
		case r <= ' ':
			return kindSpace
		}
		return kindSymbol
	case ideograph(r):
		return kindHan
	case r > 0x3000 && r <= 0x303F && r != '々' && r != '〇', r >= 0xFF01 && r <= 0xFF0F, r >= 0xFF1A && r <= 0xFF20:
		return kindSymbol
	case unicode.IsSpace(r):
		return kindSpace
	case unicode.IsLetter(r), unicode.Is(unicode.Mn, r), unicode.Is(unicode.Mc, r):
		return kindLetter
	case unicode.IsDigit(r):
		return kindDigit
	}
	return kindSymbol
}

func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// window hashes the last size things, rolling, and counts the windows that are
// there more than once.
type window struct {
	size   int
	ring   [charWindow]uint64
	at, n  int
	hash   uint64 // sum of v * rollBase^k over the window
	leaves uint64 // rollBase^size
	hashes []uint64
}

const rollBase = 0x9E3779B97F4A7C15

func (w *window) reset(size int) {
	*w = window{size: size, leaves: 1, hashes: w.hashes[:0]}
	for range size {
		w.leaves *= rollBase
	}
}

func (w *window) add(v uint64) {
	w.hash = w.hash*rollBase + v - w.ring[w.at]*w.leaves
	w.ring[w.at] = v
	if w.at++; w.at == w.size {
		w.at = 0
	}
	if w.n++; w.n >= w.size {
		w.hashes = append(w.hashes, w.hash|1) // never 0
	}
}

// scratch is what a profile needs beside its numbers, kept for the next one:
// profiles are taken of every text.
type scratch struct {
	chars, words window
	seen         []uint64
	counts       []int32
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// repeated is the share of windows that are there more than once, counted in a
// table of open addresses.
func (s *scratch) repeated(w *window) float64 {
	size := 1 << bits.Len(uint(2*len(w.hashes)))
	if cap(s.seen) < size {
		s.seen, s.counts = make([]uint64, size), make([]int32, size)
	}
	seen, counts := s.seen[:size], s.counts[:size]
	clear(seen)
	clear(counts)
	more := 0
	for _, h := range w.hashes {
		at := int(h>>32) & (size - 1)
		for seen[at] != 0 && seen[at] != h {
			at = (at + 1) & (size - 1)
		}
		seen[at] = h
		if counts[at]++; counts[at] == 2 {
			more += 2
		} else if counts[at] > 2 {
			more++
		}
	}
	return share(more, len(w.hashes))
}

// rare are pairs of letters that stand in next to no English, German, French
// or Pinyin word; random keys hit them all the time.
const rare = "bq bx bz cb cf cg cj cm cp cv cw cx dx fb fc fd fg fh fj fk fm fn fp fq fv fw fx fz gc gj gk gp gq gv gx hj hk hq hv hx hz jb jc jd jf jg jh jj jk jl jm jn jp jq jr js jt jv jw jx jy jz kc kg kj kp kq kv kx kz lq lx mg mj mk mq mv mw mx mz pg pj pk pq pv px pz qb qc qd qe qf qg qh qj qk ql qm qn qo qp qr qs qt qv qw qx qy qz sj sx sz tj tq tx vb vc vd vf vg vh vj vk vl vm vn vp vq vr vs vt vv vw vx vz wc wf wg wj wk wm wp wq wt wv wx wz xb xd xg xj xk xl xm xn xq xr xs xv xw xz yj yq yv yx zb zc zd zf zg zj zk zm zn zp zq zr zs zt zv zw zx hf hg hd gf kf kd fs"

var rarePairs = func() (t [26][26]bool) {
	for i := 0; i+1 < len(rare); i += 3 {
		t[rare[i]-'a'][rare[i+1]-'a'] = true
	}
	return t
}()

func usual(a, b rune) bool { return !rarePairs[a-'a'][b-'a'] }
