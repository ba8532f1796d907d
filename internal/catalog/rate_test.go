package catalog_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

func TestConvert(t *testing.T) {
	c := load(t)
	at := func(s string) time.Time { d, _ := time.Parse("2006-01-02", s); return d }
	tests := []struct {
		name     string
		amount   money.Amount
		from, to money.Currency
		at       string
		want     string
		rate     string
	}{
		{"the same currency needs no rate", 5, money.CNY, money.CNY, "1990-01-01", "0.000000005", ""},
		{"to CNY", 2 * money.Unit, money.USD, money.CNY, "2024-05-21", "14.2", "USD/CNY@2024-05-21=7.1"},
		{"the last rate before the day", money.Unit, money.USD, money.CNY, "2025-05-01", "7.1", "USD/CNY@2024-05-21=7.1"},
		{"a newer rate", money.Unit, money.USD, money.CNY, "2026-11-23", "7", "USD/CNY@2026-03-31=7"},
		{"the other way", 71 * money.Unit, money.CNY, money.USD, "2024-05-21", "10", "USD/CNY@2024-05-21=7.1"},
		{"rounded half up to nano", 1, money.CNY, money.USD, "2024-05-21", "0", "USD/CNY@2024-05-21=7.1"},
		{"rounded half up to nano, up", 4, money.CNY, money.USD, "2024-05-21", "0.000000001", "USD/CNY@2024-05-21=7.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, rate, err := c.Rates.Convert(tt.amount, tt.from, tt.to, at(tt.at))
			if err != nil || got.String() != tt.want || rate.ID != tt.rate {
				t.Errorf("%s by %q, %v; want %s by %q", got, rate.ID, err, tt.want, tt.rate)
			}
		})
	}
	if _, _, err := c.Rates.Convert(1, money.USD, money.CNY, at("2024-05-20")); !errs.Is(err, errs.CodeNotFound) {
		t.Errorf("a day before all rates: %v, want not_found", err)
	}
	if _, _, err := c.Rates.Convert(1<<62, money.USD, money.CNY, at("2024-05-21")); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("an overflow: %v, want invalid", err)
	}
}

func TestConvertThereAndBack(t *testing.T) {
	c := load(t)
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		a := money.Amount(rapid.Int64Range(0, 1<<50).Draw(t, "nano USD"))
		there, _, err := c.Rates.Convert(a, money.USD, money.CNY, at)
		if err != nil {
			t.Fatal(err)
		}
		back, _, err := c.Rates.Convert(there, money.CNY, money.USD, at)
		if err != nil || back != a {
			t.Fatalf("%s USD became %s CNY and then %s USD, %v", a, there, back, err)
		}
	})
}
