// Package space holds named embedding spaces: who made the vectors, with what
// model, revision and prefixes, and how to tell that it is still the same.
//
// A vector belongs to a space and to the bytes it was made of, so that equal
// passages are embedded once, in whatever base or version they stand. A base
// has one alias at a time, which says what space its searches use and how
// vectors join the lexical score; an alias is replaced whole, and holds the one
// before for the way back. So a space is built in the shadow, compared, and
// taken in one step, and no search sees two.
//
// It makes no vectors (package static and endpoints do) and ranks nothing
// (package knowledge does).
package space

import (
	"context"
	"encoding/binary"
	"math"
	"reflect"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
)

// Space describes where vectors come from. Everything but Data is in its ID.
type Space struct {
	ID       string
	Provider string // "static" or the endpoint's base URL
	Model    string
	Revision string
	Dim      int
	Query    string // put before a question
	Passage  string // put before a passage
	Probe    string // checksum of the vectors of fixed texts: the endpoint still serves this model
	Data     []byte // what a provider needs to embed again; the static model
}

// Kind is the kind of a space's address.
const Kind lineage.Kind = "spc"

// Named returns s with its ID: the content address of what it says.
func (s Space) Named() Space {
	dim := binary.AppendUvarint(nil, uint64(s.Dim))
	s.ID = lineage.NewID(Kind, s.Provider, s.Model, s.Revision, string(dim), s.Query, s.Passage, s.Probe, lineage.Hash(s.Data))
	return s
}

// Key names what a vector was made of: the first 16 bytes of the SHA-256 of
// the text, prefix left out.
type Key [16]byte

// Vector is a vector as it is kept, see Pack.
type Vector struct {
	Key  Key
	Data []byte
}

// Doc says which vectors a document version's chunks have, in their order.
type Doc struct {
	Version string
	Keys    []Key
}

// How vectors join the lexical ranking.
const (
	Linear   = "linear"   // score + λ·(best score)·cos
	Coverage = "coverage" // score/(score of a full match) + λ·(cos between the mean and the best)
	RRF      = "rrf"      // 1/(60+rank) of both lists; for rankers of similar strength
)

// Fusion says how the vectors of an alias join the lexical score, and what
// the fields of that weigh: 0 leaves a field's weight to the base, below 0 is
// none.
type Fusion struct {
	Kind    string  `json:"kind,omitempty"`
	Lambda  float64 `json:"lambda,omitempty"`
	Heading float64 `json:"heading,omitempty"`
	Section float64 `json:"section,omitempty"`
	Title   float64 `json:"title,omitempty"`
	// Sources weigh documents: a score is multiplied by 1 + the weight of its
	// source ("law") or, where that is named, of its first folder ("law/codes").
	Sources map[string]float64 `json:"sources,omitempty"`
	// Chance is how far the nearest passage stands out for a question that nothing
	// answers; 0 leaves nearness out of the evidence.
	Chance float64 `json:"chance,omitempty"`
	// Ranker is the id of what golden questions taught; "" is none.
	Ranker string `json:"ranker,omitempty"`
}

// Use is a space in use with its fusion; no space means words alone.
type Use struct {
	Space  string `json:"space"`
	Fusion Fusion `json:"fusion"`
}

// Same reports whether two uses rank alike.
func (u Use) Same(o Use) bool { return reflect.DeepEqual(u, o) }

// Ranker is what was learnt from golden questions, opaque to a store.
type Ranker struct {
	ID      string // content address of base, version and data
	Base    string
	Version string // digest of the base that it was fitted on
	Data    []byte
}

// RankerKind is the kind of a ranker's address.
const RankerKind lineage.Kind = "rnk"

// Named returns r with its ID.
func (r Ranker) Named() Ranker {
	r.ID = lineage.NewID(RankerKind, r.Base, r.Version, string(r.Data))
	return r
}

