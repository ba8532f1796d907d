package money

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// Factor is an exact fraction of a cost, above 0 and at most 1. The zero value
// is 1.
type Factor struct{ num, den int64 }

// maxFactor bounds both parts of a factor, so that no product leaves int64.
const maxFactor = 1_000_000

// ParseFactor reads "85%", "0.85" or "2/3".
func ParseFactor(s string) (Factor, error) {
	wrong := errs.Invalid("%q is not a share above 0 and at most 1; write it as 85%%, 0.85 or 2/3", s)
	text, percent := strings.CutSuffix(strings.TrimSpace(s), "%")
	var f Factor
	if n, d, ok := strings.Cut(text, "/"); ok && !percent {
		num, err1 := strconv.ParseInt(n, 10, 64)
		den, err2 := strconv.ParseInt(d, 10, 64)
		if err1 != nil || err2 != nil {
			return Factor{}, wrong
		}
		f = Factor{num, den}
	} else {
		decimals := 6
		if percent {
			decimals = 4
		}
		num, err := parseDecimal(text, decimals)
		if err != nil {
			return Factor{}, wrong
		}
		f = Factor{num, maxFactor}
	}
	if f.num <= 0 || f.num > f.den || f.den > maxFactor {
		return Factor{}, wrong
	}
	for a, b := f.num, f.den; ; a, b = b, a%b { // Euclid
		if b == 0 {
			return Factor{f.num / a, f.den / a}, nil
		}
	}
}

// UnmarshalText reads what ParseFactor reads.
func (f *Factor) UnmarshalText(b []byte) error {
	v, err := ParseFactor(string(b))
	*f = v
	return err
}

// MarshalText is String.
func (f Factor) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// String is the fraction in lowest terms, such as "17/20"; "1" for the whole.
func (f Factor) String() string {
	if f.num == f.den {
		return "1"
	}
	return strconv.FormatInt(f.num, 10) + "/" + strconv.FormatInt(f.den, 10)
}

// Cost is the factor of Σ N × Price: exact, and rounded half up once, from pico
// to nano. It returns errs.Invalid as Cost does.
func (f Factor) Cost(parts ...Tokens) (Amount, error) {
	sum := new(big.Int)
	for _, p := range parts {
		if p.N < 0 || p.Price < 0 {
			return 0, errs.Invalid("cost of %d tokens at %d: negative", p.N, p.Price)
		}
		sum.Add(sum, new(big.Int).Mul(big.NewInt(p.N), big.NewInt(int64(p.Price))))
	}
	den := int64(1000)
	if f.num != f.den {
		sum.Mul(sum, big.NewInt(f.num))
		den *= f.den
	}
	sum.Add(sum, big.NewInt(den/2)).Div(sum, big.NewInt(den)) // den is even
	if !sum.IsInt64() {
		return 0, errs.Invalid("cost is beyond the range of an amount")
	}
	return Amount(sum.Int64()), nil
}
