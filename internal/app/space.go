package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/knowledge/static"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/simd"
)

// equip lets an open base use embedding spaces and its reranker.
func (a *App) equip(ctx context.Context, b *knowledge.Base) (*knowledge.Base, error) {
	v := a.vectors()
	k, _ := a.Project.Base(b.Name())
	v.Small = k.Vectors == project.VectorsInt8
	if k.Vectors == project.VectorsPG {
		var err error
		if v.Engine, err = a.db.PGVector(ctx); err != nil {
			return nil, fmt.Errorf("knowledge base %s: %w", b.Name(), err)
		}
	}
	return b.WithVectors(v), a.withReranker(b)
}

// vectors is what lets an open base use embedding spaces.
func (a *App) vectors() knowledge.Vectors {
	return knowledge.Vectors{Spaces: a.db.Space(), Embedder: a.embedder, Dots: simd.Dots{}, Now: a.now, Degraded: a.degraded}
}

// embedder embeds for a space: static ones by what they learnt, others by the
// model of luodi.yaml that is at the same place under the same name.
func (a *App) embedder(_ context.Context, s space.Space) (space.Embedder, error) {
	if s.Provider == static.Name {
		return knowledge.Static(s)
	}
	for _, m := range a.Project.Models {
		ep, err := a.endpoint(m.Name)
		if err == nil && ep.BaseURL == s.Provider && ep.Model == s.Model {
			if !ep.Configured {
				return nil, errs.Invalid("model %s cannot be asked: %s", m.Name, ep.Reason)
			}
			return space.Remote{Space: s, Ask: a.ask(ep)}, nil
		}
	}
	return nil, errs.NotFound("luodi.yaml has no model %s at %s any more; put it back, or go back with luodi kb swap --rollback", s.Model, s.Provider)
}

// embedTimeout is for one batch: a model on a busy processor takes minutes.
const embedTimeout = 10 * time.Minute

// modelSpace asks a model of luodi.yaml which space it makes.
func (a *App) modelSpace(ctx context.Context, model string) (space.Space, catalog.Endpoint, error) {
	ep, err := a.endpoint(model)
	if err != nil {
		return space.Space{}, ep, err
	}
	if !ep.Configured {
		return space.Space{}, ep, errs.Invalid("model %s cannot be asked: %s", model, ep.Reason)
	}
	s, err := space.Describe(ctx, ep.BaseURL, ep.Model, a.ask(ep))
	return s, ep, err
}

// usedDigest is the content address of what a base holds and how it ranks.
func (r *run) usedDigest(ctx context.Context, base, digest string) (string, error) {
	alias, err := r.db.Space().Alias(ctx, base)
	if err != nil || alias.Now.Same(space.Use{}) {
		return digest, err
	}
	use, err := json.Marshal(alias.Now)
	return lineage.NewID("kb", digest, string(use)), err
}

// spaces gives new passages their vectors in the space in use, and a base with
// enough text its first, static one.
func (r *run) spaces(ctx context.Context, k project.Knowledge, chunks int) error {
	b, err := r.base(ctx, k.Name)
	if err != nil {
		return err
	}
	store := r.db.Space()
	alias, err := store.Alias(ctx, k.Name)
	if err != nil {
		return err
	}
	if alias.Generation == 0 && k.Embedding == "" && chunks >= knowledge.StaticFrom {
		return r.learn(ctx, b, alias, nil)
	}
	if alias.Now.Space == "" {
		return nil
	}
	s, err := store.Get(ctx, alias.Now.Space)
	if err != nil {
		return err
	}
	if knowledge.Outgrown(s, chunks) {
		return r.learn(ctx, b, alias, &alias.Now.Fusion)
	}
	if plan, err := b.EmbedEstimate(ctx, s); err != nil || plan.Versions == 0 {
		return err
	}
	if s.Provider != static.Name {
		now, err := space.Describe(ctx, s.Provider, s.Model, r.asks(s))
		if err != nil {
			return err
		}
		if now.Probe != s.Probe || now.Dim != s.Dim {
			return errs.Conflict("the endpoint of %s gives other vectors than when the base was embedded: it serves another model now; `luodi kb swap` moves the base to it", s.Model)
		}
	}
	if err := r.embed(ctx, b, s); err != nil {
		return err
	}
	_, err = store.Flip(ctx, k.Name, alias) // the same use, so that open bases read what is new
	return err
}

// learn moves a base to a static space of what it holds now, joined by the
// default or as the one before.
func (r *run) learn(ctx context.Context, b *knowledge.Base, alias space.Alias, f *space.Fusion) error {
	r.tell(Event{Stage: "embed/" + b.Name(), Note: "learning a static space from the base"})
	s, err := b.TrainStatic(ctx, static.Config{Temp: r.spill()})
	if err != nil {
		return err
	}
	if err := r.embed(ctx, b, s); err != nil {
		return err
	}
	if f == nil {
		f = new(space.Fusion)
		*f = knowledge.Fusion(s)
	}
	alias.Now, alias.Before = space.Use{Space: s.ID, Fusion: *f}, alias.Now
	_, err = r.db.Space().Flip(ctx, b.Name(), alias)
	return err
}

// asks is a space's endpoint without prefixes.
func (a *App) asks(s space.Space) space.Endpoint {
	return func(ctx context.Context, texts []string) ([][]float32, error) {
		e, err := a.embedder(ctx, s)
		if err != nil {
			return nil, err
		}
		if r, ok := e.(space.Remote); ok {
			return r.Ask(ctx, texts)
		}
		return e.Passages(ctx, texts)
	}
}

// embed gives a base's passages their vectors in a space.
func (a *App) embed(ctx context.Context, b *knowledge.Base, s space.Space) error {
	e, err := a.embedder(ctx, s)
	if err != nil {
		return err
	}
	_, err = b.Embed(ctx, s, e, func(done int) {
		a.tell(Event{Stage: "embed/" + b.Name(), Done: done, Note: fmt.Sprintf("%d texts in space %s", done, s.Model)})
	})
	return err
}
