package store_test

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/blob"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/job"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/store"
)

// The processes that the tests below kill are this test binary with these
// variables set.
const (
	stormDir  = "LUODI_TEST_STORM_DIR"
	stormName = "LUODI_TEST_STORM_NAME"
	stormKind = "LUODI_TEST_STORM_KIND" // "writer" or "stage"
)

// storm is the process that is killed: it stores, and only then says so.
func storm() error {
	dir, name := os.Getenv(stormDir), os.Getenv(stormName)
	db, err := store.Open(ctx, store.Config{Path: filepath.Join(dir, "luodi.db")})
	if err != nil {
		return err
	}
	if os.Getenv(stormKind) == "stage" {
		_, err := job.Run(ctx, db.Job(), job.Stage{Name: "index"}, func(context.Context) (string, error) {
			fmt.Println("running")
			time.Sleep(time.Hour)
			return "", nil
		})
		return err
	}
	blobs := &blob.Dir{Path: filepath.Join(dir, "blobs")}
	for i := 0; ; i++ {
		content := fmt.Sprintf("%s object %d %s", name, i, strings.Repeat("x", i*97%20000))
		hash, err := blobs.Put(ctx, []byte(content))
		if err != nil {
			return err
		}
		var edges []lineage.Edge
		for j := range 1 + i%50 {
			edges = append(edges, lineage.Edge{From: hash, To: fmt.Sprintf("%s %d %d", name, i, j), Step: "ingest"})
		}
		if err := db.Lineage().Link(ctx, edges); err != nil {
			return err
		}
		fmt.Printf("ok %s %d\n", hash, len(edges))
	}
}

func child(t *testing.T, dir, name, kind string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Skipf("this test starts itself: %v", err)
	}
	var out bytes.Buffer
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), stormDir+"="+dir, stormName+"="+name, stormKind+"="+kind)
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, &out
}

// Two processes write to one store and are killed at random moments, again
// and again: whatever they had acknowledged is there, whole.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(20, 9))
	acknowledged := map[string]int{}
	for round := range 12 {
		var outs [2]*bytes.Buffer
		var wg sync.WaitGroup
		for i := range outs {
			cmd, out := child(t, dir, fmt.Sprintf("round %d writer %d", round, i), "writer")
			outs[i] = out
			life := time.Duration(30+random.IntN(170)) * time.Millisecond
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				time.Sleep(life)
				cmd.Process.Kill()
				cmd.Wait()
			})
		}
		wg.Wait()
		for _, out := range outs {
			lines := bufio.NewScanner(out)
			for lines.Scan() {
				var hash string
				var n int
				if !strings.HasPrefix(lines.Text(), "ok ") {
					t.Fatalf("round %d: a writer said %s", round, lines.Text())
				}
				if _, err := fmt.Sscanf(lines.Text(), "ok %s %d", &hash, &n); err == nil && len(hash) == 64 {
					acknowledged[hash] = n
				}
			}
		}
	}
	if len(acknowledged) == 0 {
		t.Fatal("no writer came to write anything: the test shows nothing")
	}
	db := opened(t, store.Config{Path: filepath.Join(dir, "luodi.db")})
	blobs := &blob.Dir{Path: filepath.Join(dir, "blobs")}
	for hash, n := range acknowledged {
		edges, err := db.Lineage().Children(ctx, hash)
		if err != nil || len(edges) != n {
			t.Errorf("%s: %d edges, %v; %d were acknowledged", hash, len(edges), err, n)
		}
		if _, err := blobs.Get(ctx, hash); err != nil {
			t.Error(err)
		}
	}
	raw, err := sql.Open("sqlite", filepath.Join(dir, "luodi.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	var check string
	if err := raw.QueryRow("PRAGMA integrity_check").Scan(&check); err != nil || check != "ok" {
		t.Errorf("integrity: %s, %v", check, err)
	}
	t.Logf("%d writes acknowledged by 24 killed processes; all are there", len(acknowledged))
}

// A stage whose process lives is refused; once that was killed it runs at once.
func TestStageOfAKilledProcess(t *testing.T) {
	dir := t.TempDir()
	cmd, _ := child(t, dir, "", "stage")
	cmd.Stdout = nil
	said, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	if line != "running\n" {
		cmd.Process.Kill()
		t.Fatalf("the process said %q, %v", line, err)
	}
	db := opened(t, store.Config{Path: filepath.Join(dir, "luodi.db")})
	run := func() (job.Result, error) {
		return job.Run(ctx, db.Job(), job.Stage{Name: "index"}, func(context.Context) (string, error) { return "done", nil })
	}
	_, err = run()
	if !errs.Is(err, errs.CodeConflict) || !strings.Contains(err.Error(), fmt.Sprintf("by process %d", cmd.Process.Pid)) {
		t.Errorf("while it lives: %v; want a conflict that names process %d", err, cmd.Process.Pid)
	}
	cmd.Process.Kill()
	cmd.Wait()
	if res, err := run(); err != nil || res.Status != job.Ran {
		t.Errorf("after kill -9: %+v, %v; want it to run", res, err)
	}
}
