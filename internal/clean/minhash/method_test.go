package minhash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/errs"
)

func jsonl(texts ...string) string {
	var b strings.Builder
	for i, t := range texts {
		fmt.Fprintf(&b, "{\"id\": \"d%d\", \"text\": %q}\n", i, t)
	}
	return b.String()
}

func TestMethods(t *testing.T) {
	rule := "第三条 客户应当在三个工作日内提交全部申请材料。"
	for name, tt := range map[string]struct {
		cfg    Config
		in     string
		want   string
		merges string
	}{
		"exact": {
			Config{Method: Exact}, jsonl("我的卡", "我的卡 ", "我的卡"), jsonl("我的卡", "我的卡 "),
			`{"line":3,"id":"d2","same_as_line":1}` + "\n",
		},
		"paragraphs, with the rest of the document": {
			Config{Method: Paragraph}, jsonl("甲\n"+rule, rule+"\n乙", rule, "甲\n丙"),
			"{\"id\": \"d0\", \"text\": \"甲\\n" + rule + "\"}\n{\"id\": \"d1\", \"text\": \"乙\"}\n{\"id\": \"d3\", \"text\": \"甲\\n丙\"}\n",
			`{"line":2,"id":"d1","paragraph":0,"same_as_line":1,"same_as_paragraph":1}` + "\n" + `{"line":3,"id":"d2","paragraph":0,"same_as_line":1,"same_as_paragraph":1}` + "\n",
		},
		"short Chinese texts": {
			Config{Method: Short, Threshold: .7}, jsonl("我的信用卡还没有收到怎么办", "我要提前还款", "我的信用卡还没有收到，怎么办？", "我的信用卡还没收到怎么办", "", ""),
			jsonl("我的信用卡还没有收到怎么办", "我要提前还款", "", "")[:0] + "{\"id\": \"d0\", \"text\": \"我的信用卡还没有收到怎么办\"}\n{\"id\": \"d1\", \"text\": \"我要提前还款\"}\n{\"id\": \"d4\", \"text\": \"\"}\n{\"id\": \"d5\", \"text\": \"\"}\n",
			`{"line":3,"id":"d2","same_as_line":1}` + "\n" + `{"line":4,"id":"d3","same_as_line":1}` + "\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := tt.cfg
			cfg.Input, cfg.Field, cfg.Merges = write(t, tt.in), "text", filepath.Join(t.TempDir(), "merges.jsonl")
			_, got := run1(t, cfg)
			if got != tt.want {
				t.Errorf("kept\n%s, want\n%s", got, tt.want)
			}
			if m := read(t, cfg.Merges); m != tt.merges {
				t.Errorf("merges\n%s, want\n%s", m, tt.merges)
			}
		})
	}
}

// TestMethodsWithLittleMemory: every method decides the same when all is
// spilled.
func TestMethodsWithLittleMemory(t *testing.T) {
	in := write(t, corpus(5, 400))
	for _, m := range []Method{MinHash, Exact, Paragraph, Short} {
		_, want := run1(t, Config{Input: in, Field: "text", Tokens: Words, Method: m})
		if _, got := run1(t, Config{Input: in, Field: "text", Tokens: Words, Method: m, Memory: 1, Workers: 2}); got != want {
			t.Errorf("%s: other lines with little memory", m)
		}
	}
}

// TestIndexIsOneCorpus: a second file that is compared through the index of the
// first loses the lines that it loses when both are one file.
func TestIndexIsOneCorpus(t *testing.T) {
	all := strings.SplitAfter(strings.TrimSuffix(corpus(6, 600), "\n"), "\n")
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(all), func(i, j int) {
		all[i], all[j] = strings.TrimSuffix(all[j], "\n")+"\n", strings.TrimSuffix(all[i], "\n")+"\n"
	})
	a, b := strings.Join(all[:350], ""), strings.Join(all[350:], "")
	for _, m := range []Method{MinHash, Exact} {
		_, want := run1(t, Config{Input: write(t, a+b), Field: "text", Tokens: Words, Method: m})
		index := filepath.Join(t.TempDir(), "keys")
		_, first := run1(t, Config{Input: write(t, a), Field: "text", Tokens: Words, Method: m, Index: index, Memory: 10_000})
		_, second := run1(t, Config{Input: write(t, b), Field: "text", Tokens: Words, Method: m, Index: index})
		if first+second != want {
			t.Errorf("%s: two files through an index keep other lines than one", m)
		}
		if res, _ := run1(t, Config{Input: write(t, a+b), Field: "text", Tokens: Words, Method: m, Index: index}); res.Kept != 0 {
			t.Errorf("%s: %d lines are kept of what is in the index", m, res.Kept)
		}
		other := Config{Input: write(t, a), Field: "text", Tokens: Characters, Method: Paragraph, Index: index}
		if _, err := Dedup(context.Background(), other); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("an index of another method: %v", err)
		}
		if left, err := os.ReadDir(filepath.Dir(index)); err != nil || len(left) != 1 {
			t.Errorf("%d files beside the index, %v", len(left), err)
		}
	}
}

// TestTextsThatReadersChange: a NUL, a byte order mark, bytes that are no UTF-8
// and a member that comes twice.
func TestTextsThatReadersChange(t *testing.T) {
	for line, want := range map[string]string{
		`{"text": "a\u0000b"}`: "a\x00b", `{"text": "a", "text": "b"}`: "b", "{\"text\": \"a\xffb\xfe\xfe\"}": "a\uFFFDb\uFFFD\uFFFD", `{"text": null}`: "", `{"text": 12}`: "12", `{"text": "\ud83d\ude00\u4e2d"}`: "😀中",
	} {
		if got, err := member(line, "text"); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", line, got, err, want)
		}
	}
	if _, out := run1(t, Config{Input: write(t, "\ufeff{\"text\": \"a\"}\n"), Field: "text", Method: Exact}); out != "{\"text\": \"a\"}\n" {
		t.Errorf("after a byte order mark: %q", out)
	}
}
