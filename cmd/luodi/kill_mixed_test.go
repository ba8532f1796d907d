package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// mixedSize is the bytes of text of the mixed project: LUODI_MIXED_MB of them,
// or a few.
func mixedSize(t *testing.T) int {
	if s := os.Getenv("LUODI_MIXED_MB"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("LUODI_MIXED_MB=%q: give a number of MB", s)
		}
		return n * 1_000_000
	}
	if os.Getenv("LUODI_LONG") != "" {
		return 300_000_000
	}
	return 2_000_000
}

// phase is a command that is killed a number of times before it may end.
type phase struct {
	name  string
	kills int
	args  func(dir string) []string
	ends  string // a file that appears when all is done; such a command is not run again
}

// mixedPhases are the work on a mixed project, in order.
func mixedPhases() []phase {
	in := func(args ...string) func(string) []string {
		return func(dir string) []string { return append(args, "-C", dir) }
	}
	dedup := func(dir string) []string {
		out := func(name string) string { return filepath.Join(dir, "out-"+name) }
		return []string{"dedup", "--input", out("rows") + "/records.jsonl", "--out", out("kept.jsonl"), "--signatures", out("signatures.txt"), "--merges", out("merges.jsonl"), "--index", out("index"), "--memory", "1"}
	}
	export := func(source string) func(string) []string {
		return func(dir string) []string {
			return []string{"lineage", "export", source, "-C", dir, "--out", filepath.Join(dir, "out-"+source)}
		}
	}
	each := kills() / 8 // 20 kills: 8 + 8 + 4
	return []phase{
		{"ingest", kills()/2 - each, in("ingest"), ""}, {"clean", kills()/2 - each, in("clean"), ""},
		{"export rows", 0, export("rows"), ""}, {"export papers", 0, export("papers"), ""},
		// The index is put in place last: a run that was killed after that is
		// complete, and another one would compare the corpus with itself.
		{"dedup", 2 * each, dedup, "out-index"},
	}
}

// Wherever ingest, clean and dedup are killed, on files of ten formats: the
// dataset versions and manifests, the kept lines and every row of the store are
// those of an undisturbed run, byte for byte.
//
//	LUODI_LONG=1 LUODI_MIXED_MB=1000 go test ./cmd/luodi -run KilledOnMixedInput -v -timeout 3h
func TestKilledOnMixedInput(t *testing.T) {
	size := mixedSize(t)
	calm, dir := t.TempDir(), t.TempDir()
	if at := os.Getenv("LUODI_MIXED_DIR"); at != "" { // large ones may not fit into the system's folder
		calm, dir = filepath.Join(at, "calm"), filepath.Join(at, "killed")
	}
	engine := pdfEngine(t)
	begin := func(d string) {
		mixed(t, d, size)
		if err := copyTree(filepath.Join(d, ".luodi", "cache"), engine); err != nil {
			t.Fatal(err)
		}
	}
	begin(calm)
	whole := map[string]time.Duration{}
	for _, p := range mixedPhases() {
		whole[p.name] = measured(t, size, p.name, p.args(calm))
	}
	want := mixedSums(t, calm)
	if err := os.RemoveAll(calm); err != nil { // two large ones may not fit beside each other
		t.Fatal(err)
	}
	begin(dir)
	r := rand.New(rand.NewPCG(uint64(size), 9))
	for _, p := range mixedPhases() {
		met := 0
		ended := func() bool {
			_, err := os.Stat(filepath.Join(dir, p.ends))
			return p.ends != "" && err == nil
		}
		for try := 0; met < p.kills && try < 3*p.kills && !ended(); try++ {
			after := 15*time.Millisecond + time.Duration(r.Float64()*1.6/float64(p.kills)*float64(whole[p.name]))
			if killedAt(t, after, p.args(dir)) {
				met++
			}
		}
		if p.kills > 0 {
			t.Logf("%-13s %d kills met a run under way", p.name, met)
		}
		if met < p.kills/2 {
			t.Errorf("%s: only %d of %d kills met a run under way", p.name, met, p.kills)
		}
		if !ended() {
			luodi(t, p.args(dir)...)
		}
	}
	if d := cmp.Diff(want, mixedSums(t, dir)); d != "" {
		t.Errorf("files, rows or tables of undisturbed (-) and killed (+) runs differ:\n%s", d)
	}
	if n := count(t, openState(t, dir), "SELECT count(*) - count(DISTINCT source || ' ' || position) FROM clean_member"); n != 0 {
		t.Errorf("%d records are cleaned twice", n)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".luodi", "tmp", "*")); err != nil || len(left) > 0 {
		t.Errorf("after the end %d files are left in .luodi/tmp: %v %v", len(left), left, err)
	}
}

