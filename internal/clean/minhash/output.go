package minhash

import (
	"bufio"
	"os"
)

// output is a file that appears under its name when it is complete.
type output struct {
	*bufio.Writer
	f    *os.File
	name string
	done bool
}

func create(name string) (*output, error) {
	f, err := os.Create(name + ".part")
	if err != nil {
		return nil, err
	}
	return &output{bufio.NewWriterSize(f, 1<<18), f, name, false}, nil
}

func (o *output) commit() error {
	if err := o.Flush(); err != nil {
		return err
	}
	if err := o.f.Close(); err != nil {
		return err
	}
	o.done = true
	return os.Rename(o.f.Name(), o.name)
}

// abort removes what was written, unless it was committed.
func (o *output) abort() {
	if !o.done {
		o.f.Close()
		os.Remove(o.f.Name())
	}
}
