package app

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/project"
)

// compareStage is the stage that compares the texts of several sources.
var compareStage = join(verbCompare, "sources")

// compareVersion changes when the same texts would give other rows.
const compareVersion = "compare/1"

// compareOutput is what it gave.
type compareOutput struct {
	Report clean.AcrossReport `json:"report"`
}

// compare finds texts that are nearly the same in the sources that luodi.yaml
// names, and what is made of them.
func (r *run) compare(ctx context.Context) error {
	d := r.Project.Duplicates
	if len(d.Across) == 0 {
		var before compareOutput
		if _, err := r.output(ctx, compareStage, &before); err != nil || before.Report.Alike == 0 {
			return err
		}
	}
	inputs := []string{compareVersion, fmt.Sprintf("%+v", d)}
	cleaned := map[string]cleanOutput{}
	var readers, plans []string
	for _, name := range d.Across {
		var c cleanOutput
		if err := r.need(join(verbClean, name), &c); err != nil {
			return r.skip(compareStage, err)
		}
		cleaned[name] = c
		plans = append(plans, c.Report.Plan)
		s, _ := r.Project.Source(name)
		readers = append(readers, fmt.Sprint(slices.Sorted(slices.Values(s.Principals()))))
		inputs = append(inputs, c.Digest, readers[len(readers)-1])
	}
	var out compareOutput
	err := r.stage(ctx, compareStage, inputs, &out, func(ctx context.Context) error {
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(cleanMemory))
		rep, err := clean.CompareSources(ctx, clean.AcrossConfig{
			Sources: d.Across, Plans: plans, Readers: readers, Records: r.db.Source(), Store: r.db.Clean(), Alike: r.db.CleanDecided(), Drop: d.Do == project.DuplicatesDrop, Temp: r.spill(), Memory: r.path("cache", "compare"),
			Progress: func(done int) { r.tell(Event{Stage: compareStage, Done: done}) },
		})
		if err != nil {
			return err
		}
		out.Report = rep
		return nil
	})
	if err != nil {
		return err
	}
	if !out.Report.Measured && len(d.Across) > 0 {
		r.warn("duplicates: the sources %s have too many texts to be compared; name fewer", strings.Join(d.Across, ", "))
	}
	// What comes after depends on what was dropped here too.
	for name, c := range cleaned {
		if !r.drops(name) {
			continue
		}
		c.Digest += " " + out.Report.Digest
		b, err := json.Marshal(c)
		if err != nil {
			return err
		}
		r.done[join(verbClean, name)] = string(b)
	}
	return nil
}

// drops reports whether records of a source go because another source says the
// same.
func (a *App) drops(source string) bool {
	d := a.Project.Duplicates
	return d.Do == project.DuplicatesDrop && slices.Contains(d.Across, source)
}

// AlikeResult is what `luodi clean alike --json` prints.
type AlikeResult struct {
	Report clean.AcrossReport `json:"report"`
	Alike  []clean.Alike      `json:"alike"`
}

// AlikeRecords lists the records of a source, "" for all, that say nearly the
// same as an earlier one, as they were compared last.
func (a *App) AlikeRecords(ctx context.Context, source string) (AlikeResult, error) {
	res := AlikeResult{Alike: []clean.Alike{}}
	if source != "" && !slices.Contains(a.Project.Duplicates.Across, source) {
		return res, errs.NotFound("source %q is not compared with others; name it in duplicates.across of %s", source, project.File)
	}
	var out compareOutput
	ok, err := a.output(ctx, compareStage, &out)
	if err != nil {
		return res, err
	}
	if !ok {
		return res, errs.NotFound("no sources were compared yet; name them in duplicates.across of %s and run `luodi clean`", project.File)
	}
	res.Report = out.Report
	err = a.db.CleanDecided().Alike(ctx, source, func(x clean.Alike) error {
		res.Alike = append(res.Alike, x)
		return nil
	})
	return res, err
}
