package app

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/openai"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/prompt"
)

// rerankKey is who pays for reranking in the ledger.
const rerankKey = "rerank"

// pay makes one call under the budgets and writes its row. A reply that does
// not count its tokens is taken for the most that it can have used.
func (a *App) pay(ctx context.Context, base string, ep catalog.Endpoint, most meter.Usage, call func() (meter.Usage, error)) error {
	m, err := a.books.open(ctx, a)
	if err != nil {
		return err
	}
	start := a.now()
	hold, err := m.Reserve(ctx, meter.Call{
		ID: "rerank_" + rand.Text(), Time: start, Key: rerankKey, Department: a.departmentPath(a.payer(project.Scenario{}, base, "")),
		Model: ep.Model, Vendor: ep.Vendor.Name, Price: a.meterPrice(ep), Most: most,
	})
	if err != nil {
		return fmt.Errorf("knowledge base %s: %w", base, err)
	}
	used, err := call()
	if err != nil {
		hold.Release()
		return err
	}
	f := meter.Final{Usage: used, Outcome: meter.OK, Latency: a.now().Sub(start)}
	if used.IsZero() {
		f.Usage, f.Estimated = most, true
	}
	hold.Settle(f)
	return nil
}

// runes counts characters: no text has many more tokens.
func runes(texts ...string) (n int64) {
	for _, t := range texts {
		n += int64(len([]rune(t)))
	}
	return n
}

// withReranker gives a base the reranker that luodi.yaml names for it.
func (a *App) withReranker(b *knowledge.Base) error {
	k, _ := a.Project.Base(b.Name())
	if k.Rerank == "" {
		return nil
	}
	ep, err := a.endpoint(k.Rerank)
	if err != nil {
		return err
	}
	if k.RerankBy == project.RerankChat {
		b.WithReranker(knowledge.Listwise{Say: a.say(b.Name(), ep)}, knowledge.ListwiseDepth)
		return nil
	}
	b.WithReranker(relevance{a, b.Name(), ep}, 0)
	return nil
}

// relevance is a model's /rerank.
type relevance struct {
	app  *App
	base string
	ep   catalog.Endpoint
}

// Rerank implements knowledge.Reranker.
func (r relevance) Rerank(ctx context.Context, question string, passages []string) (scores []float64, err error) {
	if !r.ep.Configured {
		return nil, errs.Invalid("model %s cannot be asked: %s", r.ep.Name, r.ep.Reason)
	}
	client, to := &openai.Client{}, r.app.target(r.ep)
	err = r.app.pay(ctx, r.base, r.ep, meter.Usage{Input: runes(passages...) + int64(len(passages))*runes(question)}, func() (used meter.Usage, err error) {
		scores, used, err = client.Rerank(ctx, to, question, passages)
		return used, err
	})
	return scores, err
}

// say asks a chat model once.
func (a *App) say(base string, ep catalog.Endpoint) func(ctx context.Context, system, user string) (string, error) {
	client := &openai.Client{}
	return func(ctx context.Context, system, user string) (text string, err error) {
		if !ep.Configured {
			return "", errs.Invalid("model %s cannot be asked: %s", ep.Name, ep.Reason)
		}
		sent := []prompt.Message{{Role: "system", Content: system}, {Role: "user", Content: user}}
		err = a.pay(ctx, base, ep, most(sent, knowledge.ListwiseReply), func() (meter.Usage, error) {
			r, err := client.Chat(ctx, a.target(ep), messages(sent), openai.Params{Temperature: new(float64), MaxTokens: knowledge.ListwiseReply})
			if err != nil {
				return meter.Usage{}, err
			}
			var u sizing.Usage = answered(sent, r).Usage
			text = r.Text
			return meter.Usage{Input: u.Input, CachedInput: u.Cached, Output: u.Output, Reasoning: u.Reasoning}, nil
		})
		return text, err
	}
}
