package source_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/source/sourcetest"
)

// pieceBlobs takes and gives objects piece by piece.
type pieceBlobs struct{ *sourcetest.Blobs }

func (b pieceBlobs) PutFrom(ctx context.Context, r io.ReadSeeker) (string, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return "", err
	}
	return b.Put(ctx, raw)
}

func (b pieceBlobs) ReadRange(ctx context.Context, name string, start, end int64) ([]byte, error) {
	raw, err := b.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	return raw[start:end], nil
}

// TestPiecesAreTheWholeFile: a file of several pieces gives the records, places,
// notes and the digest that it gives when it is read as a whole, in any charset
// and with rows that go over the end of a piece.
func TestPiecesAreTheWholeFile(t *testing.T) {
	var table, lines strings.Builder
	table.WriteString("编号,内容,备注\n")
	for i := range 9_000 {
		fmt.Fprintf(&table, "%d,\"第 %d 笔转账没有到账，请问\n\"\"什么时候\"\" 可以到账？%s\",%d\n", i, i%5000, strings.Repeat("长", i%400), i%7)
		fmt.Fprintf(&lines, "{\"编号\": %d, \"内容\": \"第 %d 笔转账没有到账，请问什么时候可以到账？\\n%s\",\n \"备注\": null}\r\n", i, i%5000, strings.Repeat("长", i%400))
	}
	// A row that is longer than a piece.
	table.WriteString("x,\"" + strings.Repeat("很长的一行\n", 300_000) + "\",1\n7,结束,2\n")
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(table.String())
	if err != nil {
		t.Fatal(err)
	}
	array := func(begin, between, end string) string {
		return begin + strings.TrimSuffix(strings.ReplaceAll(lines.String(), "}\r\n", "}"+between), between) + end
	}
	inLine := strings.ReplaceAll(array("[", ",", "]"), ",\n", ",")
	gbArray, err := simplifiedchinese.GB18030.NewEncoder().String(inLine)
	if err != nil {
		t.Fatal(err)
	}
	wideArray, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(array(" [", " ,\t", " ] \n"))
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(lines.String())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"utf-8.csv": table.String(), "gb18030.csv": gb, "bom.csv": "\ufeff" + table.String(), "ragged.csv": table.String() + "1,2\n3\n", "cr.csv": strings.ReplaceAll(table.String(), "\n", "\r"),
		"utf-8.jsonl": lines.String(), "utf-16.jsonl": wide, "lossy.jsonl": lines.String() + "{\"编号\": \"\xff\xfe\"}\n",
		"one-line.json": inLine, "pretty.json": array(" \n[\n", ",\n  ", "\n]\n\n"), "gb18030.json": gbArray, "utf-16.json": wideArray, "empty.json": strings.Repeat(" ", 5<<20) + "[\n]\n",
		"object.json": "{\"rows\": " + inLine + "}", "long.json": "[{\"a\": \"" + strings.Repeat("很长", 1_000_000) + "\"}," + inLine[1:], "lossy.json": "[" + "{\"a\": \"\xff\"}," + inLine[1:],
		"broken-comma.json": array("[", ",", ",]"), "broken-element.json": array("[1,", ",", "]"), "broken-after.json": inLine + "]", "broken-end.json": inLine[:len(inLine)-1], "broken-between.json": array("[", " ", "]"),
		"broken-middle.json": strings.Replace(inLine, ": 5000,", ": -,", 1), "broken-string.json": inLine[:len(inLine)-30],
		"broken.csv": table.String() + "a,\"b\" c,d\n", "broken.jsonl": lines.String() + "{\"编号\": }\n" + lines.String(),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			read := func(streamOf int64) (source.Report, []source.Record, []source.File) {
				store := &sourcetest.Store{}
				rep, err := source.Ingest(t.Context(), source.Config{
					Project: dir, Spec: source.Spec{Name: "s", Department: "d", Path: name}, Store: store, Blobs: pieceBlobs{&sourcetest.Blobs{}},
					StreamOf: streamOf, Temp: dir, Now: func() time.Time { return time.Unix(1, 0) },
				})
				if err != nil {
					t.Fatal(err)
				}
				var out []source.Record
				if err := store.Each(t.Context(), "s", func(r source.Record) error { out = append(out, r); return nil }); err != nil {
					t.Fatal(err)
				}
				files, err := store.Files(t.Context(), "s")
				if err != nil {
					t.Fatal(err)
				}
				return rep, out, files
			}
			whole, want, wantFiles := read(1 << 40)
			inPieces, got, gotFiles := read(1)
			if d := cmp.Diff(whole, inPieces); d != "" {
				t.Errorf("reports (-whole +pieces):\n%s", d)
			}
			if d := cmp.Diff(wantFiles, gotFiles); d != "" {
				t.Errorf("files (-whole +pieces):\n%s", d)
			}
			if len(want) != len(got) {
				t.Fatalf("%d records, in pieces %d", len(want), len(got))
			}
			for i := range want {
				if !reflect.DeepEqual(want[i], got[i]) {
					t.Fatalf("record %d (-whole +pieces):\n%.2000s", i, cmp.Diff(want[i], got[i]))
				}
			}
			if strings.HasPrefix(name, "broken") != (len(whole.Failed) == 1) {
				t.Errorf("failed: %v", whole.Failed)
			}
		})
	}
}

