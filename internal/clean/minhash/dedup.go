package minhash

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

// Config says what to remove duplicates from. Input and Field must be set.
type Config struct {
	Input      string // a jsonl file, gzipped where its name ends in .gz
	Field      string // the member that holds the text
	Tokens     Tokens // Characters when empty
	Out        string // where kept lines go, in order and as they are; "" for nowhere
	Signatures string // where "id md5" of each signature goes; "" for nowhere
	Memory     int    // bytes for band keys before they are spilled; 128 MiB when 0
	Temp       string // folder for spill files; the system's when empty
	Workers    int    // goroutines that sign; one per core when 0
	Progress   func(documents int)
}

// Result is what was found.
type Result struct {
	Documents int   `json:"documents"`
	Kept      int   `json:"kept"`
	Removed   int   `json:"removed"`
	Short     int   `json:"short"`   // documents without a shingle; all but the first are removed
	Bytes     int64 `json:"bytes"`   // of the texts
	Spilled   int64 `json:"spilled"` // bytes in spill files
}

// Dedup reads the input twice: to sign, and to write what is kept. A line that
// is not an object with a text is errs.Invalid, and nothing is written.
func Dedup(ctx context.Context, cfg Config) (Result, error) {
	if cfg.Tokens == "" {
		cfg.Tokens = Characters
	}
	if cfg.Tokens != Characters && cfg.Tokens != Words {
		return Result{}, errs.Invalid("removing duplicates: tokens are %q or %q, not %q", Characters, Words, cfg.Tokens)
	}
	if cfg.Memory == 0 {
		cfg.Memory = 128 << 20
	}
	if cfg.Workers == 0 {
		cfg.Workers = runtime.GOMAXPROCS(0)
	}
	res, err := dedup(ctx, cfg)
	if err != nil {
		return res, fmt.Errorf("removing duplicates from %s: %w", cfg.Input, err)
	}
	return res, nil
}

func dedup(ctx context.Context, cfg Config) (res Result, err error) {
	keys, err := newSpill(cfg.Temp, cfg.Memory)
	if err != nil {
		return res, err
	}
	defer keys.close()
	var sigs *output
	if cfg.Signatures != "" {
		if sigs, err = create(cfg.Signatures); err != nil {
			return res, err
		}
		defer sigs.abort()
	}
	err = signAll(ctx, cfg, func(d signed) error {
		i := res.Documents
		res.Documents++
		res.Bytes += int64(d.bytes)
		if d.short {
			res.Short++
		}
		if cfg.Progress != nil && res.Documents%1000 == 0 {
			cfg.Progress(res.Documents)
		}
		if sigs != nil {
			if _, err := fmt.Fprintf(sigs, "%s %s\n", d.id, d.sum); err != nil {
				return err
			}
		}
		return keys.add(d.bands, i)
	})
	if err != nil {
		return res, err
	}
	first := newGroups(res.Documents)
	if err := keys.merge(first.join); err != nil {
		return res, err
	}
	for i := range first {
		if first.find(i) == i {
			res.Kept++
		}
	}
	res.Removed, res.Spilled = res.Documents-res.Kept, keys.spilled
	if cfg.Out != "" {
		if err := writeKept(ctx, cfg, first); err != nil {
			return res, err
		}
	}
	if sigs != nil {
		return res, sigs.commit()
	}
	return res, nil
}

// writeKept copies the lines of the first document of each group.
func writeKept(ctx context.Context, cfg Config, first groups) error {
	out, err := create(cfg.Out)
	if err != nil {
		return err
	}
	defer out.abort()
	i := 0
	err = eachLine(ctx, cfg.Input, func(line []byte, number int) error {
		if i >= len(first) {
			return errs.Conflict("line %d: the file changed while it was read", number)
		}
		keep := first.find(i) == i
		i++
		if !keep {
			return nil
		}
		if _, err := out.Write(line); err != nil {
			return err
		}
		return out.WriteByte('\n')
	})
	if err != nil {
		return err
	}
	return out.commit()
}

