//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

const nobody = 65534

func init() { commands["unprivileged"] = unprivilegedCommand }

// unprivilegedCommand runs a command as somebody whom permissions bind: the
// person who runs the tests, or for root the user nobody, to whom the script's
// folder then belongs. It checks the status as exit does:
//
//	unprivileged 0 luodi up
func unprivilegedCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 2, "unprivileged STATUS COMMAND…")
	if os.Geteuid() != 0 {
		exitCommand(ts, neg, args)
		return
	}
	binary, err := exec.LookPath(args[1])
	ts.Check(err)
	work := ts.Getenv("WORK")
	// The folders that the test made are closed to others; those above them are not ours.
	for _, dir := range []string{filepath.Dir(binary), filepath.Dir(filepath.Dir(binary)), work, filepath.Dir(work)} {
		ts.Check(os.Chmod(dir, 0o755))
	}
	ts.Check(filepath.WalkDir(work, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, nobody, nobody)
	}))
	cmd := exec.Command(binary, args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"HOME=" + work, "TMPDIR=" + work, "LC_ALL=C.UTF-8"}
	cmd.Stdout, cmd.Stderr = ts.Stdout(), ts.Stderr()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("running as nobody: %v", err)
	}
	if got := strconv.Itoa(cmd.ProcessState.ExitCode()); got != args[0] {
		ts.Fatalf("%s ended with status %s, want %s", args[1], got, args[0])
	}
}
