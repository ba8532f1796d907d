package job

import (
	"context"
	"time"
)

// Machine is a process on a machine of its own making, for tests.
type Machine struct {
	Host  string
	PID   int
	Born  time.Time
	Term  time.Duration
	Now   func() time.Time
	Alive func(pid int) bool
}

func (m Machine) Run(ctx context.Context, s Store, stage Stage, fn func(ctx context.Context) (string, error)) (Result, error) {
	return runner{m.Host, m.PID, m.Born, m.Term, m.Now, m.Alive}.run(ctx, s, stage, fn)
}

var Alive = alive
