package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/job"
	"github.com/luodi/luodi/internal/lineage"
)

// datasetRecord is a line of an exported dataset, and so a leaf of its tree:
// the members and their order are part of every root.
type datasetRecord struct {
	ID      string `json:"id"`
	Address string `json:"address"`
	File    string `json:"file"`
	Row     int    `json:"row"`
	Title   string `json:"title"`
	Text    string `json:"text"`
	Label   string `json:"label"`
	Lang    string `json:"lang"`
}

// datasetVersion changes when the same records would have another root.
const datasetVersion = "dataset/1"

// leaf is the line of a record.
func leaf(c clean.Cleaned) ([]byte, error) {
	return json.Marshal(datasetRecord{c.RecordID, c.Address, c.FileID, c.Row, c.Title, c.Text, c.Label, c.Lang})
}

// leaves calls fn with the line of every record of a source that is kept, as
// it was cleaned last.
func (a *App) leaves(ctx context.Context, name string, fn func(id string, line []byte) error) error {
	return a.db.Clean().Each(ctx, name, func(c clean.Cleaned) error {
		if c.Dropped != "" {
			return nil
		}
		line, err := leaf(c)
		if err != nil {
			return err
		}
		return fn(c.RecordID, line)
	})
}

// manifest is the version of a source's dataset as it is now. each, if not
// nil, gets every line.
func (a *App) manifest(ctx context.Context, name string, each func(id string, line []byte) error) (lineage.Manifest, error) {
	rep, err := a.cleanReport(ctx, name)
	if err != nil {
		return lineage.Manifest{}, err
	}
	var tree lineage.Tree
	if err := a.leaves(ctx, name, func(id string, line []byte) error {
		tree.Add(line)
		if each != nil {
			return each(id, line)
		}
		return nil
	}); err != nil {
		return lineage.Manifest{}, err
	}
	return a.keepVersion(ctx, name, rep, &tree)
}

// cleanReport is the report of a source as it was cleaned last.
func (a *App) cleanReport(ctx context.Context, name string) (rep clean.Report, err error) {
	if _, ok := a.Project.Source(name); !ok {
		return rep, errs.NotFound("luodi.yaml has no source %q", name)
	}
	generation, report, err := a.db.Clean().Current(ctx, name)
	if err != nil {
		return rep, err
	}
	if generation == "" {
		return rep, errs.NotFound("source %s is not cleaned yet; run `luodi clean`", name)
	}
	if err := json.Unmarshal(report, &rep); err != nil {
		return rep, fmt.Errorf("reading the report of source %s: %w", name, err)
	}
	return rep, nil
}

// keepVersion keeps the version of a source's dataset whose lines are a tree's
// leaves, and the run that made it. A version that is known stays as it is.
func (a *App) keepVersion(ctx context.Context, name string, rep clean.Report, tree *lineage.Tree) (lineage.Manifest, error) {
	m := lineage.Manifest{Version: lineage.ManifestVersion, Name: name, Plan: rep.Plan, Inputs: []lineage.Source{}}
	files, err := a.db.Source().Files(ctx, name)
	if err != nil {
		return m, err
	}
	var inputs []string
	for _, f := range files {
		m.Inputs = append(m.Inputs, lineage.Source{File: f.ID, Path: f.Path, SHA256: f.Hash, Bytes: f.Size})
		inputs = append(inputs, f.ID)
	}
	m.Root, m.Records, m.ID = tree.Root().String(), tree.Len(), lineage.DatasetID(tree.Root())
	run := lineage.NewRun("clean "+name, m.Plan, inputs, m.ID, a.now().UTC())
	return m, a.db.Lineage().PutDataset(ctx, m, run)
}

// datasetOutput is the current version of a source's dataset.
type datasetOutput struct {
	Dataset string `json:"dataset"`
}

// version keeps the version of a source's dataset, after all that may drop its
// records. It is no stage that is told of.
func (r *run) version(ctx context.Context, source string) error {
	var c cleanOutput
	if err := r.need(join(verbClean, source), &c); err != nil {
		return nil // which was told
	}
	_, err := job.Run(ctx, r.db.Job(), job.Stage{Name: join("dataset", source), Inputs: []string{datasetVersion, c.Digest, c.Dataset}}, func(ctx context.Context) (string, error) {
		out := datasetOutput{c.Dataset}
		if out.Dataset == "" || r.drops(source) {
			m, err := r.manifest(ctx, source, nil)
			if err != nil {
				return "", err
			}
			out.Dataset = m.ID
		}
		b, err := json.Marshal(out)
		return string(b), err
	})
	return err
}

// versionsWith are the kept versions of sources' datasets that a test holds for.
func (a *App) versionsWith(ctx context.Context, test func(lineage.Manifest) bool) (out []lineage.Manifest, err error) {
	for _, s := range a.Project.Sources {
		kept, err := a.db.Lineage().Datasets(ctx, s.Name)
		if err != nil {
			return nil, err
		}
		for _, m := range kept {
			if test(m) {
				out = append(out, m)
			}
		}
	}
	return out, nil
}