// Alias is what a base's searches use now, and what they used before.
type Alias struct {
	Generation int64 // rises by one with every flip; 0: never flipped
	Now        Use
	Before     Use
}

// Store keeps spaces. All methods may be called from any goroutine.
type Store interface {
	// Put stores a space; one that is there already stays as it is.
	Put(ctx context.Context, s Space) error
	// Get returns a space with its data; errs.NotFound without one.
	Get(ctx context.Context, id string) (Space, error)
	// Add stores vectors and which versions of a base have them, all of it or
	// nothing; what is there already stays.
	Add(ctx context.Context, base, id string, vectors []Vector, docs []Doc) error
	// Docs calls fn for every version of a base that has vectors, by id.
	Docs(ctx context.Context, base, id string, fn func(Doc) error) error
	// Vectors calls fn for every vector of a space, by key.
	Vectors(ctx context.Context, id string, fn func(Vector) error) error
	// VectorsOf calls fn for those vectors of a space that have one of these
	// keys, in any order; keys without a vector are left out.
	VectorsOf(ctx context.Context, id string, keys []Key, fn func(Vector) error) error
	// PutRanker keeps a ranker; one that is there already stays as it is.
	PutRanker(ctx context.Context, r Ranker) error
	// Ranker returns a ranker; errs.NotFound without one.
	Ranker(ctx context.Context, id string) (Ranker, error)
	// Alias returns a base's alias; the zero value without one.
	Alias(ctx context.Context, base string) (Alias, error)
	// Flip replaces an alias of generation a.Generation, and returns the new
	// one; errs.Conflict, nothing written, when it is of another.
	Flip(ctx context.Context, base string, a Alias) (Alias, error)
}

// KeyOf is the key of a text.
func KeyOf(text string) (k Key) {
	copy(k[:], sum(text))
	return k
}

// Pack keeps a vector as 32-bit floats, or as a scale and 8-bit integers: a
// quarter of the space at an error below .5 % of the largest value.
func Pack(v []float32, small bool) []byte {
	if !small {
		b := make([]byte, 0, 4*len(v))
		for _, x := range v {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
		return b
	}
	most := float32(0)
	for _, x := range v {
		most = max(most, x, -x)
	}
	b := binary.LittleEndian.AppendUint32(make([]byte, 0, 4+len(v)), math.Float32bits(most/127))
	for _, x := range v {
		q := 0.
		if most > 0 {
			q = math.Round(float64(x / most * 127))
		}
		b = append(b, byte(int8(q)))
	}
	return b
}

// Unpack reads a packed vector into to, whose length is the space's dimension.
func Unpack(b []byte, to []float32) error {
	switch len(b) {
	case 4 * len(to):
		for i := range to {
			to[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
	case 4 + len(to):
		scale := math.Float32frombits(binary.LittleEndian.Uint32(b))
		for i := range to {
			to[i] = float32(int8(b[4+i])) * scale
		}
	default:
		return badSize(b, len(to))
	}
	return nil
}

// Small reads the integers of a vector that was packed small, and their scale.
func Small(b []byte, to []int8) (scale float32, err error) {
	if len(b) != 4+len(to) {
		return 0, badSize(b, len(to))
	}
	for i := range to {
		to[i] = int8(b[4+i])
	}
	return math.Float32frombits(binary.LittleEndian.Uint32(b)), nil
}

// Dot8 is the product of two vectors of integers.
func Dot8(row []int8, q []int16) (sum int32) {
	for i, x := range row {
		sum += int32(x) * int32(q[i])
	}
	return sum
}

func badSize(b []byte, dim int) error {
	return errs.Internal("a vector of %d bytes does not have %d dimensions; delete the space and run luodi up", len(b), dim)
}

// Unit brings a vector to length 1; zeros stay.
func Unit(v []float32) {
	sum := 0.
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return
	}
	f := float32(1 / math.Sqrt(sum))
	for i := range v {
		v[i] *= f
	}
}