// mixedSums are the sums of all that runs must agree on: what they wrote, the
// number of rows of every table, and what the tables say.
func mixedSums(t *testing.T, dir string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for _, name := range []string{"rows/manifest.json", "rows/records.jsonl", "papers/manifest.json", "papers/records.jsonl", "kept.jsonl", "signatures.txt", "merges.jsonl", "index"} {
		sums["file "+name] = fileSum(t, filepath.Join(dir, "out-"+name))
	}
	for table, n := range rows(t, dir) {
		sums["rows of "+table] = strconv.Itoa(n)
	}
	for table, columns := range mixedTables {
		sums["table "+table] = querySum(t, dir, "SELECT "+columns+" FROM "+table+" ORDER BY "+columns)
	}
	return sums
}

// mixedTables are what runs must agree on: all but clock times.
var mixedTables = map[string]string{
	"source_file":    "id, source, path, hash, size, format, charset, records, notes",
	"source_current": "source, path, file_id, hash, reason",
	"source_place":   "file_id, ordinal, record_id, line, first_byte, end_byte, cells",
	"source_record":  "id, source, path, title, text, fields",
	"clean_record":   "record_id, plan, title, text, label, lang, tags, repairs, found",
	"clean_member":   "source, generation, position, record_id, file_id, line, dropped, duplicate_of",
	"clean_current":  "source, plan, generation, records, report",
}

// pdfEngine is a project's cache with the engine that reads pdf, whose
// translation takes some seconds that are not to be measured here.
func pdfEngine(t *testing.T) string {
	t.Helper()
	m := &mixer{t: t, dir: t.TempDir(), r: rand.New(rand.NewPCG(1, 1))}
	m.write("luodi.yaml", []byte("project: warm\nsources: [{name: papers, path: \"*.pdf\"}]\n"))
	m.write("a.pdf", m.pdf())
	luodi(t, "ingest", "-C", m.dir)
	return filepath.Join(m.dir, ".luodi", "cache")
}

// measured runs a command undisturbed and tells what it took.
func measured(t *testing.T, size int, name string, args []string) time.Duration {
	t.Helper()
	cmd := exec.Command("luodi", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	// A program that is started inherits, on Linux, the peak of the one that
	// starts it: what this one held to make the files is no peak of luodi.
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
	start := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatalf("luodi %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	wall, s := time.Since(start), cmd.ProcessState
	peak := ""
	if u, ok := s.SysUsage().(*syscall.Rusage); ok {
		peak = fmt.Sprintf(", peak resident %d MiB", u.Maxrss>>10)
	}
	cpu := s.UserTime() + s.SystemTime()
	t.Logf("%-13s %.1f MB of text in %s, %s of processor time (%.1f MB/s per core)%s", name, float64(size)/1e6, wall.Round(time.Millisecond), cpu.Round(time.Millisecond), float64(size)/1e6/cpu.Seconds(), peak)
	return wall
}

// killedAt starts luodi and kills it with SIGKILL after a while; false when it
// ended before.
func killedAt(t *testing.T, after time.Duration, args []string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), after)
	defer cancel()
	out, err := exec.CommandContext(ctx, "luodi", args...).CombinedOutput()
	if ctx.Err() == nil && err != nil {
		t.Fatalf("luodi %s failed after a kill: %v\n%s", strings.Join(args, " "), err, out)
	}
	return err != nil
}

func fileSum(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// querySum is the hash of all rows of a query.
func querySum(t *testing.T, dir, query string) string {
	t.Helper()
	list, err := openState(t, dir).Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer list.Close()
	names, err := list.Columns()
	if err != nil {
		t.Fatal(err)
	}
	row := make([]any, len(names))
	into := slices.Clone(row)
	for i := range row {
		into[i] = &row[i]
	}
	h := sha256.New()
	for list.Next() {
		if err := list.Scan(into...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(h, "%q\n", row)
	}
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}
