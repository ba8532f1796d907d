package job

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
)

// Stage is a step of luodi up.
type Stage struct {
	Name   string   // unique in the project: "ingest tickets", "train intent"
	Inputs []string // all it depends on: hashes, parameters, code version; their order counts
}

// Hash is the content address of everything the stage depends on.
func (s Stage) Hash() string { return lineage.NewID("stage", append([]string{s.Name}, s.Inputs...)...) }

// Result is how a stage went.
type Result struct {
	Name    string
	Status  Status  // Ran, Cached or Failed
	Seconds float64 // of this call: about 0 when Cached
	Output  string  // what fn returned, now or when it ran; "" when Failed
}

// Run runs fn unless the latest run of the stage ended well with the same
// inputs. fn returns a small output, such as JSON with the digest of what it
// made; it must be idempotent, as a run that was killed is run again, and
// should stop when its ctx is done. Run returns
//
//   - Cached and the stored output, without calling fn;
//   - Ran and fn's output, once it is in the journal;
//   - Failed and fn's error, which is in the journal too;
//   - errs.Conflict, without calling fn, when another process or goroutine is
//     running the stage now.
//
// When the journal cannot be read or written the error says so, and the stage
// is not taken as done.
func Run(ctx context.Context, s Store, stage Stage, fn func(ctx context.Context) (output string, err error)) (Result, error) {
	return machine.run(ctx, s, stage, fn)
}

// term is how long a lease lasts without being renewed; it is renewed three
// times in that time. Clocks of machines that share a store must agree to
// less than that.
const term = 30 * time.Second

// runner is one process that runs stages.
type runner struct {
	host  string
	pid   int
	born  time.Time
	term  time.Duration
	now   func() time.Time
	alive func(pid int) bool
}

func (r runner) run(ctx context.Context, s Store, stage Stage, fn func(ctx context.Context) (string, error)) (Result, error) {
	start, hash := r.now(), stage.Hash()
	res := Result{Name: stage.Name, Status: Failed}
	prev, err := s.Entry(ctx, stage.Name)
	if err != nil && !errs.Is(err, errs.CodeNotFound) {
		return res, fmt.Errorf("stage %s: %w", stage.Name, err)
	}
	if r.held(prev.Lease) {
		l := prev.Lease
		return res, errs.Conflict("stage %s is being run by process %d on %s; wait for it to end (if that machine died, until %s)",
			stage.Name, l.PID, cmp.Or(l.Host, "an unnamed machine"), l.Until.Local().Format("15:04:05"))
	}
	if prev.Status == Ran && prev.Hash == hash {
		res.Status, res.Output = Cached, prev.Output
		res.Seconds = r.now().Sub(start).Seconds()
		return res, nil
	}
	e := Entry{
		Name: stage.Name, Hash: hash, Status: Running, Started: start,
		Lease: Lease{Token: rand.Text(), Host: r.host, PID: r.pid, Born: r.born, Until: start.Add(r.term)},
	}
	if err := s.Swap(ctx, prev.Lease.Token, e); err != nil {
		if errs.Is(err, errs.CodeConflict) {
			err = errs.Conflict("stage %s was started by another process at the same moment; wait for it to end", stage.Name)
		}
		return res, fmt.Errorf("stage %s: %w", stage.Name, err)
	}
	e, err = r.work(ctx, s, e, fn)
	res.Status, res.Seconds, res.Output = e.Status, e.Seconds, e.Output
	return res, err
}

// held reports whether somebody who may be alive has the lease.
func (r runner) held(l Lease) bool {
	if l.Token == "" || !r.now().Before(l.Until) {
		return false
	}
	if l.Host != r.host || r.host == "" {
		return true
	}
	if l.PID == r.pid { // this process, or an earlier one that had its pid
		return l.Born.Equal(r.born)
	}
	return r.alive(l.PID)
}

// work calls fn while renewing e's lease, and writes how it ended.
func (r runner) work(ctx context.Context, s Store, e Entry, fn func(ctx context.Context) (string, error)) (Entry, error) {
	work, stop := context.WithCancelCause(ctx)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		r.renew(work, s, e, stop)
	}()
	output, err := func() (string, error) {
		defer func() { stop(nil); <-renewed }() // also when fn panics
		out, err := fn(work)
		if cause := context.Cause(work); err != nil && errors.Is(err, context.Canceled) && ctx.Err() == nil && cause != nil {
			err = cause // why it was stopped
		}
		return out, err
	}()

	token := e.Lease.Token
	e.Lease, e.Finished = Lease{}, r.now()
	e.Seconds = e.Finished.Sub(e.Started).Seconds()
	e.Status, e.Output = Ran, output
	if err != nil {
		e.Status, e.Output, e.Error = Failed, "", err.Error()
	}
	// Even when ctx was cancelled: the journal should say so, and the lease end.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if swapErr := s.Swap(last, token, e); swapErr != nil {
		e.Status, e.Output = Failed, ""
		if errs.Is(swapErr, errs.CodeConflict) {
			swapErr = lost(e.Name)
		}
		err = errors.Join(err, swapErr)
	}
	if err != nil {
		return e, fmt.Errorf("stage %s: %w", e.Name, err)
	}
	return e, nil
}

func lost(stage string) error {
	return errs.Conflict("another process took stage %s over because this one did not renew its lease in time; run it again", stage)
}

// renew keeps the lease until ctx is done, and stops the work when the lease
// is lost: somebody else runs the stage then.
func (r runner) renew(ctx context.Context, s Store, e Entry, stop context.CancelCauseFunc) {
	tick := time.NewTicker(r.term / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		next := e
		next.Lease.Until = r.now().Add(r.term)
		err := s.Swap(ctx, e.Lease.Token, next)
		switch {
		case err == nil:
			e = next
		case ctx.Err() != nil:
			return
		case errs.Is(err, errs.CodeConflict) && r.taken(ctx, s, e):
			stop(lost(e.Name))
			return
		}
		// A full disk or a lost connection may pass; if not, writing the result
		// will say so.
	}
}

// taken tells a lease that somebody else has from a database that was busy.
func (r runner) taken(ctx context.Context, s Store, e Entry) bool {
	now, err := s.Entry(ctx, e.Name)
	return err == nil && now.Lease.Token != e.Lease.Token
}
