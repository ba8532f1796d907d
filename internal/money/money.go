// Package money holds currencies and exact integer amounts.
//
// A Price is in pico-units of its currency per token, which is the same as
// micro-units per million tokens: 0.8 CNY per million tokens is 800000. A
// call's cost is computed in pico and rounded half up once to nano-units; sums
// are int64 nano-units, enough for 9.2 billion units. Floating point never
// touches an amount. Amounts of different currencies are never added; a rate
// with a date and a source converts them (package catalog).
package money

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// Currency is an ISO 4217 code; luodi prices in CNY and USD.
type Currency string

// The currencies of the price book.
const (
	CNY Currency = "CNY"
	USD Currency = "USD"
)

// Known reports whether c is a currency of the price book.
func (c Currency) Known() bool { return c == CNY || c == USD }

// Price is pico-units of a currency per token.
type Price int64

// Amount is nano-units of a currency.
type Amount int64

// Unit is one whole unit (1 CNY, 1 USD).
const Unit Amount = 1_000_000_000

// maxDecimals are the digits kept after the point: a price is micro-units per
// million tokens, an amount is nano-units.
const (
	priceDecimals  = 6
	amountDecimals = 9
)

// ParsePrice reads a decimal number of units per million tokens, such as
// "0.8"; it must not be negative nor finer than micro-units.
func ParsePrice(s string) (Price, error) {
	v, err := parseDecimal(s, priceDecimals)
	if err != nil {
		return 0, fmt.Errorf("price %q: %w", s, err)
	}
	return Price(v), nil
}

// ParseAmount reads a decimal number of units, such as "3000" or "12.5".
func ParseAmount(s string) (Amount, error) {
	v, err := parseDecimal(s, amountDecimals)
	if err != nil {
		return 0, fmt.Errorf("amount %q: %w", s, err)
	}
	return Amount(v), nil
}

func parseDecimal(s string, decimals int) (int64, error) {
	whole, frac, _ := strings.Cut(strings.TrimSpace(s), ".")
	if whole == "" && frac == "" || strings.Trim(whole+frac, "0123456789") != "" {
		return 0, errs.Invalid("not a non-negative decimal number; write it as 0.8 or 12")
	}
	if frac = strings.TrimRight(frac, "0"); len(frac) > decimals {
		return 0, errs.Invalid("more than %d digits after the point", decimals)
	}
	v, err := strconv.ParseInt(whole+frac+strings.Repeat("0", decimals-len(frac)), 10, 64)
	if err != nil {
		return 0, errs.Invalid("too large")
	}
	return v, nil
}

// Tokens is a number of tokens at one price.
type Tokens struct {
	N     int64
	Price Price
}

// Cost is Σ N × Price, rounded half up once, from pico to nano. It returns
// errs.Invalid where a count is negative or the sum leaves int64.
func Cost(parts ...Tokens) (Amount, error) { return Factor{}.Cost(parts...) }

// String is the shortest exact decimal, such as "0.0008" or "3000".
func (a Amount) String() string { return formatDecimal(int64(a), amountDecimals) }

// String is the price in units per million tokens, shortest exact decimal.
func (p Price) String() string { return formatDecimal(int64(p), priceDecimals) }

// Float is for display and ranking only, never for sums.
func (a Amount) Float() float64 { return float64(a) / float64(Unit) }

func formatDecimal(v int64, decimals int) string {
	sign := ""
	u := uint64(v)
	if v < 0 {
		sign, u = "-", -u
	}
	s := strconv.FormatUint(u, 10)
	if len(s) <= decimals {
		s = strings.Repeat("0", decimals-len(s)+1) + s
	}
	whole, frac := s[:len(s)-decimals], strings.TrimRight(s[len(s)-decimals:], "0")
	if frac == "" {
		return sign + whole
	}
	return sign + whole + "." + frac
}
