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
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, app.ErrGate):
		fmt.Fprintln(os.Stderr, "luodi:", err)
		return 3
	case errors.As(err, &usage) || errors.Is(err, app.ErrUsage) || !g.started: // refused before it began
		fmt.Fprintf(os.Stderr, "luodi: %v\n", err)
		return 2
	}
	fmt.Fprintln(os.Stderr, "luodi:", err)
	return 1
}

// usageError is a mistake in how the command was called.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }
