package app

import (
	"context"
	"fmt"
	"iter"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/project"
)

// indexOutput is what indexing a knowledge base made.
type indexOutput struct {
	Digest    string `json:"digest"`
	Documents int    `json:"documents"`
	Chunks    int    `json:"chunks"`
	NewChunks int    `json:"new_chunks"`
}

// index brings a knowledge base to the cleaned documents of its sources.
func (r *run) index(ctx context.Context, k project.Knowledge) error {
	name := join(verbIndex, k.Name)
	inputs := []string{fmt.Sprint("index ", knowledge.CodeVersion), fmt.Sprintf("%+v", k)}
	for _, src := range k.Sources {
		var c cleanOutput
		if err := r.need(join(verbClean, src), &c); err != nil {
			return r.skip(name, err)
		}
		inputs = append(inputs, c.Digest)
	}
	alias, err := r.db.Space().Alias(ctx, k.Name)
	if err != nil {
		return err
	}
	if alias.Generation > 0 {
		inputs = append(inputs, fmt.Sprintf("%+v", alias.Now))
	}
	var out indexOutput
	return r.stage(ctx, name, inputs, &out, func(ctx context.Context) error {
		total := 0
		rep, err := knowledge.Build(ctx, knowledge.Config{
			Base: k.Name, Readers: k.Principals(), Store: r.db.Knowledge(), Now: r.now, Lineage: r.db.Lineage(),
			Progress: func(done int) { r.tell(Event{Stage: name, Done: done, Total: total}) },
		}, r.documents(ctx, k))
		if err != nil {
			return err
		}
		if err := r.spaces(ctx, k, rep.Chunks); err != nil {
			return err
		}
		digest, err := r.usedDigest(ctx, k.Name, rep.Digest)
		if err != nil {
			return err
		}
		out = indexOutput{Digest: digest, Documents: rep.Documents, Chunks: rep.Chunks, NewChunks: rep.NewChunks}
		return nil
	})
}

// documents are the kept, cleaned records of a base's sources.
func (r *run) documents(ctx context.Context, k project.Knowledge) iter.Seq2[knowledge.Document, error] {
	return func(yield func(knowledge.Document, error) bool) {
		for _, src := range k.Sources {
			stopped := fmt.Errorf("stopped")
			err := r.db.Clean().Each(ctx, src, func(c clean.Cleaned) error {
				if c.Dropped != "" || c.Text == "" {
					return nil
				}
				d := knowledge.Document{
					ID: c.RecordID, Address: c.Address, Title: c.Title, Text: c.Text,
					Source: c.Source, Department: c.Department, Format: c.Format,
				}
				if !yield(d, nil) {
					return stopped
				}
				return nil
			})
			if err == stopped {
				return
			}
			if err != nil {
				yield(knowledge.Document{}, err)
				return
			}
		}
	}
}
