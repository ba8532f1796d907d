package binomial_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/luodi/luodi/internal/binomial"
	"pgregory.net/rapid"
)

// exactCDF sums the binomial terms in 400-bit arithmetic.
func exactCDF(k, n int, p float64) float64 {
	bp := new(big.Float).SetPrec(400).SetFloat64(p)
	bq := new(big.Float).SetPrec(400).Sub(big.NewFloat(1).SetPrec(400), bp)
	pow := func(x *big.Float, m int) *big.Float {
		r := big.NewFloat(1).SetPrec(400)
		for range m {
			r.Mul(r, x)
		}
		return r
	}
	sum := new(big.Float).SetPrec(400)
	for i := 0; i <= k; i++ {
		c := new(big.Float).SetPrec(400).SetInt(new(big.Int).Binomial(int64(n), int64(i)))
		c.Mul(c, pow(bp, i))
		c.Mul(c, pow(bq, n-i))
		sum.Add(sum, c)
	}
	f, _ := sum.Float64()
	return f
}

func relative(got, want float64) float64 {
	if got == want {
		return 0
	}
	return math.Abs(got-want) / math.Abs(want)
}

func TestCDFAgainstExactArithmetic(t *testing.T) {
	for _, n := range []int{1, 2, 5, 30, 149, 300, 1000} {
		for _, p := range []float64{1e-6, 0.001, 0.02, 0.1, 0.5, 0.77, 0.98} {
			for _, k := range []int{0, 1, 2, n / 50, n / 10, n / 2, n - 1} {
				if k < 0 || k >= n {
					continue
				}
				want := exactCDF(k, n, p)
				if want < 1e-280 {
					continue
				}
				if got := binomial.CDF(k, n, p); relative(got, want) > 1e-12 {
					t.Errorf("CDF(%d, %d, %g) = %.16g, want %.16g (relative error %.2g)", k, n, p, got, want, relative(got, want))
				}
			}
		}
	}
}

func TestUpperClosedForms(t *testing.T) {
	for _, n := range []int{1, 10, 149, 150, 1000, 100000} {
		for _, conf := range []float64{0.9, 0.95, 0.999} {
			want := -math.Expm1(math.Log1p(-conf) / float64(n)) // no event
			if got := binomial.Upper(0, n, conf); relative(got, want) > 1e-12 {
				t.Errorf("Upper(0, %d, %g) = %.16g, want %.16g", n, conf, got, want)
			}
			want = math.Exp(math.Log(conf) / float64(n)) // all but one
			if got := binomial.Upper(n-1, n, conf); relative(got, want) > 1e-12 {
				t.Errorf("Upper(%d, %d, %g) = %.16g, want %.16g", n-1, n, conf, got, want)
			}
		}
	}
}

// The published two-sided 95 % limits of Clopper & Pearson: each side 97.5 %.
func TestKnownLimits(t *testing.T) {
	tests := []struct {
		name       string
		k, n       int
		confidence float64
		lower      float64
		upper      float64
	}{
		{"1 of 10, two-sided 95 %", 1, 10, 0.975, 0.002528578544461722, 0.4450161170281954},
		{"5 of 10, two-sided 95 %", 5, 10, 0.975, 0.187086028447398, 0.812913971552602},
		{"nothing seen", 0, 10, 0.975, 0, 0.30849710781876083},
		{"everything seen", 10, 10, 0.975, 0.6915028921812392, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := binomial.Upper(tt.k, tt.n, tt.confidence); math.Abs(got-tt.upper) > 1e-10 {
				t.Errorf("Upper = %.16g, want %.16g", got, tt.upper)
			}
			if got := binomial.Lower(tt.k, tt.n, tt.confidence); math.Abs(got-tt.lower) > 1e-10 {
				t.Errorf("Lower = %.16g, want %.16g", got, tt.lower)
			}
		})
	}
}

