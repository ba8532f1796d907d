package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/blob"
	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/store"
)

var killSpecs = []source.Spec{
	{Name: "tickets", Department: "service", Path: "*.csv", Columns: source.Columns{ID: "id", Text: "text", Label: "label"}},
	{Name: "rules", Department: "compliance", Path: "rules/**/*.md"},
}

// killProject writes a project of a few thousand rows and a hundred documents.
func killProject(t *testing.T, dir string) {
	t.Helper()
	for f := range 3 {
		var b strings.Builder
		b.WriteString("id,text,label\n")
		for i := range 3000 {
			fmt.Fprintf(&b, "%d-%d,\"row %d says, or asks, something\",label%d\n", f, i, i%2500, i%7)
		}
		killWrite(t, filepath.Join(dir, fmt.Sprintf("%d.csv", f)), b.String())
	}
	for i := range 100 {
		killWrite(t, filepath.Join(dir, "rules", fmt.Sprint(i%7), fmt.Sprintf("%d.md", i)), strings.Repeat(fmt.Sprintf("# 规则 %d\n\n第一条 内容。\n", i), 20))
	}
}

func killWrite(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// killRun ingests and cleans everything, and returns all that can be read
// back, as JSON.
func killRun(ctx context.Context, dir, state string) ([]byte, error) {
	db, err := store.Open(ctx, store.Config{Path: filepath.Join(state, "luodi.db")})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	at := time.Unix(1767225600, 0)
	for _, spec := range killSpecs {
		rep, err := source.Ingest(ctx, source.Config{
			Project: dir, Spec: spec, Store: db.Source(), Blobs: &blob.Dir{Path: filepath.Join(state, "blobs")},
			Now: func() time.Time { return at },
		})
		if err != nil {
			return nil, err
		}
		cleaned, err := clean.Run(ctx, clean.Config{Source: spec.Name, Sources: db.Source(), Store: db.Clean()})
		if err != nil {
			return nil, err
		}
		if err := enc.Encode([]any{rep.Digest, rep.Files, rep.Records, cleaned}); err != nil {
			return nil, err
		}
		if err := db.Source().Each(ctx, spec.Name, func(r source.Record) error { return enc.Encode(r) }); err != nil {
			return nil, err
		}
		if err := db.Clean().Each(ctx, spec.Name, func(c clean.Cleaned) error { return enc.Encode(c) }); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// TestKillHelper is the process that TestKilledIngest kills; it does nothing
// in a normal run.
func TestKillHelper(t *testing.T) {
	dir := os.Getenv("LUODI_KILL_DIR")
	if dir == "" {
		t.Skip("only run by TestKilledIngest")
	}
	if _, err := killRun(context.Background(), dir, os.Getenv("LUODI_KILL_STATE")); err != nil {
		t.Fatal(err)
	}
}

// TestKilledIngest kills a process with SIGKILL at random moments of ingest
// and cleaning; the next run finishes, and everything reads as if nothing had
// happened.
func TestKilledIngest(t *testing.T) {
	dir := t.TempDir()
	killProject(t, dir)
	start := time.Now()
	want, err := killRun(context.Background(), dir, filepath.Join(t.TempDir(), "whole"))
	if err != nil {
		t.Fatal(err)
	}
	whole := time.Since(start)
	r := rand.New(rand.NewPCG(1, uint64(start.UnixNano())))
	state := filepath.Join(t.TempDir(), "killed")
	for range 2 { // projects
		for range 10 { // kills in each
			cmd := exec.Command(os.Args[0], "-test.run=^TestKillHelper$")
			cmd.Env = append(os.Environ(), "LUODI_KILL_DIR="+dir, "LUODI_KILL_STATE="+state)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(r.Int64N(int64(whole))))
			if err := cmd.Process.Kill(); err != nil {
				t.Log(err) // it was done already
			}
			_ = cmd.Wait()
		}
		got, err := killRun(context.Background(), dir, state)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, got) {
			t.Fatal("after kills the store reads otherwise than after an undisturbed run")
		}
		if err := os.RemoveAll(state); err != nil {
			t.Fatal(err)
		}
	}
}
