package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// What does not fit into memory fills the disk: the run ends with status 1 and
// names the folder, leaves nothing behind, and with more room it comes to the
// end that it has elsewhere.
func TestSpillingOntoAFullDisk(t *testing.T) {
	small, elsewhere := t.TempDir(), t.TempDir()
	smallDisk(t, small, "1m")
	in := filepath.Join(elsewhere, "in.jsonl")
	var b bytes.Buffer
	for i := range 9000 {
		fmt.Fprintf(&b, "{\"id\":%d,\"text\":\"row %d of the ledger of loans\"}\n", i, i%8000)
	}
	if err := os.WriteFile(in, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	dedup := func(dir string) *exec.Cmd {
		return exec.Command("luodi", "dedup", "--method", "minhash", "--memory", "1", "--input", in, "--out", filepath.Join(dir, "kept.jsonl"))
	}
	cmd := dedup(small)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("ended with %v, want status 1", err)
	}
	if s := stderr.String(); !strings.Contains(s, "no space left") || !strings.Contains(s, small) || !strings.Contains(s, "what does not fit into memory") {
		t.Errorf("the message does not say which disk is full, and with what:\n%s", s)
	}
	if left, err := os.ReadDir(small); err != nil || len(left) > 0 {
		t.Errorf("%v is left behind, %v", left, err)
	}
	if err := syscall.Mount("tmpfs", small, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{small, elsewhere} {
		if out, err := dedup(dir).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	if fileSum(t, filepath.Join(small, "kept.jsonl")) != fileSum(t, filepath.Join(elsewhere, "kept.jsonl")) {
		t.Error("after a full disk other lines are kept")
	}
}
