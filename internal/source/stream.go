package source

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source/charset"
	"github.com/luodi/luodi/internal/spill"
)

// A large file of rows is read piece by piece, so that memory does not grow with the
// file: once for its hash and charset, once to check it, and once, from the
// blob store, to keep its records. A piece ends with a line, or where a reader
// says; a row that goes on after it is read again with the next piece. A large
// object of an origin is copied to the disk first.
const (
	streamFrom = 16 << 20
	pieceBytes = 4 << 20
	maxRow     = 64 << 20
	maxStream  = 64 << 30
	maxWhole   = 1 << 30 // of a file that is read as a whole
)

// PieceBlobs are Blobs that take and give large objects piece by piece.
type PieceBlobs interface {
	Blobs
	// PutFrom is Put of all that r has.
	PutFrom(ctx context.Context, r io.ReadSeeker) (string, error)
	// ReadRange returns the bytes [start, end) of an object.
	ReadRange(ctx context.Context, name string, start, end int64) ([]byte, error)
}

// Appended is a Store that can tell how far a file got when its ingest was
// killed, so that the next one goes on there.
type Appended interface {
	// Appended returns how many records of a version are kept without a gap
	// from the first.
	Appended(ctx context.Context, fileID string) (int, error)
}

// piece is where a part of a file stands: raw bytes and lines before it, and
// how its lines end. It is zero for a whole file.
type piece struct {
	from, line int
	eol        byte
}

// pieceReader is a TextReader whose rows can be read piece by piece; nil where
// the format cannot.
type pieceReader interface {
	TextReader
	rows(c Columns) tableRows
}

// tableRows reads the rows of one file.
type tableRows interface {
	// window emits the rows that are complete, and returns how many bytes of
	// the text those are; of the last piece, all.
	window(in Input, last bool, emit func(Row) error) (int, error)
	// done ends the file: what was odd, and whether it is whole.
	done() ([]string, error)
}

// cutter are tableRows whose pieces do not end where lines do, with eol.
type cutter interface {
	// cuts is the character that the next piece ends with, ASCII and part of no
	// other in any charset, and the most bytes that it may have.
	cuts(eol byte) (border byte, longest int64)
}

// streamed is a large file that was checked.
type streamed struct {
	data    *os.File // the file, or a copy of the object; open until its records are kept
	eol     byte
	repeats *spill.Sorter // of records that say the same as an earlier one: their ordinal and count
}

// streams reports whether a file is read piece by piece.
func (in *ingestion) streams(f found, r Reader) bool {
	_, blobs := in.cfg.Blobs.(PieceBlobs)
	return blobs && (f.object == nil || f.object.Open != nil) && f.size() >= in.cfg.StreamOf && rowsOf(r, Columns{}) != nil
}

func rowsOf(r Reader, c Columns) tableRows {
	if p, ok := r.(pieceReader); ok {
		return p.rows(c)
	}
	return nil
}

// stream is read for a large file.
func (in *ingestion) stream(ctx context.Context, f found, before State, l loaded, mark string) loaded {
	data, err := in.open(ctx, f)
	if err != nil {
		return l.unread(f, err)
	}
	l = in.scan(ctx, data, f, before, l, mark)
	if l.streamed == nil {
		data.Close()
	}
	return l
}

// open opens a large file, or a copy of an object that is gone when closed.
func (in *ingestion) open(ctx context.Context, f found) (*os.File, error) {
	if f.object == nil {
		return os.Open(f.file)
	}
	from, err := f.object.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	to, err := spill.Unnamed(in.cfg.Temp)
	if err != nil {
		return nil, err
	}
	if _, err = io.Copy(to, from); err == nil {
		_, err = to.Seek(0, io.SeekStart)
	}
	if err != nil {
		to.Close()
		return nil, err
	}
	return to, nil
}

// scan finds out what a large file is and checks it. l.streamed is nil unless
// its records are to be kept.
func (in *ingestion) scan(ctx context.Context, data *os.File, f found, before State, l loaded, mark string) loaded {
	s := in.cfg.Spec
	scan, hash, size, err := scanFile(ctx, data)
	if err != nil {
		l.reason, l.stop = reason(err), ctx.Err()
		return l
	}
	l.file = File{
		Source: s.Name, Department: s.Department, Path: f.path, Hash: hash, Size: size,
		Format: l.reader.Format(), Columns: s.Columns, Mark: mark,
	}
	l.file.identify(s, l.reader)
	if l.file.ID == before.FileID {
		return l
	}
	guess, err := scan.Guess()
	if err != nil {
		l.reason = reason(err)
		return l
	}
	l.file.Charset, l.file.BOM, l.file.Doubtful = guess.Charset, guess.BOM, guess.Doubtful
	large := &streamed{data: data, eol: '\n'}
	if !scan.Newline() {
		large.eol = '\r'
	}
	if err := in.check(ctx, &l, large); err != nil {
		l.reason, l.stop = reason(err), ctx.Err()
		return l
	}
	l.streamed = large
	return l
}

