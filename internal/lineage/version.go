package lineage

import (
	"context"
	"time"
)

// Run is one run of a stage over inputs that its manifest lists.
type Run struct {
	ID     string    `json:"id"`     // address of the stage, its version, inputs and output
	Stage  string    `json:"stage"`  // such as "clean tickets"
	Code   string    `json:"code"`   // version of the operators: a plan's address
	Inputs []string  `json:"inputs"` // addresses
	Output string    `json:"output"` // address of what it made
	At     time.Time `json:"at"`     // when it ended
}

// NewRun names a run. The same stage over the same inputs with the same output
// has the same address, whenever it runs.
func NewRun(stage, code string, inputs []string, output string, at time.Time) Run {
	parts := append([]string{stage, code, output}, inputs...)
	return Run{ID: NewID("run", parts...), Stage: stage, Code: code, Inputs: inputs, Output: output, At: at}
}

// Index is a Store that also keeps the versions of datasets and answers what
// is affected, in one query each.
type Index interface {
	Store
	// Reached returns everything that was derived from any of the ids, directly
	// or not, by address; the ids themselves are not among it.
	Reached(ctx context.Context, ids []string) ([]string, error)
	// PutDataset keeps a version of a dataset and the run that made it; one
	// that is kept stays as it is.
	PutDataset(ctx context.Context, m Manifest, r Run) error
	// Datasets returns the versions of a name, the newest first.
	Datasets(ctx context.Context, name string) ([]Manifest, error)
	// Runs returns the runs whose output is an address, the oldest first.
	Runs(ctx context.Context, output string) ([]Run, error)
}
