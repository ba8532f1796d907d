package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
	"github.com/luodi/luodi/internal/store"
	"github.com/luodi/luodi/internal/store/pgtest"
)

// TestPGVector needs a PostgreSQL with the extension vector: the first initdb
// of the PATH decides, such as that of the PyPI package pgserver.
func TestPGVector(t *testing.T) {
	knowledgetest.Vectors(t, func(t *testing.T) (knowledge.Store, knowledge.Vectors) {
		ctx := context.Background()
		db, err := store.Open(ctx, store.Config{URL: pgtest.URL(t)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		engine, err := db.PGVector(ctx)
		if err != nil && strings.Contains(err.Error(), "vector") {
			t.Skipf("skipped: %v", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		return db.Knowledge(), knowledge.Vectors{Spaces: db.Space(), Engine: engine}
	})
}

func TestPGVectorNeedsPostgreSQL(t *testing.T) {
	db, err := store.Open(context.Background(), store.Config{Path: t.TempDir() + "/luodi.db"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.PGVector(context.Background()); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("SQLite compares vectors: %v", err)
	}
}
