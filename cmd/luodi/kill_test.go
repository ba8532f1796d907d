package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"github.com/luodi/luodi/internal/openai/openaitest"
)

// kills is how often a run is killed; LUODI_LONG=1 kills more often.
func kills() int {
	if os.Getenv("LUODI_LONG") != "" {
		return 20
	}
	return 8
}

// luodi runs a command to its end and returns its standard output.
func luodi(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("luodi", args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("luodi %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return stdout.Bytes()
}

// killed starts luodi up and kills it with SIGKILL after a while; false when
// it ended before.
func killed(t *testing.T, dir string, after time.Duration) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), after)
	defer cancel()
	out, err := exec.CommandContext(ctx, "luodi", "up", "-C", dir).CombinedOutput()
	if ctx.Err() == nil && err != nil {
		t.Fatalf("luodi up failed after a kill: %v\n%s", err, out)
	}
	return err != nil
}

// bringUp kills luodi up at random moments, then lets it run to its end. whole
// is how long an undisturbed run takes, over which the moments are spread.
func bringUp(t *testing.T, dir string, whole time.Duration) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 9))
	met := 0
	for range kills() {
		// Each run goes on where the one before was killed, so that later ones are shorter.
		after := 20*time.Millisecond + time.Duration(r.Float64()*2/float64(kills())*float64(whole))
		if killed(t, dir, after) {
			met++
		}
	}
	t.Logf("seed %d: %d of %d kills met a run under way", seed, met, kills())
	if met < 3 {
		t.Errorf("only %d kills met a run under way; an undisturbed one takes %s", met, whole)
	}
	luodi(t, "up", "-C", dir)
}

// findings is what a project has come to: its report without what differs
// from run to run (clock times, durations and what is addressed by them).
func findings(t *testing.T, dir string) any {
	t.Helper()
	var report any
	if err := json.Unmarshal(luodi(t, "report", "-C", dir, "--json"), &report); err != nil {
		t.Fatal(err)
	}
	return without(report, "generated", "p50_ms", "p95_ms", "within_latency", "within_latency_interval", "decision", "outcomes", "seconds", "new_calls", "changed", "added", "unchanged")
}

func without(v any, names ...string) any {
	switch v := v.(type) {
	case map[string]any:
		for _, n := range names {
			delete(v, n)
		}
		for k := range v {
			v[k] = without(v[k], names...)
		}
	case []any:
		for i := range v {
			v[i] = without(v[i], names...)
		}
	}
	return v
}

