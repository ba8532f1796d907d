package source

import (
	"context"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
)

// Parse reads one file in memory with extra readers and the built-in ones, as
// Ingest would, and keeps nothing: for commands that work on a file given by
// hand. The records have ids as if the file were a source of its own name.
func Parse(extra []Reader, name string, raw []byte, c Columns) ([]Record, error) {
	reader, known := readerFor(extra, name)
	if reader == nil {
		return nil, errs.Invalid("reading %s: %s", name, unreadable(name, known))
	}
	f := File{Source: name, Path: name, Hash: lineage.Hash(raw), Format: reader.Format(), Columns: c}
	var out []Record
	ids := namer{}
	_, err := ReadWith(context.Background(), reader, Input{Path: name, Raw: raw, Columns: c}, func(row Row) error {
		r := f.record(row)
		ids.name(&r)
		out = append(out, r)
		return nil
	})
	if err != nil {
		return nil, errs.Invalid("reading %s: %s", name, reason(err))
	}
	return out, nil
}

// namer gives the records of one file their ids and ordinals, in order.
type namer struct {
	nth map[string]int
	n   int
}

func (n *namer) name(r *Record) {
	if n.nth == nil {
		n.nth = map[string]int{}
	}
	content := r.content()
	n.nth[content]++
	r.ID = recordID(r.Source, r.Path, content, n.nth[content])
	r.Ordinal = n.n
	n.n++
}
