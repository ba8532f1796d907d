package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/job"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/coverage"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/drift"
	"github.com/luodi/luodi/internal/sizing/judge"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/store"
	"github.com/luodi/luodi/internal/store/pgtest"
	"github.com/luodi/luodi/internal/store/storetest"
)

func TestMain(m *testing.M) {
	if os.Getenv(stormDir) != "" { // a process that a test will kill
		fmt.Fprintln(os.Stderr, storm())
		os.Exit(1)
	}
	os.Exit(pgtest.Main(m))
}

// engines opens an empty store for one test, on each engine. The PostgreSQL
// ones skip, and say so, where its programs are absent.
var engines = []struct {
	name string
	open func(t *testing.T) *store.DB
}{
	{"sqlite", func(t *testing.T) *store.DB {
		return opened(t, store.Config{Path: filepath.Join(t.TempDir(), ".luodi", "luodi.db")})
	}},
	{"postgres", func(t *testing.T) *store.DB {
		return opened(t, store.Config{URL: pgtest.URL(t)})
	}},
}

func opened(t *testing.T, cfg store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return db
}

// suites: one line per domain package.
var suites = []struct {
	name string
	run  func(t *testing.T, open func(t *testing.T) *store.DB)
}{
	{"lineage", func(t *testing.T, open func(t *testing.T) *store.DB) {
		storetest.Lineage(t, func(t *testing.T) lineage.Store { return open(t).Lineage() })
		storetest.LineageIndex(t, func(t *testing.T) lineage.Index { return open(t).Lineage() })
	}},
	{"source", func(t *testing.T, open func(t *testing.T) *store.DB) {
		storetest.Source(t, func(t *testing.T) source.Store { return open(t).Source() })
	}},
	{"drift", func(t *testing.T, open func(t *testing.T) *store.DB) {
		storetest.Drift(t, func(t *testing.T) drift.Store { return open(t).Drift() })
	}},
	{"meter", func(t *testing.T, open func(t *testing.T) *store.DB) {
		storetest.Meter(t, func(t *testing.T) meter.Store { return open(t).Meter() })
	}},
	{"auth", func(t *testing.T, open func(t *testing.T) *store.DB) {
		storetest.Auth(t, func(t *testing.T) auth.Store { return open(t).Auth() })
		storetest.Rates(t, func(t *testing.T) auth.Rates { return open(t).Rates() })
		storetest.Acts(t, func(t *testing.T) auth.Acts { return open(t).Acts() })
	}},
	{"clean", func(t *testing.T, open func(t *testing.T) *store.DB) {
		storetest.Clean(t, func(t *testing.T) clean.Store { return open(t).Clean() })
	}},
	{"clean decided", func(t *testing.T, open func(t *testing.T) *store.DB) {
		storetest.CleanDecided(t, func(t *testing.T) storetest.Decided { return open(t).CleanDecided() })
	}},
	{"vault", func(t *testing.T, open func(t *testing.T) *store.DB) {
		storetest.Vault(t, func(t *testing.T) pii.VaultStore { return open(t).Vault() })
	}},
	{"job", func(t *testing.T, open func(t *testing.T) *store.DB) {
		storetest.Job(t, func(t *testing.T) job.Store { return open(t).Job() })
	}},
	{"knowledge", func(t *testing.T, open func(t *testing.T) *store.DB) {
		storetest.Knowledge(t, func(t *testing.T) knowledge.Store { return open(t).Knowledge() })
	}},
	{"coverage", func(t *testing.T, open func(t *testing.T) *store.DB) {
		storetest.Coverage(t, func(t *testing.T) coverage.Store { return open(t).Coverage() })
	}},
	{"space", func(t *testing.T, open func(t *testing.T) *store.DB) {
		storetest.Space(t, func(t *testing.T) space.Store { return open(t).Space() })
	}},
	{"sizing", func(t *testing.T, open func(t *testing.T) *store.DB) {
		storetest.Sizing(t, func(t *testing.T) sizing.Store { return open(t).Sizing() })
	}},
	{"judge", func(t *testing.T, open func(t *testing.T) *store.DB) {
		storetest.Judge(t, func(t *testing.T) judge.Labels { return open(t).Judge() })
	}},
	{"signatures", func(t *testing.T, open func(t *testing.T) *store.DB) {
		storetest.Signatures(t, func(t *testing.T) sizing.Signatures { return open(t).Signatures() })
	}},
}

func TestStores(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			for _, s := range suites {
				t.Run(s.name, func(t *testing.T) { s.run(t, e.open) })
			}
		})
	}
}
