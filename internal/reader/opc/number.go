package opc

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Number writes a number that an office program stored in full, with the 15
// significant digits that Excel calculates with: 4.4000000000000004 is 4.4.
// Whole numbers and decimals of up to 15 characters are not touched, nor is
// what is no number or beyond 10^21.
func Number(s string) string {
	if len(s) <= 15 && !strings.ContainsAny(s, "eE") {
		return s
	}
	v, err := strconv.ParseFloat(s, 64)
	if size := math.Abs(v); err != nil || math.IsNaN(v) || size != 0 && (size >= 1e21 || size < 1e-12) {
		return s
	}
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(v, 'e', 14, 64))
	if !ok {
		return s
	}
	return strings.TrimRight(strings.TrimRight(r.FloatString(26), "0"), ".")
}
