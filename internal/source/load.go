package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/source/charset"
)

// loaded is a file that was read, decoded and checked.
type loaded struct {
	path     string
	file     File
	reader   Reader
	input    Input
	raw      []byte
	streamed *streamed // instead of input and raw, of a large file
	reason   string    // why the file cannot be used
	stop     error     // why the whole ingest cannot go on
}

// load reads ahead of the caller, a few files at a time, and hands them over
// in order.
func (in *ingestion) load(ctx context.Context, workers *sync.WaitGroup, files []found) []chan loaded {
	out := make([]chan loaded, len(files))
	for i := range out {
		out[i] = make(chan loaded) // unbuffered: a worker waits until its file is taken
	}
	before := maps.Clone(in.states)
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), 4) {
		workers.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(files); i = next.Add(1) - 1 {
				l := loaded{path: files[i].path, stop: ctx.Err()}
				if l.stop == nil {
					l = in.read(ctx, files[i], before[files[i].path])
				}
				select {
				case out[i] <- l:
				case <-ctx.Done():
					l.streamed.close()
					return
				}
			}
		})
	}
	return out
}

// read reads one file, unless it is the version that is known already.
func (in *ingestion) read(ctx context.Context, f found, before State) loaded {
	l := loaded{path: f.path}
	if f.err != nil {
		l.reason = reason(f.err)
		return l
	}
	if !utf8.ValidString(f.path) {
		l.path = strconv.QuoteToASCII(f.path)
		l.reason = "the file's name is not UTF-8; rename it"
		return l
	}
	var known []string
	if l.reader, known = readerFor(in.cfg.Readers, f.path); l.reader == nil {
		l.reason = unreadable(f.path, known)
		return l
	}
	s := in.cfg.Spec
	mark := f.mark(s, l.reader)
	if mark != "" && mark == before.Mark && before.Reason == "" {
		l.file = File{ID: before.FileID, Mark: mark}
		return l
	}
	streams := in.streams(f, l.reader)
	limit := in.cfg.MaxBytes
	if limit == 0 {
		if limit = maxWhole; streams {
			limit = maxStream
		}
	}
	if size := f.size(); size > limit {
		l.reason = fmt.Sprintf("the file has %d MiB, the limit is %d; split it", size>>20, limit>>20)
		return l
	}
	if streams {
		return in.stream(ctx, f, before, l, mark)
	}
	raw, err := f.read(ctx)
	if err != nil {
		return l.unread(f, err)
	}
	l.file = File{
		Source: s.Name, Department: s.Department, Path: f.path, Hash: lineage.Hash(raw), Size: int64(len(raw)),
		Format: l.reader.Format(), Columns: s.Columns, Mark: mark,
	}
	l.file.identify(s, l.reader)
	if l.file.ID == before.FileID {
		return l
	}
	var text charset.Text
	if _, ok := l.reader.(TextReader); ok {
		if text, err = charset.Decode(raw); err != nil {
			l.reason = reason(err)
			return l
		}
	}
	l.raw, l.input = raw, Input{Path: f.path, Raw: raw, Text: text, Columns: s.Columns}
	l.file.Charset, l.file.BOM, l.file.Doubtful = text.Charset, text.BOM, text.Doubtful
	for _, r := range text.Lossy {
		l.file.Lossy += r.End - r.Start
	}
	l.file.Notes, err = l.reader.Read(ctx, l.input, func(Row) error {
		l.file.Records++
		return ctx.Err()
	})
	switch {
	case ctx.Err() != nil:
		l.stop = ctx.Err()
	case err != nil:
		l.reason = reason(err)
	}
	first := 0
	if len(text.Lossy) > 0 {
		first = text.Lossy[0].Start
	}
	l.file.noteCharset(int64(first))
	return l
}

// unread is a file whose bytes could not be had.
func (l loaded) unread(f found, err error) loaded {
	if f.object != nil && !errs.Is(err, errs.CodeNotFound) { // an origin that is away is no broken file
		l.stop = err
	} else {
		l.reason = reason(err)
	}
	return l
}

// noteCharset says what is odd about the charset.
func (f *File) noteCharset(firstLossy int64) {
	if f.Lossy > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%d bytes mean nothing in %s and stand as U+FFFD, the first at byte %d", f.Lossy, f.Charset, firstLossy))
	}
	if f.Doubtful {
		f.Notes = append(f.Notes, "the charset "+f.Charset+" was a close decision; check the text")
	}
}

// identify sets the id of a version of a file, read in one way.
func (f *File) identify(s Spec, r Reader) {
	f.ID = lineage.NewID(lineage.File, s.Name, s.Department, f.Path, f.Hash,
		f.Format, strconv.Itoa(r.Version()), s.ID, s.Title, s.Text, s.Label)
}

// reason is an error in the words of whoever looks after the file, who knows
// its path already.
func reason(err error) string {
	var p *fs.PathError
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "the file cannot be read: permission denied; give luodi the right to read it"
	case errors.Is(err, fs.ErrNotExist):
		return "the file does not exist any more, or is a link to nothing"
	case errors.As(err, &p):
		return "the file cannot be read: " + p.Err.Error()
	}
	var e *errs.Error
	if errors.As(err, &e) {
		return e.Msg
	}
	return err.Error()
}

func sortedKeys(m map[string]State) []string { return slices.Sorted(maps.Keys(m)) }
