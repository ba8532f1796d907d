package project_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/project"
)

// The projects of this repository are valid wherever they stand, with no
// variable set.
func TestProjectsOfTheRepository(t *testing.T) {
	files, err := filepath.Glob("../../testdata/*/luodi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Glob("../../examples/*/*/luodi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, examples...) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := parse(string(data))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, s := range p.Scenarios {
			if len(s.Candidates) == 0 || s.Bar.Metric == "" {
				t.Errorf("%s: scenario %s has no candidates or no metric", file, s.Name)
			}
		}
	}
}

func TestLoadOfWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, project.File), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := project.Load(dir); err == nil || errs.Is(err, errs.CodeNotFound) {
		t.Errorf("a folder named luodi.yaml: %v", err)
	}
	if _, err := project.Load(filepath.Join(dir, "none")); !errs.Is(err, errs.CodeNotFound) {
		t.Errorf("no folder: %v", err)
	}
	blocked := filepath.Join(dir, "file")
	if err := os.WriteFile(blocked, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := project.Skeleton(filepath.Join(blocked, "p"), ""); err == nil {
		t.Error("a project below a file must be an error")
	}
}
