package source_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/source/sourcetest"
)

// project is a project's folder with a store.
type project struct {
	t     *testing.T
	dir   string
	store *sourcetest.Store
	blobs *sourcetest.Blobs
}

func newProject(t *testing.T) *project {
	return &project{t, t.TempDir(), &sourcetest.Store{}, &sourcetest.Blobs{}}
}

func (p *project) write(name, text string) {
	p.t.Helper()
	file := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p *project) config(spec source.Spec) source.Config {
	return source.Config{
		Project: p.dir, Spec: spec, Store: p.store, Blobs: p.blobs,
		Now: func() time.Time { return time.Unix(1767225600, 0) },
	}
}

func (p *project) ingest(spec source.Spec) source.Report {
	p.t.Helper()
	rep, err := source.Ingest(context.Background(), p.config(spec))
	if err != nil {
		p.t.Fatal(err)
	}
	return rep
}

func (p *project) records(name string) []source.Record {
	p.t.Helper()
	var out []source.Record
	err := p.store.Each(context.Background(), name, func(r source.Record) error {
		out = append(out, r)
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

var tickets = source.Spec{Name: "tickets", Department: "service", Path: "data/*.csv", Columns: source.Columns{ID: "id", Text: "text", Label: "label"}}

func TestIngest(t *testing.T) {
	p := newProject(t)
	p.write("data/a.csv", "id,text,label\nT1,card lost,card\nT2,\"fee, why?\",fee\nT2,\"fee, why?\",fee\n")
	p.write("data/b.csv", "id,text,label\nT9,hi,other\n")
	first := p.ingest(tickets)
	if first.Added != 2 || first.Files != 2 || first.Records != 4 || len(first.Failed)+len(first.Warnings) != 0 {
		t.Fatalf("first run: %+v", first)
	}
	got := p.records("tickets")
	r := got[1]
	raw, err := p.blobs.Get(context.Background(), r.FileHash)
	if err != nil {
		t.Fatal(err)
	}
	if s := string(raw[r.Start:r.End]); s != `T2,"fee, why?",fee` || string(raw[r.Fields[1].Start:r.Fields[1].End]) != `"fee, why?"` {
		t.Errorf("row at %q, cell at %q", s, raw[r.Fields[1].Start:r.Fields[1].End])
	}
	if r.Key != "T2" || r.Text != "fee, why?" || r.Label != "fee" || r.Row != 3 || r.Address() != "data/a.csv#T2" || r.Department != "service" {
		t.Errorf("record %+v", r)
	}
	if got[1].ID == got[2].ID {
		t.Error("two equal rows have one id")
	}

	t.Run("a second run changes nothing", func(t *testing.T) {
		again := p.ingest(tickets)
		want := first
		want.Added, want.Unchanged = 0, 2
		if d := cmp.Diff(want, again); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})

	t.Run("a moved row keeps its id, a changed file its other rows", func(t *testing.T) {
		p.write("data/a.csv", "id,text,label\nT3,new,card\nT1,card lost,card\nT2,\"fee, why?\",fee\n")
		rep := p.ingest(tickets)
		if rep.Changed != 1 || rep.Unchanged != 1 || rep.Records != 4 || rep.Digest == first.Digest {
			t.Errorf("%+v", rep)
		}
		now := p.records("tickets")
		if now[1].ID != got[0].ID || now[1].Row != 3 || now[2].ID != got[1].ID {
			t.Errorf("moved rows have other ids: %+v", now)
		}
		places, err := p.store.Places(context.Background(), got[0].ID)
		if err != nil || len(places) != 2 || !places[0].Current || places[1].Current || places[1].Row != 2 {
			t.Errorf("places %+v, %v", places, err)
		}
	})

	t.Run("a removed file takes its records out of the source", func(t *testing.T) {
		if err := os.Remove(filepath.Join(p.dir, "data/b.csv")); err != nil {
			t.Fatal(err)
		}
		if rep := p.ingest(tickets); rep.Removed != 1 || rep.Records != 3 {
			t.Errorf("%+v", rep)
		}
		if r, err := p.store.Record(context.Background(), got[3].ID); err != nil || r.Text != "hi" {
			t.Errorf("a removed row is not known any more: %v", err)
		}
	})

	t.Run("the same files again give the same digest", func(t *testing.T) {
		p.write("data/a.csv", "id,text,label\nT1,card lost,card\nT2,\"fee, why?\",fee\nT2,\"fee, why?\",fee\n")
		p.write("data/b.csv", "id,text,label\nT9,hi,other\n")
		if rep := p.ingest(tickets); rep.Digest != first.Digest || rep.Changed != 1 || rep.Added != 1 {
			t.Errorf("%+v, want digest %s", rep, first.Digest)
		}
		if d := cmp.Diff(got, p.records("tickets")); d != "" {
			t.Errorf("records (-before +now):\n%s", d)
		}
	})

	t.Run("other columns read the files again", func(t *testing.T) {
		spec := tickets
		spec.Text = ""
		if rep := p.ingest(spec); rep.Changed != 2 || rep.Digest == first.Digest {
			t.Errorf("%+v", rep)
		}
		if r := p.records("tickets")[0]; r.Text != "text: card lost" || r.Label != "card" {
			t.Errorf("text %q, label %q", r.Text, r.Label)
		}
	})
}

func TestBrokenFilesAreReportedAndStopNothing(t *testing.T) {
	p := newProject(t)
	p.write("data/a.csv", "id,text,label\nT1,good,x\n")
	p.write("data/b.csv", "id,text,label\nT2,good,x\n")
	spec := tickets
	spec.Path = "data/*"
	before := p.ingest(spec)

	p.write("data/b.csv", "id,text,label\nT2,\"broken,x\n")
	p.write("data/c.csv", "id,txt\n1,a\n")
	p.write("data/d.md", "PK\x03\x04 and more")
	p.write("data/e.md", strings.Repeat("\x00\x07\xfe\x90ab\x01\x9c\x00", 9))
	p.write("data/f.exe", "x")
	p.write("data/g.csv", "id,text,label\nT7,ok,y\n")
	if err := os.Symlink("/nowhere", filepath.Join(p.dir, "data/h.csv")); err != nil {
		t.Fatal(err)
	}
	rep := p.ingest(spec)
	want := []struct {
		path, reason string
		kept         bool
	}{
		{"data/b.csv", "line 2, byte 17: a quoted cell begins here and never ends", true},
		{"data/c.csv", `there is no column "text"`, false},
		{"data/d.md", "the file is a zip archive or an office document, not text", false},
		{"data/e.md", "the file is binary", false},
		{"data/f.exe", `no reader for ".exe" files; these are read: .csv .tsv`, false},
		{"data/h.csv", "does not exist", false},
	}
	if len(rep.Failed) != len(want) {
		t.Fatalf("failed: %+v", rep.Failed)
	}
	for i, w := range want {
		if f := rep.Failed[i]; f.Path != w.path || !strings.Contains(f.Reason, w.reason) || f.Kept != w.kept {
			t.Errorf("failed %+v, want %+v", f, w)
		}
	}
	if rep.Records != 3 || rep.Added != 1 || rep.Digest == before.Digest {
		t.Errorf("%+v", rep)
	}
	if r := p.records("tickets")[1]; r.Key != "T2" || r.Text != "good" {
		t.Errorf("the last good version is gone: %+v", r)
	}
	again := p.ingest(spec)
	if again.Digest != rep.Digest || len(again.Failed) != len(want) || again.Unchanged != 2 {
		t.Errorf("again: %+v", again)
	}
	p.write("data/b.csv", "id,text,label\nT2,good,x\n") // mended
	if rep := p.ingest(spec); len(rep.Failed) != len(want)-1 || rep.Unchanged != 3 {
		t.Errorf("mended: %+v", rep)
	}
}

func TestUnreadableFile(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read everything: skipped")
	}
	p := newProject(t)
	p.write("data/a.csv", "id,text,label\nT1,good,x\n")
	if err := os.Chmod(filepath.Join(p.dir, "data/a.csv"), 0); err != nil {
		t.Fatal(err)
	}
	if rep := p.ingest(tickets); len(rep.Failed) != 1 || !strings.Contains(rep.Failed[0].Reason, "permission denied") {
		t.Errorf("%+v", rep)
	}
}

func TestEmptyGlobIsAWarning(t *testing.T) {
	rep := newProject(t).ingest(tickets)
	if len(rep.Warnings) != 1 || !strings.Contains(rep.Warnings[0], `path "data/*.csv" matches no file`) || rep.Digest == "" {
		t.Errorf("%+v", rep)
	}
}

func TestFileThatIsTooLarge(t *testing.T) {
	p := newProject(t)
	p.write("data/a.csv", "id,text,label\n"+strings.Repeat("x,y,z\n", 1000))
	cfg := p.config(tickets)
	cfg.MaxBytes = 1000
	rep, err := source.Ingest(context.Background(), cfg)
	if err != nil || len(rep.Failed) != 1 || !strings.Contains(rep.Failed[0].Reason, "split it") {
		t.Errorf("%+v, %v", rep, err)
	}
}

func TestSpecsThatDoNotWork(t *testing.T) {
	for _, tt := range []struct {
		name string
		spec source.Spec
	}{
		{"no name", source.Spec{Path: "*.csv"}},
		{"no path", source.Spec{Name: "a"}},
		{"a bad glob", source.Spec{Name: "a", Path: "data/[a.csv"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := source.Ingest(context.Background(), newProject(t).config(tt.spec))
			if !errs.Is(err, errs.CodeInvalid) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestKilledAtEveryWrite stops an ingest at each of its writes and runs it
// again: nothing is lost and nothing doubled.
func TestKilledAtEveryWrite(t *testing.T) {
	var rows strings.Builder
	rows.WriteString("id,text,label\n")
	for range 6000 {
		rows.WriteString("1,same,x\n")
	}
	spec := tickets
	whole := newProject(t)
	whole.write("data/a.csv", rows.String())
	whole.write("data/b.csv", "id,text,label\nT,b,x\n")
	want := whole.ingest(spec)
	killed := errors.New("killed")
	for at := 1; ; at++ {
		p := newProject(t)
		p.write("data/a.csv", rows.String())
		p.write("data/b.csv", "id,text,label\nT,b,x\n")
		writes := 0
		p.store.Fail = func() error {
			if writes++; writes == at {
				return killed
			}
			return nil
		}
		_, err := source.Ingest(context.Background(), p.config(spec))
		if err == nil {
			if at < 4 {
				t.Errorf("an ingest of 6001 rows makes %d writes only", at-1)
			}
			break
		}
		if !errors.Is(err, killed) {
			t.Fatal(err)
		}
		rep := p.ingest(spec)
		if rep.Digest != want.Digest || rep.Records != want.Records {
			t.Fatalf("killed at write %d: %+v, want %+v", at, rep, want)
		}
		if d := cmp.Diff(whole.records("tickets"), p.records("tickets")); d != "" {
			t.Fatalf("killed at write %d (-want +got):\n%s", at, d)
		}
	}
}

func TestCancelledIngestStops(t *testing.T) {
	p := newProject(t)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		p.write("data/"+name+".csv", "id,text,label\nT1,good,x\n")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cfg := p.config(tickets)
	cfg.Progress = func(done, total int, path string) {
		if done == 2 {
			cancel()
		}
	}
	if _, err := source.Ingest(ctx, cfg); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestDocuments(t *testing.T) {
	p := newProject(t)
	p.write("law/2024/bank.md", "---\nversion: 1\n---\n# 银行法 #\n\n第一条 …\n")
	p.write("law/notes.txt", "no title\n")
	p.write("law/.hidden.md", "# hidden\n")
	p.write("law/page.html", "<h1>Fees</h1>")
	p.write("law/one.json", `{"id": "d1", "title": "T", "content": "C"}`)
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String("# 规则\n\n客户𠮷先生的银行卡。\n")
	if err != nil {
		t.Fatal(err)
	}
	p.write("law/gbk.md", gbk)
	rep := p.ingest(source.Spec{Name: "rules", Department: "compliance", Path: "law/**/*.md", Root: "law"})
	if rep.Files != 2 || rep.Records != 2 {
		t.Fatalf("%+v", rep)
	}
	got := p.records("rules")
	if a, b := got[0], got[1]; a.Address() != "2024/bank.md" || a.Title != "银行法" || a.Class != source.ClassDocument ||
		b.Address() != "gbk.md" || b.Title != "规则" || !strings.Contains(b.Text, "𠮷") || b.End != len(gbk) {
		t.Errorf("%+v", got)
	}
	p.ingest(source.Spec{Name: "all", Path: "law/*", Columns: source.Columns{ID: "id", Title: "title", Text: "content"}})
	var titles []string
	for _, r := range p.records("all") {
		titles = append(titles, r.Address()+"="+r.Title)
	}
	if d := cmp.Diff([]string{"law/gbk.md=规则", "law/notes.txt=notes", "law/one.json=T", "law/page.html="}, titles); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A pipe would be waited for without end; what is no regular file is told.
func TestWhatIsNoRegularFileIsLeftOut(t *testing.T) {
	p := newProject(t)
	p.write("data/a.csv", "id,text,label\nT1,good,x\n")
	t.Chdir(filepath.Join(p.dir, "data")) // the names of sockets are short
	l, err := net.Listen("unix", "b.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	rep := p.ingest(tickets)
	if len(rep.Failed) != 1 || !strings.Contains(rep.Failed[0].Reason, "no regular file") || rep.Records != 1 {
		t.Errorf("%+v", rep)
	}
}