// holds reports whether a version was made from one of the files.
func holds(m lineage.Manifest, files map[string]bool) bool {
	return slices.ContainsFunc(m.Inputs, func(s lineage.Source) bool { return files[s.File] })
}

// DatasetVersion is a version that a source's dataset had after an `up`.
type DatasetVersion struct {
	ID      string    `json:"id"`
	Root    string    `json:"root"`
	Records uint64    `json:"records"`
	Plan    string    `json:"plan"`
	Files   int       `json:"files"`
	Made    time.Time `json:"made"` // the first time
	Current bool      `json:"current"`
}

// Versions lists the versions of a source's dataset, the newest first.
func (a *App) Versions(ctx context.Context, name string) ([]DatasetVersion, error) {
	if _, ok := a.Project.Source(name); !ok {
		return nil, errs.NotFound("luodi.yaml has no source %q", name)
	}
	var now datasetOutput
	if _, err := a.output(ctx, join("dataset", name), &now); err != nil {
		return nil, err
	}
	kept, err := a.db.Lineage().Datasets(ctx, name)
	if err != nil {
		return nil, err
	}
	out := []DatasetVersion{}
	for _, m := range kept {
		v := DatasetVersion{ID: m.ID, Root: m.Root, Records: m.Records, Plan: m.Plan, Files: len(m.Inputs), Current: m.ID == now.Dataset}
		runs, err := a.db.Lineage().Runs(ctx, m.ID)
		if err != nil {
			return nil, err
		}
		if len(runs) > 0 {
			v.Made = runs[0].At
		}
		out = append(out, v)
	}
	return out, nil
}

// Prove returns what shows, without this project, that a record belongs to the
// present version of its source's dataset.
func (a *App) Prove(ctx context.Context, record string) (lineage.Certificate, error) {
	var c lineage.Certificate
	rec, err := a.record(ctx, record)
	if err != nil {
		return c, fmt.Errorf("proving %s: %w", record, err)
	}
	at, n := uint64(0), uint64(0)
	found := false
	if c.Dataset, err = a.manifest(ctx, rec.Source, func(id string, line []byte) error {
		if id == record && !found {
			at, found, c.Record = n, true, string(line)
		}
		n++
		return nil
	}); err != nil {
		return c, fmt.Errorf("proving %s: %w", record, err)
	}
	if !found {
		return c, errs.NotFound("proving %s: the record is in no current version of dataset %s; `luodi trace` says why", record, rec.Source)
	}
	if c.Proof, err = a.proof(ctx, rec.Source, n, at); err != nil {
		return c, fmt.Errorf("proving %s: %w", record, err)
	}
	return c, c.Check()
}

// proof reads the leaves again, as a proof needs the sums of both sides.
func (a *App) proof(ctx context.Context, name string, size, index uint64) (lineage.Proof, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines, done := make(chan []byte, 64), make(chan error, 1)
	go func() {
		defer close(lines)
		done <- a.leaves(ctx, name, func(_ string, line []byte) error {
			select {
			case lines <- line:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	p, _, err := lineage.Prove(size, index, func() ([]byte, error) {
		line, ok := <-lines
		if !ok {
			return nil, errors.Join(<-done, errs.Conflict("source %s was cleaned again meanwhile; run the command again", name))
		}
		return line, nil
	})
	return p, err
}

// VerifyFile checks, without any project, a certificate that Prove returned, or
// a folder that ExportDataset wrote: errs.Conflict where it is not what it says.
func VerifyFile(path string) (lineage.Manifest, error) {
	info, err := os.Stat(path)
	if err != nil {
		return lineage.Manifest{}, errs.NotFound("verifying %s: there is no such file or folder", path)
	}
	var m lineage.Manifest
	if info.IsDir() {
		m, err = verifyFolder(path)
	} else {
		m, err = verifyCertificate(path)
	}
	if err != nil {
		return m, fmt.Errorf("verifying %s: %w", path, err)
	}
	return m, nil
}

func verifyCertificate(path string) (lineage.Manifest, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return lineage.Manifest{}, err
	}
	var c lineage.Certificate
	if err := json.Unmarshal(b, &c); err != nil {
		return c.Dataset, errs.Invalid("this is no proof of `luodi lineage prove`: %v", err)
	}
	return c.Dataset, c.Check()
}

func verifyFolder(dir string) (lineage.Manifest, error) {
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return lineage.Manifest{}, err
	}
	m, err := lineage.ParseManifest(b)
	if err != nil {
		return m, err
	}
	f, err := os.Open(filepath.Join(dir, "records.jsonl"))
	if err != nil {
		return m, err
	}
	defer f.Close()
	var tree lineage.Tree
	r := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := r.ReadString('\n')
		if err == nil {
			tree.Add([]byte(strings.TrimSuffix(line, "\n")))
			continue
		}
		if err != io.EOF {
			return m, err
		}
		if line != "" {
			return m, errs.Conflict("records.jsonl is cut in its last line")
		}
		break
	}
	if root := tree.Root().String(); root != m.Root || tree.Len() != m.Records {
		return m, errs.Conflict("records.jsonl is not dataset %s: its %d records have the root %s, the manifest says %d and %s", m.ID, tree.Len(), root, m.Records, m.Root)
	}
	return m, nil
}
