package money_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/money"
)

func TestParseAndFormat(t *testing.T) {
	tests := []struct {
		in   string
		want money.Amount
		out  string
	}{
		{"0", 0, "0"},
		{"3000", 3000 * money.Unit, "3000"},
		{"0.8", 800_000_000, "0.8"},
		{"12.500", 12_500_000_000, "12.5"},
		{"0.000000001", 1, "0.000000001"},
		{".5", 500_000_000, "0.5"},
	}
	for _, tt := range tests {
		got, err := money.ParseAmount(tt.in)
		if err != nil || got != tt.want || got.String() != tt.out {
			t.Errorf("ParseAmount(%q) = %d (%s), %v; want %d (%s)", tt.in, got, got, err, tt.want, tt.out)
		}
	}
	for _, bad := range []string{"", ".", "-1", "1e3", "1,000", "0.0000000001", "99999999999999999999"} {
		if got, err := money.ParseAmount(bad); err == nil {
			t.Errorf("ParseAmount(%q) = %d, want an error", bad, got)
		}
	}
}

func TestCostRoundsHalfUpOnce(t *testing.T) {
	tests := []struct {
		name  string
		parts []money.Tokens
		want  money.Amount
	}{
		{"nothing", nil, 0},
		{"half rounds up", []money.Tokens{{1, 500}}, 1},
		{"below half rounds down", []money.Tokens{{1, 499}}, 0},
		{"rounded once, over the sum", []money.Tokens{{1, 400}, {1, 400}}, 1},
		{"1,000 tokens at 0.8 CNY per million", []money.Tokens{{1000, 800_000}}, 800_000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := money.Cost(tt.parts...)
			if err != nil || got != tt.want {
				t.Errorf("Cost = %d, %v; want %d", got, err, tt.want)
			}
		})
	}
	if _, err := money.Cost(money.Tokens{N: math.MaxInt64, Price: math.MaxInt64}); err == nil {
		t.Error("an overflowing cost must be an error")
	}
	if _, err := money.Cost(money.Tokens{N: -1, Price: 1}); err == nil {
		t.Error("negative tokens must be an error")
	}
}

func TestFormatIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := money.Amount(rapid.Int64Min(0).Draw(t, "nano"))
		got, err := money.ParseAmount(a.String())
		if err != nil || got != a {
			t.Fatalf("%d printed as %s reads back as %d, %v", a, a, got, err)
		}
	})
}

func ExampleCost() {
	in, _ := money.ParsePrice("0.8") // CNY per million tokens
	out, _ := money.ParsePrice("2")
	c, _ := money.Cost(money.Tokens{N: 1200, Price: in}, money.Tokens{N: 300, Price: out})
	fmt.Println(c, money.CNY)
	// Output: 0.00156 CNY
}

func TestPricesAndCurrencies(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want money.Price
		out  string
	}{
		{"0", 0, "0"}, {"0.8", 800_000, "0.8"}, {"0.000001", 1, "0.000001"}, {"12", 12_000_000, "12"}, {" 1.50 ", 1_500_000, "1.5"},
	} {
		if got, err := money.ParsePrice(tt.in); err != nil || got != tt.want || got.String() != tt.out {
			t.Errorf("ParsePrice(%q) = %d (%s), %v", tt.in, got, got, err)
		}
	}
	for _, bad := range []string{"", "-1", "0.0000001", "9999999999999", "1.2.3", "一"} {
		if got, err := money.ParsePrice(bad); err == nil {
			t.Errorf("ParsePrice(%q) = %d", bad, got)
		}
	}
	if !money.CNY.Known() || !money.USD.Known() || money.Currency("EUR").Known() || money.Currency("").Known() {
		t.Error("the currencies of the price book are CNY and USD")
	}
	if got := money.Amount(-1_500_000_000); got.String() != "-1.5" || got.Float() != -1.5 {
		t.Errorf("%s, %v", got, got.Float())
	}
	if got := money.Amount(math.MinInt64).String(); got != "-9223372036.854775808" {
		t.Error(got)
	}
}

// Costs of parts differ from that of the whole by rounding only: less than one
// nano-unit for each part.
func TestPartsAddUpToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var parts []money.Tokens
		var sum money.Amount
		for range rapid.IntRange(1, 6).Draw(t, "parts") {
			p := money.Tokens{N: rapid.Int64Range(0, 1e6).Draw(t, "n"), Price: money.Price(rapid.Int64Range(0, 1e8).Draw(t, "price"))}
			one, err := money.Cost(p)
			if err != nil {
				t.Fatal(err)
			}
			parts, sum = append(parts, p), sum+one
		}
		whole, err := money.Cost(parts...)
		if d := whole - sum; err != nil || d > money.Amount(len(parts)) || -d > money.Amount(len(parts)) {
			t.Fatalf("whole %d, parts %d, %v", whole, sum, err)
		}
	})
}
