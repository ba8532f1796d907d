package meter

import (
	"context"
	"time"

	"github.com/luodi/luodi/internal/money"
)

// Store keeps the ledger and the state of budgets for all processes of a
// project. Methods may be called from any goroutine, but Fill, Lease and Return
// for one node not at the same time.
type Store interface {
	// Fill adds a batch of one segment's rows, moves the segment's cursor from
	// batch.From to batch.To, and for each charge of a window that was ever
	// leased (of money, or of a package's tokens) adds its amount to what is spent and takes it from what the node has
	// leased (never below nothing): all of it or nothing. It returns errs.Conflict, having done
	// nothing, when the cursor is not at batch.From: somebody else was faster.
	Fill(ctx context.Context, batch Batch) error

	// Filled is the segment's cursor, 0 for a segment never seen.
	Filled(ctx context.Context, segment string) (int64, error)

	// Lease gives the node a part of a budget's window: at least need, at most
	// want, less than want when little is left. It is atomic across processes:
	// spent + leased never passes the limit by it. It returns errs.Exhausted
	// when less than need is left. The first lease of a window counts what the
	// ledger already holds for its scope, period and currency as spent.
	Lease(ctx context.Context, node string, w Window, need, want money.Amount) (money.Amount, error)

	// Return gives back what a node leased and did not use.
	Return(ctx context.Context, node, window string, amount money.Amount) error

	// Reclaim gives back all that a node has leased; called once it is dead and
	// its segments are filled, or when it closes. It may be called again.
	Reclaim(ctx context.Context, node string) error

	// Sum adds up the rows of q, grouped by q.By and the currency, in order of
	// the groups. A day is split into quarters of an hour; see Costs.
	Sum(ctx context.Context, q Query) ([]Sum, error)

	// Rows calls fn for the rows that began in [from, to), in order of time,
	// segment and offset, until fn returns an error, which it returns. Charges
	// are not kept with the rows.
	Rows(ctx context.Context, from, to time.Time, fn func(Row) error) error

	// Once reports whether id was never given before, and remembers it: of
	// several callers at once, in any processes, one is told true.
	Once(ctx context.Context, id string, at time.Time) (bool, error)

	// Begin notes who began the batch of that id, or whose output the file of that
	// id is. The first note of an id stands.
	Begin(ctx context.Context, id string, by Starter, at time.Time) error

	// Began is who is noted for an id; ok is false where nobody is.
	Began(ctx context.Context, id string) (by Starter, ok bool, err error)

	// State is what a budget's window has spent and leased, 0 where it was
	// never used.
	State(ctx context.Context, window string) (spent, leased money.Amount, err error)
}

// Starter is who pays for a batch.
type Starter struct{ Key, Department, Scenario string }

// Batch is a part of a segment. From and To are offsets into it; rows may
// lack a segment: it is the batch's.
type Batch struct {
	Node, Segment string
	From, To      int64
	Rows          []Row
}

// Query selects rows by when they began, zero times unbounded, and names the
// columns to group them by: day, department, scenario, key, configuration, model,
// outcome, mark, package.
type Query struct {
	From, To time.Time
	By       []string
}

// Sum is a group of rows.
type Sum struct {
	Quarter       int64 // of an hour, since 1970, when grouped by day
	Department    string
	Scenario      string
	Key           string
	Configuration string
	Model         string
	Outcome, Mark string
	Currency      money.Currency
	Requests      int64
	Input, Output int64 // tokens
	Cost          money.Amount
	Estimated     int64 // how many of the requests were counted here, not by the vendor
	Package       string
	Covered       int64 // tokens that packages paid for
}
