// Package legacy reads office files of the formats before 2007 and of
// OpenDocument (.doc, .xls, .ppt, .rtf, .odt, .ods, .odp) by letting
// LibreOffice write them again as .docx, .xlsx or .pptx, which the readers of
// those formats then read.
//
// LibreOffice is a program of its own: it is run with a profile of its own in
// a folder that is thrown away, with limits of time and of what it may write,
// and stopped with its children when they are over. Where it is not installed
// the files are refused, and the reason says how to get them in. Places are
// those in the converted file: a sheet and a cell are the same, bytes are not.
package legacy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

// Reader reads one old format through a reader of the new one.
type Reader struct {
	Name    string        // of the format: doc
	Endings []string      // .doc
	To      string        // docx
	Through source.Reader // of the format To
	Program string        // soffice or libreoffice on the path when empty
	Timeout time.Duration // of one file; 2 minutes when 0
}

// maxBytes is how large a file may be, and what is made of it.
const maxBytes = 256 << 20

// Readers are those of the old formats, through the readers of the new ones.
func Readers(word, sheet, slides source.Reader) []source.Reader {
	return []source.Reader{
		Reader{Name: "doc", Endings: []string{".doc", ".dot", ".wps"}, To: "docx", Through: word},
		Reader{Name: "rtf", Endings: []string{".rtf"}, To: "docx", Through: word},
		Reader{Name: "odt", Endings: []string{".odt"}, To: "docx", Through: word},
		Reader{Name: "xls", Endings: []string{".xls", ".xlt", ".xlsb", ".et"}, To: "xlsx", Through: sheet},
		Reader{Name: "ods", Endings: []string{".ods"}, To: "xlsx", Through: sheet},
		Reader{Name: "ppt", Endings: []string{".ppt", ".pps", ".dps"}, To: "pptx", Through: slides},
		Reader{Name: "odp", Endings: []string{".odp"}, To: "pptx", Through: slides},
	}
}

// Format implements source.Reader.
func (r Reader) Format() string { return r.Name }

// Version implements source.Reader.
func (r Reader) Version() int { return 100 + r.Through.Version() }

// Extensions implements source.Reader.
func (r Reader) Extensions() []string { return r.Endings }

// Read implements source.Reader.
func (r Reader) Read(ctx context.Context, in source.Input, emit func(source.Row) error) ([]string, error) {
	program, err := r.program()
	if err != nil {
		return nil, err
	}
	if len(in.Raw) > maxBytes {
		return nil, errs.Invalid("the file has %d MiB, the limit for a conversion is %d", len(in.Raw)>>20, maxBytes>>20)
	}
	made, err := r.convert(ctx, program, in.Raw)
	if err != nil {
		return nil, err
	}
	in.Raw = made
	notes, err := r.Through.Read(ctx, in, emit)
	return append(notes, "read as LibreOffice converts it to ."+r.To), err
}

func (r Reader) program() (string, error) {
	names := []string{r.Program}
	if r.Program == "" {
		names = []string{"soffice", "libreoffice"}
	}
	for _, n := range names {
		if p, err := exec.LookPath(n); err == nil {
			return p, nil
		}
	}
	return "", errs.Invalid("files of the format .%s are read with the help of LibreOffice, which is not installed here; install it, or save the file as .%s", r.Name, r.To)
}

// convert runs LibreOffice on the file.
func (r Reader) convert(ctx context.Context, program string, raw []byte) ([]byte, error) {
	dir, err := os.MkdirTemp("", "luodi-convert-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the conversion: %w", err)
	}
	defer os.RemoveAll(dir)
	from := filepath.Join(dir, "file"+r.Endings[0])
	if err := os.WriteFile(from, raw, 0o600); err != nil {
		return nil, fmt.Errorf("writing the file to convert: %w", err)
	}
	timeout := r.Timeout
	if timeout == 0 {
		timeout = 2 * time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	out := filepath.Join(dir, "out")
	c := exec.CommandContext(ctx, program, "-env:UserInstallation=file://"+filepath.ToSlash(filepath.Join(dir, "profile")),
		"--headless", "--norestore", "--nolockcheck", "--nodefault", "--convert-to", r.To, "--outdir", out, from)
	c.Dir = dir
	c.Env = append(os.Environ(), "HOME="+dir)
	c.WaitDelay = 5 * time.Second
	ownGroup(c)
	said := limited{left: 4 << 10}
	c.Stdout, c.Stderr = &said, &said
	err = run(ctx, c, out)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, errs.Invalid("LibreOffice did not convert the file within %s; save it as .%s", timeout, r.To)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	made := filepath.Join(out, "file."+r.To)
	info, serr := os.Stat(made)
	switch {
	case err != nil || serr != nil:
		return nil, errs.Invalid("LibreOffice cannot convert the file (%s); it may be damaged: save it as .%s", said.line(err), r.To)
	case info.Size() > maxBytes:
		return nil, errs.Invalid("the file is %d MiB when converted, the limit is %d", info.Size()>>20, maxBytes>>20)
	}
	return os.ReadFile(made)
}

// run waits for the program, and stops it when it writes more than it may.
func run(ctx context.Context, c *exec.Cmd, out string) error {
	if err := c.Start(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			if size(out) > maxBytes {
				_ = c.Cancel()
				<-done
				return errs.Invalid("it wrote more than %d MiB", maxBytes>>20)
			}
		}
	}
}

// size is the bytes of the files in a folder.
func size(dir string) (sum int64) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			sum += info.Size()
		}
	}
	return sum
}

// limited keeps the beginning of what a program says.
type limited struct {
	b    strings.Builder
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.b.Write(p[:n])
	l.left -= n
	return len(p), nil
}

func (l *limited) line(err error) string {
	s := strings.Join(strings.Fields(strings.ToValidUTF8(l.b.String(), "�")), " ")
	if err != nil {
		s = strings.TrimSpace(s + " " + err.Error())
	}
	if s == "" {
		s = "it wrote nothing"
	}
	return s
}
