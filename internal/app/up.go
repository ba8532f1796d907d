package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/job"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing/drift"
)

// Stage names begin with their verb, so that `luodi clean` is `luodi up` as
// far as the cleaning.
const (
	verbIngest  = "ingest"
	verbClean   = "clean"
	verbCompare = "compare"
	verbIndex   = "index"
	verbItems   = "items"
	verbSmall   = "small"
	verbSize    = "size"
	verbRoute   = "route"
	verbHygiene = "hygiene"
)

// order of the verbs: the pipeline.
var order = []string{verbIngest, verbClean, verbCompare, verbIndex, verbItems, verbSmall, verbSize, verbRoute}

// UpResult is what `luodi up --json` prints.
type UpResult struct {
	Stages    []StageResult     `json:"stages"`
	Scenarios []ScenarioSummary `json:"scenarios"`
	Warnings  []string          `json:"warnings"`
	// Repriced are the decisions that changed because a price did.
	Repriced []Repriced `json:"repriced,omitempty"`
}

// StageResult is how one stage went.
type StageResult struct {
	Name    string     `json:"name"`
	Status  job.Status `json:"status"` // run | cached | failed
	Seconds float64    `json:"seconds"`
	Error   string     `json:"error,omitempty"`
}

// ScenarioSummary is one scenario's decision, short; unknown values are null.
type ScenarioSummary struct {
	Name          string      `json:"name"`
	Status        string      `json:"status"` // certified | best_guess | plan
	Configuration *string     `json:"configuration"`
	Quality       *float64    `json:"quality"`
	Interval      *[2]float64 `json:"interval"`
	CostPer1000   *float64    `json:"cost_per_1000"`
	Currency      *string     `json:"currency"`
	Decision      *string     `json:"decision"`
	// Revoked is the alarm of labelled traffic that has revoked a certificate.
	Revoked *drift.Alarm `json:"revoked,omitempty"`
}

// run is one `up` under way.
type run struct {
	*App
	until    string // the last verb to run
	only     string // one scenario; "" is all
	asked    SizeRequest
	purse    *purse // the run's own limit of money; nil is none
	repriced []Repriced
	done     map[string]string
	stages   []StageResult
	warnings []string
}

// Up brings the project up to date as far as the verb until ("" is
// everything). A failed stage fails Up after the stages that do not depend on
// it; its error is in its StageResult too.
func (a *App) Up(ctx context.Context, until string) (UpResult, error) {
	switch until {
	case "":
		until = verbRoute
	case verbClean:
		until = verbCompare // which belongs to cleaning
	}
	r := &run{App: a, until: until, done: map[string]string{}}
	return r.finish(ctx, r.pipeline(ctx))
}

// finish puts the result together after the stages ended with err, and writes
// the report.
func (r *run) finish(ctx context.Context, err error) (UpResult, error) {
	res := UpResult{Stages: r.stages, Warnings: r.warnings, Scenarios: []ScenarioSummary{}, Repriced: r.repriced}
	if res.Warnings == nil {
		res.Warnings = []string{}
	}
	if res.Stages == nil {
		res.Stages = []StageResult{}
	}
	if ctx.Err() != nil {
		return res, fmt.Errorf("stopped; run `luodi up` again to go on: %w", ctx.Err())
	}
	summaries, sumErr := r.Summaries(ctx)
	if sumErr != nil {
		return res, errors.Join(err, sumErr)
	}
	res.Scenarios = summaries
	if _, werr := r.WriteReport(ctx, ""); werr != nil {
		err = errors.Join(err, werr)
	}
	return res, err
}

func (r *run) reaches(verb string) bool {
	for _, v := range order {
		if v == verb {
			return true
		}
		if v == r.until {
			return false
		}
	}
	return false
}

