package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/store"
)

// TestBurstsOnTwoProcesses: 64 goroutines on two meters that share a store
// never pass a budget, and the store's sums are the ledger's.
func TestBurstsOnTwoProcesses(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			s := e.open(t).Meter()
			ctx := context.Background()
			budget := meter.Budget{Scope: meter.Scope{Kind: meter.Department, Name: "service"}, Per: "month", Limit: 400_000, Currency: money.CNY}
			at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
			dir := t.TempDir()
			var meters []*meter.Meter
			for range 2 {
				m, err := meter.Open(ctx, meter.Config{Dir: dir, Store: s, Budgets: []meter.Budget{budget}, Fill: 5 * time.Millisecond})
				if err != nil {
					t.Fatal(err)
				}
				meters = append(meters, m)
			}
			price := meter.Flat("p", money.CNY, 1_000_000, 1_000_000, 1_000_000)
			var held atomic.Int64 // held and settled, never more than what the meters know
			var admitted atomic.Int64
			var wg sync.WaitGroup
			for g := range 64 {
				wg.Go(func() {
					for i := range 10 {
						most := int64(1 + (g+i)%20)
						h, err := meters[g%2].Reserve(ctx, meter.Call{ID: fmt.Sprint(g, "-", i), Time: at, Department: "service", Model: "m", Price: price, Most: meter.Usage{Output: most}})
						if errs.Is(err, errs.CodeExhausted) {
							continue
						}
						if err != nil {
							t.Error(err)
							return
						}
						admitted.Add(1)
						if n := held.Add(most * 1000); n > int64(budget.Limit) {
							t.Errorf("held and settled %d of %d", n, budget.Limit)
						}
						used := int64(i) % (most + 1)
						held.Add((used - most) * 1000)
						h.Settle(meter.Final{Usage: meter.Usage{Output: used}, Outcome: meter.OK})
					}
				})
			}
			wg.Wait()
			for _, m := range meters {
				if err := m.Close(ctx); err != nil {
					t.Fatal(err)
				}
			}
			spent, leased, err := s.State(ctx, budget.Window(at, time.UTC).ID)
			if err != nil {
				t.Fatal(err)
			}
			sums, err := s.Sum(ctx, meter.Query{})
			if err != nil || len(sums) != 1 {
				t.Fatal(sums, err)
			}
			if int64(spent) != held.Load() || leased != 0 || sums[0].Cost != spent || sums[0].Requests != admitted.Load() {
				t.Errorf("spent %d, leased %d; settled %d in %d calls; the ledger has %+v", spent, leased, held.Load(), admitted.Load(), sums)
			}
			t.Logf("%d of 640 calls admitted, %s of %s spent", admitted.Load(), spent, budget.Limit)
		})
	}
}

// BenchmarkFill is what a call costs the gateway after its reply: its row in
// the store.
func BenchmarkFill(b *testing.B) {
	db, err := store.Open(context.Background(), store.Config{Path: filepath.Join(b.TempDir(), "luodi.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	s := db.Meter()
	const rows = 1000
	at := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		batch := meter.Batch{Node: "n", Segment: "n/1", From: at, To: at + rows}
		for i := range int64(rows) {
			batch.Rows = append(batch.Rows, meter.Row{
				Offset: at + i, ID: fmt.Sprintf("req_00000000_%d", at+i), Time: time.UnixMicro(1_790_000_000_000_000 + at + i), Key: "key_1", Department: "service",
				Model: "m", Vendor: "v", Usage: meter.Usage{Input: 21, Output: 42}, PriceRow: "p", Currency: money.CNY, Cost: 100_000, Latency: time.Millisecond, Outcome: meter.OK,
			})
		}
		if err := s.Fill(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
		at += rows
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(at), "us/row")
}
