package minhash

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

// writeKept reads the input again, writes what stays and counts.
func writeKept(ctx context.Context, cfg Config, r *repeats, res *Result) error {
	k := &keeper{cfg: cfg, res: res}
	var err error
	for name, to := range map[string]**output{cfg.Out: &k.out, cfg.Merges: &k.merges} {
		if name == "" {
			continue
		}
		if *to, err = create(name); err != nil {
			return err
		}
		defer (*to).abort()
	}
	var failed error
	next, stop := iter.Pull2(func(yield func(n, first uint64) bool) {
		failed = r.components.Each(func(n, first uint64) error {
			if !yield(n, first) {
				return context.Canceled
			}
			return nil
		})
	})
	defer stop()
	k.next = func() {
		if k.n, k.first, k.more = next(); !k.more && failed != nil {
			k.err = failed
		}
	}
	k.next()
	if cfg.Out == "" && cfg.Merges == "" && cfg.Method != Paragraph { // nothing but to count
		for k.more {
			res.Removed++
			k.next()
		}
		res.Kept = res.Documents - res.Removed
		return k.err
	}
	documents := 0
	err = eachLine(ctx, cfg.Input, func(line []byte, number int) error {
		if documents++; documents > res.Documents {
			return errs.Conflict("line %d: the file changed while it was read", number)
		}
		return k.line(line, uint64(number))
	})
	if err == nil {
		err = k.err
	}
	if err == nil && (k.more || documents != res.Documents) {
		err = errs.Conflict("the file changed while it was read")
	}
	if err != nil {
		return err
	}
	for _, o := range []*output{k.out, k.merges} {
		if o != nil {
			if err := o.commit(); err != nil {
				return err
			}
		}
	}
	return nil
}

// keeper goes through the lines and the repeats side by side.
type keeper struct {
	cfg         Config
	res         *Result
	out, merges *output
	n, first    uint64 // the next repeat
	more        bool
	next        func()
	err         error
}

// merge is a line of Config.Merges.
type merge struct {
	Line   uint64 `json:"line"`
	ID     string `json:"id"`
	Part   *int   `json:"paragraph,omitempty"`
	SameAs uint64 `json:"same_as_line"` // 0: it is in the index
	Of     *int   `json:"same_as_paragraph,omitempty"`
}

func (k *keeper) line(line []byte, number uint64) error {
	if k.cfg.Method == Paragraph {
		return k.paragraphs(line, number)
	}
	if k.more && k.n == number {
		k.res.Removed++
		first := k.first
		k.next()
		return k.tell(string(line), merge{Line: number, SameAs: first})
	}
	return k.keep(line)
}

func (k *keeper) keep(line []byte) error {
	k.res.Kept++
	if k.out == nil {
		return k.err
	}
	if _, err := k.out.Write(line); err != nil {
		return err
	}
	return k.out.WriteByte('\n')
}

func (k *keeper) tell(line string, m merge) error {
	if k.merges == nil {
		return k.err
	}
	m.ID = idOf(line, int(m.Line))
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if _, err := k.merges.Write(b); err != nil {
		return err
	}
	return k.merges.WriteByte('\n')
}

// paragraphs writes a document without the paragraphs that repeat an earlier
// one; it goes where none stays.
func (k *keeper) paragraphs(line []byte, number uint64) error {
	gone := map[int]bool{}
	for k.more && k.n/maxParagraphs == number {
		i, of := int(k.n%maxParagraphs), int(k.first%maxParagraphs)
		gone[i] = true
		m := merge{Line: number, Part: &i, SameAs: k.first / maxParagraphs}
		if m.SameAs > 0 {
			m.Of = &of
		}
		if err := k.tell(string(line), m); err != nil {
			return err
		}
		k.next()
	}
	if len(gone) == 0 {
		return k.keep(line)
	}
	k.res.Paragraphs += len(gone)
	text, err := member(string(line), k.cfg.Field)
	if err != nil {
		return err
	}
	rest, any := without(text, gone)
	if !any {
		k.res.Removed++
		return nil
	}
	from, to, err := source.JSONSpan(string(line), k.cfg.Field)
	if err != nil {
		return err
	}
	value, err := quote(rest)
	if err != nil {
		return err
	}
	return k.keep(append(append(append([]byte(nil), line[:from]...), value...), line[to:]...))
}
