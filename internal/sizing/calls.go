package sizing

import (
	"context"
	"sync"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

// calls makes the calls of one candidate: from the cache where it can, within
// the money limit, as many at once as the endpoint takes. An outcome is kept
// in the store before anyone sees it.
type calls struct {
	cfg   *StudyConfig
	arm   Arm
	id    string
	kept  map[string]Output
	money *purse
	made  int // calls made now
}

// purse is the study's money: settled and held never pass the limit.
type purse struct {
	mu            sync.Mutex
	limit         money.Amount // 0: none
	settled, held money.Amount
}

func (p *purse) hold(a money.Amount) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limit > 0 && p.settled+p.held+a > p.limit {
		return false
	}
	p.held += a
	return true
}

func (p *purse) settle(held, paid money.Amount) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held -= held
	p.settled += paid
}

func (p *purse) spent() money.Amount {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.settled
}

func newCalls(ctx context.Context, cfg *StudyConfig, arm Arm, m *purse) (*calls, error) {
	c := &calls{cfg: cfg, arm: arm, id: arm.Config.ID(), kept: map[string]Output{}, money: m}
	if cfg.Store == nil {
		return c, nil
	}
	err := cfg.Store.EachOutcome(ctx, c.id, func(o Outcome) error {
		c.kept[o.Item] = o.Output
		return nil
	})
	return c, err
}

// fetch returns the outputs of items from the first on, in order; fewer than
// asked for when calls failed, with the reason of the first failure.
func (c *calls) fetch(ctx context.Context, items []Item) ([]Output, error) {
	todo := make([]int, 0, len(items))
	for i, it := range items {
		if _, ok := c.kept[it.ID]; !ok {
			todo = append(todo, i)
		}
	}
	var fault error
	if len(todo) > 0 {
		if c.arm.Config.Kind.InProcess() {
			fault = c.runInProcess(ctx, items, todo)
		} else {
			fault = c.runEndpoint(ctx, items, todo)
		}
	}
	var out []Output
	for _, it := range items {
		o, ok := c.kept[it.ID]
		if !ok {
			return out, fault
		}
		out = append(out, o)
	}
	return out, nil
}

// runInProcess runs a free configuration and keeps its outcomes at once.
func (c *calls) runInProcess(ctx context.Context, items []Item, todo []int) error {
	var fresh []Outcome
	var fault error
	for _, i := range todo {
		if fault = ctx.Err(); fault != nil {
			break
		}
		var o Output
		if o, fault = c.cfg.Runner.Run(ctx, c.arm.Config, items[i]); fault != nil {
			break
		}
		fresh = append(fresh, Outcome{c.id, items[i].ID, o})
	}
	if err := c.put(context.WithoutCancel(ctx), fresh); err != nil {
		return err
	}
	return fault
}

// runEndpoint makes paid calls, each kept as soon as it is answered. When the
// context ends no new call starts; those on their way may answer within the
// grace, because they are paid already.
func (c *calls) runEndpoint(ctx context.Context, items []Item, todo []int) error {
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(c.cfg.Grace, cancel)
		context.AfterFunc(running, func() { t.Stop() })
	})
	defer stop()

	var mu sync.Mutex
	var fault error // of the earliest failed item
	at := len(items)
	next := 0
	take := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		if fault != nil || next >= len(todo) {
			return 0, false
		}
		next++
		return todo[next-1], true
	}
	fail := func(i int, err error) {
		mu.Lock()
		defer mu.Unlock()
		if i < at {
			at, fault = i, err
		}
	}
	var wg sync.WaitGroup
	for range min(c.arm.Concurrency, len(todo)) {
		wg.Go(func() {
			for {
				i, ok := take()
				if !ok {
					return
				}
				if err := ctx.Err(); err != nil {
					fail(i, err)
					return
				}
				o, err := c.call(running, items[i])
				if err == nil {
					mu.Lock()
					err = c.put(context.WithoutCancel(ctx), []Outcome{{c.id, items[i].ID, o}})
					mu.Unlock()
				}
				if err != nil {
					fail(i, err)
				}
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fault
}

// call makes one paid call under the money limit.
func (c *calls) call(ctx context.Context, it Item) (Output, error) {
	bound, err := c.arm.Price.Cost(c.arm.hold(it.Input))
	if err == nil {
		bound, err = c.cfg.convert(bound, c.arm.Price.Currency)
	}
	if err != nil {
		return Output{}, err
	}
	if !c.money.hold(bound) {
		return Output{}, errs.Exhausted("sizing scenario %s: the limit of %s %s has no room for another call of %s",
			c.cfg.Scenario, c.cfg.Budget, c.cfg.Currency, c.arm.Config.Name)
	}
	o, err := c.cfg.Runner.Run(ctx, c.arm.Config, it)
	if err != nil {
		c.money.settle(bound, 0)
		return Output{}, err
	}
	if o.Currency == "" { // the runner left pricing to us
		if o.Cost, err = c.arm.Price.Cost(o.Usage); err != nil {
			return Output{}, err
		}
		o.Currency, o.PriceRow = string(c.arm.Price.Currency), c.arm.Price.Row
	}
	paid, err := c.cfg.convert(o.Cost, money.Currency(o.Currency))
	if err != nil {
		paid = bound
	}
	c.money.settle(bound, paid)
	return o, nil
}

// put keeps outcomes; the caller excludes others.
func (c *calls) put(ctx context.Context, fresh []Outcome) error {
	if len(fresh) == 0 {
		return nil
	}
	if c.cfg.Store != nil {
		if err := c.cfg.Store.PutOutcomes(ctx, fresh...); err != nil {
			return &storeError{err}
		}
	}
	for _, o := range fresh {
		c.kept[o.Item] = o.Output
	}
	c.made += len(fresh)
	return nil
}

// storeError is a fault of the store: it ends the study, while a fault of an
// endpoint only suspends its candidate.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }
