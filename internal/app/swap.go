package app

import (
	"context"
	"fmt"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/knowledge/static"
)

// SwapConfig says to which space a base's searches shall move.
type SwapConfig struct {
	Base     string
	To       string // a model of luodi.yaml, or static; "" is the base's embedding
	Queries  string // golden questions; "" moves without a comparison
	Yes      bool   // pay for what the estimate says
	Force    bool   // move where the comparison shows no gain, too
	Rollback bool   // back to what was used before
}

// SwapResult is what `luodi kb swap --json` prints.
type SwapResult struct {
	Base       string                          `json:"base"`
	Space      string                          `json:"space"`
	Model      string                          `json:"model"`
	Dim        int                             `json:"dim"`
	Chunks     int                             `json:"chunks"`
	Missing    int                             `json:"missing"`        // texts to embed
	Characters int                             `json:"characters"`     // of those; at most about their tokens
	Cost       string                          `json:"cost"`           // estimate, with its currency
	Compared   map[string]knowledge.Difference `json:"compared"`       // against what was in use
	Swapped    bool                            `json:"swapped"`        // searches use the space now
	Before     string                          `json:"before"`         // the space that was in use; "" words alone
	Next       string                          `json:"next,omitempty"` // what to do
}

// static is To for a space learnt from the base itself.
const toStatic = static.Name

// Swap embeds a base in another space beside the one in use, compares both on
// golden questions, and moves the base's searches over in one step.
func (a *App) Swap(ctx context.Context, c SwapConfig) (SwapResult, error) {
	b, err := a.base(ctx, c.Base)
	if err != nil {
		return SwapResult{}, err
	}
	res := SwapResult{Base: b.Name()}
	alias, err := a.db.Space().Alias(ctx, b.Name())
	if err != nil {
		return res, err
	}
	res.Before = alias.Now.Space
	if c.Rollback {
		return a.rollback(ctx, res, alias)
	}
	s, ep, err := a.spaceTo(ctx, b, c.To)
	if err != nil {
		return res, err
	}
	res.Space, res.Model, res.Dim = s.ID, s.Model, s.Dim
	plan, err := b.EmbedEstimate(ctx, s)
	if err != nil {
		return res, err
	}
	res.Chunks, res.Missing, res.Characters = plan.Chunks, plan.Missing, plan.Characters
	res.Cost = a.embeddingCost(s, ep, plan)
	if !c.Yes && plan.Missing > 0 && s.Provider != static.Name {
		res.Next = "nothing was embedded: --yes does what this estimate says"
		return res, nil
	}
	if err := a.embed(ctx, b, s); err != nil {
		return res, err
	}
	use := space.Use{Space: s.ID, Fusion: knowledge.Fusion(s)}
	if use.Fusion.Chance, err = b.Chance(ctx, use); err != nil {
		return res, err
	}
	if c.Queries != "" {
		questions, err := readQuestions(c.Queries)
		if err != nil {
			return res, err
		}
		res.Compared, err = knowledge.Compare(ctx, b.SearchWith(alias.Now), b.SearchWith(use), questions, knowledge.Asker{Owner: true})
		if err != nil {
			return res, err
		}
		if d := res.Compared["ndcg@10"]; d.Low <= 0 && !c.Force {
			res.Next = fmt.Sprintf("not swapped: nDCG@10 changes by %+.3f (95 %% %+.3f..%+.3f) over %d questions, which shows no gain; --force swaps all the same", d.Mean, d.Low, d.High, len(questions))
			return res, nil
		}
	}
	if use.Same(alias.Now) {
		res.Next = "the base uses this space already"
		return res, nil
	}
	_, err = a.db.Space().Flip(ctx, b.Name(), space.Alias{Generation: alias.Generation, Now: use, Before: alias.Now})
	if err != nil {
		return res, err
	}
	res.Swapped = true
	res.Next = "luodi kb swap --rollback goes back; luodi kb tune fits how words and vectors join"
	return res, nil
}

// rollback exchanges what is used and what was used before.
func (a *App) rollback(ctx context.Context, res SwapResult, alias space.Alias) (SwapResult, error) {
	if alias.Generation == 0 || alias.Before.Same(alias.Now) {
		return res, errs.NotFound("knowledge base %s has used nothing else before", res.Base)
	}
	alias.Now, alias.Before = alias.Before, alias.Now
	if _, err := a.db.Space().Flip(ctx, res.Base, alias); err != nil {
		return res, err
	}
	res.Space, res.Swapped = alias.Now.Space, true
	return res, nil
}

func (a *App) spaceTo(ctx context.Context, b *knowledge.Base, to string) (space.Space, catalog.Endpoint, error) {
	if k, _ := a.Project.Base(b.Name()); to == "" {
		to = k.Embedding
	}
	switch to {
	case "":
		return space.Space{}, catalog.Endpoint{}, misuse("name a model with --to, or `embedding: MODEL` at knowledge base %s in luodi.yaml; --to static learns from the base itself", b.Name())
	case toStatic:
		s, err := b.TrainStatic(ctx, static.Config{Temp: a.spill()})
		return s, catalog.Endpoint{}, err
	}
	return a.modelSpace(ctx, to)
}

// embeddingCost is the price of embedding what is missing, a token for each
// character: Chinese takes somewhat less, English a quarter.
func (a *App) embeddingCost(s space.Space, ep catalog.Endpoint, plan knowledge.EmbedReport) string {
	if s.Provider == static.Name || plan.Missing == 0 {
		return "0"
	}
	row, ok := ep.Price(a.now())
	if !ok {
		return "unknown: no price of " + s.Model
	}
	cost, err := row.Cost(catalog.Usage{Input: int64(plan.Characters)})
	if err != nil {
		return "unknown: " + err.Error()
	}
	return fmt.Sprintf("at most about %s %s", cost, row.Currency)
}
