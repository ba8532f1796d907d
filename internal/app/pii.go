package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/reader/office"
	"github.com/luodi/luodi/internal/reader/pdf"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/source/charset"
)

// PIIResult is what `luodi pii scan --json` prints. Values are never shown.
type PIIResult struct {
	Files   int            `json:"files"`
	Bytes   int64          `json:"bytes"`
	Types   map[string]int `json:"types"`
	Found   []PIIFound     `json:"found"`
	Skipped []PIISkipped   `json:"skipped"`
}

// PIIFound is one finding: raw bytes [Start, End) of a file that is text, else
// the place that its reader knows: page and box, cell, slide, part.
type PIIFound struct {
	Path  string           `json:"path"`
	Type  string           `json:"type"`
	Start int              `json:"start"`
	End   int              `json:"end"`
	At    *source.Location `json:"at,omitempty"`
	Where string           `json:"where,omitempty"` // At in words
}

// PIISkipped is a file that could not be scanned.
type PIISkipped struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// maxScanned is how large a file may be that is scanned.
const maxScanned = 1 << 30

// ScanPII scans a file, or the files below a folder, and stores nothing. Files
// whose bytes are no text go through the readers of ingest.
func ScanPII(ctx context.Context, root string) (PIIResult, error) {
	out := PIIResult{Types: map[string]int{}, Found: []PIIFound{}, Skipped: []PIISkipped{}}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	pages := pdf.New(pdf.Config{Cache: filepath.Join(cache, "luodi", "pdfium")})
	defer pages.Close()
	readers := office.Readers(pages)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil || path == root && err != nil {
			return cmp.Or(ctx.Err(), err)
		}
		var n int64
		switch {
		case err == nil && d.IsDir():
			return nil
		case err == nil:
			if n, err = out.scan(ctx, readers, path); ctx.Err() != nil {
				return ctx.Err()
			}
		}
		if err != nil {
			out.Skipped = append(out.Skipped, PIISkipped{path, err.Error()})
			return nil
		}
		out.Files++
		out.Bytes += n
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return out, errs.NotFound("scanning %s: there is no such file or folder", root)
	}
	if err != nil {
		return out, fmt.Errorf("scanning %s: %w", root, err)
	}
	return out, nil
}

// scan adds what a file holds, nothing of a file that cannot be read to its
// end, and returns the file's size.
func (out *PIIResult) scan(ctx context.Context, readers []source.Reader, path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() { // a pipe would be waited for, a link to a folder be walked twice
		return 0, errs.Invalid("it is no regular file")
	}
	if info.Size() > maxScanned {
		return 0, errs.Invalid("the file has %d MiB, the limit is %d; split it", info.Size()>>20, maxScanned>>20)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	reader := source.ReaderFor(readers, filepath.ToSlash(path))
	_, isText := reader.(source.TextReader)
	var found []PIIFound
	if reader == nil || isText {
		text, err := charset.Decode(raw)
		if err != nil {
			return 0, err
		}
		for _, t := range clean.Scan(text.String) {
			start, end := text.Map.Source(t.Start, t.End)
			found = append(found, PIIFound{Path: path, Type: t.Type, Start: start, End: end})
		}
	} else if _, err := reader.Read(ctx, source.Input{Path: filepath.Base(path), Raw: raw}, func(row source.Row) error {
		found = append(found, foundIn(path, row)...)
		return ctx.Err()
	}); err != nil {
		return 0, err
	}
	out.Found = append(out.Found, found...)
	for _, f := range found {
		out.Types[f.Type]++
	}
	return int64(len(raw)), nil
}

// foundIn is what a document or a table's row holds, each finding at its place.
func foundIn(path string, row source.Row) []PIIFound {
	var out []PIIFound
	add := func(tags []pii.Tag, at func(pii.Tag) source.Location) {
		for _, t := range tags {
			l := at(t)
			if l == (source.Location{}) {
				l = row.At
			}
			out = append(out, PIIFound{Path: path, Type: t.Type, At: &l, Where: l.String()})
		}
	}
	add(clean.Scan(row.Text), func(t pii.Tag) source.Location {
		if at := source.Within(row.Spans, t.Start, t.End, 1); len(at) > 0 {
			return at[0]
		}
		return row.At
	})
	for _, f := range row.Fields {
		add(inCell(f.Name, f.Value), func(pii.Tag) source.Location { return f.At })
	}
	return out
}

// inCell is what a cell holds: by itself, else with the name of its column
// before it, which may be the word that tells what the number is.
func inCell(name, value string) []pii.Tag {
	if tags := clean.Scan(value); len(tags) > 0 || name == "" || value == "" {
		return tags
	}
	head := name + "："
	var out []pii.Tag
	for _, t := range clean.Scan(head + value) {
		if t.Start >= len(head) {
			out = append(out, t)
		}
	}
	return out
}
