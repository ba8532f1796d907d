package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/luodi/luodi/internal/project"
)

// page is a page of the documentation, taken apart.
type page struct {
	file     string
	headings int
	blocks   []block
	spans    []string // `between back quotes`, outside of blocks
}

type block struct{ lang, text string }

var (
	fence        = regexp.MustCompile("^\\s*```(\\w*)")
	alternatives = regexp.MustCompile(`(\pL)\|\S+`)
	span         = regexp.MustCompile("`([^`\n]+)`")
)

// pages reads what people are told to type: the readmes and docs/, without the
// pages that are generated from the commands.
func pages(t *testing.T) (out []page) {
	t.Helper()
	root := "../.."
	files := []string{"README.md", "README.zh-CN.md", "examples/bank/README.md", "examples/bank/README.zh-CN.md"}
	err := fs.WalkDir(os.DirFS(root), "docs", func(path string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") && !strings.HasSuffix(path, "reference/cli.md") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(root, f))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, takeApart(f, string(text)))
	}
	return out
}

func takeApart(file, text string) page {
	p := page{file: file}
	var in *block
	prose := strings.Builder{}
	for line := range strings.Lines(text) {
		m := fence.FindStringSubmatch(line)
		switch {
		case m != nil && in == nil:
			in = &block{lang: m[1]}
		case m != nil:
			p.blocks = append(p.blocks, *in)
			in = nil
		case in != nil:
			in.text += line
		default:
			if strings.HasPrefix(line, "#") {
				p.headings++
			}
			prose.WriteString(line)
		}
	}
	for _, m := range span.FindAllStringSubmatch(prose.String(), -1) {
		p.spans = append(p.spans, m[1])
	}
	return p
}

// words are those of the shell lines of a block: quotes hold together, a
// backslash joins lines, # starts a comment.
func words(text string) (lines [][]string) {
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		var out []string
		word, quote, begun := "", rune(0), false
		for _, r := range line + "\n" {
			switch {
			case quote != 0 && r == quote:
				quote = 0
			case quote != 0:
				word += string(r)
			case r == '"' || r == '\'':
				quote, begun = r, true
			case strings.ContainsRune(" \t\n", r):
				if word != "" || begun {
					out = append(out, word)
				}
				word, begun = "", false
			default:
				word += string(r)
			}
			if quote == 0 && word == "#" {
				break
			}
		}
		lines = append(lines, out)
	}
	return lines
}

// typed are the arguments of luodi on a line, nil when it is another program's.
func typed(line []string) []string {
	if len(line) > 2 && line[0] == "go" && line[1] == "run" && line[2] == "./cmd/luodi" {
		return line[3:]
	}
	if len(line) > 1 && (line[0] == "luodi" || line[0] == "bin/luodi") {
		return line[1:]
	}
	return nil
}

// accepts says what the command line of luodi has against args. With whole, all
// that a command needs has to be there; else it may be part of one.
func accepts(args []string, whole bool) error {
	root := rootCommand(&globals{})
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	c, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	c.InitDefaultHelpFlag()
	if !whole && len(rest) > 0 && strings.HasPrefix(rest[len(rest)-1], "--") && !strings.Contains(rest[len(rest)-1], "=") {
		if f := c.Flag(rest[len(rest)-1][2:]); f != nil { // `luodi cost --by` names the flag
			rest = rest[:len(rest)-1]
		}
	}
	if err := c.ParseFlags(rest); err != nil {
		return err
	}
	if help, _ := c.Flags().GetBool("help"); help {
		return nil
	}
	if c.HasSubCommands() && !c.Runnable() || !whole {
		return refusesWord(c)
	}
	if err := c.ValidateArgs(c.Flags().Args()); err != nil {
		return err
	}
	return c.ValidateRequiredFlags()
}

// refusesWord tells a misspelt subcommand from an argument.
func refusesWord(c *cobra.Command) error {
	if args := c.Flags().Args(); c.HasSubCommands() && c.Args != nil && len(args) > 0 && !slices.Contains(args, "…") {
		return c.Args(c, args)
	}
	return nil
}

