package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/source"
)

const (
	lookEvery  = 300 * time.Millisecond // files' sizes and times
	settleTime = 100 * time.Millisecond // in which a file that is being written changes again
	askEvery   = 30 * time.Second       // databases and buckets
)

// Watch is Up, and again whenever a file of a source has changed; databases
// and buckets are asked every half minute. ran is told how each run went; a
// run that fails does not end the watch. It returns nil when ctx ends, and
// ErrReload when luodi.yaml has changed: open the project again then.
func (a *App) Watch(ctx context.Context, ran func(UpResult, error)) error {
	settings := a.settings()
	for ctx.Err() == nil {
		before := a.stamp()
		res, err := a.Up(ctx, "")
		if ctx.Err() != nil {
			break
		}
		ran(res, err)
		if err := a.wait(ctx, before, settings); err != nil {
			return err
		}
	}
	return nil
}

// ErrReload says that luodi.yaml has changed.
var ErrReload = errors.New("luodi.yaml has changed")

// wait returns when there is something to do.
func (a *App) wait(ctx context.Context, before, settings string) error {
	asked := time.Now()
	every := lookEvery
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
		began := time.Now()
		now := a.stamp()
		every = max(lookEvery, 10*time.Since(began)) // at most a tenth of a core
		switch {
		case a.settings() != settings:
			return ErrReload
		case now != before:
			a.settle(ctx, now)
			return nil
		case a.beyondFolders() && time.Since(asked) > askEvery:
			return nil
		}
	}
}

// settle waits while files go on changing, a few seconds at most.
func (a *App) settle(ctx context.Context, last string) {
	for range 20 {
		select {
		case <-ctx.Done():
			return
		case <-time.After(settleTime):
		}
		now := a.stamp()
		if now == last {
			return
		}
		last = now
	}
}

// stamp is that of all sources in folders.
func (a *App) stamp() string {
	var all strings.Builder
	for _, s := range a.Project.Sources {
		if inFolder(s) {
			one, err := source.Stamp(a.Project.Dir, spec(s))
			if err != nil {
				one = err.Error()
			}
			all.WriteString(one)
		}
	}
	return all.String()
}

func inFolder(s project.Source) bool { return s.Path != "" && !s.Bucket() }

// beyondFolders reports whether a source can only be asked whether it has changed.
func (a *App) beyondFolders() bool {
	for _, s := range a.Project.Sources {
		if !inFolder(s) {
			return true
		}
	}
	return false
}

// settings is luodi.yaml as it is now; an editor may have it away for a moment.
func (a *App) settings() string {
	for range 5 {
		if b, err := os.ReadFile(filepath.Join(a.Project.Dir, project.File)); err == nil {
			return string(b)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return ""
}
