package clean

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/source"
)

// BenchmarkClean is a whole plan on real texts: operators, measures, values,
// personal data.
//
//	go test -run XXX -bench Clean -cpu 1 ./internal/clean
func BenchmarkClean(b *testing.B) {
	for _, tt := range []struct{ name, pattern, format, class string }{
		{"laws zh", "cn-finance-law/*/*.md", "md", source.ClassDocument},
		{"questions en", "banking77/t*.csv", "csv", source.ClassRow},
		{"loans", "german-credit/*.csv", "csv", source.ClassRow},
	} {
		files, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "data", tt.pattern))
		if err != nil || len(files) == 0 {
			b.Logf("no real data at ../shared/data/%s: skipped", tt.pattern)
			continue
		}
		var records []source.Record
		size := 0
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil || !utf8.Valid(raw) {
				continue
			}
			size += len(raw)
			texts := []string{string(raw)}
			if tt.class == source.ClassRow {
				texts = strings.Split(string(raw), "\n")
			}
			for _, t := range texts {
				records = append(records, source.Record{Class: tt.class, Format: tt.format, Text: t})
			}
		}
		plan := NewPlan(nil)
		b.Run(tt.name, func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				for _, r := range records {
					plan.Clean(r)
				}
			}
		})
	}
}