func TestCommandsOfTheDocsAreThere(t *testing.T) {
	checked := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.lang == "yaml" {
				continue
			}
			for _, line := range words(b.text) {
				if args := typed(line); args != nil {
					checked++
					if err := accepts(args, true); err != nil {
						t.Errorf("%s: luodi %s: %v", p.file, strings.Join(args, " "), err)
					}
				}
			}
		}
		for _, s := range p.spans {
			s = alternatives.ReplaceAllString(s, "$1") // `luodi log list|tail`
			if args := typed(words(s)[0]); args != nil {
				checked++
				if err := accepts(args, false); err != nil {
					t.Errorf("%s: `%s`: %v", p.file, s, err)
				}
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d commands found: are the pages where they were?", checked)
	}
}

// elsewhere is what a fragment of luodi.yaml may lack: what it refers to.
var elsewhere = regexp.MustCompile(`unknown .*(; the file declares none|; there are )|reading the prompt .*: no such file`)

func TestSnippetsOfTheDocsAreAccepted(t *testing.T) {
	dir := t.TempDir()
	set := func(string) (string, bool) { return "postgres://127.0.0.1/crm", true }
	checked := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			text, whole := inPlace(b.text)
			if b.lang != "yaml" || text == "" {
				continue
			}
			checked++
			_, err := project.Parse(filepath.Join(dir, "luodi.yaml"), []byte(text), set)
			if err == nil {
				continue
			}
			for line := range strings.Lines(err.Error()) {
				if strings.HasPrefix(line, dir) && (whole || !elsewhere.MatchString(line)) {
					t.Errorf("%s: %s in\n%s", p.file, strings.TrimPrefix(line, dir), text)
				}
			}
		}
	}
	if checked < 40 {
		t.Errorf("only %d snippets found: are the pages where they were?", checked)
	}
}

// inPlace puts a fragment of luodi.yaml where it belongs, and says whether it
// is a whole file. Other files, such as a vendor's, are none of its business.
func inPlace(text string) (string, bool) {
	first, _, _ := strings.Cut(text, ":")
	switch strings.TrimSpace(first) {
	case "project":
		return text, true
	case "plan", "vendor", "name":
		return "", false
	case "items", "bar": // alternatives, one a line
		other := map[string]string{"items": "bar: {at_least: 0.9}", "bar": "items: {source: tickets}"}[first]
		out := "project: docs\nscenarios:\n"
		for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
			out += fmt.Sprintf("- name: s%d\n  task: classify\n  %s\n  %s\n", i, other, line)
		}
		return out, false
	case "- name":
		return "project: docs\nscenarios:\n" + text, false
	}
	return "project: docs\n" + text, false
}

// TestChinesePagesAreInStep compares what both halves of a page tell people to
// type, and how they are divided.
func TestChinesePagesAreInStep(t *testing.T) {
	type shape struct {
		Headings int
		Blocks   []string // their languages
		Commands [][]string
	}
	of := func(p page) (s shape) {
		s.Headings = p.headings
		for _, b := range p.blocks {
			s.Blocks = append(s.Blocks, b.lang)
			for _, line := range words(b.text) {
				if args := typed(line); args != nil && b.lang == "" {
					s.Commands = append(s.Commands, args[:1])
				}
			}
		}
		return s
	}
	all := map[string]page{}
	for _, p := range pages(t) {
		all[p.file] = p
	}
	for file, p := range all {
		other := "docs/zh/" + strings.TrimPrefix(file, "docs/")
		switch {
		case strings.HasPrefix(file, "docs/zh/"), strings.HasSuffix(file, ".zh-CN.md"):
			continue
		case !strings.HasPrefix(file, "docs/"):
			other = strings.TrimSuffix(file, ".md") + ".zh-CN.md"
		}
		zh, ok := all[other]
		if !ok {
			t.Errorf("%s has no Chinese half %s", file, other)
			continue
		}
		if d := diff.Diff(of(p), of(zh)); d != "" {
			t.Errorf("%s (-) and %s (+) are not in step:\n%s", file, other, d)
		}
	}
}
