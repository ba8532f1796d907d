package meter

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Recover takes over what processes that died have left in dir: it fills the
// store with their rows, settles the holds whose calls never ended as
// estimated, gives back their leases, and removes their files. It may be
// called again after it was interrupted, and beside other processes.
func Recover(ctx context.Context, dir string, store Store) error {
	return eachNode(dir, func(node string) error {
		release, taken, err := takeLock(filepath.Join(dir, node, "lock"))
		if err != nil || !taken {
			return nil // it lives, or somebody else has just removed it
		}
		defer release()
		if strings.HasPrefix(node, ".") { // died before it began
			return os.RemoveAll(filepath.Join(dir, node))
		}
		if err := recoverNode(ctx, filepath.Join(dir, node), node, store); err != nil {
			return fmt.Errorf("taking over the ledger of %s: %w", node, err)
		}
		return nil
	})
}

func eachNode(dir string, fn func(node string) error) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the ledger's folder: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		if err := fn(e.Name()); err != nil {
			return err
		}
	}
	return nil
}

// segmentsIn lists the numbers of a node's segments in order.
func segmentsIn(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var seqs []int
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".seg"); ok {
			if n, err := strconv.Atoi(name); err == nil {
				seqs = append(seqs, n)
			}
		}
	}
	sort.Ints(seqs)
	return seqs, nil
}

func recoverNode(ctx context.Context, dir, node string, store Store) error {
	seqs, err := segmentsIn(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	open := map[string]Row{}
	var order []string
	sound := int64(0)
	for _, seq := range seqs {
		if sound, err = scanHolds(segmentPath(dir, seq), open, &order); err != nil {
			return err
		}
	}
	if len(seqs) > 0 {
		if err := appendOrphans(segmentPath(dir, seqs[len(seqs)-1]), sound, open, order); err != nil {
			return err
		}
	}
	for _, seq := range seqs {
		if err := refill(ctx, dir, node, seq, store); err != nil {
			return err
		}
	}
	if err := store.Reclaim(ctx, node); err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

// scanHolds notes which calls of a segment have no end, and how much of it is
// sound.
func scanHolds(path string, open map[string]Row, order *[]string) (sound int64, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for {
		kind, r, n := readRecord(b[sound:])
		if n == 0 {
			return sound, nil
		}
		if kind == kindHold {
			if _, again := open[r.ID]; !again {
				*order = append(*order, r.ID)
			}
			open[r.ID] = r
		} else {
			delete(open, r.ID)
		}
		sound += int64(n)
	}
}

// appendOrphans settles the open holds at the end of the last segment, over
// whatever torn record is there. Then they are rows like all others.
func appendOrphans(path string, sound int64, open map[string]Row, order []string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Truncate(sound); err != nil {
		return err
	}
	var b []byte
	for _, id := range order {
		if r, ok := open[id]; ok {
			delete(open, id) // a hold that was repeated is in order twice
			b = appendRow(b, kindSettled, &r)
		}
	}
	if _, err := f.WriteAt(b, sound); err != nil {
		return err
	}
	return f.Sync()
}

func refill(ctx context.Context, dir, node string, seq int, store Store) error {
	info, err := os.Stat(segmentPath(dir, seq))
	if err != nil {
		return err
	}
	at, err := store.Filled(ctx, segmentName(node, seq))
	if err != nil {
		return err
	}
	t := tailer{dir: dir, node: node, store: store, seq: seq, at: at, filled: at}
	defer func() {
		if t.file != nil {
			t.file.Close()
		}
	}()
	_, err = t.advance(ctx, info.Size())
	return err
}

// Settled brings the store up to date with what was settled before, for who
// reads the ledger from another process: it takes over what dead processes
// left and waits, at most 2 seconds, for the living ones to fill in the rest.
func Settled(ctx context.Context, dir string, store Store) error {
	if err := Recover(ctx, dir, store); err != nil {
		return err
	}
	for waited := time.Duration(0); waited < 2*time.Second; waited += commitEvery {
		living, behind := false, false
		err := eachNode(dir, func(node string) error {
			b, err := isBehind(ctx, filepath.Join(dir, node), node, store)
			living, behind = true, behind || b
			return err
		})
		// A living process may hold rows in memory for a window of two commits.
		if err != nil || !living || !behind && waited > 2*commitEvery {
			return err
		}
		select {
		case <-time.After(commitEvery):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// isBehind reports whether a segment has rows that the store has not.
func isBehind(ctx context.Context, dir, node string, store Store) (bool, error) {
	seqs, err := segmentsIn(dir)
	if err != nil {
		return false, nil // gone meanwhile
	}
	for _, seq := range seqs {
		at, err := store.Filled(ctx, segmentName(node, seq))
		if err != nil {
			return false, err
		}
		b, err := os.ReadFile(segmentPath(dir, seq))
		if err != nil || at > int64(len(b)) {
			continue
		}
		if rows, _ := settledRows(b[at:], "", 0, nil); len(rows) > 0 {
			return true, nil
		}
	}
	return false, nil
}
