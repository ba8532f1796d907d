package minhash

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/spill"
)

// index is the keys of everything that was compared before, in a sorted file.
// Its first entry says how the keys were made. In it every number is 0, which
// no line has: what hangs together with 0 is not new.
type index struct {
	name string
	old  []string
	head spill.Entry
	part string
}

func openIndex(cfg Config) (*index, error) {
	x := &index{name: cfg.Index}
	if x.name == "" {
		return x, nil
	}
	x.head = spill.Entry{Key: [2]uint64{0, keyOf([]byte(string(cfg.Method) + " " + string(cfg.Tokens)))[0] >> 1}}
	f, err := os.Open(x.name)
	if errors.Is(err, fs.ErrNotExist) {
		return x, nil
	}
	if err != nil {
		return x, err
	}
	defer f.Close()
	var b [spill.Size]byte
	if _, err := io.ReadFull(f, b[:]); err != nil || binary.BigEndian.Uint64(b[:]) != 0 || binary.BigEndian.Uint64(b[8:]) != x.head.Key[1] {
		return x, errs.Invalid("%s is no index of the method %s with these tokens; give another file, which is made", x.name, cfg.Method)
	}
	x.old = []string{x.name}
	return x, nil
}

// merge joins the entries that repeat a key, and writes the index that holds
// the old keys and the new ones.
func (x *index) merge(keys *spill.Sorter, join func(first, n uint64) error) error {
	if x.name == "" {
		return keys.Repeats(nil, func(first, e spill.Entry, _ uint64) error { return join(first.N, e.N) })
	}
	x.part = x.name + ".part"
	_, err := spill.WriteFile(x.part, func(put func(spill.Entry) error) error {
		var last spill.Entry
		begun := false
		if err := put(x.head); err != nil {
			return err
		}
		return keys.EachOf(x.old, func(e spill.Entry) error {
			switch {
			case e == x.head:
				return nil
			case begun && e.Key == last.Key:
				return join(last.N, e.N)
			}
			begun, last = true, e
			return put(spill.Entry{Key: e.Key})
		})
	})
	if err != nil {
		return fmt.Errorf("writing the index: %w", err)
	}
	return nil
}

func (x *index) commit() error {
	if x.part == "" {
		return nil
	}
	part := x.part
	x.part = ""
	return os.Rename(part, x.name)
}

func (x *index) abort() {
	if x.part != "" {
		os.Remove(x.part)
	}
}