// TestLargeTextIsCut: a large txt file becomes documents that together are the
// file, each with its way back to the bytes.
func TestLargeTextIsCut(t *testing.T) {
	dir := t.TempDir()
	text := strings.Repeat("第一条 为了规范银行卡业务，保护持卡人的合法权益。\n", 150_000)
	if err := os.WriteFile(filepath.Join(dir, "rules.txt"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	store := &sourcetest.Store{}
	rep, err := source.Ingest(t.Context(), source.Config{
		Project: dir, Spec: source.Spec{Name: "s", Path: "*.txt"}, Store: store, Blobs: pieceBlobs{&sourcetest.Blobs{}}, StreamOf: 1,
	})
	if err != nil || rep.Records < 2 || len(rep.Warnings) != 1 {
		t.Fatalf("%+v, %v", rep, err)
	}
	all := ""
	files, _ := store.Files(t.Context(), "s")
	if err := store.Each(t.Context(), "s", func(r source.Record) error {
		all += r.Text
		got, err := source.TextOf(t.Context(), nil, []byte(text), files[0], r)
		if err != nil {
			return err
		}
		if from, to := got.Map.Source(0, len("第一条")); text[from:to] != "第一条" || from != r.Start {
			return errs.Internal("%s begins at %d, its text at %d", r.Path, r.Start, from)
		}
		return nil
	}); err != nil || all != text {
		t.Errorf("the parts are %d of %d bytes, %v", len(all), len(text), err)
	}
}

// opened is an origin with one object, which can be opened and not read whole.
type opened struct {
	text   string
	breaks bool // the connection, in the middle
}

func (o opened) List(context.Context) ([]source.Object, error) {
	return []source.Object{{Path: "a.json", Size: int64(len(o.text)), Mark: "1", Open: func(context.Context) (io.ReadCloser, error) {
		if o.breaks {
			return io.NopCloser(io.MultiReader(strings.NewReader(o.text[:len(o.text)/2]), iotest.ErrReader(errs.Internal("no connection")))), nil
		}
		return io.NopCloser(strings.NewReader(o.text)), nil
	}}}, nil
}

// TestLargeObjects: a large object is copied to the disk and read from there;
// one that breaks off stops the ingest, and nothing stays in the folder.
func TestLargeObjects(t *testing.T) {
	text := "[" + strings.Repeat(`{"a": "转账没有到账"},`+"\n", 200_000) + `{"a": "b"}]`
	dir, store, blobs := t.TempDir(), &sourcetest.Store{}, pieceBlobs{&sourcetest.Blobs{}}
	ingest := func(o source.Origin) (source.Report, error) {
		return source.Ingest(t.Context(), source.Config{Project: dir, Spec: source.Spec{Name: "s"}, Store: store, Blobs: blobs, Origin: o, StreamOf: 1, Temp: dir})
	}
	if rep, err := ingest(opened{text, true}); err == nil || rep.Added != 0 {
		t.Errorf("an object that breaks off: %+v, %v", rep, err)
	}
	for _, want := range []source.Report{{Added: 1, Records: 200_001}, {Unchanged: 1, Records: 200_001}} {
		rep, err := ingest(opened{text, false})
		if err != nil || rep.Added != want.Added || rep.Unchanged != want.Unchanged || rep.Records != want.Records {
			t.Errorf("%+v, %v, want %+v", rep, err, want)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}