// signed is what is kept of a document.
type signed struct {
	id    string
	bytes int
	short bool
	bands [bands]key
	sum   string // md5 of the signature, where it is asked for
}

// lines is a batch on its way through the workers.
type lines struct {
	text   []string
	number []int
	out    []signed
	err    error
}

// signAll signs the documents on all workers and hands them over in order.
func signAll(ctx context.Context, cfg Config, take func(signed) error) error {
	const batch = 64
	signer := NewSigner()
	ctx, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	defer wait.Wait()
	defer cancel()
	queue := make(chan chan lines, cfg.Workers)
	slots := make(chan struct{}, cfg.Workers)
	var readErr error
	wait.Go(func() {
		defer close(queue)
		var part lines
		send := func() error {
			done, work := make(chan lines, 1), part
			part = lines{}
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err()
			}
			select {
			case queue <- done:
			case <-ctx.Done():
				return ctx.Err()
			}
			wait.Go(func() {
				work.sign(signer, cfg)
				<-slots
				done <- work
			})
			return nil
		}
		readErr = eachLine(ctx, cfg.Input, func(line []byte, number int) error {
			part.text = append(part.text, string(line))
			part.number = append(part.number, number)
			if len(part.text) < batch {
				return nil
			}
			return send()
		})
		if readErr == nil && len(part.text) > 0 {
			readErr = send()
		}
	})
	for done := range queue {
		work := <-done
		for _, d := range work.out {
			if err := take(d); err != nil {
				return err
			}
		}
		if work.err != nil {
			return work.err
		}
	}
	return readErr
}

func (l *lines) sign(signer *Signer, cfg Config) {
	var buf []uint32
	for i, line := range l.text {
		text, found, err := source.JSONMember(line, cfg.Field)
		if err == nil && !found {
			err = errs.Invalid("there is no member %q", cfg.Field)
		}
		if err != nil {
			l.err = fmt.Errorf("line %d: %w", l.number[i], err)
			return
		}
		d := signed{bytes: len(text)}
		buf = shingles(text, cfg.Tokens, buf)
		d.short = len(buf) == 0
		sig := signer.of(buf)
		d.bands = sig.keys()
		if cfg.Signatures != "" {
			if d.id, found, _ = source.JSONMember(line, "id"); !found {
				d.id = strconv.Itoa(l.number[i])
			}
			d.sum = sig.MD5()
		}
		l.out = append(l.out, d)
	}
}

// MD5 is the hexadecimal MD5 of the signature's values, each as a big-endian
// integer of 64 bits, band after band: how signatures are compared.
func (s *Signature) MD5() string {
	var b [used * 8]byte
	for i, v := range s {
		binary.BigEndian.PutUint32(b[i*8+4:], v)
	}
	sum := md5.Sum(b[:])
	return hex.EncodeToString(sum[:])
}

// eachLine calls fn with every line that is not empty and its number from 1.
// The line is valid until fn returns.
func eachLine(ctx context.Context, path string, fn func(line []byte, number int) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(bufio.NewReaderSize(f, 1<<16))
		if err != nil {
			return errs.Invalid("the file is not gzip: %v", err)
		}
		defer z.Close()
		in = z
	}
	r := bufio.NewReaderSize(in, 1<<16)
	var long []byte
	for number := 1; ; number++ {
		line, err := r.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			long = append(long[:0], line...)
			for err == bufio.ErrBufferFull {
				line, err = r.ReadSlice('\n')
				long = append(long, line...)
			}
			line = long
		}
		if err != nil && err != io.EOF {
			return err
		}
		for n := len(line); n > 0 && (line[n-1] == '\n' || line[n-1] == '\r'); n-- {
			line = line[:n-1]
		}
		if len(line) > 0 {
			if err := fn(line, number); err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}
