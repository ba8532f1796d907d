package job

import (
	"context"
	"time"
)

// Status is how a stage stands.
type Status string

// Run, Cached and Failed are what luodi up prints; Running is only in the
// journal, of a stage that somebody runs or that was killed.
const (
	Ran     Status = "run"
	Cached  Status = "cached"
	Failed  Status = "failed"
	Running Status = "running"
)

// Entry is the journal's row of one stage: its latest run.
type Entry struct {
	Name     string
	Hash     string // of everything the stage depends on
	Status   Status // Running, Ran or Failed
	Output   string // what it returned; "" unless Ran
	Error    string // why it failed; "" unless Failed
	Seconds  float64
	Started  time.Time
	Finished time.Time // zero while Running
	Lease    Lease     // who runs it; its Token is "" when nobody does
}

// Lease says who runs a stage, and until when that is to be believed.
type Lease struct {
	Token string // random, new for each run
	Host  string
	PID   int
	Born  time.Time // when that process started: a pid may be given again
	Until time.Time
}

// Store is the journal. All methods may be called from any goroutine and any
// process; times are kept to the microsecond.
type Store interface {
	// Entry returns the entry of a stage, errs.NotFound when it never ran.
	Entry(ctx context.Context, name string) (Entry, error)
	// Entries returns all entries by name.
	Entries(ctx context.Context) ([]Entry, error)
	// Swap writes e in place of the entry of that name if the lease's token
	// there is still token; an absent entry has the token "". Otherwise it
	// changes nothing and returns errs.Conflict. It is atomic over processes:
	// of several calls with the same token only one returns nil, as long as
	// they write tokens that differ from it.
	Swap(ctx context.Context, token string, e Entry) error
}
