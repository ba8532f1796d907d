package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/job"
)

// Job is what a job.Store must do.
func Job(t *testing.T, open func(t *testing.T) job.Store) {
	ctx := context.Background()
	at := time.Date(2026, 2, 28, 23, 59, 59, 123456000, time.UTC)
	running := job.Entry{
		Name: "ingest", Hash: "h1", Status: job.Running, Started: at,
		Lease: job.Lease{Token: "t1", Host: "bank-01", PID: 4711, Born: at.Add(-time.Hour), Until: at.Add(30 * time.Second)},
	}
	done := job.Entry{
		Name: "ingest", Hash: "h1", Status: job.Ran, Output: `{"records":2000,"名":"票"}`, Seconds: 1.25,
		Started: at, Finished: at.Add(1250 * time.Millisecond),
	}

	t.Run("a stage that never ran is not found", func(t *testing.T) {
		_, err := open(t).Entry(ctx, "ingest")
		code(t, err, errs.CodeNotFound)
	})

	t.Run("an entry comes back as it was written", func(t *testing.T) {
		s := open(t)
		ok(t, s.Swap(ctx, "", running))
		for _, step := range []struct {
			name  string
			token string
			e     job.Entry
		}{
			{"running", "", running},
			{"done", "t1", done},
			{"failed", "", job.Entry{Name: "ingest", Status: job.Failed, Error: "no such file 'x'", Started: at, Finished: at}},
		} {
			if step.name != "running" {
				ok(t, s.Swap(ctx, step.token, step.e))
			}
			got, err := s.Entry(ctx, "ingest")
			ok(t, err)
			if d := cmp.Diff(step.e, got); d != "" {
				t.Errorf("%s (-want +got):\n%s", step.name, d)
			}
		}
	})

	t.Run("a wrong token changes nothing", func(t *testing.T) {
		s := open(t)
		ok(t, s.Swap(ctx, "", running))
		for _, token := range []string{"", "t2"} {
			code(t, s.Swap(ctx, token, done), errs.CodeConflict)
		}
		code(t, s.Swap(ctx, "t9", job.Entry{Name: "clean"}), errs.CodeConflict)
		got, err := s.Entries(ctx)
		ok(t, err)
		if d := cmp.Diff([]job.Entry{running}, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})

	t.Run("of many that take a stage one gets it", func(t *testing.T) {
		s := open(t)
		for _, before := range []string{"never ran", "ran before"} {
			errors := together(8, func(i int) error {
				e := running
				e.Lease.Token = fmt.Sprintf("%s %d", before, i)
				return s.Swap(ctx, "", e)
			})
			got, err := s.Entry(ctx, "ingest")
			ok(t, err)
			for i, err := range errors {
				if mine := got.Lease.Token == fmt.Sprintf("%s %d", before, i); mine != (err == nil) {
					t.Errorf("%s: the stage is %q's, and call %d returned %v", before, got.Lease.Token, i, err)
				}
				if err != nil {
					code(t, err, errs.CodeConflict)
				}
			}
			ok(t, s.Swap(ctx, got.Lease.Token, done))
		}
	})

	t.Run("entries are listed by name", func(t *testing.T) {
		s := open(t)
		for _, name := range []string{"train intent", "Clean", "ingest", "clean"} {
			ok(t, s.Swap(ctx, "", job.Entry{Name: name, Status: job.Ran}))
		}
		got, err := s.Entries(ctx)
		ok(t, err)
		var names []string
		for _, e := range got {
			names = append(names, e.Name)
		}
		if d := cmp.Diff([]string{"Clean", "clean", "ingest", "train intent"}, names); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}
