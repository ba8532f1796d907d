package app

import (
	"context"
	"fmt"
	"iter"
	"runtime/debug"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/project"
)

// indexMemory is what the collector tries to keep the heap below while a base
// is indexed and a static space is learnt: it works more often rather than
// letting what is left over grow to as much again as is needed.
const indexMemory = 320 << 20

// indexOutput is what indexing a knowledge base made.
type indexOutput struct {
	Digest    string `json:"digest"`
	Documents int    `json:"documents"`
	Chunks    int    `json:"chunks"`
	NewChunks int    `json:"new_chunks"`
	// Space is the embedding space in use after the run, Asked what of it the
	// run was asked for: a space that the run itself made asks for no other.
	Space string `json:"space,omitempty"`
	Asked string `json:"asked,omitempty"`
}

// index brings a knowledge base to the cleaned documents of its sources.
func (r *run) index(ctx context.Context, k project.Knowledge) error {
	name := join(verbIndex, k.Name)
	asks := k
	asks.KeepQuestions = 0 // changes nothing of the index
	inputs := []string{fmt.Sprint("index ", knowledge.CodeVersion), fmt.Sprintf("%+v", asks)}
	for _, src := range k.Sources {
		var c cleanOutput
		if err := r.need(join(verbClean, src), &c); err != nil {
			return r.skip(name, err)
		}
		inputs = append(inputs, c.Digest)
		if s, _ := r.Project.Source(src); len(s.Readers) > 0 {
			inputs = append(inputs, fmt.Sprint(src, " is read by ", s.Readers))
		}
	}
	asked, err := r.spaceAsked(ctx, k.Name, name)
	if err != nil {
		return r.skip(name, err)
	}
	if asked != "" {
		inputs = append(inputs, asked)
	}
	if lost, err := r.unindexed(ctx, k.Name, name); err != nil {
		return r.skip(name, err)
	} else if lost {
		inputs = append(inputs, "its index is lost")
	}
	var out indexOutput
	return r.stage(ctx, name, inputs, &out, func(ctx context.Context) error {
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(indexMemory))
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
		used, err := r.spaceUsed(ctx, k.Name)
		out = indexOutput{
			Digest: digest, Documents: rep.Documents, Chunks: rep.Chunks, NewChunks: rep.NewChunks, Space: used, Asked: asked,
		}
		return err
	})
}

// unindexed tells that a base was indexed and its index is gone: it is derived, so
// somebody may have deleted it.
func (a *App) unindexed(ctx context.Context, base, stage string) (bool, error) {
	var last indexOutput
	if ok, err := a.output(ctx, stage, &last); err != nil || !ok || last.Chunks == 0 {
		return false, err
	}
	segments, err := a.db.Knowledge().Segments(ctx, base)
	return len(segments) == 0, err
}

// spaceUsed names the embedding space that a base uses now; "" for none.
func (a *App) spaceUsed(ctx context.Context, base string) (string, error) {
	alias, err := a.db.Space().Alias(ctx, base)
	if err != nil || alias.Generation == 0 {
		return "", err
	}
	return fmt.Sprintf("%+v", alias.Now), nil
}

// spaceAsked is what the index stage depends on of the space in use: what it
// was last, unless somebody has moved the base to another one since.
func (r *run) spaceAsked(ctx context.Context, base, stage string) (string, error) {
	used, err := r.spaceUsed(ctx, base)
	if err != nil {
		return "", err
	}
	var last indexOutput
	if _, err := r.output(ctx, stage, &last); err != nil {
		return "", err
	}
	if used == last.Space {
		return last.Asked, nil
	}
	return used, nil
}

// documents are the kept, cleaned records of a base's sources.
func (r *run) documents(ctx context.Context, k project.Knowledge) iter.Seq2[knowledge.Document, error] {
	return func(yield func(knowledge.Document, error) bool) {
		for _, src := range k.Sources {
			stopped := fmt.Errorf("stopped")
			s, _ := r.Project.Source(src)
			readers := s.Principals()
			err := r.db.Clean().Each(ctx, src, func(c clean.Cleaned) error {
				if c.Dropped != "" || c.Text == "" {
					return nil
				}
				d := knowledge.Document{
					ID: c.RecordID, Address: c.Address, Title: c.Title, Text: c.Text,
					Source: c.Source, Department: c.Department, Format: c.Format,
					Readers: readers,
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
