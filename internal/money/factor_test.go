package money_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

func TestParseFactor(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"85%", "17/20"}, {"0.85", "17/20"}, {"17/20", "17/20"}, {"34/40", "17/20"}, {"2/3", "2/3"}, {"100%", "1"}, {"1", "1"}, {"12.5%", "1/8"},
		{"0.000001", "1/1000000"}, {" 50% ", "1/2"},
		{"0", ""}, {"0%", ""}, {"101%", ""}, {"1.2", ""}, {"-1/2", ""}, {"1/0", ""}, {"3/2", ""}, {"1/1000001", ""}, {"1/2%", ""}, {"half", ""}, {"", ""}, {"0.0000001", ""},
	} {
		t.Run(tt.in, func(t *testing.T) {
			f, err := money.ParseFactor(tt.in)
			if tt.want == "" {
				if !errs.Is(err, errs.CodeInvalid) {
					t.Errorf("%s is taken: %v", f, err)
				}
				return
			}
			if err != nil || f.String() != tt.want {
				t.Errorf("%s, %v; want %s", f, err, tt.want)
			}
			if again, err := money.ParseFactor(f.String()); err != nil || again.String() != tt.want {
				t.Errorf("%s is not read back: %s, %v", f, again, err)
			}
		})
	}
}

// The factor of a sum is exact and rounded once, never above the whole.
func TestFactorsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		den := rapid.Int64Range(1, 1_000_000).Draw(t, "den")
		num := rapid.Int64Range(1, den).Draw(t, "num")
		f, err := money.ParseFactor(big.NewInt(num).String() + "/" + big.NewInt(den).String())
		if err != nil {
			t.Fatal(err)
		}
		var parts []money.Tokens
		sum := new(big.Rat)
		for range rapid.IntRange(0, 4).Draw(t, "parts") {
			p := money.Tokens{N: rapid.Int64Range(0, 1e9).Draw(t, "n"), Price: money.Price(rapid.Int64Range(0, 1e9).Draw(t, "price"))}
			parts = append(parts, p)
			sum.Add(sum, new(big.Rat).Mul(big.NewRat(p.N, 1000), big.NewRat(int64(p.Price), 1)))
		}
		sum.Mul(sum, big.NewRat(num, den)).Add(sum, big.NewRat(1, 2))
		want := new(big.Int).Quo(sum.Num(), sum.Denom())
		got, err := f.Cost(parts...)
		if err != nil || int64(got) != want.Int64() {
			t.Fatalf("%s of %v: %d, %v; want %s", f, parts, got, err, want)
		}
		if whole, _ := money.Cost(parts...); got > whole {
			t.Fatalf("%s costs more than the whole: %d > %d", f, got, whole)
		}
	})
}
