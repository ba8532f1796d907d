package knowledge

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/chunk"
	"github.com/luodi/luodi/internal/knowledge/index"
	"github.com/luodi/luodi/internal/knowledge/token"
	"github.com/luodi/luodi/internal/lineage"
)

// pending is what the next flush writes.
type pending struct {
	index    index.Builder
	docs     []index.Doc
	labels   []uint64
	versions []Version
	texts    []Text
	states   map[string]State
	moved    map[string]int64
	readers  map[string][]string
	drop     []int64
	bytes    int
	edges    []lineage.Edge
}

// versionKind is the kind of version ids.
const versionKind lineage.Kind = "ver"

// add takes in one document.
func (b *build) add(ctx context.Context, d Document) error {
	if !utf8.ValidString(d.Text) {
		return errs.Invalid("the text is not UTF-8; clean it first")
	}
	if d.Address == "" || d.ID == "" {
		return errs.Invalid("a document needs an id and an address")
	}
	k := key(d.Source, d.Address)
	if b.seen[k] {
		return errs.Invalid("two documents of source %q have this address; give rows an id column, or sources different roots", d.Source)
	}
	b.seen[k] = true
	d.Readers = principals(d.Readers)
	sum := lineage.Hash([]byte(d.Text))
	id := lineage.NewID(versionKind, d.ID, d.Source, d.Department, d.Address, d.Title, d.Format, sum)
	old, had := b.live[k]
	if had && old.ID == id {
		b.report.Unchanged++
		if !slices.Equal(principals(old.Readers), d.Readers) {
			b.relabel(old, d.Readers)
		}
		return nil
	}
	prev, err := b.former(ctx, old, had)
	if err != nil {
		return err
	}
	o := chunk.Split(d.Address, d.Text, chunk.Limits{}, prev)
	v := Version{ID: id, Document: d.ID, Address: d.Address, Title: titleOf(d, o), Source: d.Source, Department: d.Department, Format: d.Format,
		Readers: d.Readers, Size: len(d.Text), SHA256: sum, Order: b.settings.NextOrder, State: Live, Outline: o.Encode()}
	family, day := familyOf(d.Source, d.Address, d.Text)
	v.Effective = day
	b.settings.NextOrder++
	b.settings.Drifted++
	if had {
		b.report.Changed++
		b.mark(old, 0)
		b.state(old.ID, Superseded)
	} else {
		b.report.Added++
	}
	if err := b.store(v, d.Text); err != nil {
		return err
	}
	b.countNew(o, prev, d.ID)
	b.live[k] = b.indexed(v, d.Text, o, family)
	return b.flushIfFull(ctx)
}

// former loads the version that a document replaces.
func (b *build) former(ctx context.Context, old Version, had bool) (*chunk.Previous, error) {
	if !had {
		return nil, nil
	}
	vs, err := b.config.Store.Versions(ctx, b.config.Base, []string{old.ID})
	if err != nil || len(vs) == 0 {
		return nil, err
	}
	o, err := chunk.Decode(vs[0].Outline)
	if err != nil {
		return nil, err
	}
	text, err := readText(ctx, b.config.Store, nil, b.config.Base, old.ID, 0, old.Size)
	if err != nil {
		return nil, err
	}
	return &chunk.Previous{Text: text, Outline: o}, nil
}

// store queues the version; one that was in the base before comes back to life.
func (b *build) store(v Version, text string) error {
	if _, ok := b.known[v.ID]; ok {
		b.state(v.ID, Live)
		b.known[v.ID] = Live
		if b.pending.readers == nil {
			b.pending.readers = map[string][]string{}
		}
		b.pending.readers[v.ID] = v.Readers
		return nil
	}
	ts, err := packText(v.ID, text)
	if err != nil {
		return fmt.Errorf("packing the text: %w", err)
	}
	b.known[v.ID] = Live
	b.pending.versions = append(b.pending.versions, v)
	b.pending.texts = append(b.pending.texts, ts...)
	return nil
}

func (b *build) state(version string, s State) {
	if b.pending.states == nil {
		b.pending.states = map[string]State{}
	}
	b.pending.states[version] = s
}

// relabel changes who may read a version.
func (b *build) relabel(v Version, readers []string) {
	if b.pending.readers == nil {
		b.pending.readers = map[string][]string{}
	}
	b.pending.readers[v.ID] = readers
	b.mark(v, b.settings.label(readers))
	v.Readers = readers
	b.live[key(v.Source, v.Address)] = v
}

