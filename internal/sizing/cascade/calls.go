package cascade

import (
	"context"
	"sync"
	"time"

	"github.com/luodi/luodi/internal/sizing"
)

// calls takes outcomes of one member from the store, and makes and keeps those
// that are missing: never a pair twice.
type calls struct {
	cfg  *Config
	arm  sizing.Arm
	id   string
	kept map[string]sizing.Output
	used map[string]bool // items that the study has asked for
	made int
}

func newCalls(ctx context.Context, cfg *Config, arm sizing.Arm) (*calls, error) {
	c := &calls{cfg: cfg, arm: arm, id: arm.Config.ID(), kept: map[string]sizing.Output{}, used: map[string]bool{}}
	return c, cfg.Store.EachOutcome(ctx, c.id, func(o sizing.Outcome) error {
		c.kept[o.Item] = o.Output
		return nil
	})
}

// fetch makes sure that all items have an outcome. When ctx ends no new call
// starts; those on their way may answer within the grace and are kept.
func (c *calls) fetch(ctx context.Context, items []sizing.Item) error {
	var todo []sizing.Item
	for _, it := range items {
		c.used[it.ID] = true
		if _, ok := c.kept[it.ID]; !ok {
			todo = append(todo, it)
		}
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(c.cfg.Grace, cancel)
		context.AfterFunc(running, func() { t.Stop() })
	})
	defer stop()
	var mu sync.Mutex
	var fault error
	next := 0
	take := func() (sizing.Item, bool) {
		mu.Lock()
		defer mu.Unlock()
		if fault == nil {
			fault = ctx.Err()
		}
		if fault != nil || next >= len(todo) {
			return sizing.Item{}, false
		}
		next++
		if c.cfg.Progress != nil {
			c.cfg.Progress(c.arm.Config.Name, len(items)-len(todo)+next, len(items))
		}
		return todo[next-1], true
	}
	var wg sync.WaitGroup
	for range min(max(c.arm.Concurrency, 1), len(todo)) {
		wg.Go(func() {
			for it, ok := take(); ok; it, ok = take() {
				out, err := c.cfg.Runner.Run(running, c.arm.Config, it)
				mu.Lock()
				if err == nil {
					err = c.put(context.WithoutCancel(ctx), it, out)
				}
				if err != nil && fault == nil {
					fault = err
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return fault
}

func (c *calls) put(ctx context.Context, it sizing.Item, out sizing.Output) (err error) {
	if out.Currency == "" { // the runner left pricing to us
		if out.Cost, err = c.arm.Price.Cost(out.Usage); err != nil {
			return err
		}
		out.Currency, out.PriceRow = string(c.arm.Price.Currency), c.arm.Price.Row
	}
	if err := c.cfg.Store.PutOutcomes(ctx, sizing.Outcome{Configuration: c.id, Item: it.ID, Output: out}); err != nil {
		return err
	}
	c.kept[it.ID] = out
	if !c.arm.Config.Kind.InProcess() {
		c.made++
	}
	return nil
}
