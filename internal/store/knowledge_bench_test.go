package store_test

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/store"
)

const sharedData = "../../../shared/data"

// BenchmarkKnowledge builds a base of 1,586 Chinese laws in SQLite, then asks
// it its questions: MB/s of one build by wall clock and by CPU time, the size
// of the database relative to the text, and latencies of ten hits with text.
func BenchmarkKnowledge(b *testing.B) {
	docs := lawDocuments(b)
	f, err := os.Open(filepath.Join(sharedData, "retrieval/lecoqa/queries.jsonl"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	questions, err := knowledge.ReadQuestions(f)
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	for b.Loop() {
		path := filepath.Join(b.TempDir(), "luodi.db")
		db, err := store.Open(ctx, store.Config{Path: path})
		if err != nil {
			b.Fatal(err)
		}
		bytes := 0
		cpu, wall := cpuTime(), time.Now()
		report, err := knowledge.Build(ctx, knowledge.Config{Base: "laws", Store: db.Knowledge(), Now: time.Now}, func(yield func(knowledge.Document, error) bool) {
			for _, d := range docs {
				bytes += len(d.Text)
				if !yield(d, nil) {
					return
				}
			}
		})
		if err != nil {
			b.Fatal(err)
		}
		mb := float64(bytes) / 1e6
		b.ReportMetric(mb/time.Since(wall).Seconds(), "MB/s")
		b.ReportMetric(mb/(cpuTime()-cpu).Seconds(), "MB/cpu-s")
		size := int64(0)
		for _, suffix := range []string{"", "-wal"} {
			if st, err := os.Stat(path + suffix); err == nil && suffix == "" {
				size += st.Size()
			}
		}
		b.ReportMetric(float64(size)/float64(bytes), "disk/text")
		b.ReportMetric(float64(report.Chunks), "chunks")
		base, err := knowledge.Open(ctx, db.Knowledge(), "laws")
		if err != nil {
			b.Fatal(err)
		}
		for _, pass := range []string{"cold-", ""} {
			figures, err := knowledge.Eval(ctx, base.Search, questions, knowledge.EvalConfig{K: []int{10}, As: knowledge.Asker{Owner: true}, Now: time.Now})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(figures["p50_ms"], pass+"p50-ms")
			b.ReportMetric(figures["p95_ms"], pass+"p95-ms")
		}
		var ru syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &ru); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(ru.Maxrss)/1024, "max-RSS-MB")
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func cpuTime() time.Duration {
	var ru syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &ru); err != nil {
		panic(err)
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

func lawDocuments(b *testing.B) (docs []knowledge.Document) {
	f, err := os.Open(filepath.Join(sharedData, "cn-laws-national/national.tar.gz"))
	if errors.Is(err, os.ErrNotExist) {
		b.Skipf("skipped: %s is not there", filepath.Join(sharedData, "cn-laws-national"))
	}
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		b.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			b.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg || !strings.HasSuffix(h.Name, ".md") {
			continue
		}
		text, err := io.ReadAll(r)
		if err != nil {
			b.Fatal(err)
		}
		docs = append(docs, knowledge.Document{ID: lineage.NewID(lineage.Record, h.Name, string(text)), Address: h.Name, Text: string(text), Source: "laws", Format: "md"})
	}
	slices.SortFunc(docs, func(x, y knowledge.Document) int { return strings.Compare(x.Address, y.Address) })
	return docs
}