// rows counts the rows of every table but the journal.
func rows(t *testing.T, dir string) map[string]int {
	t.Helper()
	db := openState(t, dir)
	names, err := db.Query(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'goose%' AND name NOT LIKE 'meter%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer names.Close()
	out := map[string]int{}
	for names.Next() {
		var name string
		if err := names.Scan(&name); err != nil {
			t.Fatal(err)
		}
		out[name] = count(t, db, "SELECT count(*) FROM "+name)
	}
	if err := names.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func openState(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, ".luodi", "luodi.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func count(t *testing.T, db *sql.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := db.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// Nothing is lost or doubled when luodi up is killed: the sample bank comes to
// the same records, chunks, models, outcomes and decisions.
func TestKilledUpOfTheSampleBank(t *testing.T) {
	calm := bankCopy(t)
	whole := took(t)
	dir := filepath.Join(t.TempDir(), "bank")
	if err := copyTree(dir, calm); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, ".luodi")); err != nil {
		t.Fatal(err)
	}
	bringUp(t, dir, whole)
	if d := cmp.Diff(findings(t, calm), findings(t, dir)); d != "" {
		t.Errorf("undisturbed (-) and killed (+) runs differ:\n%s", d)
	}
	if d := cmp.Diff(rows(t, calm), rows(t, dir)); d != "" {
		t.Errorf("rows of undisturbed (-) and killed (+) runs differ:\n%s", d)
	}
	for _, s := range upJSONOf(t, dir).Stages {
		if s.Status != "cached" {
			t.Errorf("after the end, stage %s is %s", s.Name, s.Status)
		}
	}
}

// took is how long the sample bank took to come up.
func took(t *testing.T) time.Duration {
	t.Helper()
	_, stdout, err := sampleBank()
	if err != nil {
		t.Fatal(err)
	}
	var up upJSON
	if err := json.Unmarshal(stdout, &up); err != nil {
		t.Fatal(err)
	}
	seconds := 0.0
	for _, s := range up.Stages {
		seconds += s.Seconds
	}
	return time.Duration(seconds * float64(time.Second))
}

const paidProject = `project: paid
departments: [{name: service}]
sources:
  - {name: tickets, department: service, path: tickets.csv, text: text, label: category}
models:
  - {name: cheap, endpoint: %q, price: {in: 1, out: 2, currency: CNY}}
scenarios:
  - {name: intent, department: service, task: classify, items: {source: tickets, test: 0.5}, candidates: [cheap],
     bar: {at_least: 0.8, slack: 0.02}}
`

// paid writes a project whose candidate is a paid endpoint.
func paid(t *testing.T, endpoint string) string {
	t.Helper()
	dir := t.TempDir()
	var table strings.Builder
	table.WriteString("text,category\n")
	for _, row := range tableRows(800) {
		fmt.Fprintf(&table, "%q,%s\n", row[0], row[1])
	}
	for name, text := range map[string]string{"luodi.yaml": fmt.Sprintf(paidProject, endpoint), "tickets.csv": table.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// guess answers as a model that is right most of the time.
func guess(prompt string) string {
	for _, in := range tableIntents {
		for i, ask := range in.asks {
			if strings.Contains(prompt, ask) && i != 3 {
				return in.label
			}
		}
	}
	return "fee"
}

// No call is paid for twice because a run was killed, but for those that were
// on the way at that moment; and none that was answered and kept is lost.
func TestKilledUpPaysOnce(t *testing.T) {
	vendor := openaitest.Start(t, openaitest.Config{Reply: guess, Delay: 8 * time.Millisecond})
	calm := paid(t, vendor.BaseURL)
	start := time.Now()
	luodi(t, "up", "-C", calm)
	whole := time.Since(start)
	asked := len(vendor.Calls())
	if asked == 0 {
		t.Fatal("the endpoint was never asked")
	}

	dir := paid(t, vendor.BaseURL)
	bringUp(t, dir, whole)
	if d := cmp.Diff(findings(t, calm), findings(t, dir)); d != "" {
		t.Errorf("undisturbed (-) and killed (+) runs differ:\n%s", d)
	}
	if d := cmp.Diff(rows(t, calm), rows(t, dir)); d != "" {
		t.Errorf("rows of undisturbed (-) and killed (+) runs differ:\n%s", d)
	}
	// Two calls are under way at a time (the endpoint's concurrency).
	again := len(vendor.Calls()) - asked
	if again < asked || again > asked+2*kills() {
		t.Errorf("%d calls were made with kills, %d without", again, asked)
	}
	requests, kept := 0, count(t, openState(t, dir), "SELECT count(*) FROM sizing_outcome")
	var cost struct {
		Rows []struct{ Requests int }
	}
	if err := json.Unmarshal(luodi(t, "cost", "-C", dir, "--json"), &cost); err != nil {
		t.Fatal(err)
	}
	for _, r := range cost.Rows {
		requests += r.Requests
	}
	if kept != asked {
		t.Errorf("%d outcomes are kept, want %d", kept, asked)
	}
	// Each call is in the ledger before it is made: none is lost, and a kill may
	// leave at most the calls that were just beginning.
	if requests > again+2*kills() || requests < again {
		t.Errorf("the ledger has %d requests; %d were made, %d were needed", requests, again, asked)
	}
	if n := count(t, openState(t, dir), "SELECT count(*) - count(DISTINCT id) FROM meter_ledger"); n != 0 {
		t.Errorf("%d calls are in the ledger twice", n)
	}
}

// A run that is asked to stop says so, keeps what it has, and goes on later.
func TestInterruptedUp(t *testing.T) {
	vendor := openaitest.Start(t, openaitest.Config{Reply: guess, Delay: 15 * time.Millisecond})
	dir := paid(t, vendor.BaseURL)
	cmd := exec.Command("luodi", "up", "-C", dir, "--json")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for len(vendor.Calls()) < 10 {
		time.Sleep(10 * time.Millisecond)
	}
	// Meanwhile another up of the same project is told who is at work.
	second, secondErr := exec.Command("luodi", "up", "-C", dir).CombinedOutput()
	if secondErr == nil || !strings.Contains(string(second), "is being run by process") {
		t.Errorf("a second up at the same time: %v\n%s", secondErr, second)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("ended with %v, want status 1", err)
	}
	if !strings.Contains(stderr.String(), "run `luodi up` again to go on") {
		t.Errorf("standard error does not say how to go on:\n%s", &stderr)
	}
	if out := stdout.String(); !strings.HasPrefix(out, "{\n  \"error\"") || strings.Contains(out, "stages") {
		t.Errorf("standard output of a run that was stopped: %s", out)
	}
	if n := count(t, openState(t, dir), "SELECT count(*) FROM sizing_outcome"); n < 8 {
		t.Errorf("%d outcomes are kept of 10 calls", n)
	}
	luodi(t, "up", "-C", dir)
}
