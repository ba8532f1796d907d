package source

import (
	"context"
	"fmt"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/luodi/luodi/internal/lineage"
)

// Config is what Ingest works on. Project, Spec, Store and Blobs must be set.
type Config struct {
	Project  string // the project's folder, absolute
	Spec     Spec
	Store    Store
	Blobs    Blobs
	Origin   Origin                             // the project's folders when nil; Spec.Path then says nothing
	Readers  []Reader                           // besides the built-in ones, asked first
	Now      func() time.Time                   // time.Now when nil
	Progress func(done, total int, path string) // called after each file; may be nil
	MaxBytes int64                              // larger files are refused; 1 GiB when 0, 64 GiB where they are read piece by piece
	Temp     string                             // folder for what does not fit into memory; the system's when empty
	StreamOf int64                              // csv, tsv, json, jsonl and txt files from this size are read piece by piece; 16 MiB when 0
}

// Report is what an ingest did. Counts are of files, but Records.
type Report struct {
	Source    string    `json:"source"`
	Files     int       `json:"files"` // good and current
	Added     int       `json:"added"`
	Changed   int       `json:"changed"`
	Removed   int       `json:"removed"`
	Unchanged int       `json:"unchanged"`
	Failed    []Failure `json:"failed"`
	Warnings  []string  `json:"warnings"`
	Records   int       `json:"records"` // of all current files
	Digest    string    `json:"digest"`  // content address of the source as it is now
}

// Failure is a file that could not be read.
type Failure struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
	Kept   bool   `json:"kept"` // its last good version stays current
}

// Commits are made after so many files or records, so that thousands of small
// files do not wait for the disk one by one.
const (
	commitFiles   = 256
	commitRecords = 5000
	appendRecords = 2000
	appendBytes   = 8 << 20 // of text
)

// Ingest brings a source up to date with its files. It is idempotent and may
// be killed at any moment. A file that cannot be read is in the report, not an
// error; an error is a store, a disk or a spec that does not work.
func Ingest(ctx context.Context, cfg Config) (Report, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.StreamOf == 0 {
		cfg.StreamOf = streamFrom
	}
	rep, err := ingest(ctx, cfg)
	if err != nil {
		return rep, fmt.Errorf("ingesting source %s: %w", cfg.Spec.Name, err)
	}
	return rep, nil
}

func ingest(ctx context.Context, cfg Config) (Report, error) {
	rep := Report{Source: cfg.Spec.Name, Failed: []Failure{}, Warnings: []string{}}
	if err := cfg.Spec.check(cfg.Project, cfg.Origin != nil); err != nil {
		return rep, err
	}
	files, err := cfg.list(ctx)
	if err != nil {
		return rep, err
	}
	states, err := cfg.Store.States(ctx, cfg.Spec.Name)
	if err != nil {
		return rep, err
	}
	if len(files) == 0 && cfg.Origin == nil {
		rep.Warnings = append(rep.Warnings, fmt.Sprintf("path %q matches no file below %s", cfg.Spec.Path, cfg.Project))
	}
	in := ingestion{cfg: cfg, rep: &rep, states: map[string]State{}}
	for _, s := range states {
		in.states[s.Path] = s
	}
	if err := in.run(ctx, files); err != nil {
		return rep, err
	}
	if err := in.remove(ctx, files); err != nil {
		return rep, err
	}
	in.finish()
	return rep, in.notes(ctx)
}

// ingestion is one running ingest.
type ingestion struct {
	cfg     Config
	rep     *Report
	states  map[string]State // by path, kept up to date
	pending Change
	count   int // records appended since the last commit
	bytes   int // of text in pending

	done, total int // files
}

