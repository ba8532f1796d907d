package minhash

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/spill"
)

// signed is what is kept of a document.
type signed struct {
	number int // of its line
	id     string
	bytes  int
	short  bool
	keys   []spill.Entry
	set    []uint32 // of Short
	sum    string   // md5 of the signature, where it is asked for
}

// lines is a batch on its way through the workers.
type lines struct {
	text   []string
	number []int
	bytes  int
	out    []signed
	err    error
}

// A batch is complete with so many lines, or so many bytes.
const (
	batchLines = 64
	batchBytes = 1 << 20
)

// signAll signs the documents on all workers and hands them over in order.
func signAll(ctx context.Context, cfg Config, take func(signed) error) error {
	signer := NewSigner(cfg.Kernel)
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
				work.text = nil
				<-slots
				done <- work
			})
			return nil
		}
		readErr = eachLine(ctx, cfg.Input, func(line []byte, number int) error {
			part.text = append(part.text, string(line))
			part.number = append(part.number, number)
			if part.bytes += len(line); len(part.text) < batchLines && part.bytes < batchBytes {
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
	for i, line := range l.text {
		text, err := member(line, cfg.Field)
		if err != nil {
			l.err = fmt.Errorf("line %d: %w", l.number[i], err)
			return
		}
		d := signed{number: l.number[i], bytes: len(text)}
		switch cfg.Method {
		case MinHash:
			sig, n := signer.Sign(text, cfg.Tokens)
			d.short = n == 0
			d.keys = sig.keys(uint64(d.number))
			if cfg.Signatures != "" {
				d.id, d.sum = idOf(line, d.number), sig.MD5()
			}
		case Exact:
			d.keys = []spill.Entry{{Key: keyOf([]byte(text)), N: uint64(d.number)}}
		case Paragraph:
			d.keys = paragraphKeys(text, d.number)
		case Short:
			d.keys, d.set = shortKeys(text, cfg.Threshold, d.number)
		}
		l.out = append(l.out, d)
	}
}

// member is the text of a member. Unlike a reader's, it may hold a NUL, as
// other tools' texts do.
func member(line, field string) (string, error) {
	from, to, err := source.JSONSpan(line, field)
	if err == nil && to == 0 {
		err = errs.Invalid("there is no member %q", field)
	}
	if err != nil {
		return "", err
	}
	raw := line[from:to]
	if raw[0] == '"' && strings.Contains(raw, `\u0000`) {
		var text string
		err := json.Unmarshal([]byte(raw), &text)
		return text, err
	}
	text, err := source.JSONText(raw)
	if !utf8.ValidString(text) { // each byte that means nothing stands as U+FFFD
		text = string([]rune(text))
	}
	return text, err
}

// idOf is the member id of a line; its number where there is none.
func idOf(line string, number int) string {
	if id, found, _ := source.JSONMember(line, "id"); found {
		return id
	}
	return strconv.Itoa(number)
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

// keys are the addresses of the bands: 120 bits of the SHA-256 of their values,
// after the band's number. Two bands with one key are equal for all purposes.
func (s *Signature) keys(n uint64) []spill.Entry {
	out := make([]spill.Entry, bands)
	var b [rows * 4]byte
	for i := range out {
		for j := range rows {
			binary.LittleEndian.PutUint32(b[j*4:], s[i*rows+j])
		}
		out[i] = spill.Entry{Key: keyOf(b[:]), N: n}
		out[i].Key[0] = out[i].Key[0]>>8 | uint64(i)<<56
	}
	return out
}

// keyOf is 128 bits of SHA-256.
func keyOf(b []byte) [2]uint64 {
	sum := sha256.Sum256(b)
	return [2]uint64{binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:])}
}
