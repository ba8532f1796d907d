package etest

import "math"

// CDF is the standard normal distribution function.
func CDF(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

// Density is the standard normal density.
func Density(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }

// Quantile is the inverse of CDF; p must lie in (0,1).
//
// Rational approximation of P. J. Acklam (2003), relative error 1.2e-9, which
// is far below what a stake or a plan can show. Stakes stay valid with any
// value: it is chosen before the item is seen.
func Quantile(p float64) float64 {
	const low = 0.02425
	switch {
	case p <= 0:
		return math.Inf(-1)
	case p >= 1:
		return math.Inf(1)
	case p < low:
		return tailQuantile(math.Sqrt(-2 * math.Log(p)))
	case p > 1-low:
		return -tailQuantile(math.Sqrt(-2 * math.Log(1-p)))
	}
	q := p - 0.5
	r := q * q
	return (((((-3.969683028665376e+01*r+2.209460984245205e+02)*r-2.759285104469687e+02)*r+1.383577518672690e+02)*r-3.066479806614716e+01)*r + 2.506628277459239e+00) * q /
		(((((-5.447609879822406e+01*r+1.615858368580409e+02)*r-1.556989798598866e+02)*r+6.680131188771972e+01)*r-1.328068155288572e+01)*r + 1)
}

func tailQuantile(q float64) float64 {
	return (((((-7.784894002430293e-03*q-3.223964580411365e-01)*q-2.400758277161838e+00)*q-2.549732539343734e+00)*q+4.374664141464968e+00)*q + 2.938163982698783e+00) /
		((((7.784695709041462e-03*q+3.224671290700398e-01)*q+2.445134137142996e+00)*q+3.754408661907416e+00)*q + 1)
}