// indexed puts a version into the segment under construction.
func (b *build) indexed(v Version, text string, o chunk.Outline, family uint64) Version {
	doc := index.Doc{Version: v.ID, Source: v.Source, Folder: folderOf(v.Address), Family: family, Effective: v.Effective, Order: v.Order, Chunks: len(o.Chunks),
		Names: namesOf(v.Title, v.Address), Refs: refsOf(text)}
	in := index.Input{Doc: doc, Title: v.Title}
	last, heading := -1, ""
	for _, c := range o.Chunks {
		if c.Head != last {
			heading, last = headingText(o.Path(c.Span), v.Title), c.Head
		}
		in.Chunks = append(in.Chunks, index.InputChunk{Start: c.Start, End: c.End, Lead: text[c.Lead.Start:c.Lead.End], Body: text[c.Start:c.End],
			Heading: heading, Parent: c.Parent, Section: c.Section, Head: c.Head})
	}
	p := &b.pending
	p.index.Add(in)
	p.docs = append(p.docs, doc)
	p.labels = append(p.labels, b.settings.label(v.Readers))
	p.bytes += len(text)
	v.Segment, v.Outline = b.settings.NextSeg, nil
	if p.moved == nil {
		p.moved = map[string]int64{}
	}
	p.moved[v.ID] = v.Segment
	return v
}

// headingText joins a heading path without a first heading that only repeats
// the title, which is a field of its own.
func headingText(path []string, title string) string {
	if len(path) > 0 && token.FoldString(path[0]) == token.FoldString(title) {
		path = path[1:]
	}
	return strings.Join(path, "\n")
}

// titleOf is the document's title, else its first heading, else its file's
// name.
func titleOf(d Document, o chunk.Outline) string {
	if t := strings.TrimSpace(d.Title); t != "" {
		return t
	}
	if len(o.Marks) > 0 && o.Marks[0].Level == 1 {
		return o.Marks[0].Text
	}
	name, _, _ := strings.Cut(d.Address, "#")
	name = path.Base(name)
	return strings.TrimSuffix(name, path.Ext(name))
}

// countNew counts chunk ids that the former version lacks, and notes edges.
func (b *build) countNew(o chunk.Outline, prev *chunk.Previous, record string) {
	had := map[string]bool{}
	if prev != nil {
		for _, c := range prev.Outline.Chunks {
			had[c.ID] = true
		}
	}
	for _, c := range o.Chunks {
		if !had[c.ID] {
			b.report.NewChunks++
		}
		if b.config.Lineage != nil {
			b.pending.edges = append(b.pending.edges, lineage.Edge{From: record, To: c.ID, Step: "chunk"})
		}
	}
}

func (b *build) flushIfFull(ctx context.Context) error {
	if b.pending.index.Chunks() >= segmentChunks || b.pending.bytes >= segmentBytes {
		return b.flush(ctx)
	}
	return nil
}

// flush commits what is pending as one segment.
func (b *build) flush(ctx context.Context) error {
	p := &b.pending
	c := Change{Versions: p.versions, Texts: p.texts, States: p.states, Readers: p.readers, Moved: p.moved, Drop: p.drop}
	if len(p.docs) > 0 {
		id := b.settings.NextSeg
		b.settings.NextSeg++
		s := Segment{ID: id, Chunks: p.index.Chunks(), Access: packAccess(p.labels)}
		s.Meta, s.Pages = p.index.Finish()
		c.Segments = []Segment{s}
		o := &openSegment{docs: p.docs, labels: p.labels, at: map[string]int{}}
		for i, d := range p.docs {
			o.at[d.Version] = i
		}
		defer func() { b.segments[id] = o }()
		for i := range c.Versions {
			c.Versions[i].Segment = id
			delete(c.Moved, c.Versions[i].ID)
		}
	}
	for _, id := range p.drop {
		delete(b.segments, id)
	}
	if b.config.Lineage != nil && len(p.edges) > 0 {
		if err := b.config.Lineage.Link(ctx, p.edges); err != nil {
			return fmt.Errorf("linking chunks to records: %w", err)
		}
	}
	b.pending = pending{}
	return b.commit(ctx, c)
}

// removeUnseen takes documents out of the base that this build did not see.
func (b *build) removeUnseen(ctx context.Context) error {
	for _, k := range slices.Sorted(maps.Keys(b.live)) {
		if !b.seen[k] {
			v := b.live[k]
			b.mark(v, 0)
			b.state(v.ID, Removed)
			delete(b.live, k)
			b.report.Removed++
			b.settings.Drifted++
		}
	}
	if len(b.pending.states) == 0 {
		return nil
	}
	return b.flush(ctx)
}
