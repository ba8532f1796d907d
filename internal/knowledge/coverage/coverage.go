// Package coverage remembers what a knowledge base is asked: questions that it
// refused, with the best passage it had, and how often each passage was found,
// cited and voted down.
//
// So the owners of documents see what is missing and what nobody needs. It is
// written beside the answers: a Recorder adds up in memory and writes in
// batches, so a question waits for no disk, and a process that is killed loses
// the counts of some seconds and nothing else. Questions are kept with personal
// data masked; the oldest go when a base has Keep of them. Findings turns both
// into a hygiene queue: equal questions in other words are one finding.
//
// It decides nothing about answers and keeps none of them.
package coverage

import (
	"context"
	"time"
)

// Keep is how many refused questions of a base are kept.
const Keep = 10_000

// Refusal is a question that a base did not answer.
type Refusal struct {
	Base       string
	Time       time.Time
	Department string // of who asked; "" for the project's owner
	Owner      string // department that should write the document; "" unknown
	Question   string // personal data masked
	Evidence   float64
	Threshold  float64
	Address    string // of the best passage; "" where none was found
	Chunk      string
}

// Use counts what became of a passage. The passage "" counts the searches of
// the base.
type Use struct {
	Base, Chunk string
	Found       int64 // among the passages of an answer or a search
	Cited       int64
	Down        int64 // votes against answers that cite it
}

// Store keeps refusals and uses. Methods may be called from any goroutine.
type Store interface {
	// Record keeps refusals and adds to the uses of passages, all or nothing,
	// and drops a base's oldest refusals beyond Keep.
	Record(ctx context.Context, refusals []Refusal, uses []Use) error
	// Refusals returns those of a base, newest first.
	Refusals(ctx context.Context, base string) ([]Refusal, error)
	// Uses returns those of a base, by passage.
	Uses(ctx context.Context, base string) ([]Use, error)
}
