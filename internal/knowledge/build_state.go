package knowledge

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/index"
)

// A segment is closed at this many chunks or bytes of text, whichever comes
// first: it bounds what a build holds in memory and what a kill can lose.
const (
	segmentChunks = 8 << 10
	segmentBytes  = 8 << 20
)

// build is the state of one Build.
type build struct {
	config     Config
	generation int64
	settings   settings
	stored     []byte // settings as last committed

	live  map[string]Version // by source and address, outlines left out
	known map[string]State   // every version id in the store
	seen  map[string]bool    // source and address of this build's documents

	segments map[int64]*openSegment
	pending  pending
	report   Report
}

// openSegment is what a build knows of a stored segment.
type openSegment struct {
	docs   []index.Doc
	labels []uint64
	at     map[string]int // version id → document number
	dirty  bool
}

func (s *openSegment) liveChunks() int {
	n := 0
	for i, d := range s.docs {
		if s.labels[i] > 0 {
			n += d.Chunks
		}
	}
	return n
}

func key(source, address string) string { return source + "\x00" + address }

func startBuild(ctx context.Context, c Config) (*build, error) {
	b := &build{config: c, live: map[string]Version{}, known: map[string]State{}, seen: map[string]bool{}, segments: map[int64]*openSegment{}}
	h, err := c.Store.Header(ctx, c.Base)
	switch {
	case errs.Is(err, errs.CodeNotFound):
		b.settings = settings{Code: CodeVersion, NextOrder: 1, NextSeg: 1}
		b.settings.Readers = principals(c.Readers)
		return b, nil
	case err != nil:
		return nil, err
	}
	if b.settings, err = parseSettings(h); err != nil {
		return nil, err
	}
	b.generation, b.stored = h.Generation, h.Settings
	b.settings.Readers = principals(c.Readers)
	segs, err := c.Store.Segments(ctx, c.Base)
	if err != nil {
		return nil, err
	}
	stale := b.settings.Code != CodeVersion
	b.settings.Code = CodeVersion
	for _, s := range segs {
		if stale { // indexed by another version of this code: anew, and these dropped
			b.pending.drop = append(b.pending.drop, s.ID)
			continue
		}
		if err := b.open(s); err != nil {
			return nil, err
		}
	}
	err = c.Store.EachVersion(ctx, c.Base, "", func(v Version) error {
		b.known[v.ID] = v.State
		if v.State == Live {
			b.live[key(v.Source, v.Address)] = v
		}
		return nil
	})
	return b, err
}

func (b *build) open(s Segment) error {
	parsed, err := index.Parse(s.ID, s.Meta)
	if err != nil {
		return err
	}
	labels, err := parseAccess(s.Access, len(parsed.Docs))
	if err != nil {
		return err
	}
	o := &openSegment{docs: parsed.Docs, labels: labels, at: map[string]int{}}
	for i, d := range parsed.Docs {
		o.at[d.Version] = i
	}
	b.segments[s.ID] = o
	return nil
}

// mark sets the access label of a version where it is indexed; 0 deletes it.
func (b *build) mark(v Version, label uint64) {
	s := b.segments[v.Segment]
	if s == nil {
		return
	}
	if i, ok := s.at[v.ID]; ok && s.labels[i] != label {
		s.labels[i], s.dirty = label, true
	}
}

// commit writes a change together with the settings and access labels that
// changed; a change of nothing is not written.
func (b *build) commit(ctx context.Context, c Change) error {
	c.Expect = b.generation
	if set := b.settings.encode(); !bytes.Equal(set, b.stored) {
		c.Settings = set
	}
	c.Access = map[int64][]byte{}
	for id, s := range b.segments {
		if s.dirty {
			c.Access[id] = packAccess(s.labels)
		}
	}
	if c.Settings == nil && len(c.Access)+len(c.Versions)+len(c.States)+len(c.Moved)+len(c.Readers)+len(c.Segments)+len(c.Drop) == 0 {
		return nil
	}
	gen, err := b.config.Store.Commit(ctx, b.config.Base, c)
	if err != nil {
		return err
	}
	b.generation = gen
	if c.Settings != nil {
		b.stored = c.Settings
	}
	for _, s := range b.segments {
		s.dirty = false
	}
	return nil
}

// signature is what a digest says of the settings: not counters, nor what is
// derived.
func (s settings) signature() string {
	b, err := json.Marshal(struct {
		Code    string
		Readers []string
		Weights Weights
	}{s.Code, s.Readers, s.Weights})
	if err != nil {
		panic(err) // strings and numbers only
	}
	return string(b)
}
