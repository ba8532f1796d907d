package small

import (
	"context"
	"testing"
)

func BenchmarkTrainBanking77(b *testing.B) {
	train := banking77(b, "train")
	for b.Loop() {
		if _, err := Train(context.Background(), train, Config{Seed: 1, Workers: 1}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPredictBanking77(b *testing.B) {
	train, test := banking77(b, "train"), banking77(b, "test")
	m, err := Train(context.Background(), train, Config{Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		m.Predict(test[i%len(test)].Text)
		i++
	}
}
