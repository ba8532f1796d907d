package project

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/money"
)

// Limit is an amount with its currency.
type Limit struct {
	Amount   money.Amount
	Currency money.Currency
}

// UnmarshalText reads "3000 CNY".
func (l *Limit) UnmarshalText(b []byte) error {
	number, currency, found := strings.Cut(strings.TrimSpace(string(b)), " ")
	c := money.Currency(strings.TrimSpace(currency))
	a, err := money.ParseAmount(number)
	switch {
	case err != nil:
		return fmt.Errorf("expected an amount of money such as 3000 CNY: %w", err)
	case !found:
		return fmt.Errorf("an amount of money needs its currency; write %s CNY or %s USD", number, number)
	case !c.Known():
		return fmt.Errorf("unknown currency %q; there are CNY and USD", c)
	}
	l.Amount, l.Currency = a, c
	return nil
}

// String is the form that is read.
func (l Limit) String() string { return fmt.Sprintf("%s %s", l.Amount, l.Currency) }

// CostBar is an amount of CNY per 1,000 requests, as reports show it; 0 is none.
type CostBar float64

// UnmarshalText reads "20" or "20 CNY".
func (c *CostBar) UnmarshalText(b []byte) error {
	number, currency, _ := strings.Cut(strings.TrimSpace(string(b)), " ")
	f, err := strconv.ParseFloat(number, 64)
	switch currency = strings.TrimSpace(currency); {
	case currency != "" && currency != string(money.CNY):
		return fmt.Errorf("a bar of cost is in CNY per 1,000 requests, whatever the models are priced in; found %q", b)
	case err != nil || !(f > 0) || math.IsInf(f, 0):
		return fmt.Errorf("expected what 1,000 requests may cost in CNY, above 0, such as 20; found %q", b)
	}
	*c = CostBar(f)
	return nil
}

// TestSplit is the value of test: a share of the source's rows, or the source
// that holds the rows to measure.
type TestSplit struct {
	Share  float64
	Source string `yaml:"source"`
}

// UnmarshalText reads a share.
func (t *TestSplit) UnmarshalText(b []byte) error {
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || !(f > 0 && f < 1) {
		return fmt.Errorf("expected a share of the rows between 0 and 1, such as 0.3, or {source: NAME}; found %q", b)
	}
	t.Share = f
	return nil
}
