package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/chunk"
	"github.com/luodi/luodi/internal/lineage"
)

// located is a quote with its place in the department's own file.
type located struct {
	knowledge.Citation
	Check knowledge.Check `json:"check"` // ok | superseded | mismatch
	Raw   *clean.Location `json:"raw"`   // null where the plan in use makes a text without it
}

// located takes a quote from a record's cleaned text to the raw bytes of its
// file; errs.NotFound where the plan in use makes a text without it.
func (a *App) located(ctx context.Context, record string, start int, quote string) (clean.Location, error) {
	rec, file, raw, at, err := a.part(ctx, record)
	if err != nil {
		return clean.Location{}, err
	}
	plan, err := a.planOf(rec.Source)
	if err != nil {
		return clean.Location{}, err
	}
	l, err := plan.Locate(ctx, a.readers(), raw, file, rec, start, quote)
	l.Start, l.End = l.Start+at, l.End+at
	return l, err
}

func (a *App) keptAnswer(ctx context.Context, id string) (kept keptAnswer, err error) {
	b, err := a.blobs.Get(ctx, strings.TrimPrefix(id, string(lineage.Answer)+"_"))
	if errs.Is(err, errs.CodeInvalid) { // no address at all
		return kept, errs.NotFound("this project holds no such answer")
	}
	if err != nil {
		return kept, err
	}
	if err := json.Unmarshal(b, &kept); err != nil {
		return kept, fmt.Errorf("reading answer %s: %w", id, err)
	}
	return kept, nil
}

// answerProvenance shows every citation of a kept answer down to raw bytes.
func (a *App) answerProvenance(ctx context.Context, res *TraceResult) error {
	kept, err := a.keptAnswer(ctx, res.ID)
	if err != nil {
		return ignoreMissing(err)
	}
	list := []located{}
	for _, c := range kept.Citations {
		l := located{Citation: c}
		if l.Check, err = knowledge.Verify(ctx, a.db.Knowledge(), kept.Base, c); err != nil {
			return err
		}
		switch at, err := a.located(ctx, c.Document, c.Start, c.Quote); {
		case err == nil:
			l.Raw = &at
		case ignoreMissing(err) != nil:
			return err
		}
		list = append(list, l)
	}
	p := res.Provenance
	p["base"], p["question"], p["answer"], p["as"], p["citations"] = kept.Base, kept.Question, kept.Answer, kept.As, list
	return nil
}

// chunkProvenance finds a chunk's range in its document, and that in the raw
// file.
func (a *App) chunkProvenance(ctx context.Context, res *TraceResult) error {
	for _, from := range res.From {
		if from.Of != res.ID || lineage.KindOf(from.ID) != lineage.Record {
			continue
		}
		for _, k := range a.Project.Knowledge {
			versions, err := a.db.Knowledge().OfDocument(ctx, k.Name, from.ID)
			if ignoreMissing(err) != nil {
				return err
			}
			for _, v := range versions {
				if ok, err := a.chunkIn(ctx, res, k.Name, v); ok || err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (a *App) chunkIn(ctx context.Context, res *TraceResult, base string, v knowledge.Version) (bool, error) {
	o, err := chunk.Decode(v.Outline)
	if err != nil {
		return false, err
	}
	for _, c := range o.Chunks {
		if c.ID != res.ID {
			continue
		}
		text, err := knowledge.TextOf(ctx, a.db.Knowledge(), base, v)
		if err != nil {
			return false, err
		}
		p := res.Provenance
		p["base"], p["document"], p["address"], p["title"], p["state"] = base, v.Document, v.Address, v.Title, v.State
		p["start"], p["end"], p["heading"], p["text"] = c.Start, c.End, o.Path(c.Span), text[c.Start:c.End]
		raw, err := a.located(ctx, v.Document, c.Start, text[c.Start:c.End])
		if err == nil {
			p["raw"] = raw
		}
		return true, ignoreMissing(err)
	}
	return false, nil
}

func ignoreMissing(err error) error {
	if errs.Is(err, errs.CodeNotFound) {
		return nil
	}
	return err
}
