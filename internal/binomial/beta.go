package binomial

import "math"

// RegularizedBeta returns I(x; a, b), the regularised incomplete beta function
// for a, b > 0 and 0 ≤ x ≤ 1, by the continued fraction of DLMF 8.17.22 with
// the modified Lentz method, on the side where it converges fast.
func RegularizedBeta(a, b, x float64) float64 {
	return beta(a, b, x, 1-x)
}

// beta is RegularizedBeta with y = 1-x given too: whichever of the two is
// small then keeps its digits.
func beta(a, b, x, y float64) float64 {
	switch {
	case x <= 0:
		return 0
	case y <= 0:
		return 1
	case x <= (a+1)/(a+b+2):
		return front(a, b, x, y) * fraction(a, b, x) / a
	}
	return 1 - front(b, a, y, x)*fraction(b, a, y)/b
}

// front is x^a y^b / B(a, b) with y = 1-x, written through the point mass of a
// binomial with n = a+b: P(X = a) = x^a y^b Γ(n+1)/(Γ(a+1)Γ(b+1)), and
// 1/B(a, b) = Γ(n)/(Γ(a)Γ(b)) = [Γ(n+1)/(Γ(a+1)Γ(b+1))] · ab/n.
func front(a, b, x, y float64) float64 {
	n := a + b
	return mass(a, n, x, y) * a * b / n
}

// fraction is the continued fraction of I(x; a, b) without its front factor.
func fraction(a, b, x float64) float64 {
	c, d := 1.0, 1/(1-(a+b)*x/(a+1))
	h := d
	for i := 1; i <= 200+int(20*math.Sqrt(a+b)); i++ {
		m := float64(i)
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d, c = 1/nonzero(1+even*d), nonzero(1+even/c)
		h *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d, c = 1/nonzero(1+odd*d), nonzero(1+odd/c)
		h *= d * c
		if math.Abs(d*c-1) < 1e-16 {
			break
		}
	}
	return h
}

// nonzero keeps Lentz's quotients away from a division by zero.
func nonzero(v float64) float64 {
	if math.Abs(v) < 1e-300 {
		return 1e-300
	}
	return v
}

// mass is Loader's (2000) saddle-point form of the binomial probability of x
// in n trials, for real 0 ≤ x ≤ n; q is 1-p.
func mass(x, n, p, q float64) float64 {
	switch {
	case p <= 0:
		return indicator(x == 0)
	case q <= 0:
		return indicator(x == n)
	case x == 0:
		return math.Exp(n * log1mp(p, q))
	case x == n:
		return math.Exp(n * log1mp(q, p))
	}
	lc := stirling(n) - stirling(x) - stirling(n-x) - deviance(x, n*p) - deviance(n-x, n*q)
	return math.Exp(lc) * math.Sqrt(n/(2*math.Pi*x*(n-x)))
}

// log1mp returns log(1-p) where q = 1-p is also known.
func log1mp(p, q float64) float64 {
	if p < 0.5 {
		return math.Log1p(-p)
	}
	return math.Log(q)
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// stirling is log Γ(n+1) − [n log n − n + log(2πn)/2], the error of Stirling's
// formula.
func stirling(n float64) float64 {
	if n < 16 {
		lg, _ := math.Lgamma(n + 1)
		return lg - (n+0.5)*math.Log(n) + n - 0.5*math.Log(2*math.Pi)
	}
	// Asymptotic series, Abramowitz & Stegun 6.1.41; the first term left out is
	// below 1e-16 for n ≥ 16.
	n2 := n * n
	return (1.0/12 - (1.0/360-(1.0/1260-(1.0/1680-(1.0/1188-691.0/360360/n2)/n2)/n2)/n2)/n2) / n
}

// deviance is x log(x/m) + m − x, kept exact where x is near m.
func deviance(x, m float64) float64 {
	if math.Abs(x-m) < 0.1*(x+m) {
		v := (x - m) / (x + m)
		s := (x - m) * v
		e := 2 * x * v
		v *= v
		for j := 1; j < 1000; j++ {
			e *= v
			next := s + e/float64(2*j+1)
			if next == s {
				return next
			}
			s = next
		}
	}
	return x*math.Log(x/m) + m - x
}
