package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The sample bank is brought up once, by the first test that needs it, and
// every test gets a copy of its own.
var sample struct {
	once   sync.Once
	dir    string
	stdout []byte // of demo --json
	err    error
}

func sampleBank() (dir string, stdout []byte, err error) {
	sample.once.Do(func() {
		var root string
		if root, sample.err = os.MkdirTemp(scratch, "demo-"); sample.err != nil {
			return
		}
		sample.dir = filepath.Join(root, "bank")
		cmd := exec.Command("luodi", "demo", "--dir", sample.dir, "--json")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			sample.err = fmt.Errorf("luodi demo: %w\n%s", err, stderr.String())
		}
		sample.stdout = stdout.Bytes()
	})
	return sample.dir, sample.stdout, sample.err
}

// demoCopy puts the sample bank, brought up, into a folder; standard output is
// what luodi demo --json printed:
//
//	demo bank
func demoCopy(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 1, "demo DIR")
	dir, stdout, err := sampleBank()
	ts.Check(err)
	ts.Check(copyTree(ts.MkAbs(args[0]), dir))
	_, err = ts.Stdout().Write(stdout)
	ts.Check(err)
}

// bankCopy is the same for a test in Go.
func bankCopy(t *testing.T) string {
	t.Helper()
	dir, _, err := sampleBank()
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "bank")
	if err := copyTree(to, dir); err != nil {
		t.Fatal(err)
	}
	return to
}
