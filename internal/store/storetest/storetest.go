// Package storetest says what every implementation of a domain's store must
// do: one suite per interface, one file per domain package. store_test.go runs
// all of them on SQLite and on PostgreSQL; a fake used in other tests may run
// its suite too.
//
// A suite gets open, which returns a store without data, for a test of its
// own; two calls in one test return two handles of the same data where the
// suite's comment says so.
//
// It knows no engine: what only SQLite or only PostgreSQL does is tested in
// package store.
package storetest

import (
	"errors"
	"sync"
	"testing"

	"github.com/luodi/luodi/internal/errs"
)

// code fails the test unless err has the code.
func code(t *testing.T, err error, want errs.Code) {
	t.Helper()
	if got := errs.Of(err); got != want {
		t.Errorf("error %v has the code %q, want %q", err, got, want)
	}
}

// ok stops the test when err is an error.
func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// together runs fn in n goroutines that start at once and returns their errors.
func together(n int, fn func(i int) error) []error {
	out := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			out[i] = fn(i)
		})
	}
	close(start)
	wg.Wait()
	return out
}

// all stops the test when one of the errors is not nil.
func all(t *testing.T, got []error) {
	t.Helper()
	ok(t, errors.Join(got...))
}
