package meter_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/meter/metertest"
	"github.com/luodi/luodi/internal/money"
)

// eventually waits for what must come.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 1000 {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%s did not come", what)
}

func syncing(t *testing.T, sync func(*os.File) error) (*meter.Meter, *metertest.Store, func() int) {
	dir, s := t.TempDir(), &metertest.Store{}
	m, err := meter.Open(t.Context(), meter.Config{Dir: dir, Store: s, Fill: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	m.SetSync(sync)
	written := func() (n int) { // whole records, as one who comes after kill -9 reads them
		files, _ := filepath.Glob(filepath.Join(dir, "*", "*.seg"))
		for _, f := range files {
			b, _ := os.ReadFile(f)
			for {
				_, _, size := meter.ReadRecord(b)
				if size == 0 {
					break
				}
				n, b = n+1, b[size:]
			}
		}
		return n
	}
	return m, s, written
}

func settleOne(t *testing.T, m *meter.Meter, id string) {
	h, err := m.Reserve(t.Context(), meter.Call{ID: id, Time: time.Now(), Key: "k", Department: "d", Price: meter.Flat("p", money.CNY, 1, 1, 1)})
	if err != nil {
		t.Fatal(err)
	}
	h.Settle(meter.Final{Outcome: meter.OK})
}

// A disk that does not come back from a sync holds no record in memory.
func TestRecordsAreWrittenWhileTheDiskSyncs(t *testing.T) {
	gate := make(chan struct{})
	m, s, written := syncing(t, func(f *os.File) error { <-gate; return f.Sync() })
	for i, id := range []string{"a", "b", "c"} {
		settleOne(t, m, id)
		eventually(t, id, func() bool { return written() == 2*(i+1) })
	}
	if n := len(s.Ledger()); n != 0 {
		t.Errorf("%d rows are in the store before they are on the disk", n)
	}
	close(gate)
	eventually(t, "the rows", func() bool { return len(s.Ledger()) == 3 })
	if err := m.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// What could not be synced is written again: the system may have dropped it.
func TestWhatCouldNotBeSyncedIsWrittenAgain(t *testing.T) {
	failed := make(chan struct{})
	tries := 0
	m, s, _ := syncing(t, func(f *os.File) error {
		if tries++; tries == 1 {
			_ = f.Truncate(0) // as if the system had dropped it
			close(failed)
			return errors.New("input/output error")
		}
		return f.Sync()
	})
	settleOne(t, m, "a")
	<-failed
	eventually(t, "the trouble or its end", func() bool { return errs.Is(m.Trouble(), errs.CodeExhausted) || len(s.Ledger()) == 1 })
	eventually(t, "the row", func() bool { return len(s.Ledger()) == 1 })
	eventually(t, "the end of the trouble", func() bool { return m.Trouble() == nil })
	settleOne(t, m, "b")
	if err := m.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(s.Ledger()); n != 2 {
		t.Errorf("%d rows", n)
	}
}
