package requestlog

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time { return time.Unix(c.at.Load(), 0) }

func open(t *testing.T, cfg Config) (*Log, *clock) {
	t.Helper()
	c := &clock{}
	c.at.Store(1_764_000_000)
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	cfg.Now = c.now
	l, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, c
}

// add writes one record and waits for it.
func add(t *testing.T, l *Log, r Record) {
	t.Helper()
	n := l.Written()
	if !l.Add(r) {
		t.Fatal("dropped")
	}
	for range 500 {
		if l.Written() > n {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Fatal(l.Trouble())
}

func all(t *testing.T, dir string) (out []Record) {
	t.Helper()
	if err := Read(dir, func(r Record) error { out = append(out, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTextsAreRedacted(t *testing.T) {
	const request = `{"model":"m", "messages":[{"role":"user","content":"mail a.b@example.com \n 13812345678, key luodi_0123456789abcdef0123456789abcdef, vendor vk-unusual"},{"image":"data:image/png;base64,AAAA"}],"n":1.50}`
	tests := []struct {
		name        string
		cfg         Config
		have, hides []string
	}{
		{"by default", Config{}, []string{`[EMAIL]`, `[MOBILE]`, `[secret]`, `[26 bytes of data]`, `"n":1.50`}, []string{"a.b@", "138", "luodi_0", "vk-unusual"}},
		{"as it is", Config{Allow: true}, []string{"a.b@example.com", "13812345678", `[secret]`}, []string{"luodi_0", "vk-unusual"}},
	}
	for _, tt := range tests {
		tt.cfg.Dir = t.TempDir()
		l, _ := open(t, tt.cfg)
		l.Hide("vk-unusual", "vk-", "") // the shorter ones are in all texts
		add(t, l, Record{ID: "req_1", Request: json.RawMessage(request), Reply: json.RawMessage(`half a reply for a.b@example.com by vk-unusual {"`)})
		r := all(t, tt.cfg.Dir)[0]
		for _, s := range tt.have {
			if !strings.Contains(string(r.Request), s) {
				t.Errorf("%s: no %s in %s", tt.name, s, r.Request)
			}
		}
		for _, s := range tt.hides {
			if strings.Contains(string(r.Request)+string(r.Reply), s) {
				t.Errorf("%s: %s in %s %s", tt.name, s, r.Request, r.Reply)
			}
		}
	}
}

func TestRedactionKeepsJSON(t *testing.T) {
	var r Redactor
	r.Hide("s3cret")
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.MapOf(rapid.String(), rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.Just("s3cret"), rapid.Just("x@example.com")))).Draw(t, "texts")
		b, err := json.Marshal(texts)
		if err != nil {
			t.Fatal(err)
		}
		out := r.JSON(b)
		if !json.Valid(out) || strings.Contains(string(out), "s3cret") || strings.Contains(string(out), "x@example.com") || strings.Contains(string(out), "\n") {
			t.Fatalf("%s", out)
		}
	})
}

// Secrets come as the configuration changes, from any goroutine; one may be a
// part of another.
func TestSecretsComeLater(t *testing.T) {
	var r Redactor
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() { r.Hide(fmt.Sprintf("part-%c", 'a'+i), fmt.Sprintf("part-%c-whole", 'a'+i), "part-a") })
	}
	wg.Wait()
	for i := range 20 {
		text := fmt.Sprintf("it is part-%c-whole, not part-%c", 'a'+i, 'a'+i)
		if got := r.Text(text); got != "it is [secret], not [secret]" {
			t.Errorf("%s became %s", text, got)
		}
	}
}

func TestNothingIsKeptLongerThanSaid(t *testing.T) {
	dir := t.TempDir()
	l, c := open(t, Config{Dir: dir, Keep: 10 * time.Hour})
	for i := range 30 {
		add(t, l, Record{ID: string(rune('a' + i)), Time: c.now()})
		c.at.Add(1800)
	}
	if list, _ := Segments(dir); len(list) != 15 { // an hour each
		t.Errorf("%d segments", len(list))
	}
	if _, err := Sweep(dir, 10*time.Hour, 1<<30, c.now()); err != nil {
		t.Fatal(err)
	}
	kept := all(t, dir)
	for _, r := range kept {
		if c.now().Sub(r.Time) >= 10*time.Hour {
			t.Errorf("%s is %s old", r.ID, c.now().Sub(r.Time))
		}
	}
	if len(kept) < 17 || len(kept) > 19 {
		t.Errorf("%d are kept", len(kept))
	}
	for range 500 { // the records of a process that begins again are swept too
		if l, err := Open(Config{Dir: dir, Keep: time.Minute, Now: c.now}); err != nil {
			t.Fatal(err)
		} else {
			l.Close()
			break
		}
	}
	if left := all(t, dir); len(left) != 0 {
		t.Errorf("%d are left", len(left))
	}
}

func TestSizeIsLimited(t *testing.T) {
	dir := t.TempDir()
	l, c := open(t, Config{Dir: dir})
	text, _ := json.Marshal(strings.Repeat("word ", 1000))
	for range 5 {
		add(t, l, Record{Reply: text})
		c.at.Add(86400)
	}
	if n, err := Sweep(dir, defaultKeep, 12_000, c.now()); n != 3 || err != nil {
		t.Errorf("%d %v", n, err)
	}
}

func TestPurgeWhileWriting(t *testing.T) {
	dir := t.TempDir()
	l, c := open(t, Config{Dir: dir})
	add(t, l, Record{ID: "one"})
	if n, err := Purge(dir, c.now().Add(time.Second)); n != 1 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	add(t, l, Record{ID: "two"})
	if got := all(t, dir); len(got) != 1 || got[0].ID != "two" {
		t.Errorf("%+v", got)
	}
	if _, err := Find(dir, "one"); !errs.Is(err, errs.CodeNotFound) {
		t.Error(err)
	}
	if r, err := Find(dir, "two"); err != nil || r.ID != "two" {
		t.Error(r, err)
	}
}

func TestHalfLinesArePassedOver(t *testing.T) {
	dir := t.TempDir()
	l, _ := open(t, Config{Dir: dir})
	add(t, l, Record{ID: "one"})
	list, _ := Segments(dir)
	f, _ := os.OpenFile(list[0].Path, os.O_APPEND|os.O_WRONLY, 0)
	f.WriteString("{\"id\":\"ha\n{\"id\":\"end")
	f.Close()
	if got := all(t, dir); len(got) != 1 {
		t.Errorf("%+v", got)
	}
	if info, _ := os.Stat(list[0].Path); info.Mode().Perm() != 0o600 {
		t.Error(info.Mode())
	}
}

func TestACallNeverWaits(t *testing.T) {
	l, _ := open(t, Config{})
	big := json.RawMessage(`"` + strings.Repeat("x", 1<<20) + `"`)
	for range 200 {
		l.Add(Record{Reply: big})
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if l.Written()+l.Dropped() != 200 || l.Add(Record{}) {
		t.Errorf("%d written, %d dropped", l.Written(), l.Dropped())
	}
}

func TestADiskThatTakesNothing(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l := &Log{cfg: Config{Dir: file + "/log"}}
	l.cfg.fill()
	l.note(l.write(&Record{}))
	if l.Dropped() != 1 || l.Trouble() == nil || !strings.Contains(l.Trouble().Error(), "writing the request log") {
		t.Error(l.Dropped(), l.Trouble())
	}
	l.cfg.Dir = t.TempDir()
	if l.note(l.write(&Record{})); l.Written() != 1 || l.Trouble() != nil {
		t.Error(l.Written(), l.Trouble())
	}
	l.end()
}

func TestFollow(t *testing.T) {
	dir := t.TempDir()
	l, _ := open(t, Config{Dir: dir})
	add(t, l, Record{ID: "before"})
	stop, got, ended := make(chan struct{}), make(chan string, 4), make(chan error, 1)
	go func() {
		ended <- Follow(dir, stop, func(r Record) error {
			got <- r.ID
			if r.ID == "end" {
				return io.EOF
			}
			return nil
		})
	}()
	time.Sleep(100 * time.Millisecond)
	add(t, l, Record{ID: "after"})
	if id := <-got; id != "after" {
		t.Error(id)
	}
	add(t, l, Record{ID: "end"})
	if err := <-ended; err != io.EOF {
		t.Error(err)
	}
}