// A looser bound (one event more, or a one-sided level read as two-sided)
// would change these numbers.
func TestMaxEvents(t *testing.T) {
	tests := []struct {
		n          int
		rate       float64
		confidence float64
		want       int
	}{
		{148, 0.02, 0.95, -1},
		{149, 0.02, 0.95, 0},
		{300, 0.02, 0.95, 1},
		{500, 0.02, 0.95, 4},
		{1000, 0.02, 0.95, 12},
		{2000, 0.02, 0.95, 29},
		{1000, 0.02, 0.99, 9},
		{0, 0.02, 0.95, -1},
		{10, 0, 0.95, -1},
		{10, 1, 0.95, 9},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("n=%d rate=%g conf=%g", tt.n, tt.rate, tt.confidence), func(t *testing.T) {
			if got := binomial.MaxEvents(tt.n, tt.rate, tt.confidence); got != tt.want {
				t.Errorf("MaxEvents = %d, want %d", got, tt.want)
			}
		})
	}
	for _, rate := range []float64{0.005, 0.01, 0.02, 0.03, 0.1, 0.5} {
		n := binomial.MinItems(rate, 0.95)
		if binomial.MaxEvents(n, rate, 0.95) < 0 || n > 1 && binomial.MaxEvents(n-1, rate, 0.95) >= 0 {
			t.Errorf("MinItems(%g) = %d is not the smallest", rate, n)
		}
	}
}

func TestLimitsInvertTheTail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20000).Draw(t, "n")
		k := rapid.IntRange(0, n-1).Draw(t, "k")
		conf := rapid.Float64Range(0.5, 0.9999).Draw(t, "confidence")
		up := binomial.Upper(k, n, conf)
		if got := binomial.CDF(k, n, up); math.Abs(got-(1-conf)) > 1e-9 {
			t.Fatalf("CDF(%d, %d, Upper) = %g, want %g", k, n, got, 1-conf)
		}
		if float64(k)/float64(n) > up {
			t.Fatalf("Upper(%d, %d, %g) = %g is below the observed rate", k, n, conf, up)
		}
		if k > 0 {
			lo := binomial.Lower(k, n, conf)
			if lo > float64(k)/float64(n) {
				t.Fatalf("Lower(%d, %d, %g) = %g is above the observed rate", k, n, conf, lo)
			}
			if binomial.Upper(k-1, n, conf) > up {
				t.Fatalf("Upper falls with k at %d of %d", k, n)
			}
			mirror := 1 - binomial.Upper(n-k, n, conf)
			if math.Abs(lo-mirror) > 1e-9 {
				t.Fatalf("Lower(%d, %d, %g) = %g, its mirror is %g", k, n, conf, lo, mirror)
			}
		}
	})
}

// Coverage at the worst case: the share of samples whose limit lies below the
// true rate, summed exactly, never exceeds 1 − confidence.
func TestUpperCovers(t *testing.T) {
	for _, n := range []int{20, 149, 300, 1000} {
		for _, p := range []float64{0.005, 0.02, 0.0201, 0.1, 0.4} {
			missed := 0.0
			for k := 0; k <= n && binomial.Upper(k, n, 0.95) < p; k++ {
				missed += binomial.PMF(k, n, p)
			}
			if missed > 0.05+1e-12 {
				t.Errorf("n %d, rate %g: the limit misses with probability %g", n, p, missed)
			}
		}
	}
}

func TestEdges(t *testing.T) {
	tests := []struct {
		name      string
		got, want float64
	}{
		{"no items prove nothing", binomial.Upper(0, 0, 0.95), 1},
		{"negative count", binomial.Upper(-1, 10, 0.95), 0},
		{"CDF below 0", binomial.CDF(-1, 10, 0.5), 0},
		{"CDF at n", binomial.CDF(10, 10, 0.5), 1},
		{"CDF with rate 0", binomial.CDF(0, 10, 0), 1},
		{"CDF with rate 1", binomial.CDF(9, 10, 1), 0},
		{"PMF outside", binomial.PMF(11, 10, 0.5), 0},
		{"PMF sure", binomial.PMF(0, 10, 0), 1},
		{"beta at 0", binomial.RegularizedBeta(2, 3, 0), 0},
		{"beta at 1", binomial.RegularizedBeta(2, 3, 1), 1},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: %g, want %g", tt.name, tt.got, tt.want)
		}
	}
}

func ExampleUpper() {
	fmt.Printf("12 errors in 1000 items: at most %.2f %% with 95 %% confidence\n", 100*binomial.Upper(12, 1000, 0.95))
	fmt.Println("errors allowed to prove 2 %:", binomial.MaxEvents(1000, 0.02, 0.95))
	// Output:
	// 12 errors in 1000 items: at most 1.94 % with 95 % confidence
	// errors allowed to prove 2 %: 12
}

func BenchmarkUpper(b *testing.B) {
	for b.Loop() {
		binomial.Upper(12, 1000, 0.95)
	}
}
