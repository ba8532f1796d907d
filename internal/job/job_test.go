package job_test

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/job"
)

var ctx = context.Background()

// process returns a process of one machine; its clock is the test's bubble's.
func process(pid int) job.Machine {
	return job.Machine{
		Host: "bank-01", PID: pid, Born: time.UnixMicro(int64(pid)).UTC(), Term: 30 * time.Second, Now: time.Now,
		Alive: func(int) bool { return true },
	}
}

func returns(out string, err error) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return out, err }
}

func unexpected(t *testing.T) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { t.Error("the stage ran"); return "", nil }
}

func TestRunOnlyWhenInputsChanged(t *testing.T) {
	s := newMemory()
	for i, step := range []struct {
		name       string
		stage      job.Stage
		fail       error
		want       job.Status
		wantOutput string
	}{
		{"first time", job.Stage{"clean", []string{"a", "b"}}, nil, job.Ran, "0"},
		{"nothing changed", job.Stage{"clean", []string{"a", "b"}}, nil, job.Cached, "0"},
		{"another stage with the same inputs", job.Stage{"index", []string{"a", "b"}}, nil, job.Ran, "2"},
		{"an input changed", job.Stage{"clean", []string{"a", "c"}}, nil, job.Ran, "3"},
		{"inputs in another order", job.Stage{"clean", []string{"c", "a"}}, nil, job.Ran, "4"},
		{"inputs cut in another place", job.Stage{"clean", []string{"ca", ""}}, nil, job.Ran, "5"},
		{"back to the first: what it made was written over", job.Stage{"clean", []string{"a", "b"}}, nil, job.Ran, "6"},
		{"it fails", job.Stage{"clean", []string{"x"}}, errors.New("bad csv"), job.Failed, ""},
		{"a failed run is not done", job.Stage{"clean", []string{"x"}}, nil, job.Ran, "8"},
		{"it fails with other inputs", job.Stage{"clean", []string{"y"}}, errors.New("bad csv"), job.Failed, ""},
		{"the failed run may have written over the good one", job.Stage{"clean", []string{"x"}}, nil, job.Ran, "10"},
		{"and then it is done", job.Stage{"clean", []string{"x"}}, nil, job.Cached, "10"},
		{"the other stage was not touched", job.Stage{"index", []string{"a", "b"}}, nil, job.Cached, "2"},
	} {
		res, err := job.Run(ctx, s, step.stage, returns(fmt.Sprint(i), step.fail))
		if !errors.Is(err, step.fail) || res.Status != step.want || res.Output != step.wantOutput || res.Name != step.stage.Name {
			t.Errorf("%s: %+v, %v; want %s with output %q", step.name, res, err, step.want, step.wantOutput)
		}
	}
}

func TestJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := newMemory(), process(1)
		start := time.Now()
		res, err := p.Run(ctx, s, job.Stage{Name: "train"}, func(context.Context) (string, error) {
			time.Sleep(90 * time.Second)
			e, _ := s.Entry(ctx, "train")
			if e.Status != job.Running || !e.Lease.Until.After(time.Now()) {
				t.Errorf("while it runs: %+v", e)
			}
			return "weights", nil
		})
		if err != nil || res.Seconds != 90 {
			t.Errorf("%+v, %v; want 90 s", res, err)
		}
		e, _ := s.Entry(ctx, "train")
		if e.Seconds != 90 || !e.Started.Equal(start) || !e.Finished.Equal(start.Add(90*time.Second)) || e.Lease != (job.Lease{}) {
			t.Errorf("after it ran: %+v", e)
		}
		p.Run(ctx, s, job.Stage{Name: "train", Inputs: []string{"2"}}, returns("", errors.New("label column is empty")))
		if e, _ := s.Entry(ctx, "train"); e.Error != "label column is empty" || e.Status != job.Failed || e.Output != "" {
			t.Errorf("after it failed: %+v", e)
		}
	})
}

