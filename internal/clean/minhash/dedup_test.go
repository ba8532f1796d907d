package minhash

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

// TestReference makes the decisions and signatures of the peer's operator on
// its two corpora: none may differ.
func TestReference(t *testing.T) {
	for lang, tokens := range map[string]Tokens{"zh": Characters, "en": Words} {
		t.Run(lang, func(t *testing.T) {
			dir := t.TempDir()
			cfg := Config{
				Input: bench(t, lang+".jsonl.gz"), Field: "text", Tokens: tokens,
				Out: filepath.Join(dir, "out.jsonl"), Signatures: filepath.Join(dir, "sig.txt"),
				Memory: 1 << 20, Temp: dir,
			}
			res, err := Dedup(context.Background(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			var kept []string
			if err := eachLine(context.Background(), cfg.Out, func(line []byte, _ int) error {
				id, _, err := source.JSONMember(string(line), "id")
				kept = append(kept, id)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			want := strings.Fields(read(t, bench(t, lang+".keep.txt")))
			if d := cmp.Diff(want, kept); d != "" {
				t.Errorf("keep decisions (-want +got):\n%s", d)
			}
			if read(t, cfg.Signatures) != read(t, bench(t, lang+".sig.txt")) {
				t.Error("signatures differ")
			}
			t.Logf("%+v: 0 differing decisions of %d, signatures equal", res, res.Documents)
			if res.Spilled == 0 {
				t.Error("nothing was spilled with 1 MiB of memory")
			}
		})
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// corpus makes documents of which some are copies with a few words changed.
func corpus(seed uint64, n int) string {
	r := rand.New(rand.NewPCG(seed, 2))
	var b strings.Builder
	var last []string
	for i := range n {
		if last == nil || r.IntN(3) > 0 {
			last = nil
			for range 30 + r.IntN(40) {
				last = append(last, fmt.Sprint("word", r.IntN(500)))
			}
		} else if r.IntN(2) > 0 {
			last[r.IntN(len(last))] = "changed"
		}
		fmt.Fprintf(&b, `{"id": "d%d", "extra": [1, {"a": "b"}], "text": "%s"}`+"\n", i, strings.Join(last, " "))
	}
	return b.String()
}

func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "in.jsonl")
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func run1(t *testing.T, cfg Config) (Result, string) {
	t.Helper()
	cfg.Out = filepath.Join(t.TempDir(), "out.jsonl")
	res, err := Dedup(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return res, read(t, cfg.Out)
}

// TestMemoryChangesNothing: decisions are the same with any memory and number
// of workers, and those of all pairs compared directly.
func TestMemoryChangesNothing(t *testing.T) {
	text := corpus(1, 800)
	in := write(t, text)
	res, want := run1(t, Config{Input: in, Field: "text", Tokens: Words})
	if res.Kept == res.Documents || res.Documents != 800 {
		t.Fatalf("%+v", res)
	}
	for _, cfg := range []Config{{Memory: 1}, {Memory: 10000, Workers: 1}, {Memory: 100000, Workers: 3}} {
		cfg.Input, cfg.Field, cfg.Tokens = in, "text", Words
		small, got := run1(t, cfg)
		if got != want || small.Spilled == 0 {
			t.Errorf("memory %d, workers %d: %+v, other lines than %+v", cfg.Memory, cfg.Workers, small, res)
		}
	}

	signer := NewSigner(Kernel{})
	var sigs []Signature
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	for _, l := range lines {
		v, _, err := source.JSONMember(l, "text")
		if err != nil {
			t.Fatal(err)
		}
		sig, _ := signer.Sign(v, Words)
		sigs = append(sigs, sig)
	}
	g := make([]int, len(sigs))
	for i := range g {
		g[i] = i
	}
	find := func(i int) int {
		for g[i] != i {
			i = g[i]
		}
		return i
	}
	for i := range sigs {
		for j := range i {
			for b := 0; b < used; b += rows {
				if [rows]uint32(sigs[i][b:]) == [rows]uint32(sigs[j][b:]) {
					a, b := find(i), find(j)
					g[max(a, b)] = min(a, b)
				}
			}
		}
	}
	var direct strings.Builder
	for i, l := range lines {
		if find(i) == i {
			direct.WriteString(strings.TrimSuffix(l, "\n") + "\n")
		}
	}
	if direct.String() != want {
		t.Error("comparing all pairs keeps other lines")
	}
}

func TestLinesAreKeptAsTheyAre(t *testing.T) {
	in := write(t, "{\"x\": 1.50,  \"text\": \"我的信用卡\\u4e22了\"}\r\n\n{\"text\": \"我的信用卡丢了\", \"x\": 2}\n{\"text\": \"完全不同的一句话\"}")
	res, got := run1(t, Config{Input: in, Field: "text"})
	want := "{\"x\": 1.50,  \"text\": \"我的信用卡\\u4e22了\"}\n{\"text\": \"完全不同的一句话\"}\n"
	if got != want || res.Removed != 1 {
		t.Errorf("%+v: %q, want %q", res, got, want)
	}
}

// TestShortTexts: a text without shingles has the signature of every other, so
// all but the first go, and the result says how many there were.
func TestShortTexts(t *testing.T) {
	in := write(t, `{"text": "你好"}`+"\n"+`{"text": "ab"}`+"\n"+`{"text": ""}`+"\n"+`{"text": "我的信用卡"}`+"\n")
	res, got := run1(t, Config{Input: in, Field: "text"})
	if res.Short != 3 || res.Kept != 2 || !strings.HasPrefix(got, `{"text": "你好"}`) {
		t.Errorf("%+v: %q", res, got)
	}
	sig, n := NewSigner(Kernel{}).Sign("你好", Characters)
	for _, v := range sig {
		if n != 0 || v != maxHash {
			t.Fatalf("%d shingles, value %x", n, v)
		}
	}
}

func TestBadInput(t *testing.T) {
	for name, tt := range map[string]struct {
		text, field string
		tokens      Tokens
		want        string
	}{
		"not json":       {"{\"text\": \"a\"}\nx\n", "text", "", "line 2: an object"},
		"no such member": {"{\"text\": \"a\"}\n", "body", "", `line 1: there is no member "body"`},
		"tokens":         {"", "text", "sentence", `"char" or "space"`},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.jsonl")
			_, err := Dedup(context.Background(), Config{Input: write(t, tt.text), Field: tt.field, Tokens: tt.tokens, Out: out})
			if !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if files, _ := filepath.Glob(out + "*"); len(files) != 0 {
				t.Errorf("%v were left behind", files)
			}
		})
	}
	if _, err := Dedup(context.Background(), Config{Input: filepath.Join(t.TempDir(), "no.jsonl"), Field: "text"}); err == nil {
		t.Error("a file that does not exist is no error")
	}
}

func TestGzip(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := io.WriteString(w, corpus(2, 50)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "in.jsonl.gz")
	if err := os.WriteFile(name, z.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	_, packed := run1(t, Config{Input: name, Field: "text", Tokens: Words})
	if _, plain := run1(t, Config{Input: write(t, corpus(2, 50)), Field: "text", Tokens: Words}); plain != packed {
		t.Error("a gzipped file has other decisions")
	}
}

func TestLongLines(t *testing.T) {
	long := strings.Repeat("我的信用卡还没有收到。", 50_000)
	in := write(t, `{"text": "`+long+`"}`+"\n"+`{"text": "`+long+`多"}`+"\n")
	if res, _ := run1(t, Config{Input: in, Field: "text"}); res.Documents != 2 || res.Kept != 1 {
		t.Errorf("%+v", res)
	}
}

// BenchmarkDedup is one worker on the reference corpora.
func BenchmarkDedup(b *testing.B) {
	for lang, tokens := range map[string]Tokens{"zh": Characters, "en": Words} {
		b.Run(lang, func(b *testing.B) {
			cfg := Config{Input: bench(b, lang+".jsonl.gz"), Field: "text", Tokens: tokens, Workers: 1}
			for b.Loop() {
				res, err := Dedup(context.Background(), cfg)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(res.Bytes)
			}
		})
	}
}

func ExampleSigner_Sign() {
	s := NewSigner(Kernel{})
	a, _ := s.Sign("我的信用卡还没有收到，怎么办？", Characters)
	b, _ := s.Sign("我的信用卡还没有收到，怎么办", Characters)
	same := 0
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	fmt.Printf("%d of %d values are the same\n", same, len(a))
	// Output: 231 of 250 values are the same
}
