package etest

import "math"

// Bets is a test martingale for scores in [0,1] whose stakes aim at
// deadlines: three parts of the capital, .2, .3 and .5, at N/4, N/2 and N.
//
// Contract: for a true conditional mean at most floor, E[capital] ≤ 1 at every
// item, so it reaches 1/share with probability at most share, whatever the
// stopping rule (Ville 1939). Each stake depends on earlier items only. A
// paired difference d in [-1,1] enters as (d+1)/2. Not for several goroutines.
type Bets struct {
	floor, share float64
	aim          float64 // the share whose inverse the stakes aim at; below share
	capital      []float64
	deadline     []float64
	n            int
	weight       float64 // of the variance prior, in items
	sum, squares float64
	prior        float64
	crossed      bool
	population   int     // items in all, drawn without replacement; 0: traffic
	total        float64 // of the population's scores at most, so they say
}

// NewBets starts a test of floor over at most n items at the given share.
// variance is a guess of the scores' variance, 0 for .15 of a paired
// difference and p(1−p) else; a wrong guess costs power, never validity.
func NewBets(floor, share float64, n int, variance float64) *Bets {
	N := float64(n)
	return newBets(floor, share, variance, []float64{.2, .3, .5}, []float64{math.Ceil(N / 4), math.Ceil(N / 2), N})
}

// NewDeadlineBets is NewBets with all capital aimed at the last item: the most
// power there, less before.
func NewDeadlineBets(floor, share float64, n int, variance float64) *Bets {
	return newBets(floor, share, variance, []float64{1}, []float64{float64(n)})
}

// NewFiniteBets is NewBets where the items are the whole population of n, drawn
// without replacement in random order, and its scores are said to sum to at
// most total: before each item the floor is what would be left for the mean of
// the rest (Waudby-Smith & Ramdas 2020). A sum seen above total decides, with
// a share of 0 too.
func NewFiniteBets(total float64, n int, share, variance float64) *Bets {
	b := NewBets(total/float64(n), share, n, variance)
	b.population, b.total = n, total
	return b
}

// beyond is how far past the goal stakes aim. No stake wins more than what is
// left to its aim on a full score, so capital that aimed at 1/share itself
// would come ever nearer on scores that are all alike and never reach it. It
// is fixed before data, and the goal stays 1/share: validity is untouched.
const beyond = .9

func newBets(floor, share, variance float64, capital, deadline []float64) *Bets {
	if variance <= 0 {
		variance = math.Max(floor*(1-floor), 0.01)
	}
	return &Bets{floor: floor, share: share, aim: beyond * share, capital: capital, deadline: deadline, weight: 10, prior: variance}
}

// Add places the stakes, then shows the item's score; it reports whether the
// test has crossed, at this item or before.
func (b *Bets) Add(x float64) bool {
	t := float64(b.n)
	mean := (b.sum + b.weight*b.floor) / (t + b.weight)
	v := (b.squares+b.weight*(b.prior+b.floor*b.floor))/(t+b.weight) - mean*mean
	v = math.Max(v, 1e-4)
	floor := b.floor
	if b.population > 0 && b.n < b.population {
		floor = math.Max((b.total-b.sum)/float64(b.population-b.n), 0)
	}
	for i := range b.capital {
		lambda := b.stake(i, v, t, floor)
		b.capital[i] *= 1 + lambda*(x-floor)
	}
	b.n++
	b.sum += x
	b.squares += x * x
	if b.Capital() >= 1/b.share || b.population > 0 && b.sum > b.total {
		b.crossed = true
	}
	return b.crossed
}

// stake is the bold-play stake of part i for its deadline: the derivative of
// Φ(Φ⁻¹(capital·share) + gap·√(remaining/variance)) in the score.
func (b *Bets) stake(i int, v, t, floor float64) float64 {
	m := b.capital[i]
	if m*b.aim < 1e-12 || floor >= 1 || t >= b.deadline[len(b.deadline)-1] {
		return 0 // as good as lost, nothing to win, or past its last deadline: it rests
	}
	T := b.deadline[i]
	for j := i + 1; T <= t && j < len(b.deadline); j++ {
		T = b.deadline[j]
	}
	a := math.Min(math.Max(m*b.aim, 1e-9), .999)
	lambda := Density(Quantile(a)) / (a * math.Sqrt(v*math.Max(T-t, 1)))
	if floor > 0 {
		lambda = math.Min(lambda, .95/floor)
	}
	return math.Min(lambda, math.Max((1/(m*b.aim)-1)/(1-floor), 0))
}

// Capital is the martingale's value; 1 at the start.
func (b *Bets) Capital() float64 {
	sum := 0.0
	for _, c := range b.capital {
		sum += c
	}
	return sum
}

// Crossed reports whether the capital has ever reached 1/share.
func (b *Bets) Crossed() bool { return b.crossed }

// Items is the number of scores shown so far.
func (b *Bets) Items() int { return b.n }

// Mixture is a test martingale without a deadline, for pools that may grow:
// the mean of constant stakes over a grid of gaps (Waudby-Smith & Ramdas
// 2024). Its contract is that of Bets, for any number of items.
type Mixture struct {
	floor, share float64
	lambda       []float64
	capital      []float64
	n            int
	crossed      bool
}

// NewMixture starts a test of floor at the given share.
func NewMixture(floor, share float64) *Mixture {
	m := &Mixture{floor: floor, share: share}
	v := math.Max(floor*(1-floor), .01)
	for _, gap := range []float64{.01, .02, .03, .045, .06, .09, .13, .2, .3} {
		l := gap / (v + gap*gap)
		if floor > 0 {
			l = math.Min(l, .95/floor)
		}
		m.lambda = append(m.lambda, l)
	}
	for range m.lambda {
		m.capital = append(m.capital, 1)
	}
	return m
}

// Add shows the next score and reports whether the test has crossed, now or
// before.
func (m *Mixture) Add(x float64) bool {
	for i, l := range m.lambda {
		if m.capital[i] *= 1 + l*(x-m.floor); m.capital[i] < 1e-250 {
			m.capital[i] = 0 // lost: it rests
		}
	}
	m.n++
	if m.Capital() >= 1/m.share {
		m.crossed = true
	}
	return m.crossed
}

// Capital is the martingale's value; 1 at the start.
func (m *Mixture) Capital() float64 {
	sum := 0.0
	for _, c := range m.capital {
		sum += c
	}
	return sum / float64(len(m.capital))
}
