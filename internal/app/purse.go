package app

import (
	"sync"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/project"
)

// purse is the money of one run of `luodi size --budget`: what is paid and
// held never passes the limit. The project's budgets hold beside it.
type purse struct {
	limit   project.Limit
	convert func(a money.Amount, from, to money.Currency, at time.Time) (money.Amount, string, error)
	now     func() time.Time

	mu         sync.Mutex
	paid, held money.Amount
}

// hold reserves the most that a call may cost, in the limit's currency. It
// returns errs.Exhausted where there is no room, and the error of the rate
// where the currencies differ and there is none.
func (p *purse) hold(most money.Amount, currency money.Currency) (money.Amount, error) {
	most, _, err := p.convert(most, currency, p.limit.Currency, p.now())
	if err != nil {
		return 0, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paid+p.held+most > p.limit.Amount {
		return 0, errs.Exhausted("this run's budget of %s has no room for another call: %s %s spent; run it again to go on", p.limit, p.paid, p.limit.Currency)
	}
	p.held += most
	return most, nil
}

// settle replaces a hold by what was paid.
func (p *purse) settle(held, paid money.Amount, currency money.Currency) error {
	if currency == "" {
		currency = p.limit.Currency
	}
	paid, _, err := p.convert(paid, currency, p.limit.Currency, p.now())
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held -= held
	if err != nil {
		p.paid += held
		return err
	}
	p.paid += paid
	return nil
}
