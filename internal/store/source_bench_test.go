package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/blob"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/store"
)

// BenchmarkIngest ingests a table of 20,000 tickets into an empty project.
func BenchmarkIngest(b *testing.B) {
	var text strings.Builder
	text.WriteString("id,channel,text,category\n")
	const n = 20000
	for i := range n {
		fmt.Fprintf(&text, "T%06d,app,\"%d I still have not received my new card, I ordered over a week ago.\",card_arrival\n", i, i)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		dir := b.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "tickets.csv"), []byte(text.String()), 0o644); err != nil {
			b.Fatal(err)
		}
		db, err := store.Open(context.Background(), store.Config{Path: filepath.Join(dir, "luodi.db")})
		if err != nil {
			b.Fatal(err)
		}
		rep, err := source.Ingest(context.Background(), source.Config{
			Project: dir, Store: db.Source(), Blobs: &blob.Dir{Path: filepath.Join(dir, "blobs")},
			Spec: source.Spec{Name: "tickets", Path: "*.csv", Columns: source.Columns{ID: "id", Text: "text", Label: "category"}},
		})
		if err != nil || rep.Records != n {
			b.Fatal(rep, err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
}
