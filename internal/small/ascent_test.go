package small

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// blobs is a small dense problem: points around one centre a class.
func blobs(n, classes, features int, seed uint64) (*matrix, []int32) {
	rng := rand.New(rand.NewPCG(seed, 0))
	x := &matrix{start: []int{0}}
	y := make([]int32, n)
	for i := range y {
		y[i] = int32(i % classes)
		for f := range features {
			x.idx = append(x.idx, int32(f))
			x.val = append(x.val, float32(rng.NormFloat64()/4))
		}
		x.val[len(x.val)-features+int(y[i])%features] += 0.5
		x.start = append(x.start, len(x.idx))
	}
	return x, y
}

// primal is Σ loss + |W|²/(2C), what the fit minimises.
func primal(x *matrix, y []int32, w []float32, classes int, c float64) float64 {
	var sum float64
	o := make([]float32, classes)
	for i, label := range y {
		idx, val := x.row(i)
		clear(o)
		accumulate(o, w, idx, val)
		softmax(o)
		sum -= math.Log(max(float64(o[label]), 1e-30))
	}
	for _, v := range w {
		sum += float64(v) * float64(v) / (2 * c)
	}
	return sum
}

// The optimum is unique, so plain gradient descent run for long must not find
// a better one.
func TestAscentReachesTheOptimum(t *testing.T) {
	const n, classes, features = 200, 3, 6
	x, y := blobs(n, classes, features, 1)
	w, err := fitSoftmax(context.Background(), x, y, features, classes, 1, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	got := primal(x, y, w, classes, 1)
	v := make([]float32, len(w))
	o := make([]float32, classes)
	for range 3000 {
		g := slices.Clone(v)
		for i, label := range y {
			idx, val := x.row(i)
			clear(o)
			accumulate(o, v, idx, val)
			softmax(o)
			o[label]--
			for j, f := range idx {
				for c := range o {
					g[int(f)*classes+c] += o[c] * val[j]
				}
			}
		}
		for i := range v {
			v[i] -= 0.01 * g[i]
		}
	}
	if want := primal(x, y, v, classes, 1); got > want*1.001 {
		t.Errorf("the fit reaches %.5f, gradient descent %.5f", got, want)
	}
}

func TestFitStopsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	x, y := blobs(20, 2, 3, 1)
	if _, err := fitSoftmax(ctx, x, y, 3, 2, 1, rand.New(rand.NewPCG(1, 1))); err != context.Canceled {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if _, err := fitSVM(ctx, x, make([]bool, 20), 3, rand.New(rand.NewPCG(1, 1))); err != context.Canceled {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestAccumulateIsAMatrixProduct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		classes := rapid.IntRange(1, 9).Draw(t, "classes")
		nnz := rapid.IntRange(0, 11).Draw(t, "nnz")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		w := make([]float32, 20*classes)
		for i := range w {
			w[i] = float32(rng.NormFloat64())
		}
		idx, val := make([]int32, nnz), make([]float32, nnz)
		want := make([]float64, classes)
		for i := range idx {
			idx[i], val[i] = rng.Int32N(20), float32(rng.NormFloat64())
			for c := range want {
				want[c] += float64(w[int(idx[i])*classes+c]) * float64(val[i])
			}
		}
		got := make([]float32, classes)
		accumulate(got, w, idx, val)
		for c := range want {
			if math.Abs(float64(got[c])-want[c]) > 1e-4 {
				t.Fatalf("class %d: %g, want %g", c, got[c], want[c])
			}
		}
	})
}

func TestBest(t *testing.T) {
	tests := []struct {
		name   string
		scores []float32
		class  int
		margin float64
	}{
		{"first", []float32{3, 1, 2}, 0, 1},
		{"second", []float32{1, 3, 2}, 1, 1},
		{"last", []float32{1, 2, 4}, 2, 2},
		{"a tie goes to the first", []float32{1, 5, 5}, 1, 0},
		{"two classes", []float32{-2, -1}, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			class, top, margin := best(tt.scores)
			if class != tt.class || margin != tt.margin || top != float64(slices.Max(tt.scores)) {
				t.Errorf("best = %d, %g, %g", class, top, margin)
			}
		})
	}
}

func TestExp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-690, 0).Draw(t, "x")
		if got, want := exp(x), math.Exp(x); math.Abs(got-want) > 1e-9*want {
			t.Fatalf("exp(%g) = %g, want %g", x, got, want)
		}
	})
	if exp(-1000) != 0 || exp(math.Inf(-1)) != 0 || exp(0) != 1 {
		t.Error("exp is wrong at its ends")
	}
}

// Logits that are T times too large need the temperature T.
func TestTemperatureIsFound(t *testing.T) {
	for _, want := range []float64{0.3, 1, 4} {
		rng := rand.New(rand.NewPCG(7, 7))
		const n, classes = 20000, 4
		logits, labels := make([]float32, 0, n*classes), make([]int32, n)
		for i := range labels {
			z := make([]float32, classes)
			for c := range z {
				z[c] = float32(rng.NormFloat64() * 2)
			}
			p := slices.Clone(z)
			softmax(p)
			u := rng.Float32()
			for c := range p {
				if u -= p[c]; u < 0 || c == classes-1 {
					labels[i] = int32(c)
					break
				}
			}
			for _, v := range z {
				logits = append(logits, v*float32(want))
			}
		}
		if got := temperatureOf(logits, labels, nil, classes); math.Abs(got-want) > 0.05*want {
			t.Errorf("temperature %.3f, want %.3f", got, want)
		}
	}
}
