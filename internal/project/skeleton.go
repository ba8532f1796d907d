package project

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/luodi/luodi/internal/errs"
)

//go:embed skeleton.yaml
var skeleton string

// Default is a luodi.yaml for a new project: valid as it is, with an example of
// every section in comments. A name that the file could not bear is mended.
func Default(name string) string {
	return strings.Replace(skeleton, "PROJECT", plain(name), 1)
}

func plain(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '-'
	}, name)
	if name = strings.Trim(name, "-_."); name == "" {
		return "project"
	}
	if r := []rune(name); len(r) > 64 {
		return string(r[:64])
	}
	return name
}

// Skeleton writes Default into dir, making it where needed, and returns the
// file's path. name "" is the directory's own name. It returns errs.Conflict
// where a luodi.yaml is there already: nothing is ever overwritten.
func Skeleton(dir, name string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("making a project: %w", err)
	}
	if name == "" {
		name = filepath.Base(abs)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("making a project: %w", err)
	}
	path := filepath.Join(dir, File)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return "", errs.Conflict("%s is there already and stays as it is", path)
	}
	if err != nil {
		return "", fmt.Errorf("making a project: %w", err)
	}
	_, err = f.WriteString(Default(name))
	if err := errors.Join(err, f.Close()); err != nil {
		return "", fmt.Errorf("making a project: writing %s: %w", path, err)
	}
	return path, nil
}
