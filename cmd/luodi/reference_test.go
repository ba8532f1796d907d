package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/goccy/go-yaml"
	diff "github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "write docs/reference/cli.md in both languages")

// reference is testdata/reference.yaml: what the pages say besides what the
// commands say of themselves, and the Chinese half of that.
type reference struct {
	Intro    bilingual
	Groups   map[string]string // Chinese titles
	Commands map[string]struct {
		Zh     string            // of Short
		LongZh string            `yaml:"long_zh"` // of Long
		JSON   string            // what --json prints
		As     string            // or the command whose document it is
		Notes  bilingual         // of the members
		Flags  map[string]string // Chinese usage by flag
	}
}

type bilingual struct{ En, Zh string }

func (b bilingual) in(zh bool) string {
	if zh {
		return b.Zh
	}
	return b.En
}

func readReference(t *testing.T) reference {
	t.Helper()
	b, err := os.ReadFile("testdata/reference.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := yaml.UnmarshalWithOptions(b, &r, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return r
}

// every calls fn with every command but the root, in the order of help.
func every(root *cobra.Command, fn func(*cobra.Command)) {
	for _, c := range root.Commands() {
		if c.Name() == "help" || c.Name() == "completion" {
			continue
		}
		fn(c)
		every(c, fn)
	}
}

func ownFlags(c *cobra.Command) (out []*pflag.Flag) {
	c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" {
			out = append(out, f)
		}
	})
	return out
}

func TestReferencePages(t *testing.T) {
	ref := readReference(t)
	for file, zh := range map[string]bool{"../../docs/reference/cli.md": false, "../../docs/zh/reference/cli.md": true} {
		page := referencePage(ref, zh)
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := diff.Diff(page, string(have)); d != "" {
			t.Errorf("%s is not what the commands say; run go test ./cmd/luodi -run ReferencePages -update\n%s", file, d)
		}
	}
}

func TestEveryCommandAndFlagIsTranslated(t *testing.T) {
	ref := readReference(t)
	known := map[string]bool{}
	every(rootCommand(&globals{}), func(c *cobra.Command) {
		path := c.CommandPath()
		known[path] = true
		words := ref.Commands[path]
		if !han(words.Zh) || (c.Long != "") != han(words.LongZh) {
			t.Errorf("%s: zh, and long_zh where there is a long text, are needed in testdata/reference.yaml", path)
		}
		for _, f := range ownFlags(c) {
			if !han(words.Flags[f.Name]) {
				t.Errorf("%s --%s has no Chinese text", path, f.Name)
			}
			delete(words.Flags, f.Name)
		}
		for name := range words.Flags {
			t.Errorf("%s has no flag --%s, but a Chinese text of it", path, name)
		}
	})
	for path := range ref.Commands {
		if !known[path] {
			t.Errorf("there is no command %s, but texts of it", path)
		}
	}
	for _, g := range rootCommand(&globals{}).Groups() {
		if !han(ref.Groups[g.ID]) {
			t.Errorf("group %s has no Chinese title", g.ID)
		}
	}
}

func han(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

func referencePage(ref reference, zh bool) string {
	root := rootCommand(&globals{})
	say := func(en, other string) string {
		if zh {
			return other
		}
		return en
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n<!-- %s -->\n\n%s", say("Command line", "命令行"),
		say("Generated from cmd/luodi; change it there and run: go test ./cmd/luodi -run ReferencePages -update",
			"由 cmd/luodi 生成；请改那里，再运行：go test ./cmd/luodi -run ReferencePages -update"), ref.Intro.in(zh))
	for _, g := range root.Groups() {
		fmt.Fprintf(&b, "\n## %s\n", say(strings.TrimSuffix(g.Title, ":"), ref.Groups[g.ID]))
		for _, top := range root.Commands() {
			if top.GroupID != g.ID {
				continue
			}
			writeCommand(&b, ref, top, zh)
			every(top, func(c *cobra.Command) { writeCommand(&b, ref, c, zh) })
		}
	}
	return b.String()
}

func writeCommand(b *strings.Builder, ref reference, c *cobra.Command, zh bool) {
	if words := ref.Commands[c.CommandPath()]; c.HasSubCommands() && words.JSON == "" && words.As == "" { // they follow
		return
	}
	words := ref.Commands[c.CommandPath()]
	text, usage := cmp.Or(c.Long, c.Short), func(f *pflag.Flag) string { return f.Usage }
	if zh {
		text, usage = cmp.Or(words.LongZh, words.Zh), func(f *pflag.Flag) string { return words.Flags[f.Name] }
	}
	fmt.Fprintf(b, "\n### %s\n\n```\n%s\n```\n\n%s\n", c.CommandPath(), c.UseLine(), strings.TrimSpace(text))
	if flags := ownFlags(c); len(flags) > 0 {
		head := "| flag | default | |"
		if zh {
			head = "| 参数 | 默认值 | |"
		}
		fmt.Fprintf(b, "\n%s\n| --- | --- | --- |\n", head)
		for _, f := range flags {
			fmt.Fprintf(b, "| `--%s` | %s | %s |\n", f.Name, defaultOf(f), usage(f))
		}
	}
	if words.As != "" {
		format := "\n`--json`: as `%s`\n"
		if zh {
			format = "\n`--json`：与 `%s` 相同\n"
		}
		fmt.Fprintf(b, format, words.As)
	}
	if words.JSON != "" {
		fmt.Fprintf(b, "\n`--json`:\n\n```\n%s\n```\n", strings.TrimSpace(words.JSON))
	}
	if notes := words.Notes.in(zh); notes != "" {
		fmt.Fprintf(b, "\n%s\n", strings.TrimSpace(notes))
	}
}

func defaultOf(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "false", "[]":
		return ""
	}
	return "`" + strings.Trim(f.DefValue, "[]") + "`"
}
