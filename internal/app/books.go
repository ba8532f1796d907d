package app

import (
	"context"
	"crypto/rand"
	"sync"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/openai"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
)

// books are the ledger of calls that no other part of the program has opened
// one for: those of embedding. They are opened by the first such call.
type books struct {
	mu    sync.Mutex
	meter *meter.Meter
	lent  bool // by Serve, which closes it itself
}

// lend makes the calls go to a ledger that is open already.
func (b *books) lend(m *meter.Meter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.meter, b.lent = m, true
}

func (b *books) open(ctx context.Context, a *App) (*meter.Meter, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.meter != nil {
		return b.meter, nil
	}
	m, err := a.openMeter(ctx, false)
	if err == nil {
		b.meter = m
	}
	return m, err
}

func (b *books) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := b.meter
	if b.meter = nil; m == nil || b.lent {
		return nil
	}
	return m.Close(context.Background())
}

// embeddingKey is who pays for vectors in the ledger.
const embeddingKey = "embedding"

// ask is an endpoint's embeddings: guarded as any call that leaves the house,
// under the budgets, a row for each batch.
func (a *App) ask(ep catalog.Endpoint) space.Endpoint {
	client, to := &openai.Client{Timeout: embedTimeout}, a.target(ep)
	return func(ctx context.Context, texts []string) ([][]float32, error) {
		m, err := a.books.open(ctx, a)
		if err != nil {
			return nil, err
		}
		var most, guess meter.Usage
		for _, t := range texts {
			most.Input += int64(len(t)) + 16
			guess.Input += sizing.EstimateTokens(t)
		}
		start := a.now()
		hold, err := m.Reserve(ctx, meter.Call{
			ID: "embed_" + rand.Text(), Time: start, Key: embeddingKey, Department: a.departmentPath(a.embeds(ep.Name)),
			Model: ep.Model, Vendor: ep.Vendor.Name, Price: a.meterPrice(ep), Most: most,
		})
		if err != nil {
			return nil, err
		}
		vs, usage, err := client.Embeddings(ctx, to, texts)
		if err != nil {
			hold.Release()
			return nil, err
		}
		final := meter.Final{Usage: usage, Outcome: meter.OK, Latency: a.now().Sub(start)}
		if usage.IsZero() {
			final.Usage, final.Estimated = guess, true
		}
		hold.Settle(final)
		return vs, nil
	}
}

// embeds is the department whose base a model embeds; "" for none.
func (a *App) embeds(model string) string {
	for _, k := range a.Project.Knowledge {
		if k.Embedding == model {
			return a.payer(project.Scenario{}, k.Name, "")
		}
	}
	return ""
}
