package app

import (
	"context"
	"sync"
	"time"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/ground"
)

// Cited is a citation with its place in the department's own file.
type Cited struct {
	N int `json:"n"` // the answer's mark [n]
	knowledge.Citation
	Place *clean.Location `json:"place,omitempty"` // raw bytes; page and box, row, cell
}

// beside is what goes beside a served answer as member "luodi".
type beside struct {
	Refused     bool                `json:"refused"`
	Kind        string              `json:"kind"`
	Citations   []Cited             `json:"citations"`
	Unsupported []knowledge.Dropped `json:"unsupported,omitempty"` // claims that no passage supports
}

const (
	placesKept = 4096
	// placeTime is how long an answer waits for the places of its citations: a
	// long PDF is read again for them, a second time from memory. luodi trace
	// shows what was left out.
	placeTime = 2 * time.Second
)

// places remembers where citations stand; stored versions do not change.
type places struct {
	mu sync.Mutex
	at map[knowledge.Citation]*clean.Location
}

// cited finds the places of an answer's citations, which are [1], [2] …
func (a *App) cited(ctx context.Context, cs []knowledge.Citation) []Cited {
	ctx, stop := context.WithTimeout(ctx, placeTime)
	defer stop()
	out := make([]Cited, len(cs))
	for i, c := range cs {
		out[i] = Cited{i + 1, c, a.place(ctx, c)}
	}
	return out
}

// place is nil where it cannot be said in time.
func (a *App) place(ctx context.Context, c knowledge.Citation) *clean.Location {
	a.places.mu.Lock()
	l, known := a.places.at[c]
	a.places.mu.Unlock()
	if known || ctx.Err() != nil {
		return l
	}
	if at, err := a.located(ctx, c.Document, c.Start, c.Quote); err == nil {
		l = &at
	}
	if ctx.Err() != nil {
		return l
	}
	a.places.mu.Lock()
	defer a.places.mu.Unlock()
	if a.places.at == nil || len(a.places.at) >= placesKept {
		a.places.at = map[knowledge.Citation]*clean.Location{}
	}
	a.places.at[c] = l
	return l
}

// ground holds a served reply to the passages that its prompt showed, by the
// numbers that it showed them under.
func (r *runner) ground(q asking, found knowledge.Found) func(context.Context, string) (any, error) {
	return func(ctx context.Context, reply string) (any, error) {
		marks, unsupported := knowledge.Hold(reply, found.Hits)
		out := beside{Kind: knowledge.Generated, Refused: ground.Refused(reply), Unsupported: unsupported, Citations: []Cited{}}
		ctx, stop := context.WithTimeout(ctx, placeTime)
		defer stop()
		ans := knowledge.Answer{Hits: found.Hits, Refused: len(marks) == 0, Evidence: found.Evidence, Threshold: found.Threshold}
		for _, m := range marks {
			out.Citations = append(out.Citations, Cited{m.Passage, m.Citation, r.app.place(ctx, m.Citation)})
			ans.Citations = append(ans.Citations, m.Citation)
		}
		r.app.note(q, ans)
		return out, nil
	}
}
