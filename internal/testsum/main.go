// Command testsum runs go test and ends with what was skipped and why, so that nobody
// takes a skipped test for a passed one:
//
//	go run ./internal/testsum [arguments of go test] ./...
//
// It prints one line per package, the output of tests that fail, the skipped
// tests grouped by reason, and the closing line "N passed, N failed, N
// skipped". It counts tests and subtests that have no subtests of their own;
// a package that does not build is one failure. Its exit code is go test's.
//
// It chooses and changes nothing about the tests.
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = stderr
	events, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(stderr, "running go test:", err)
		return 1
	}
	s := newSummary(stdout)
	readErr := s.read(events)
	waitErr := cmd.Wait()
	failed := s.print()
	if readErr != nil {
		fmt.Fprintln(stderr, "reading what go test says:", readErr)
		return 1
	}
	if code := cmd.ProcessState.ExitCode(); waitErr != nil && code > 0 {
		return code
	}
	if waitErr != nil || failed > 0 {
		return 1
	}
	return 0
}
