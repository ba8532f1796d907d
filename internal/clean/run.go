package clean

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/source/offset"
)

// Config is what Run works on. Source, Sources and Store must be set.
type Config struct {
	Source   string // its name
	Sources  source.Store
	Store    Store
	Plan     Plan           // the zero value is NewPlan(nil)
	Checks   []Check        // of a table's columns
	Vault    pii.VaultStore // for plans that seal personal data in it
	Progress func(done int) // records so far, now and then; may be nil
	// Kept is called with every record that is not dropped, in order, unless the
	// source was cleaned before and nothing is done; may be nil.
	Kept     func(Cleaned) error
	Released map[string]bool // records that may leave quarantine
	Temp     string          // folder for what does not fit into memory; the system's when empty
}

const (
	// What a worker takes at a time, and what is stored at a time: records, or
	// fewer with so many bytes of text. Some records are documents of megabytes.
	batch, batchBytes          = 256, 1 << 20
	appendRecords, appendBytes = 2000, 8 << 20
)

// Run cleans a source as it was ingested and returns its data report. It is
// idempotent, may be killed at any moment, and does nothing but read the last
// report when neither the source nor the plan has changed.
func Run(ctx context.Context, cfg Config) (Report, error) {
	rep, err := run(ctx, cfg)
	if err != nil {
		return rep, fmt.Errorf("cleaning source %s: %w", cfg.Source, err)
	}
	return rep, nil
}

