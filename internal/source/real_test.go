package source_test

import (
	"context"
	"path/filepath"
	"testing"

	"os"

	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/source/sourcetest"
)

// TestRealData reads what the shared real data has in our formats, and takes a
// sample of rows back to their bytes.
func TestRealData(t *testing.T) {
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "data"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no real data at %s: skipped", dir)
	}
	tests := []struct {
		spec           source.Spec
		files, records int
	}{
		{source.Spec{Name: "banking77", Path: "banking77/t*.csv", Columns: source.Columns{Text: "text", Label: "category"}}, 2, 13083},
		{source.Spec{Name: "tau2", Path: "tau2-banking/documents/*.json", Root: "tau2-banking/documents", Columns: source.Columns{ID: "id", Title: "title", Text: "content"}}, 698, 698},
		{source.Spec{Name: "german", Path: "german-credit/*.csv"}, 2, 2000},
		{source.Spec{Name: "loans", Path: "loans-r/*.csv"}, 4, 1319 + 4454 + 9857 + 5000},
		{source.Spec{Name: "law", Path: "cn-finance-law/*/**/*.md", Root: "cn-finance-law"}, 154, 154},
		{source.Spec{Name: "cmrc", Path: "retrieval/cmrc2018/docs.jsonl", Columns: source.Columns{ID: "id", Title: "title", Text: "text"}}, 1, 848},
		{source.Spec{Name: "dialects", Path: "docling-docs/csv/sources/*.csv"}, 9, -1},
		{source.Spec{Name: "pages", Path: "docling-docs/html/sources/*.html"}, 31, 31},
	}
	for _, tt := range tests {
		t.Run(tt.spec.Name, func(t *testing.T) {
			store, blobs := &sourcetest.Store{}, &sourcetest.Blobs{}
			rep, err := source.Ingest(context.Background(), source.Config{Project: dir, Spec: tt.spec, Store: store, Blobs: blobs})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range rep.Failed {
				t.Errorf("%s: %s", f.Path, f.Reason)
			}
			for _, w := range rep.Warnings {
				t.Log(w)
			}
			if rep.Files != tt.files || tt.records >= 0 && rep.Records != tt.records {
				t.Errorf("%d files, %d records; want %d, %d", rep.Files, rep.Records, tt.files, tt.records)
			}
			n := 0
			err = store.Each(context.Background(), tt.spec.Name, func(r source.Record) error {
				if n++; n%97 != 1 {
					return nil
				}
				f, err := store.File(context.Background(), r.FileID)
				if err != nil {
					return err
				}
				raw, err := blobs.Get(context.Background(), r.FileHash)
				if err != nil {
					return err
				}
				_, err = source.TextOf(context.Background(), nil, raw, f, r)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}
