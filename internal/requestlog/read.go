package requestlog

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/luodi/luodi/internal/errs"
)

// Segment is one file of the log.
type Segment struct {
	Path  string
	Began time.Time
	Bytes int64
}

// Segments lists the files, the oldest first; none where there is no log.
func Segments(dir string) ([]Segment, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the request log: %w", err)
	}
	var out []Segment
	for _, e := range entries { // in order of name, which is by time
		at, ok := began(e.Name())
		info, err := e.Info()
		if ok && err == nil {
			out = append(out, Segment{filepath.Join(dir, e.Name()), at, info.Size()})
		}
	}
	return out, nil
}

// Sweep removes the segments whose oldest record is keep old and, from the
// oldest on, those that are above maxBytes together. It returns how many.
func Sweep(dir string, keep time.Duration, maxBytes int64, now time.Time) (int, error) {
	list, err := Segments(dir)
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, s := range list {
		sum += s.Bytes
	}
	return remove(list, func(s Segment) bool {
		old := now.Sub(s.Began) >= keep || sum > maxBytes
		if old {
			sum -= s.Bytes
		}
		return old
	})
}

// Purge removes the segments that hold records from before a moment, whole; a
// gateway that is writing one goes on in another.
func Purge(dir string, before time.Time) (int, error) {
	list, err := Segments(dir)
	if err != nil {
		return 0, err
	}
	return remove(list, func(s Segment) bool { return s.Began.Before(before) })
}

func remove(list []Segment, is func(Segment) bool) (n int, err error) {
	for _, s := range list {
		if !is(s) {
			continue
		}
		if err := os.Remove(s.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return n, fmt.Errorf("removing a segment of the request log: %w", err)
		}
		n++
	}
	return n, nil
}

// Read gives each record to use, the oldest segment first, until use returns
// an error; io.EOF ends without one. Lines that are not whole are passed over:
// a process that was killed may leave one.
func Read(dir string, use func(Record) error) error {
	list, err := Segments(dir)
	if err != nil {
		return err
	}
	for _, s := range list {
		if _, err := readFrom(s.Path, 0, use); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

// readFrom reads whole lines from an offset and returns the one after them.
func readFrom(path string, at int64, use func(Record) error) (int64, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return at, nil // swept meanwhile
	}
	if err != nil {
		return at, fmt.Errorf("reading the request log: %w", err)
	}
	defer f.Close()
	if _, err := f.Seek(at, io.SeekStart); err != nil {
		return at, fmt.Errorf("reading the request log: %w", err)
	}
	br := bufio.NewReaderSize(f, 64<<10)
	for {
		line, err := br.ReadBytes('\n')
		if err == io.EOF {
			return at, nil
		}
		if err != nil {
			return at, fmt.Errorf("reading the request log: %w", err)
		}
		at += int64(len(line))
		var r Record
		if json.Unmarshal(line, &r) != nil {
			continue
		}
		if err := use(r); err != nil {
			return at, err
		}
	}
}

// Find returns the record of a call; errs.NotFound where it is not kept.
func Find(dir, id string) (out Record, err error) {
	err = Read(dir, func(r Record) error {
		if r.ID == id {
			out = r
			return io.EOF
		}
		return nil
	})
	if err == nil && out.ID == "" {
		err = errs.NotFound("the request log has no call %s: its route and key are not logged, or it is older than what is kept; luodi log list shows what there is", id)
	}
	return out, err
}

// Follow gives use what is written from now on, until stop is closed or use
// returns an error.
func Follow(dir string, stop <-chan struct{}, use func(Record) error) error {
	at := map[string]int64{}
	list, err := Segments(dir)
	if err != nil {
		return err
	}
	for _, s := range list {
		at[s.Path] = s.Bytes
	}
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return nil
		case <-tick.C:
		}
		if list, err = Segments(dir); err != nil {
			return err
		}
		for path := range at {
			if !slices.ContainsFunc(list, func(s Segment) bool { return s.Path == path }) {
				delete(at, path)
			}
		}
		for _, s := range list {
			next, err := readFrom(s.Path, at[s.Path], use)
			if err != nil {
				return err
			}
			at[s.Path] = next
		}
	}
}
