package app

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/luodi/luodi/examples/bank"
	"github.com/luodi/luodi/internal/errs"
)

// WriteDemo writes the sample bank to dir. A folder that holds the sample bank
// already is kept as it is, with whatever was changed in it; any other folder
// with files in it is refused.
func WriteDemo(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case missing(err) || err == nil && len(entries) == 0:
		if err := bank.Write(dir); err != nil {
			return fmt.Errorf("writing the sample bank to %s: %w", dir, err)
		}
		return nil
	case err != nil:
		return fmt.Errorf("writing the sample bank: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "luodi.yaml")); err == nil {
		return nil
	}
	return errs.Conflict("writing the sample bank: %s has files in it and no luodi.yaml; choose another folder with --dir", dir)
}