// A run of process 1 hangs half-way for an hour; what do others get?
func TestLease(t *testing.T) {
	stage := job.Stage{Name: "index", Inputs: []string{"h"}}
	tests := []struct {
		name  string
		other job.Machine
		after time.Duration // since process 1 was stopped
		want  string        // part of the error; "" when the stage may run
	}{
		{"another process at once", process(2), 0, "being run by process 1 on bank-01"},
		{"just before the lease ends", process(2), 29 * time.Second, "being run by process 1"},
		{"when the lease has ended", process(2), 30 * time.Second, ""},
		{"at once, when the process is dead", func() job.Machine {
			m := process(2)
			m.Alive = func(pid int) bool { return pid != 1 }
			return m
		}(), 0, ""},
		{"a process that has the dead one's pid", func() job.Machine {
			m := process(1)
			m.Born = m.Born.Add(time.Hour)
			return m
		}(), 0, ""},
		{"the same process in another goroutine", process(1), 0, "being run by process 1"},
		{"another machine cannot know that it is dead", func() job.Machine {
			m := process(2)
			m.Host, m.Alive = "bank-02", func(int) bool { return false }
			return m
		}(), 0, "being run by process 1 on bank-01"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newMemory()
				go func() { // killed in the middle: nothing of it runs any more
					p := process(1)
					p.Term = time.Hour
					p.Run(ctx, s, stage, func(context.Context) (string, error) { time.Sleep(50 * time.Minute); return "", nil })
				}()
				synctest.Wait()
				s.mu.Lock()
				e := s.entries["index"]
				e.Lease.Until = time.Now().Add(30 * time.Second)
				s.entries["index"] = e
				s.mu.Unlock()

				time.Sleep(tt.after)
				ran := false
				_, err := tt.other.Run(ctx, s, stage, func(context.Context) (string, error) { ran = true; return "", nil })
				if tt.want == "" && (err != nil || !ran) {
					t.Errorf("ran %v, %v; want it to run", ran, err)
				}
				if tt.want != "" && (ran || !errs.Is(err, errs.CodeConflict) || !strings.Contains(err.Error(), tt.want)) {
					t.Errorf("ran %v, %v; want a conflict with %q", ran, err, tt.want)
				}
				time.Sleep(time.Hour)
			})
		})
	}
}

// A long stage keeps its lease; one that cannot renew it loses it.
func TestRenew(t *testing.T) {
	long := func(c context.Context) (string, error) {
		select {
		case <-time.After(10 * time.Minute):
			return "done", nil
		case <-c.Done():
			return "", fmt.Errorf("indexing: %w", c.Err())
		}
	}
	t.Run("for as long as it runs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newMemory()
			go func() {
				for range 19 {
					time.Sleep(30*time.Second + time.Millisecond)
					if _, err := process(2).Run(ctx, s, job.Stage{Name: "index"}, unexpected(t)); !errs.Is(err, errs.CodeConflict) {
						t.Errorf("while it runs: %v", err)
					}
				}
			}()
			if res, err := process(1).Run(ctx, s, job.Stage{Name: "index"}, long); err != nil || res.Status != job.Ran {
				t.Errorf("%+v, %v", res, err)
			}
		})
	})
	t.Run("a store that is busy for a while does not stop it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newMemory()
			s.swapErr = func(n int) error {
				if n > 1 && n < 20 {
					return errs.Conflict("the store is locked")
				}
				return nil
			}
			if res, err := process(1).Run(ctx, s, job.Stage{Name: "index"}, long); err != nil || res.Status != job.Ran {
				t.Errorf("%+v, %v", res, err)
			}
		})
	})
	t.Run("one that was taken over stops and says why", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newMemory()
			go func() {
				time.Sleep(5 * time.Second)
				p := process(2)
				p.Alive = func(int) bool { return false }
				if res, err := p.Run(ctx, s, job.Stage{Name: "index"}, returns("theirs", nil)); err != nil {
					t.Errorf("%+v, %v", res, err)
				}
			}()
			start := time.Now()
			res, err := process(1).Run(ctx, s, job.Stage{Name: "index"}, long)
			if res.Status != job.Failed || !errs.Is(err, errs.CodeConflict) || !strings.Contains(err.Error(), "took stage index over") {
				t.Errorf("%+v, %v", res, err)
			}
			if d := time.Since(start); d > 10*time.Second {
				t.Errorf("it went on for %v", d)
			}
			if e, _ := s.Entry(ctx, "index"); e.Output != "theirs" {
				t.Errorf("the journal has %+v; want the other's", e)
			}
		})
	})
}

