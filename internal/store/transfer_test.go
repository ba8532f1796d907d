package store_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/job"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/store"
	"github.com/luodi/luodi/internal/store/pgtest"
)

// exported is a whole store in memory.
type exported struct {
	schema int64
	tables []store.Table
	rows   map[string][]byte
}

func export(t *testing.T, db *store.DB) exported {
	t.Helper()
	e := exported{rows: map[string][]byte{}}
	var err error
	e.tables, e.schema, err = db.Export(context.Background(), func(name string, write func(io.Writer) error) error {
		var b bytes.Buffer
		err := write(&b)
		e.rows[name] = b.Bytes()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (e exported) open(name string) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(e.rows[name])), nil
}

func done() error { return nil }

func filled(t *testing.T, db *store.DB) {
	t.Helper()
	ctx := context.Background()
	at := time.Date(2026, 1, 2, 3, 4, 5, 678000, time.UTC)
	edges := []lineage.Edge{{From: "rec_1", To: "chk_1", Step: "chunk"}, {From: "rec_\"引号\"\t\n", To: "chk_<&>?", Step: "chunk"}}
	docs := func(yield func(knowledge.Document, error) bool) {
		yield(knowledge.Document{ID: "rec_1", Address: "a.md", Text: "第一条 限额为 5 万元。\x00?", Source: "s", Format: "md"}, nil)
	}
	_, err := knowledge.Build(ctx, knowledge.Config{Base: "b", Store: db.Knowledge(), Readers: []string{"department:risk"}, Now: func() time.Time { return at }}, docs)
	err = errors.Join(err,
		db.Lineage().Link(ctx, edges),
		db.Job().Swap(ctx, "", job.Entry{Name: "ingest/s", Hash: "x", Status: job.Ran, Output: `{"a":1}`, Seconds: .1 + .2, Started: at, Finished: at}),
		db.Job().Swap(ctx, "", job.Entry{Name: "clean/s", Hash: "y", Status: job.Running, Started: at, Lease: job.Lease{Token: "t", Host: "h", PID: 1, Until: at}}))
	if err != nil {
		t.Fatal(err)
	}
}

// A store goes through an export into either engine without a difference, but
// for what running processes hold.
func TestTransfer(t *testing.T) {
	config := map[string]func(t *testing.T) store.Config{
		"sqlite":   func(t *testing.T) store.Config { return store.Config{Path: filepath.Join(t.TempDir(), "luodi.db")} },
		"postgres": func(t *testing.T) store.Config { return store.Config{URL: pgtest.URL(t)} },
	}
	for from, make := range config {
		for to, target := range config {
			t.Run(from+" to "+to, func(t *testing.T) {
				ctx := context.Background()
				src := opened(t, make(t))
				filled(t, src)
				e := export(t, src)
				cfg := target(t)
				if err := store.Import(ctx, cfg, e.schema, e.tables, e.open, done); err != nil {
					t.Fatal(err)
				}
				dst := opened(t, cfg)
				again := export(t, dst)
				for name, want := range e.rows {
					if got := again.rows[name]; !bytes.Equal(got, want) {
						t.Errorf("table %s:\n%s\nwant\n%s", name, got, want)
					}
				}
				if len(e.rows) < 15 || bytes.Count(e.rows["job_stage"], []byte("\n")) != 1 {
					t.Errorf("%d tables; stages %s", len(e.rows), e.rows["job_stage"])
				}
				b, err := knowledge.Open(ctx, dst.Knowledge(), "b")
				if err != nil {
					t.Fatal(err)
				}
				if hits, err := b.Search(ctx, knowledge.Query{Text: "限额", As: knowledge.Asker{Owner: true}}); err != nil || len(hits) != 1 {
					t.Errorf("searching the imported base: %v %v", hits, err)
				}
				if err := store.Import(ctx, cfg, e.schema, e.tables, e.open, done); !errs.Is(err, errs.CodeConflict) {
					t.Errorf("a second import: %v", err)
				}
			})
		}
	}
}

// An import that fails, wherever, leaves an empty store.
func TestImportIsAllOrNothing(t *testing.T) {
	ctx := context.Background()
	src := opened(t, store.Config{Path: filepath.Join(t.TempDir(), "luodi.db")})
	filled(t, src)
	whole := export(t, src)
	tests := []struct {
		name, want string
		change     func(e *exported, done *func() error)
	}{
		{"a row cut off", "source_record", func(e *exported, _ *func() error) {
			e.rows["source_record"] = []byte(`{"id":"x"`)
			count(e, "source_record", 1)
		}},
		{"a row too few", "lineage_edge: it has 0 rows, the manifest says 2", func(e *exported, _ *func() error) { e.rows["lineage_edge"] = nil }},
		{"no number", "column generation", func(e *exported, _ *func() error) {
			e.rows["knowledge_base"] = bytes.Replace(e.rows["knowledge_base"], []byte(`"generation":`), []byte(`"generation":"x","was":`), 1)
		}},
		{"a column missing", "column step is missing", func(e *exported, _ *func() error) {
			e.rows["lineage_edge"] = bytes.Replace(e.rows["lineage_edge"], []byte(`"step"`), []byte(`"stop"`), 1)
		}},
		{"a table of nobody", "no table future", func(e *exported, _ *func() error) { e.tables = append(e.tables, store.Table{Name: "future"}) }},
		{"newer", "newer luodi", func(e *exported, _ *func() error) { e.schema += 1000 }},
		{"the last step", "disk", func(_ *exported, done *func() error) { *done = func() error { return errors.New("disk") } }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := exported{whole.schema, append([]store.Table(nil), whole.tables...), map[string][]byte{}}
			for k, v := range whole.rows {
				e.rows[k] = v
			}
			last := done
			tt.change(&e, &last)
			cfg := store.Config{Path: filepath.Join(t.TempDir(), "luodi.db")}
			if err := store.Import(ctx, cfg, e.schema, e.tables, e.open, last); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("%v, want %q", err, tt.want)
			}
			if _, err := os.Stat(cfg.Path); err == nil {
				for name, rows := range export(t, opened(t, cfg)).rows {
					if len(rows) > 0 {
						t.Errorf("table %s has rows", name)
					}
				}
			}
		})
	}
}

func count(e *exported, table string, n int64) {
	for i := range e.tables {
		if e.tables[i].Name == table {
			e.tables[i].Rows = n
		}
	}
}

// An export of an older luodi is read at its schema and migrated then.
func TestImportOfAnOlderSchema(t *testing.T) {
	ctx := context.Background()
	src := opened(t, store.Config{Path: filepath.Join(t.TempDir(), "luodi.db")})
	filled(t, src)
	e := export(t, src)
	var old []store.Table
	for _, tab := range e.tables {
		if strings.HasPrefix(tab.Name, "source_") || tab.Name == "lineage_edge" {
			old = append(old, tab)
		}
	}
	cfg := store.Config{Path: filepath.Join(t.TempDir(), "luodi.db")}
	if err := store.Import(ctx, cfg, 3, old, e.open, done); err != nil {
		t.Fatal(err)
	}
	if got := export(t, opened(t, cfg)); got.schema != e.schema || !bytes.Equal(got.rows["lineage_edge"], e.rows["lineage_edge"]) {
		t.Errorf("schema %d, edges %s", got.schema, got.rows["lineage_edge"])
	}
}
