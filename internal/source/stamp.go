package source

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/lineage"
)

// Stamp changes when a file of the source may have: when one is new, gone,
// renamed over, or has another size or time. It opens none, which makes it
// cheap enough to be asked twice a second.
func Stamp(project string, s Spec) (string, error) {
	if err := s.check(project, false); err != nil {
		return "", err
	}
	files, err := glob(project, s.Root, s.Path)
	if err != nil {
		return "", fmt.Errorf("looking for changes of source %s: %w", s.Name, err)
	}
	var b strings.Builder
	for _, f := range files {
		b.WriteString(f.path)
		info, err := os.Stat(f.file)
		if err != nil {
			b.WriteString(" -\n") // gone meanwhile, or not to be read
			continue
		}
		b.WriteByte(0)
		b.WriteString(strconv.FormatInt(info.Size(), 36))
		b.WriteByte(0)
		b.WriteString(strconv.FormatInt(info.ModTime().UnixNano(), 36))
		b.WriteByte('\n')
	}
	return lineage.Hash([]byte(b.String())), nil
}