func (r *run) pipeline(ctx context.Context) error {
	var failed, skipped, gates []error
	try := func(err error) {
		switch {
		case errors.Is(err, ErrGate):
			gates = append(gates, err)
		case errors.Is(err, errSkipped):
			skipped = append(skipped, err)
		case err != nil:
			failed = append(failed, err)
		}
	}
	for _, s := range r.Project.Sources {
		try(r.ingest(ctx, s))
		if r.reaches(verbClean) {
			try(r.clean(ctx, s))
		}
	}
	if r.reaches(verbCompare) {
		try(r.compare(ctx))
		for _, s := range r.Project.Sources {
			try(r.version(ctx, s.Name))
		}
	}
	if r.reaches(verbIndex) {
		for _, k := range r.Project.Knowledge {
			try(r.index(ctx, k))
		}
	}
	if r.reaches(verbItems) {
		for _, s := range r.Project.Scenarios {
			if r.only == "" || s.Name == r.only {
				try(r.scenario(ctx, s))
			}
		}
	}
	if r.reaches(verbRoute) && ctx.Err() == nil {
		try(r.route(ctx))
		for _, k := range r.Project.Knowledge {
			try(r.hygiene(ctx, k))
		}
	}
	if len(failed) == 0 {
		failed = skipped
	}
	if len(failed) == 0 {
		failed = gates
	}
	return errors.Join(failed...) // what was skipped is in its stage's result
}

func (r *run) scenario(ctx context.Context, s project.Scenario) error {
	if err := r.items(ctx, s); err != nil {
		return err
	}
	if r.reaches(verbSmall) && s.Wants(project.CandidateSmall) {
		if err := r.trainSmall(ctx, s); err != nil {
			return err
		}
	}
	if r.reaches(verbSize) {
		return errors.Join(r.size(ctx, s), r.cascade(ctx, s))
	}
	return nil
}

// errSkipped marks a stage that was not tried because one before it failed.
var errSkipped = errors.New("not tried: a stage before it failed")

// stage runs one stage through the journal and notes how it went. out is
// filled with the stage's output, which is JSON. fn may be called again after
// a kill and must be idempotent.
func (r *run) stage(ctx context.Context, name string, inputs []string, out any, fn func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.tell(Event{Stage: name})
	res, err := job.Run(ctx, r.db.Job(), job.Stage{Name: name, Inputs: inputs}, func(ctx context.Context) (string, error) {
		if err := fn(ctx); err != nil {
			return "", err
		}
		b, err := json.Marshal(out)
		return string(b), err
	})
	if err == nil && res.Output != "" {
		err = json.Unmarshal([]byte(res.Output), out)
	}
	r.end(name, res.Status, res.Seconds, err)
	if err == nil {
		r.done[name] = res.Output
	}
	return err
}

func (r *run) end(name string, status job.Status, seconds float64, err error) {
	s := StageResult{Name: name, Status: status, Seconds: float64(int(seconds*1000)) / 1000}
	note := fmt.Sprintf("%.1f s", seconds)
	if status == job.Cached {
		note = "up to date"
	}
	if err != nil {
		s.Status, s.Error = job.Failed, err.Error()
		note = "failed: " + err.Error()
	}
	r.stages = append(r.stages, s)
	r.tell(Event{Stage: name, Note: note, End: true})
}

// need returns the output of an earlier stage, or errSkipped.
func (r *run) need(stage string, out any) error {
	s, ok := r.done[stage]
	if !ok {
		return fmt.Errorf("%s: %w", stage, errSkipped)
	}
	return json.Unmarshal([]byte(s), out)
}

// skip notes a stage that cannot be tried.
func (r *run) skip(name string, err error) error {
	r.end(name, job.Failed, 0, err)
	return fmt.Errorf("stage %s: %w", name, err)
}

func (r *run) warn(format string, args ...any) {
	r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
}

// output reads what a stage returned when it last ran; false when it never
// ran to its end.
func (a *App) output(ctx context.Context, stage string, out any) (bool, error) {
	e, err := a.db.Job().Entry(ctx, stage)
	switch {
	case errs.Is(err, errs.CodeNotFound):
		return false, nil
	case err != nil:
		return false, err
	case e.Output == "":
		return false, nil
	}
	return true, json.Unmarshal([]byte(e.Output), out)
}

// finished is when a stage last ended well; zero when it never did.
func (a *App) finished(ctx context.Context, stage string) time.Time {
	e, err := a.db.Job().Entry(ctx, stage)
	if err != nil || e.Status != job.Ran {
		return time.Time{}
	}
	return e.Finished
}

func join(verb, name string) string { return verb + "/" + name }

func nameOf(stage string) string { return stage[strings.IndexByte(stage, '/')+1:] }
