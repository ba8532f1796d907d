package meter

import "github.com/luodi/luodi/internal/money"

// Price says what a call costs, by one row of the price book.
type Price struct {
	Row      string         // the row's id, kept with every call; "" where no price is known
	Currency money.Currency // "" where no price is known
	// Cost of a usage. nil costs nothing.
	Cost func(Usage) (money.Amount, error)
	// Most bounds the cost of a call that uses at most so much, whatever its
	// time of day and its share of cached tokens: that is held. nil is Cost,
	// which must not fall then when a count rises.
	Most func(Usage) (money.Amount, error)
	// Batch is the cost of a usage within a batch; nil where no batch price is
	// known.
	Batch func(Usage) (money.Amount, error)
	// Packages are tokens that are paid for already, in the order in which they
	// are used; Beside is the cost of a usage of whose input and output so many
	// tokens are covered by them. nil: Cost, whatever is covered.
	Packages []*Package
	Beside   func(u Usage, input, output int64) (money.Amount, error)
}

// Free is the price of what runs in this process.
var Free = Price{Row: "free", Currency: money.CNY}

// Known reports whether there is a price at all: a budget refuses calls
// without one, since it could not count them.
func (p Price) Known() bool { return p.Row != "" && p.Currency != "" }

// Of is the cost of a usage; 0 where no price is known.
func (p Price) Of(u Usage) (money.Amount, error) {
	if p.Cost == nil {
		return 0, nil
	}
	return p.Cost(u)
}

// beside is the cost of what packages have not covered.
func (p Price) beside(u Usage, input, output int64) (money.Amount, error) {
	if p.Beside == nil || input == 0 && output == 0 {
		return p.Of(u)
	}
	return p.Beside(u, input, output)
}

// most is the amount to hold for a call.
func (p Price) most(u Usage) (money.Amount, error) {
	if p.Most != nil {
		return p.Most(u)
	}
	return p.Of(u)
}

// Flat is a price without tiers, per token and kind; cached input costs
// cached, which may equal in.
func Flat(row string, currency money.Currency, in, cached, out money.Price) Price {
	return Price{Row: row, Currency: currency, Cost: func(u Usage) (money.Amount, error) {
		return money.Cost(
			money.Tokens{N: u.Input - u.CachedInput, Price: in},
			money.Tokens{N: u.CachedInput, Price: cached},
			money.Tokens{N: u.Output, Price: out})
	}}
}