func (in *ingestion) run(ctx context.Context, files []found) error {
	var workers sync.WaitGroup
	defer workers.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in.total = len(files)
	for i, next := range in.load(ctx, &workers, files) {
		var l loaded
		select {
		case l = <-next:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := in.take(ctx, l); err != nil {
			return fmt.Errorf("%s: %w", l.path, err)
		}
		if in.done = i + 1; in.cfg.Progress != nil {
			in.cfg.Progress(in.done, in.total, l.path)
		}
	}
	return in.commit(ctx)
}

// take records what was loaded.
func (in *ingestion) take(ctx context.Context, l loaded) error {
	before, known := in.states[l.path]
	if l.stop != nil {
		return l.stop
	}
	if l.reason != "" {
		return in.fail(ctx, l, before)
	}
	if l.file.ID == before.FileID && before.Reason == "" {
		in.rep.Unchanged++
		if l.file.Mark == before.Mark {
			return nil
		}
		return in.remark(ctx, l, before)
	}
	switch {
	case !known || before.FileID == "":
		in.rep.Added++
	case l.file.ID == before.FileID: // it was broken meanwhile
		in.rep.Unchanged++
	default:
		in.rep.Changed++
	}
	if l.file.ID != before.FileID {
		if err := in.store(ctx, l); err != nil {
			return err
		}
	} else {
		l.file.Records = before.Records
	}
	l.file.ReadAt = in.cfg.Now()
	in.pending.Files = append(in.pending.Files, l.file)
	in.states[l.path] = State{Path: l.path, FileID: l.file.ID, Records: l.file.Records, Hash: l.file.Hash, Mark: l.file.Mark}
	return in.commitWhenFull(ctx)
}

// remark notes that an origin has another mark for the same bytes.
func (in *ingestion) remark(ctx context.Context, l loaded, before State) error {
	before.Mark = l.file.Mark
	in.states[l.path] = before
	in.pending.Marked = append(in.pending.Marked, before)
	return in.commitWhenFull(ctx)
}

// fail keeps the last good version.
func (in *ingestion) fail(ctx context.Context, l loaded, before State) error {
	in.rep.Failed = append(in.rep.Failed, Failure{l.path, l.reason, before.FileID != ""})
	now := State{Path: l.path, FileID: before.FileID, Records: before.Records, Hash: l.file.Hash, Reason: l.reason}
	if now == before {
		return nil
	}
	in.states[l.path] = now
	in.pending.Failed = append(in.pending.Failed, now)
	return in.commitWhenFull(ctx)
}

// store keeps the bytes and the records of a file that was found to be whole.
func (in *ingestion) store(ctx context.Context, l loaded) error {
	if l.streamed != nil {
		return in.storePieces(ctx, l)
	}
	if _, err := in.cfg.Blobs.Put(ctx, l.raw); err != nil {
		return err
	}
	ids := namer{}
	_, err := l.reader.Read(ctx, l.input, func(row Row) error {
		r := l.file.record(row)
		ids.name(&r)
		return in.add(ctx, r)
	})
	return err
}

// add appends a record to those under way.
func (in *ingestion) add(ctx context.Context, r Record) error {
	in.pending.Records = append(in.pending.Records, r)
	in.bytes += len(r.Text)
	for _, f := range r.Fields {
		in.bytes += len(f.Value)
	}
	if len(in.pending.Records) < appendRecords && in.bytes < appendBytes {
		return nil
	}
	in.count += len(in.pending.Records)
	in.bytes = 0
	err := in.cfg.Store.Append(ctx, in.pending.Records)
	in.pending.Records = in.pending.Records[:0]
	if err != nil {
		return err
	}
	return ctx.Err()
}

func (in *ingestion) commitWhenFull(ctx context.Context) error {
	if len(in.pending.Files)+len(in.pending.Failed)+len(in.pending.Marked) < commitFiles && in.count+len(in.pending.Records) < commitRecords {
		return nil
	}
	return in.commit(ctx)
}

func (in *ingestion) commit(ctx context.Context) error {
	c := in.pending
	if len(c.Records)+len(c.Files)+len(c.Failed)+len(c.Marked)+len(c.Removed) == 0 {
		return nil
	}
	in.pending, in.count, in.bytes = Change{}, 0, 0
	return in.cfg.Store.Commit(ctx, in.cfg.Spec.Name, c)
}

// remove forgets the paths that are gone; those below a folder that could not
// be read are not known to be.
func (in *ingestion) remove(ctx context.Context, files []found) error {
	there := map[string]bool{}
	for _, f := range files {
		there[f.path] = true
	}
	for _, p := range sortedKeys(in.states) {
		gone := !there[p]
		for dir := path.Dir(p); gone && dir != "." && dir != "/"; dir = path.Dir(dir) {
			gone = !there[dir]
		}
		if gone {
			in.pending.Removed = append(in.pending.Removed, p)
		}
	}
	for _, p := range in.pending.Removed {
		if in.states[p].FileID != "" {
			in.rep.Removed++
		}
		delete(in.states, p)
	}
	return in.commit(ctx)
}

// notes warns of what is odd in any current file, whenever it was read.
func (in *ingestion) notes(ctx context.Context) error {
	files, err := in.cfg.Store.Files(ctx, in.cfg.Spec.Name)
	if err != nil {
		return fmt.Errorf("reading what is odd in the files: %w", err)
	}
	for _, f := range files {
		for _, n := range f.Notes {
			in.rep.Warnings = append(in.rep.Warnings, f.Path+": "+n)
		}
	}
	return nil
}

// finish counts, and computes the digest: the content address of the source's
// name, department and current file versions, which name everything else.
func (in *ingestion) finish() {
	parts := []string{in.cfg.Spec.Name, in.cfg.Spec.Department}
	for _, p := range sortedKeys(in.states) {
		if s := in.states[p]; s.FileID != "" {
			parts = append(parts, p, s.FileID)
			in.rep.Files++
			in.rep.Records += s.Records
		}
	}
	in.rep.Digest = lineage.NewID("src", parts...)
}

func unreadable(name string, known []string) string {
	return fmt.Sprintf("no reader for %q files; these are read: %s", path.Ext(name), strings.Join(known, " "))
}
