package coverage

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

const (
	flushEvery = 5 * time.Second
	// pending is how many passages and questions wait in memory at most; what
	// comes while a store does not keep up is not counted.
	pending = 100_000
)

// Recorder adds up questions and uses and writes them every few seconds. Its
// methods may be called from any goroutine, and none but Close waits for the
// store.
type Recorder struct {
	store  Store
	failed func(error)

	mu        sync.Mutex
	uses      map[[2]string]*Use
	questions []Question
	timer     *time.Timer
	writing   sync.Mutex
}

// NewRecorder writes to s. failed is told when that fails; the counts are kept
// for the next time.
func NewRecorder(s Store, failed func(error)) *Recorder {
	return &Recorder{store: s, failed: failed, uses: map[[2]string]*Use{}}
}

// Search counts one search: the passages that were found, and those of them
// that the answer cites.
func (r *Recorder) Search(base string, found, cited []string) {
	r.change(func() {
		r.use(base, "", func(u *Use) { u.Found++ })
		for _, c := range found {
			r.use(base, c, func(u *Use) { u.Found++ })
		}
		slices.Sort(cited)
		for _, c := range slices.Compact(cited) {
			r.use(base, c, func(u *Use) { u.Cited++ })
		}
	})
}

// Down counts a vote against an answer that cites passages.
func (r *Recorder) Down(base string, cited []string) {
	r.change(func() {
		slices.Sort(cited)
		for _, c := range slices.Compact(cited) {
			r.use(base, c, func(u *Use) { u.Down++ })
		}
	})
}

// Asked keeps a question.
func (r *Recorder) Asked(q Question) {
	r.change(func() {
		if len(r.questions) < pending {
			r.questions = append(r.questions, q)
		}
	})
}

func (r *Recorder) change(fn func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fn()
	if r.timer == nil {
		r.timer = time.AfterFunc(flushEvery, func() {
			if err := r.Flush(context.Background()); err != nil {
				r.failed(err)
			}
		})
	}
}

func (r *Recorder) use(base, chunk string, add func(*Use)) {
	key := [2]string{base, chunk}
	u := r.uses[key]
	if u == nil {
		if len(r.uses) >= pending {
			return
		}
		u = &Use{Base: base, Chunk: chunk}
		r.uses[key] = u
	}
	add(u)
}

// Flush writes what has come. What cannot be written stays for the next time.
func (r *Recorder) Flush(ctx context.Context) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	r.mu.Lock()
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
	questions, took := r.questions, r.uses
	r.questions, r.uses = nil, map[[2]string]*Use{}
	r.mu.Unlock()
	if len(questions) == 0 && len(took) == 0 {
		return nil
	}
	uses := make([]Use, 0, len(took))
	for _, u := range took {
		uses = append(uses, *u)
	}
	slices.SortFunc(uses, func(a, b Use) int { return cmp.Or(cmp.Compare(a.Base, b.Base), cmp.Compare(a.Chunk, b.Chunk)) })
	err := r.store.Record(ctx, questions, uses)
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.questions = append(questions, r.questions...)
		for _, u := range uses {
			r.use(u.Base, u.Chunk, func(to *Use) { to.Found, to.Cited, to.Down = to.Found+u.Found, to.Cited+u.Cited, to.Down+u.Down })
		}
	}
	return err
}

// Close writes what is left.
func (r *Recorder) Close() error { return r.Flush(context.Background()) }
