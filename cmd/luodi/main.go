// Command luodi takes an enterprise from raw departmental data to a chosen,
// proven, metered and governed language model in production.
//
// One file per command: each parses its flags, calls package app and prints.
// With --json, standard output is one JSON document and nothing else; progress
// goes to standard error. Exit status: 0 ran to the end, whatever was decided;
// 1 failed; 2 usage; 3 a gate is not met.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/luodi/luodi/internal/app"
)

func main() {
	runtime.MemProfileRate = 0 // nobody asks it for a heap profile, whose tables take 1.5 MB
	os.Exit(run(os.Args[1:]))
}

// run is main with its exit status, for the scripts under testdata.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	g := &globals{}
	root := rootCommand(g)
	root.SetArgs(args)
	stdout.err = nil
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = stdout.err
	}
	if err == nil {
		return 0
	}
	status := g.status(err)
	if status == 2 && !strings.Contains(err.Error(), "--help") {
		err = usageError{fmt.Errorf("%w; see `%s --help`", err, cmd.CommandPath())}
	}
	fmt.Fprintln(os.Stderr, "luodi:", err)
	if slices.Contains(args, "--json") {
		g.printError(err, status)
	}
	return status
}

// status is the exit status of an error.
func (g *globals) status(err error) int {
	var usage usageError
	switch {
	case errors.Is(err, app.ErrGate):
		return 3
	case errors.As(err, &usage) || errors.Is(err, app.ErrUsage) || !g.started: // refused before it began
		return 2
	}
	return 1
}

// usageError is a mistake in how the command was called.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }
