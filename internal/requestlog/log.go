package requestlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	defaultKeep  = 30 * 24 * time.Hour
	defaultBytes = 1 << 30
	segmentBytes = 16 << 20
	segmentAge   = 24 * time.Hour
	maxQueued    = 16 << 20 // bytes that wait to be written
	sweepEvery   = time.Minute
)

// Config of a Log. Dir must be set.
type Config struct {
	Dir      string
	Keep     time.Duration // 0 is 30 days
	MaxBytes int64         // of all segments, the oldest go first; 0 is 1 GiB
	Allow    bool          // personal data is kept as it is; secrets never are
	Now      func() time.Time
}

func (c *Config) fill() {
	if c.Keep <= 0 {
		c.Keep = defaultKeep
	}
	if c.MaxBytes <= 0 {
		c.MaxBytes = defaultBytes
	}
	if c.Now == nil {
		c.Now = time.Now
	}
}

// Log is the writing side of one process.
type Log struct {
	cfg    Config
	redact Redactor
	queue  chan *Record
	queued atomic.Int64
	ended  sync.WaitGroup

	written, dropped atomic.Int64
	trouble          atomic.Pointer[error]

	mu     sync.RWMutex // guards closed: nothing is queued after it
	closed bool

	file  *os.File // of the writer alone, like those below
	name  string
	began time.Time
	size  int64
}

// Open removes what is too old and starts the writer. No file is made before
// the first record.
func Open(cfg Config) (*Log, error) {
	cfg.fill()
	if _, err := Sweep(cfg.Dir, cfg.Keep, cfg.MaxBytes, cfg.Now()); err != nil {
		return nil, err
	}
	l := &Log{cfg: cfg, queue: make(chan *Record, 1024), redact: Redactor{Allow: cfg.Allow}}
	l.ended.Add(1)
	go l.run()
	return l, nil
}

// Hide names secrets, such as vendors' keys, that are never written, wherever
// they stand.
func (l *Log) Hide(secrets ...string) { l.redact.Hide(secrets...) }

// Add hands a record over and never waits; false where it was dropped. The
// texts of r must not be changed after it. It may be called from any goroutine.
func (l *Log) Add(r Record) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	n := r.size()
	if !l.closed && l.queued.Add(n) <= maxQueued {
		select {
		case l.queue <- &r:
			return true
		default:
		}
	}
	if !l.closed {
		l.queued.Add(-n)
	}
	l.dropped.Add(1)
	return false
}

// Written and Dropped count records since Open.
func (l *Log) Written() int64 { return l.written.Load() }
func (l *Log) Dropped() int64 { return l.dropped.Load() }

// Trouble is why the last record could not be written, or nil.
func (l *Log) Trouble() error {
	if p := l.trouble.Load(); p != nil {
		return *p
	}
	return nil
}

// Close writes what is queued.
func (l *Log) Close() error {
	l.mu.Lock()
	already := l.closed
	l.closed = true
	l.mu.Unlock()
	if already {
		return nil
	}
	close(l.queue)
	l.ended.Wait()
	return l.Trouble()
}

func (l *Log) run() {
	defer l.ended.Done()
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case r, ok := <-l.queue:
			if !ok {
				l.end()
				return
			}
			err := l.write(r)
			l.queued.Add(-r.size())
			l.note(err)
		case <-tick.C:
			if l.file != nil && l.cfg.Now().Sub(l.began) >= l.age() {
				l.end()
			}
			_, err := Sweep(l.cfg.Dir, l.cfg.Keep, l.cfg.MaxBytes, l.cfg.Now())
			if err != nil {
				l.trouble.Store(&err)
			}
		}
	}
}

func (l *Log) note(err error) {
	if err == nil {
		l.written.Add(1)
		l.trouble.Store(nil)
		return
	}
	l.dropped.Add(1)
	err = fmt.Errorf("writing the request log: %w", err)
	l.trouble.Store(&err)
}

// age is how long a segment takes records: short beside Keep, so that what a
// segment holds goes at about the same age.
func (l *Log) age() time.Duration { return min(segmentAge, l.cfg.Keep/10) }

func (l *Log) write(r *Record) error {
	out := *r
	out.Request, out.Reply = l.redact.JSON(r.Request), l.redact.JSON(r.Reply)
	b, err := json.Marshal(out)
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if err := l.segment(); err != nil {
		return err
	}
	n, err := l.file.Write(b)
	l.size += int64(n)
	if err != nil { // half a line is at its end: the next one begins a segment
		l.end()
	}
	return err
}

// segment makes sure that there is a file for the next record: one that is
// full, too old or removed by a purge is not written to any more.
func (l *Log) segment() error {
	now := l.cfg.Now()
	if l.file != nil && (l.size >= segmentBytes || now.Sub(l.began) >= l.age() || now.Before(l.began) || l.removed()) {
		l.end()
	}
	if l.file != nil {
		return nil
	}
	if err := os.MkdirAll(l.cfg.Dir, 0o700); err != nil {
		return err
	}
	for n := 0; ; n++ {
		name := filepath.Join(l.cfg.Dir, fmt.Sprintf("%s-%d.%d%s", now.UTC().Format(stamp), os.Getpid(), n, suffix))
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
		if errors.Is(err, fs.ErrExist) && n < 1000 {
			continue
		}
		if err != nil {
			return err
		}
		l.file, l.name, l.began, l.size = f, name, now, 0
		return nil
	}
}

func (l *Log) removed() bool {
	mine, err1 := l.file.Stat()
	there, err2 := os.Stat(l.name)
	return err1 != nil || err2 != nil || !os.SameFile(mine, there)
}

func (l *Log) end() {
	if l.file != nil {
		l.file.Close()
		l.file = nil
	}
}

const (
	stamp  = "20060102T150405Z"
	suffix = ".jsonl"
)

// began is when a segment was made, by its name.
func began(name string) (time.Time, bool) {
	at, _, ok := strings.Cut(filepath.Base(name), "-")
	if !ok || !strings.HasSuffix(name, suffix) {
		return time.Time{}, false
	}
	t, err := time.Parse(stamp, at)
	return t, err == nil
}
