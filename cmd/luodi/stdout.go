package main

import (
	"fmt"
	"os"
)

// stdout is standard output. What could not be written there ends the command
// with an error, whoever printed it.
var stdout = &output{}

// output keeps its first failure.
type output struct{ err error }

func (o *output) Write(b []byte) (int, error) {
	if o.err != nil {
		return len(b), nil // told once, at the end
	}
	n, err := os.Stdout.Write(b)
	if err != nil {
		o.err = fmt.Errorf("writing standard output: %w; what the command did is done", err)
	}
	return n, o.err
}
