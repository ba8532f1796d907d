// Package coverage remembers what a knowledge base is asked: each question with
// its outcome, and how often each passage was found, cited and voted down.
//
// So the owners of documents see what is missing and what nobody needs, and
// whoever runs the base what it is used for. A question counts as not covered
// only where the passages were no sufficient evidence: a model that makes
// nothing of good passages is another finding. It is written beside the
// answers: a Recorder adds up in memory and writes in batches, so a question
// waits for no disk, and a process that is killed loses some seconds and
// nothing else. Questions are kept with personal data masked and without the
// name of who asked; they go with age, and when a base has Keep of them.
// Findings turns both into a hygiene queue: equal questions in other words are
// one finding.
//
// It decides nothing about answers and keeps none of them.
package coverage

import (
	"context"
	"time"
)

// Keep is how many questions of a base are kept.
const Keep = 50_000

// Outcome is what became of a question.
type Outcome string

// Outcomes. Only NotCovered says that documents are missing.
const (
	Found      Outcome = "found"       // a search: passages, no answer was asked for
	Answered   Outcome = "answered"    // with at least one citation
	NotCovered Outcome = "not_covered" // refused: the passages are no sufficient evidence
	Unquoted   Outcome = "unquoted"    // they are, and the model made no claim that they support
)

// Outcomes are all of them.
var Outcomes = []Outcome{Found, Answered, NotCovered, Unquoted}

// Question is one question that a base was asked.
type Question struct {
	Base       string
	Time       time.Time
	Department string // of who asked; "" for the project's owner and for users
	Asker      string // keyed hash of who asked; "" for the project's owner
	Owner      string // department that owns the best passage; "" where none was found
	Text       string // personal data masked
	Outcome    Outcome
	Passages   int // found
	Cited      int
	Evidence   float64
	Threshold  float64
	Address    string // of the best passage
	Chunk      string
	Latency    time.Duration
}

// Use counts what became of a passage. The passage "" counts the searches of
// the base.
type Use struct {
	Base, Chunk string
	Found       int64 // among the passages of an answer or a search
	Cited       int64
	Down        int64 // votes against answers that cite it
}

// Store keeps questions and uses. Methods may be called from any goroutine.
type Store interface {
	// Record keeps questions and adds to the uses of passages, all or nothing,
	// and drops a base's oldest questions beyond Keep.
	Record(ctx context.Context, questions []Question, uses []Use) error
	// Questions returns those of a base since a time with one of the outcomes,
	// newest first; no outcome is all.
	Questions(ctx context.Context, base string, since time.Time, of ...Outcome) ([]Question, error)
	// Forget drops a base's questions before a time.
	Forget(ctx context.Context, base string, before time.Time) error
	// Uses returns those of a base, by passage.
	Uses(ctx context.Context, base string) ([]Use, error)
}
