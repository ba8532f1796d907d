package knowledge

import (
	"context"
	"errors"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/index"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/knowledge/token"
)

// A question waits this long for its vector, and after a failure searches do
// without for a while: an endpoint that is down must not slow every search.
const (
	questionTimeout = 5 * time.Second
	sulk            = 15 * time.Second
)

// unavailable is why a space could not be asked, whatever the reason.
type unavailable struct{ error }

func (u unavailable) Unwrap() error { return u.error }

// Found is what Find found. Degraded says why words alone ranked where the
// base's searches use an embedding space too; "" where nothing was missed.
type Found struct {
	Hits                []Hit
	Evidence, Threshold float64 // as of an Answer
	Degraded            string
}

// Find is Search that tells what its passages weigh as evidence, and whether
// the base's embedding space could be asked.
func (b *Base) Find(ctx context.Context, q Query) (Found, error) {
	r, err := b.rankBy(ctx, q, token.Query(q.Text), ranking{})
	if err != nil {
		return Found{}, err
	}
	st, err := b.current(ctx)
	if err != nil {
		return Found{}, err
	}
	threshold := st.settings.threshold()
	return Found{r.hits, r.evidenceFor(threshold), threshold, r.degraded}, nil
}

// nearOr is the view and what is near; where the space in use cannot be asked,
// words alone rank under the same weights of fields, and the result says why.
func (b *Base) nearOr(ctx context.Context, st *state, v *index.View, q Query, use space.Use, generation int64) (*nearby, space.Use, string, error) {
	near, err := b.blend(ctx, st, v, q, use, generation)
	var down unavailable
	if err == nil || q.Strict || ctx.Err() != nil || !errors.As(err, &down) {
		return near, use, "", err
	}
	b.tellDegraded(down.error)
	use.Space, use.Fusion.Kind, use.Fusion.Lambda, use.Fusion.Ranker = "", "", 0, ""
	return nil, use, "searched by words alone: " + down.Error(), nil
}

// ask embeds a question, unless the endpoint has failed a moment ago.
func (vs *vectors) ask(ctx context.Context, e space.Embedder, id string, q Query) ([]float32, error) {
	if q.Strict { // nothing to fall back to: it waits as long as its context does
		return e.Query(ctx, q.Text)
	}
	now := time.Time{}
	if vs.Now != nil {
		now = vs.Now()
	}
	vs.mu.Lock()
	until := vs.down[id]
	vs.mu.Unlock()
	if now.Before(until) {
		return nil, unavailable{errs.Internal("the embedding endpoint failed less than %s ago", sulk)}
	}
	asking, cancel := context.WithTimeout(ctx, questionTimeout)
	defer cancel()
	v, err := e.Query(asking, q.Text)
	if err != nil {
		if ctx.Err() == nil {
			vs.mu.Lock()
			vs.down[id] = now.Add(sulk)
			vs.mu.Unlock()
		}
		return nil, unavailable{err}
	}
	return v, nil
}
