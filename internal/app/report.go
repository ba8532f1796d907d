package app

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/luodi/luodi/internal/report"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/source"
)

// staleDays is the age from which a price that was read is called old.
const staleDays = 90

// Report puts together everything the stages kept.
func (a *App) Report(ctx context.Context) (report.Report, error) {
	rep := report.Report{
		Project: a.Project.Name, Version: Version, Generated: a.now().UTC(),
		Sources: []report.Source{}, Knowledge: []report.Base{}, Scenarios: []report.Scenario{}, Warnings: []string{},
	}
	for _, s := range a.Project.Sources {
		src, err := a.reportSource(ctx, s.Name, s.Department)
		if err != nil {
			return rep, fmt.Errorf("reporting source %s: %w", s.Name, err)
		}
		rep.Sources = append(rep.Sources, src)
	}
	for _, k := range a.Project.Knowledge {
		b := report.Base{Name: k.Name, Sources: k.Sources, Readers: k.Readers}
		var out indexOutput
		ok, err := a.output(ctx, join(verbIndex, k.Name), &out)
		if err != nil {
			return rep, fmt.Errorf("reporting knowledge base %s: %w", k.Name, err)
		}
		b.Built, b.Documents, b.Chunks = ok, out.Documents, out.Chunks
		if b.Hygiene, err = a.reportHygiene(ctx, k.Name); err != nil {
			return rep, fmt.Errorf("reporting knowledge base %s: %w", k.Name, err)
		}
		rep.Knowledge = append(rep.Knowledge, b)
	}
	for _, s := range a.Project.Scenarios {
		sc, err := a.reportScenario(ctx, s.Name)
		if err != nil {
			return rep, fmt.Errorf("reporting scenario %s: %w", s.Name, err)
		}
		rep.Scenarios = append(rep.Scenarios, sc)
		studies, err := a.db.Sizing().Studies(ctx, s.Name)
		if err != nil {
			return rep, fmt.Errorf("reporting scenario %s: %w", s.Name, err)
		}
		rep.Studies.Run += len(studies)
		if sc.Result != nil && sc.Status != sizing.StatusPlan {
			var size sizeOutput
			if _, err := a.output(ctx, join(verbSize, s.Name), &size); err != nil {
				return rep, fmt.Errorf("reporting scenario %s: %w", s.Name, err)
			}
			rep.Studies.Standing++
			rep.Studies.Alpha += a.alpha(size.sizeOptions)
		}
	}
	rep.Studies.Alpha = math.Round(rep.Studies.Alpha*1e9) / 1e9
	return rep, nil
}

func (a *App) reportSource(ctx context.Context, name, department string) (report.Source, error) {
	out := report.Source{Name: name, Department: department}
	var in source.Report
	ok, err := a.output(ctx, join(verbIngest, name), &in)
	if err != nil || !ok {
		return out, err
	}
	out.Ingest = &in
	var c cleanOutput
	if ok, err = a.output(ctx, join(verbClean, name), &c); err != nil || !ok {
		return out, err
	}
	out.Clean = &c.Report
	return out, nil
}

func (a *App) reportScenario(ctx context.Context, name string) (report.Scenario, error) {
	s, _ := a.Project.Scenario(name)
	out := report.Scenario{
		Name: s.Name, Department: s.Department, Task: s.Task, Status: "plan",
		Requests: float64(s.Traffic.RequestsPerMonth), Prices: map[string]string{}, Inputs: []sizing.Input{}, Signatures: []sizing.Signature{}, Classes: []report.Classes{},
	}
	var items itemsOutput
	ok, err := a.output(ctx, join(verbItems, name), &items)
	if err != nil {
		return out, err
	}
	if ok {
		out.Items = report.Items{
			Items: items.Items, Train: items.Train, Unlabelled: items.Unlabelled, Collapsed: items.Collapsed,
			KeptOut: items.KeptOut, Conflicts: items.Conflicts, Labels: items.Labels, Changed: items.Changed,
		}
	}
	var sm smallOutput
	if ok, err = a.output(ctx, join(verbSmall, name), &sm); err != nil {
		return out, err
	}
	if ok {
		out.Small = &report.Small{
			Model: sm.Model, Bytes: sm.Bytes, Training: sm.Report, Answers: sm.Answers, Answered: sm.Answered,
			LossBound: sm.LossBound, LossTarget: sm.LossTarget, Threshold: sm.Threshold,
		}
	}
	d, ok, err := a.decision(ctx, name)
	if err != nil || !ok {
		return out, err
	}
	out.Status, out.Decision, out.Result = d.Result.Status, d.ID, &d.Result
	out.Inputs, out.Outcomes, out.Repriced = append(out.Inputs, d.Inputs...), d.Outcomes, d.Repriced
	if out.Signatures, err = a.db.Signatures().Signed(ctx, d.ID); err != nil {
		return out, err
	}
	if out.Route, err = a.reportRoute(ctx, name); err != nil {
		return out, err
	}
	if out.Classes, err = a.Classes(ctx, name); err != nil {
		return out, err
	}
	for _, arm := range d.Result.Arms {
		if row, ok := a.catalog.Book.Row(arm.Price.Row); ok {
			out.Prices[arm.Price.Row] = row.Trust(a.now(), staleDays)
		} else if arm.Price.Source != "" {
			out.Prices[arm.Price.Row] = "stated in " + arm.Price.Source
		}
		if arm.ID == d.Result.Choice && arm.CostPer1000 != nil {
			cost := d.Result.CostPerMonth(arm)
			out.CostPerMonth = &cost
		}
	}
	if err := a.reportCascade(ctx, s, d, &out); err != nil {
		return out, err
	}
	return out, a.reportDrift(ctx, s, &out)
}

// reportRoute is what is published of a scenario, or nil.
func (a *App) reportRoute(ctx context.Context, scenario string) (*report.Route, error) {
	published, err := a.routes(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range published {
		if e.Scenario == scenario {
			return &report.Route{Decision: e.Decision, Refused: e.Refused}, nil
		}
	}
	return nil, nil
}

// WriteReport writes the page to path; "" is .luodi/report.html. It returns
// where it was written.
func (a *App) WriteReport(ctx context.Context, path string) (string, error) {
	rep, err := a.Report(ctx)
	if err != nil {
		return "", err
	}
	page, err := report.HTML(rep)
	if err != nil {
		return "", err
	}
	if path == "" {
		path = a.path("report.html")
	}
	return path, writeFile(path, page)
}

// writeFile replaces a file in one step, so that a reader never sees half.
func writeFile(path string, b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(b)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// ReportPath is where up writes the page.
func (a *App) ReportPath() string { return a.path("report.html") }

// PrintReport writes the report for a terminal, in the language of the
// environment.
func (a *App) PrintReport(ctx context.Context, w io.Writer) error {
	rep, err := a.Report(ctx)
	if err != nil {
		return err
	}
	return report.Terminal(w, rep, terminalLanguage())
}

// PrintData writes the part about sources and knowledge bases.
func (a *App) PrintData(ctx context.Context, w io.Writer) error {
	rep, err := a.Report(ctx)
	if err != nil {
		return err
	}
	return report.Data(w, rep, terminalLanguage())
}

// terminalLanguage is zh-CN where the locale is Chinese, else en.
func terminalLanguage() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			if strings.HasPrefix(v, "zh") {
				return "zh-CN"
			}
			return "en"
		}
	}
	return "en"
}
