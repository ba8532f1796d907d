package proxy

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
)

const (
	maxBatchLine = 8 << 20 // bytes; a longer line is passed and not billed
	batchTimeout = 10 * time.Minute

	messageBatches = "/v1/messages/batches" // Anthropic's, where the account speaks that shape
)

// bill adds up the usage of a batch's output as it passes. Each line is a call
// of its own: tiers and rounding are by line.
type bill struct {
	price  func(model string) meter.Price
	line   []byte
	long   bool // the line is too long and is skipped
	models map[string]*batchSum
}

type batchSum struct {
	usage     meter.Usage
	cost      money.Amount
	price     meter.Price
	estimated bool // at the full price: no batch price is known
}

// Write takes in a part of the output. It never fails.
func (b *bill) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		part := p
		if end >= 0 {
			part = p[:end]
		}
		if b.long = b.long || len(b.line)+len(part) > maxBatchLine; !b.long {
			b.line = append(b.line, part...)
		}
		if end < 0 {
			break
		}
		b.end()
		p = p[end+1:]
	}
	return n, nil
}

// end takes in the line that is whole.
func (b *bill) end() {
	line := b.line
	b.line, b.long = b.line[:0], false
	model, u, ok := gateway.BatchLine(line)
	if !ok {
		return
	}
	s := b.models[model]
	if s == nil {
		s = &batchSum{price: b.price(model)}
		b.models[model] = s
	}
	cost := s.price.Batch
	if cost == nil {
		cost, s.estimated = s.price.Of, true
	}
	amount, err := cost(u)
	if err != nil {
		s.estimated = true
		return
	}
	s.cost += amount
	s.usage.Input += u.Input
	s.usage.CachedInput += u.CachedInput
	s.usage.CacheWrite += u.CacheWrite
	s.usage.Output += u.Output
	s.usage.Reasoning += u.Reasoning
}

// outputOf is the id of the file whose content a call asks for, or of the batch
// in Anthropic's shape whose results it does; "" for another call.
func outputOf(path string) string {
	id, ok := strings.CutPrefix(path, messageBatches+"/")
	if ok {
		id, ok = strings.CutSuffix(id, "/results")
	} else {
		id, ok = strings.CutSuffix(strings.TrimPrefix(path, "/v1/files/"), "/content")
	}
	if !ok || strings.Contains(id, "/") {
		return ""
	}
	return id
}

// account finds the price of a model in the account of u.
func (s *Server) account(u *upstream) func(model string) meter.Price {
	st := s.state.Load()
	return func(model string) meter.Price {
		best := u
		for _, name := range st.table.Names() {
			for _, t := range st.views[name].targets {
				if o := t.up; o != nil && o.BaseURL == u.BaseURL && o.Key == u.Key && strings.HasPrefix(model, o.Model) &&
					(!strings.HasPrefix(model, best.Model) || len(o.Model) > len(best.Model)) {
					best = o // qwen-plus for qwen-plus-2026-01-01
				}
			}
		}
		return best.Price
	}
}

// billBatch writes a row for each model of a batch whose output was read to its
// end, the first time that anybody does.
func (c *call) billBatch(u *upstream, file string, b *bill) error {
	b.end() // a last line without its end
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.r.Context()), batchTimeout)
	defer cancel()
	if len(b.models) == 0 {
		return nil // some other file
	}
	by, own, err := c.payer(ctx, u, file)
	if err != nil {
		return err
	}
	for _, model := range slices.Sorted(maps.Keys(b.models)) {
		s := b.models[model]
		price := s.price
		price.Cost = func(meter.Usage) (money.Amount, error) { return s.cost, nil }
		price.Most = func(meter.Usage) (money.Amount, error) { return 0, nil }
		row, done, err := c.s.cfg.Meter.ChargeOnce(ctx, "batch "+u.BaseURL+" "+file+" "+model, meter.Call{
			ID: c.id + "." + model, Time: c.start, Key: by.Key, Department: by.Department, Scenario: by.Scenario,
			Model: model, Vendor: u.Vendor, Price: price, Own: own, Mark: meter.MarkBatch,
		}, meter.Final{Usage: s.usage, Estimated: s.estimated, Outcome: meter.OK, Latency: time.Since(c.start)})
		if err != nil {
			return err
		}
		if done {
			c.view.metrics.settled(&row)
		}
	}
	return nil
}
