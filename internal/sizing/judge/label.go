package judge

import (
	"context"
	"time"
)

// Label is what a person said of one point.
type Label struct {
	Point string // Point.ID
	Met   bool
	At    time.Time
}

// Labels keeps what people said. Any goroutine may call it.
type Labels interface {
	// PutLabels keeps labels of a scenario, durably before it returns; a later
	// label of a point takes the place of the earlier one.
	PutLabels(ctx context.Context, scenario string, labels ...Label) error
	// Labels are those of a scenario, by point.
	Labels(ctx context.Context, scenario string) ([]Label, error)
}
