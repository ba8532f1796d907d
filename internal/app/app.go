// Package app wires luodi together: a project's luodi.yaml becomes an opened
// store, a list of stages and the services behind the command line and the
// gateway.
//
// It is the one package that imports everything, and it decides nothing about
// the domain: what a certificate says is package sizing's, what a citation is
// package knowledge's. Up is the main job; the other exported methods are the
// other verbs of the command line, one file each.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/luodi/luodi/internal/blob"
	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge/coverage"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/reader/pdf"
	"github.com/luodi/luodi/internal/store"
	"github.com/luodi/luodi/internal/strictyaml"
)

// Version is the version of this binary.
const Version = "0.1.0"

// stateDir holds everything luodi derives, below the project's folder.
const stateDir = ".luodi"

// App is an open project. Its methods may be called from any goroutine; two
// processes may have the same project open.
type App struct {
	Project *project.Project
	db      *store.DB
	blobs   blob.Store
	catalog *catalog.Catalog
	pdf     *pdf.Reader
	books   *books
	now     func() time.Time
	sampler *sampler             // while serving
	missed  *missed              // by searches
	current *atomic.Pointer[App] // as luodi.yaml is now, while serving
	opened  *opened              // bases
	places  *places              // of citations
	trail   *coverage.Recorder   // of questions and the passages found for them
	// pseudonyms are who asked, in that trail.
	pseudonyms *pseudonyms
	// Progress is told what is being done; nil is silent. It may be called
	// from any goroutine.
	Progress func(Event)
}

// Event is one line of progress.
type Event struct {
	Stage string // "ingest/tickets"
	Note  string // what is going on, for people
	Done  int    // of Total; 0 of 0 where it cannot be counted
	Total int
	End   bool // the stage has ended; Note says how
}

// Open opens the project in dir (with luodi.yaml), making .luodi/ where it
// does not exist.
func Open(ctx context.Context, dir string) (*App, error) {
	p, err := project.Load(dir)
	if err != nil {
		return nil, err
	}
	if err := unfinished(p.Dir); err != nil {
		return nil, err
	}
	state := filepath.Join(p.Dir, stateDir)
	if err := os.MkdirAll(state, 0o700); err != nil {
		return nil, fmt.Errorf("opening project %s: making %s: %w", p.Name, state, err)
	}
	blobs, err := openBlobs(p, state)
	if err != nil {
		return nil, fmt.Errorf("opening project %s: %w", p.Name, err)
	}
	db, err := store.Open(ctx, store.Config{Path: filepath.Join(state, "luodi.db"), URL: p.Store.URL})
	if err != nil {
		return nil, fmt.Errorf("opening project %s: %w", p.Name, err)
	}
	cat, err := catalog.Load(strictyaml.Decode, os.DirFS(filepath.Join(p.Dir, "catalog")))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &App{
		Project: p, db: db, catalog: cat, now: time.Now, missed: &missed{}, books: &books{},
		blobs: blobs, trail: newTrail(db.Coverage()), places: &places{}, pseudonyms: &pseudonyms{}, current: &atomic.Pointer[App]{}, opened: &opened{},
		pdf: pdf.New(pdf.Config{Cache: filepath.Join(state, "cache", "pdfium"), OCR: recogniser(p)}),
	}, nil
}

// Close ends all work on the project.
func (a *App) Close() error {
	return errors.Join(a.trail.Close(), a.books.close(), a.pdf.Close(), a.db.Close())
}

func (a *App) tell(e Event) {
	if a.Progress != nil {
		a.Progress(e)
	}
}

// path is a file below .luodi/.
func (a *App) path(name ...string) string {
	return filepath.Join(append([]string{a.Project.Dir, stateDir}, name...)...)
}

// missing reports whether err says that a file is not there.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errs.Is(err, errs.CodeNotFound)
}
