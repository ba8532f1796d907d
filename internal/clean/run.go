package clean

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"sync"

	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/source"
)

// Config is what Run works on. Source, Sources and Store must be set.
type Config struct {
	Source   string // its name
	Sources  source.Store
	Store    Store
	Extract  map[string]Extractor // by format; without one html is taken as plain text
	Progress func(done int)       // records so far, now and then; may be nil
}

const (
	batch         = 256  // records that a worker takes at a time
	appendRecords = 2000 // records that are stored at a time
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
	plan := NewPlan(cfg.Extract)
	files, err := cfg.Sources.Files(ctx, cfg.Source)
	if err != nil {
		return Report{}, err
	}
	parts := []string{plan.ID(), cfg.Source}
	for _, f := range files {
		parts = append(parts, f.ID)
	}
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
	g := newGatherer(newReport(cfg.Source, plan.ID(), generation, files), files)
	position := 0
	var pending []Cleaned
	flush := func() error {
		err := cfg.Store.Append(ctx, cfg.Source, plan.ID(), generation, position, pending)
		position += len(pending)
		pending = pending[:0]
		if err == nil && cfg.Progress != nil {
			cfg.Progress(position)
		}
		return cmp.Or(err, ctx.Err())
	}
	err = pipeline(ctx, cfg, plan, func(part []pair) error {
		for i := range part {
			g.add(part[i].raw, &part[i].clean)
			pending = append(pending, part[i].clean)
		}
		if len(pending) < appendRecords {
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
	rep := g.done()
	if stored, err = json.Marshal(rep); err != nil {
		return rep, err
	}
	return rep, cfg.Store.Commit(ctx, cfg.Source, plan.ID(), generation, position, stored)
}

// pair is a record before and after the plan.
type pair struct {
	raw   source.Record
	clean Cleaned
}

// pipeline reads the source, cleans batches on all cores and hands them to
// take in order.
func pipeline(ctx context.Context, cfg Config, plan Plan, take func([]pair) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer cancel()
	queue := make(chan chan []pair, 2*runtime.GOMAXPROCS(0)) // batches in order, as they are read
	var readErr error
	workers.Go(func() {
		defer close(queue)
		var part []pair
		send := func() error {
			if len(part) == 0 {
				return nil
			}
			done, work := make(chan []pair, 1), part
			part = nil
			select {
			case queue <- done:
			case <-ctx.Done():
				return ctx.Err()
			}
			workers.Go(func() {
				for i := range work {
					work[i].clean = plan.Clean(work[i].raw)
				}
				done <- work
			})
			return nil
		}
		readErr = cfg.Sources.Each(ctx, cfg.Source, func(r source.Record) error {
			if part = append(part, pair{raw: r}); len(part) < batch {
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
	c := Cleaned{
		RecordID: r.ID, Source: r.Source, Department: r.Department, Class: r.Class, Format: r.Format,
		Path: r.Path, Key: r.Key, Address: r.Address(), FileID: r.FileID, Row: r.Row, Label: line(r.Label),
	}
	c.Title, c.Text = p.apply(r, func(s Step) {
		if s.Changed() {
			c.Repairs = append(c.Repairs, s.Name)
		}
	})
	c.Lang = language(c.Text)
	c.PII, c.LookAlikes = pii.Find(c.Text)
	if c.Text == "" {
		c.Dropped = DropEmpty
	}
	return c
}