// close gives back what a large file holds on the disk.
func (s *streamed) close() {
	if s != nil {
		s.repeats.Close()
		s.data.Close()
	}
}

// scanFile reads a file once, for its hash and its charset.
func scanFile(ctx context.Context, f io.Reader) (*charset.Scan, string, int64, error) {
	scan, h := &charset.Scan{}, sha256.New()
	buf := make([]byte, 1<<20)
	size := int64(0)
	for {
		n, err := io.ReadFull(f, buf)
		if n > 0 {
			h.Write(buf[:n])
			_, _ = scan.Write(buf[:n])
			size += int64(n)
		}
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return scan, hex.EncodeToString(h.Sum(nil)), size, nil
		case err != nil:
			return nil, "", 0, err
		case ctx.Err() != nil:
			return nil, "", 0, ctx.Err()
		}
	}
}

// check reads a large file as it will be stored, counts its records and finds
// those that say the same.
func (in *ingestion) check(ctx context.Context, l *loaded, large *streamed) error {
	contents := &spill.Sorter{Temp: in.cfg.Temp, Memory: 16 << 20}
	defer contents.Close()
	p := pieces{file: l.file, reader: l.reader, eol: large.eol, read: func(from, to int64) ([]byte, error) {
		b := make([]byte, to-from)
		n, err := large.data.ReadAt(b, from)
		if n < len(b) {
			return nil, errs.Conflict("the file changed while it was read")
		}
		if err == io.EOF {
			err = nil
		}
		return b, err
	}}
	notes, err := p.each(ctx, func(row Row) error {
		r := l.file.record(row)
		err := contents.Add(spill.Entry{Key: contentKey(r.content()), N: uint64(l.file.Records)})
		l.file.Records++
		return err
	})
	if err != nil {
		return err
	}
	if err := p.totals.Check(l.file.Charset); err != nil {
		return err
	}
	l.file.Notes, l.file.Lossy = notes, p.totals.Lost
	l.file.noteCharset(p.totals.First)
	large.repeats = &spill.Sorter{Temp: in.cfg.Temp, Memory: 16 << 20}
	return contents.Repeats(nil, func(_, e spill.Entry, count uint64) error {
		return large.repeats.Add(spill.Entry{Key: [2]uint64{e.N}, N: count + 1})
	})
}

// contentKey is the 128 bits of a content address.
func contentKey(content string) [2]uint64 {
	_, digits, _ := strings.Cut(content, "_")
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) < 16 {
		panic("source: a content address of another form: " + content)
	}
	return [2]uint64{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

// storePieces keeps the bytes of a large file, and from those its records.
func (in *ingestion) storePieces(ctx context.Context, l loaded) error {
	defer l.streamed.close()
	blobs := in.cfg.Blobs.(PieceBlobs)
	hash, err := blobs.PutFrom(ctx, io.NewSectionReader(l.streamed.data, 0, l.file.Size))
	if err != nil {
		return err
	}
	if hash != l.file.Hash {
		return errs.Conflict("%s changed while it was read; run the command again", l.path)
	}
	skip := 0
	if s, ok := in.cfg.Store.(Appended); ok {
		if skip, err = s.Appended(ctx, l.file.ID); err != nil {
			return err
		}
	}
	next, stop := l.streamed.pull()
	defer stop()
	p := pieces{file: l.file, reader: l.reader, eol: l.streamed.eol, read: func(from, to int64) ([]byte, error) {
		return blobs.ReadRange(ctx, hash, from, to)
	}}
	n := 0
	_, err = p.each(ctx, func(row Row) error {
		count, err := next(n)
		if err != nil {
			return err
		}
		n++
		if n <= skip {
			return nil
		}
		r := l.file.record(row)
		r.ID, r.Ordinal = recordID(r.Source, r.Path, r.content(), count), n-1
		if in.cfg.Progress != nil && n%appendRecords == 0 {
			in.cfg.Progress(in.done, in.total, fmt.Sprintf("%s: row %d of %d", l.path, n, l.file.Records))
		}
		return in.add(ctx, r)
	})
	return err
}
