package app

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/luodi/luodi/internal/clean"
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

// PIIFound is one finding: raw bytes [Start, End) of a file.
type PIIFound struct {
	Path  string `json:"path"`
	Type  string `json:"type"`
	Start int    `json:"start"`
	End   int    `json:"end"`
}

// PIISkipped is a file that could not be scanned.
type PIISkipped struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// ScanPII scans a file, or the files below a folder, and stores nothing.
func ScanPII(ctx context.Context, root string) (PIIResult, error) {
	out := PIIResult{Types: map[string]int{}, Found: []PIIFound{}, Skipped: []PIISkipped{}}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || ctx.Err() != nil {
			if err == nil {
				err = ctx.Err()
			}
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			out.Skipped = append(out.Skipped, PIISkipped{path, err.Error()})
			return nil
		}
		text, err := charset.Decode(raw)
		if err != nil {
			out.Skipped = append(out.Skipped, PIISkipped{path, err.Error()})
			return nil
		}
		out.Files++
		out.Bytes += int64(len(raw))
		for _, t := range clean.Scan(text.String) {
			start, end := text.Map.Source(t.Start, t.End)
			out.Types[string(t.Type)]++
			out.Found = append(out.Found, PIIFound{path, string(t.Type), start, end})
		}
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("scanning %s: %w", root, err)
	}
	return out, nil
}