func TestCancelledRunIsRecorded(t *testing.T) {
	s := newMemory()
	c, cancel := context.WithCancel(ctx)
	res, err := job.Run(c, s, job.Stage{Name: "size"}, func(c context.Context) (string, error) {
		cancel()
		return "", fmt.Errorf("calling qwen-plus: %w", c.Err())
	})
	if res.Status != job.Failed || !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", res, err)
	}
	if e, _ := s.Entry(ctx, "size"); e.Status != job.Failed || e.Lease.Token != "" {
		t.Errorf("the journal has %+v; want a failed run without a lease", e)
	}
}

func TestAResultThatIsNotWrittenIsNotDone(t *testing.T) {
	s := newMemory()
	s.swapErr = func(n int) error {
		if n == 2 {
			return errs.Exhausted("the disk is full")
		}
		return nil
	}
	res, err := job.Run(ctx, s, job.Stage{Name: "size"}, returns("x", nil))
	if res.Status != job.Failed || res.Output != "" || !errs.Is(err, errs.CodeExhausted) {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestOneOfManyRuns(t *testing.T) {
	s, hold := newMemory(), make(chan struct{})
	var ran, conflicts atomic.Int64
	done := make(chan struct{})
	for i := range 16 {
		go func() {
			defer func() { done <- struct{}{} }()
			_, err := process(i).Run(ctx, s, job.Stage{Name: "ingest"}, func(context.Context) (string, error) {
				ran.Add(1)
				<-hold
				return "", nil
			})
			if errs.Is(err, errs.CodeConflict) {
				conflicts.Add(1)
			}
		}()
	}
	for range 15 {
		<-done
	}
	close(hold)
	<-done
	if ran.Load() != 1 || conflicts.Load() != 15 {
		t.Errorf("%d ran and %d were told so; want 1 and 15", ran.Load(), conflicts.Load())
	}
}

func TestPanicGoesThrough(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("the panic was lost")
		}
	}()
	job.Run(ctx, newMemory(), job.Stage{Name: "x"}, func(context.Context) (string, error) { panic("bug") })
}

func TestAlive(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Skipf("no program to start: %v", err)
	}
	if !job.Alive(cmd.Process.Pid) {
		t.Error("a running process is dead")
	}
	cmd.Process.Kill()
	for deadline := time.Now().Add(10 * time.Second); job.Alive(cmd.Process.Pid); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Error("a killed process that nobody waited for is alive")
			break
		}
	}
	cmd.Wait()
	if job.Alive(cmd.Process.Pid) {
		t.Error("a process that ended is alive")
	}
}

func ExampleRun() {
	journal := newMemory()
	for _, digest := range []string{"sha256:1f", "sha256:1f", "sha256:c0"} {
		res, _ := job.Run(context.Background(), journal,
			job.Stage{Name: "clean tickets", Inputs: []string{digest, "plan 3", "code 1"}},
			func(context.Context) (string, error) { return `{"records":2000}`, nil })
		fmt.Println(res.Name, res.Status, res.Output)
	}
	// Output:
	// clean tickets run {"records":2000}
	// clean tickets cached {"records":2000}
	// clean tickets run {"records":2000}
}
