package knowledge

import (
	"context"
	"math"
	"slices"
)

// Title weights: where a title stands over many chunks it says little of one
// of them, where it stands over one it is the best text there is.
const (
	leastTitle = .1
	mostTitle  = 1
)

// The evidence threshold is an estimate from 64 chance questions over the whole
// base. It is made again once more than one document in recalibrate has
// changed since: sooner, it would cost an edit more than all else and tell
// chance from chance.
const recalibrate = 100

// measure counts the live chunks and sets what the base derives from itself:
// the title weight and the evidence threshold.
func (b *build) measure(ctx context.Context) error {
	chunks, titles := 0, map[string]bool{}
	for _, s := range b.segments {
		chunks += s.liveChunks()
	}
	for _, v := range b.live {
		titles[v.Title] = true
	}
	b.report.Chunks = chunks
	b.settings.Title = mostTitle
	if len(titles) > 0 {
		w := 1 / math.Sqrt(float64(chunks)/float64(len(titles)))
		b.settings.Title = math.Round(100*min(max(w, leastTitle), mostTitle)) / 100
	}
	if err := b.commit(ctx, Change{}); err != nil {
		return err
	}
	ids := make([]string, 0, len(b.live))
	for k := range b.live {
		ids = append(ids, k)
	}
	slices.Sort(ids)
	live := make([]Version, len(ids))
	for i, k := range ids {
		live[i] = b.live[k]
	}
	if b.settings.Threshold > 0 && b.settings.Drifted*recalibrate <= len(live) {
		return nil
	}
	b.settings.Drifted = 0
	base, err := Open(ctx, b.config.Store, b.config.Base)
	if err != nil {
		return err
	}
	b.settings.Threshold, err = calibrate(ctx, base, live)
	return err
}
