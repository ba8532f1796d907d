package sizing

import "context"

// Runner makes one call. It is called from up to Arm.Concurrency goroutines
// of one configuration at a time, never twice for a pair whose outcome is
// kept, and does its own retries. Output.Failure is for an item that the
// endpoint refuses finally (it scores 0); an error means that there was no
// answer, which says nothing about quality: it suspends the candidate, with
// the reason shown, and the next run resumes there. errs.Exhausted (a budget)
// stops all paid candidates.
type Runner interface {
	Run(ctx context.Context, c Configuration, item Item) (Output, error)
}

// RunnerFunc is a function as a Runner.
type RunnerFunc func(ctx context.Context, c Configuration, item Item) (Output, error)

// Run calls f.
func (f RunnerFunc) Run(ctx context.Context, c Configuration, item Item) (Output, error) {
	return f(ctx, c, item)
}

// Store keeps outcomes, studies and decisions. Any goroutine may call it.
type Store interface {
	// PutOutcomes keeps outcomes durably before it returns: what it accepted
	// survives kill -9. The first outcome of a pair stays; later ones of the
	// same pair are ignored.
	PutOutcomes(ctx context.Context, outcomes ...Outcome) error
	// EachOutcome calls fn with every outcome of a configuration, by item.
	EachOutcome(ctx context.Context, configuration string, fn func(Outcome) error) error
	// PutStudy keeps what was fixed before data; replacing it only adds
	// enrolment numbers, later candidates and rounds of items.
	PutStudy(ctx context.Context, s StudyRecord) error
	// Study returns errs.NotFound where there is none.
	Study(ctx context.Context, id string) (StudyRecord, error)
	// Studies are those of a scenario, oldest first.
	Studies(ctx context.Context, scenario string) ([]StudyRecord, error)
	// PutDecision keeps a decision; keeping it again changes nothing.
	PutDecision(ctx context.Context, d Decision) error
	// Decision returns errs.NotFound where there is none.
	Decision(ctx context.Context, id string) (Decision, error)
	// Decisions are those of a scenario, oldest first.
	Decisions(ctx context.Context, scenario string) ([]Decision, error)
}
