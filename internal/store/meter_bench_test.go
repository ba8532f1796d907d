package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"
)

// BenchmarkLedgerRows compares the ledger's prepared insert with one of
// literals, in turn in one run: ratio is the share of the time.
func BenchmarkLedgerRows(b *testing.B) {
	ctx := context.Background()
	db, err := Open(ctx, Config{Path: filepath.Join(b.TempDir(), "luodi.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	s := meterStore{db: db}
	literals := func(ctx context.Context, tx bun.Tx, rows []ledgerRow) error {
		for part := range slices.Chunk(rows, batch) {
			if _, err := tx.NewInsert().Model(&part).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}
	rows := make([]ledgerRow, 203)
	undone := errors.New("undone: no flush to the device is measured")
	var took [2]time.Duration
	for b.Loop() {
		for way, insert := range []func(context.Context, bun.Tx, []ledgerRow) error{literals, s.insert} {
			for i := range rows {
				n := int64(i)
				rows[i] = ledgerRow{Segment: 8837483928374823, Pos: n * 140, ID: fmt.Sprintf("req_8a7b6c5d_%d", n), At: 1764000000000000 + n, Kind: 783748374834, Input: 100, Output: 50, Cost: 839283, Latency: 1000}
			}
			start := time.Now()
			err := db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
				if err := insert(ctx, tx, rows); err != nil {
					return err
				}
				return undone
			})
			took[way] += time.Since(start)
			if !errors.Is(err, undone) {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(took[1])/float64(took[0]), "ratio")
	b.ReportMetric(float64(took[1].Nanoseconds())/float64(b.N*len(rows)), "ns/row")
}