func run(ctx context.Context, cfg Config) (Report, error) {
	plan := cfg.Plan
	if plan.id == "" {
		plan = NewPlan(nil)
	}
	files, err := cfg.Sources.Files(ctx, cfg.Source)
	if err != nil {
		return Report{}, err
	}
	parts := []string{plan.ID(), cfg.Source}
	for _, f := range files {
		parts = append(parts, f.ID)
	}
	for _, c := range cfg.Checks {
		parts = append(parts, c.String())
	}
	parts = append(parts, sortedKeys(cfg.Released)...)
	generation := lineage.NewID("cln", parts...)
	current, stored, err := cfg.Store.Current(ctx, cfg.Source)
	if err != nil {
		return Report{}, err
	}
	if current == generation {
		var rep Report
		if err := json.Unmarshal(stored, &rep); err == nil {
			return rep, nil
		}
	}
	checks, err := newChecks(ctx, cfg)
	if err != nil {
		return Report{}, err
	}
	g := newGatherer(newReport(cfg.Source, plan.ID(), generation, files), files)
	g.checks, g.report.Released = checks, sortedKeys(cfg.Released)
	g.in(cfg.Temp)
	defer g.close()
	kept, err := cfg.Store.Appended(ctx, cfg.Source, generation) // by a run that was killed
	if err != nil {
		return Report{}, err
	}
	position := 0
	var pending []Cleaned
	var sealed []pii.Sealed
	size := 0 // of pending, in bytes of text
	flush := func() error {
		var err error
		if len(sealed) > 0 {
			if cfg.Vault == nil {
				return errs.Invalid("the plan seals personal data in a vault, and there is none")
			}
			err = cfg.Vault.PutSealed(ctx, sealed)
		}
		if skip := min(max(0, kept-position), len(pending)); err == nil && skip < len(pending) {
			err = cfg.Store.Append(ctx, cfg.Source, plan.ID(), generation, position+skip, pending[skip:])
		}
		position += len(pending)
		clear(pending) // or the array keeps their texts
		pending, sealed, size = pending[:0], sealed[:0], 0
		if err == nil && cfg.Progress != nil {
			cfg.Progress(position)
		}
		return cmp.Or(err, ctx.Err())
	}
	before := cfg.earlier(plan, stored)
	err = pipeline(ctx, cfg, plan, before, func(part []pair) error {
		for i := range part {
			if err := g.add(part[i].raw, &part[i].clean, part[i].near); err != nil {
				return err
			}
			if cfg.Kept != nil && part[i].clean.Dropped == "" {
				if err := cfg.Kept(part[i].clean); err != nil {
					return err
				}
			}
			pending = append(pending, part[i].clean)
			sealed = append(sealed, part[i].sealed...)
			size += len(part[i].clean.Text)
		}
		if len(pending) < appendRecords && size < appendBytes {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return Report{}, err
	}
	rep, err := g.done()
	if err != nil {
		return rep, err
	}
	if stored, err = json.Marshal(rep); err != nil {
		return rep, err
	}
	return rep, cfg.Store.Commit(ctx, cfg.Source, plan.ID(), generation, position, stored)
}

// pair is a record before and after the plan.
type pair struct {
	raw    source.Record
	clean  Cleaned
	sealed []pii.Sealed
	near   *sketch
}

// pipeline reads the source, cleans batches on all cores and hands them to
// take in order.
func pipeline(ctx context.Context, cfg Config, plan Plan, before earlier, take func([]pair) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer cancel()
	queue := make(chan chan []pair, runtime.GOMAXPROCS(0)) // batches in order, as they are read
	var readErr error
	workers.Go(func() {
		defer close(queue)
		var part []pair
		size := 0
		send := func() error {
			if len(part) == 0 {
				return nil
			}
			done, work := make(chan []pair, 1), part
			part, size = nil, 0
			if err := before.fill(ctx, work); err != nil {
				return err
			}
			select {
			case queue <- done:
			case <-ctx.Done():
				return ctx.Err()
			}
			workers.Go(func() {
				for i := range work {
					if work[i].clean.RecordID == "" {
						work[i].clean, work[i].sealed = plan.clean(work[i].raw)
					}
					cfg.released(&work[i].clean)
					if work[i].clean.Dropped == "" {
						work[i].near = sketchOf(work[i].clean.Text)
					}
				}
				done <- work
			})
			return nil
		}
		readErr = cfg.Sources.Each(ctx, cfg.Source, func(r source.Record) error {
			part, size = append(part, pair{raw: r}), size+len(r.Text)
			if len(part) < batch && size < batchBytes {
				return nil
			}
			return send()
		})
		if readErr == nil {
			readErr = send()
		}
	})
	for done := range queue {
		if err := take(<-done); err != nil {
			return err
		}
	}
	return readErr
}

// Clean runs the plan on one record and finds what is in its text. Whether it
// is a duplicate is not known from one record.
func (p Plan) Clean(r source.Record) Cleaned {
	c, _ := p.clean(r)
	return c
}

// clean is Clean with what the record's plan seals. A record that an operator
// cannot take is dropped with the reason, and stops no other.
func (p Plan) clean(r source.Record) (c Cleaned, sealed []pii.Sealed) {
	c = unplanned(r)
	bare := c
	defer func() {
		if e := recover(); e != nil {
			c, sealed = bare, nil
			c.Lang, c.Dropped = LangOther, DropBroken+fmt.Sprint(e)
		}
	}()
	c.Label = line(r.Label)
	var text string
	c.Title, text, c.Spans = p.apply(r, func(s Step) {
		if s.Changed() {
			c.Repairs = append(c.Repairs, s.Name)
		}
	})
	red, alike, err := p.personal(r, text)
	if err != nil {
		c.Dropped = DropBroken + err.Error()
		return c, nil
	}
	c.Text, c.PII, sealed = red.Text, red.Tags, red.Sealed
	c.LookAlikes, c.Spans = alike, forward(c.Spans, red.Map)
	if red.Text != text {
		c.Repairs = append(c.Repairs, stepPersonal)
		c.LookAlikes = moved(alike, red.Map)
	}
	spec := p.specs[p.classOf(r)]
	c.Lang = language(c.Text)
	c.Measures = measured(c.Text, c.Spans)
	c.Values = values(c.Text, slices.Contains(spec.Values, ValueAmount), slices.Contains(spec.Values, ValueDate))
	c.Dropped = spec.drops(c)
	switch {
	case c.Text == "":
		c.Dropped = DropEmpty
	case red.Record == pii.Quarantine:
		c.Dropped = DropQuarantine + red.Cause
	case red.Record == pii.Drop:
		c.Dropped = DropPersonal + red.Cause
	}
	return c, sealed
}

// stepPersonal is the step in which a plan's actions on personal data are done.
const stepPersonal = "personal data"

// moved takes tags over a step.
func moved(tags []pii.Tag, m offset.Map) []pii.Tag {
	out := tags[:0:0]
	for _, t := range tags {
		if s := forward([]Span{{Start: t.Start, End: t.End}}, m); len(s) == 1 {
			t.Start, t.End = s[0].Start, s[0].End
			out = append(out, t)
		}
	}
	return out
}
