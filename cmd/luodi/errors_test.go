package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// called runs the command line in this process and returns its status and what
// it wrote.
func called(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	out, errOut := os.Stdout, os.Stderr
	defer func() { os.Stdout, os.Stderr = out, errOut }()
	read := func(f **os.File) func() string {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		*f = w
		text := make(chan string)
		go func() {
			var b bytes.Buffer
			_, _ = io.Copy(&b, r)
			text <- b.String()
		}()
		return func() string { w.Close(); return <-text }
	}
	o, e := read(&os.Stdout), read(&os.Stderr)
	status = run(args)
	return status, o(), e()
}

// TestEveryCommandRefusesWell holds each command to the same manners: what is
// wrong on standard error in one line with what to do, the status, no colour,
// and with --json one document on standard output.
func TestEveryCommandRefusesWell(t *testing.T) {
	nowhere := t.TempDir()
	words := map[string][]string{ // what a command needs before it looks for the project
		"luodi ask": {"q"}, "luodi trace": {"rec_x"}, "luodi key create": {"n", "--department", "d"}, "luodi key set": {"key_x", "--log", "on"},
		"luodi key revoke": {"key_x"}, "luodi kb eval": {"--queries", "q.jsonl"}, "luodi kb tune": {"--queries", "q.jsonl"}, "luodi kb vote": {"ans_x"},
		"luodi clean why": {"rec_x"}, "luodi clean plan": {"complaint"}, "luodi clean release": {"rec_x", "--reason", "r"}, "luodi lineage versions": {"s"},
		"luodi lineage export": {"s", "--out", "o"}, "luodi lineage prove": {"rec_x"}, "luodi pii unmask": {"x", "--as", "department:d", "--reason", "r"},
		"luodi size label": {"s", "--out", "o"}, "luodi price set": {"v/m", "--in", "1", "--out", "1", "--from", "2026-01-01", "--source", "s"},
		"luodi export": {"--out", "o"}, "luodi log show": {"x"},
	}
	elsewhere := map[string]bool{ // need no project, or another argument than one
		"luodi demo": true, "luodi init": true, "luodi version": true, "luodi verify": true, "luodi dedup": true, "luodi import": true, "luodi pii scan": true,
		"luodi small train": true, "luodi small eval": true, "luodi size replay": true, "luodi clean plan": true,
		"luodi doctor": true, // a check that fails is its answer
	}
	every(rootCommand(&globals{}), func(c *cobra.Command) {
		path := c.CommandPath()
		name := strings.Fields(path)[1:]
		refused := func(why string, want int, args ...string) {
			t.Helper()
			args = append(append(append([]string{}, name...), args...), "--json")
			status, stdout, stderr := called(t, args...)
			var doc struct {
				Error struct {
					Code, Message string
					Status        int
				}
			}
			if status != want || !strings.HasPrefix(stderr, "luodi: ") || strings.Contains(stderr, "\x1b") {
				t.Errorf("%s, %s: status %d, want %d: %s", path, why, status, want, stderr)
			}
			if err := json.Unmarshal([]byte(stdout), &doc); err != nil || doc.Error.Status != want || doc.Error.Code == "" || !strings.Contains(stderr, doc.Error.Message) {
				t.Errorf("%s, %s: standard output is no error document: %v: %s", path, why, err, stdout)
			}
			if want == 2 && !strings.Contains(stderr, "--help`") {
				t.Errorf("%s, %s: it does not say where to look: %s", path, why, stderr)
			}
		}
		refused("an unknown flag", 2, "--nosuch")
		if path != "luodi ask" { // a question may be many words
			refused("too many words", 2, "a", "b", "c", "d")
		}
		if !elsewhere[path] && !(c.HasSubCommands() && len(ownFlags(c)) == 0) {
			refused("no project", 1, append(words[path], "-C", nowhere)...)
		}
	})
}

// What cannot be printed is an error, whichever way it is printed.
func TestAFullDeviceIsTold(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("this system has no /dev/full: %v", err)
	}
	defer full.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "luodi.yaml"), []byte("project: p\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"version"}, {"price", "list", "-C", dir}, {"price", "list", "--json", "-C", dir}, {"cost", "-C", dir}, {"clean", "plan", "web"}, {"doctor", "-C", dir}} {
		out := os.Stdout
		os.Stdout = full
		status := run(args)
		os.Stdout = out
		if status != 1 {
			t.Errorf("luodi %s > /dev/full: status %d", strings.Join(args, " "), status)
		}
	}
	if status, out, _ := called(t, "version"); status != 0 || out == "" {
		t.Errorf("afterwards: status %d, %q", status, out)
	}
}
