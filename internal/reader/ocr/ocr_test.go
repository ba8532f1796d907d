package ocr

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/errs"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, line string
		want       []string
		err        string
	}{
		{"words", "tesseract {in}  stdout\ttsv", []string{"tesseract", "{in}", "stdout", "tsv"}, ""},
		{"quotes hold spaces", `"/opt/my ocr/run" 'a b' c"d e"f ""`, []string{"/opt/my ocr/run", "a b", "cd ef", ""}, ""},
		{"nothing is expanded", "ocr $HOME `id` *", []string{"ocr", "$HOME", "`id`", "*"}, ""},
		{"empty", "  ", nil, "the command is empty"},
		{"an open quote", `ocr "a`, nil, "is not closed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(tt.line)
			if !slices.Equal(got, tt.want) || tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

const header = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"

// script writes a program that prints text, and returns its path.
func script(t *testing.T, body string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ocr.sh")
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"+body), 0o700); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestRecognise(t *testing.T) {
	tests := []struct {
		name, table string
		want        []Word
		err         string
	}{
		{"words of a line are joined", header + "4\t1\t1\t1\t1\t0\t10\t20\t100\t30\t-1\t\n5\t1\t1\t1\t1\t1\t10\t20\t30\t30\t96.5\t贷款\n5\t1\t1\t1\t1\t2\t45\t18\t30\t30\t80\t合同\n5\t1\t1\t1\t1\t3\t90\t20\t20\t30\t90\tNo. 7\n5\t1\t1\t1\t2\t1\t10\t60\t30\t30\t12\tx\n",
			[]Word{{"贷款合同 No. 7", 10, 18, 110, 50, .8}, {"x", 10, 60, 40, 90, .12}}, ""},
		{"an empty page", header, nil, ""},
		{"plain text", "hello there\n", nil, "for tesseract add tsv"},
		{"a number that is none", header + "5\t1\t1\t1\t1\t1\tten\t20\t30\t30\t96\tx\n", nil, `"ten" as left`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Command{Line: script(t, "cat <<'EOF'\n"+tt.table+"EOF\n")}
			got, err := c.Recognise(context.Background(), []byte("png"))
			if !slices.Equal(got, tt.want) || tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestTheProgramGetsThePicture(t *testing.T) {
	for _, line := range []string{"", " {in}"} {
		c := Command{Line: script(t, `text=$(cat "$1")
printf '`+strings.ReplaceAll(strings.TrimSuffix(header, "\n"), "\t", `\t`)+`\n5\t1\t1\t1\t1\t1\t0\t0\t1\t1\t90\t%s\n' "$text"`) + line}
		if line == "" {
			c.Line += " -" // cat - reads standard input
		}
		got, err := c.Recognise(context.Background(), []byte("the-picture"))
		if err != nil || len(got) != 1 || got[0].Text != "the-picture" {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
	}
}

func TestProgramsThatFail(t *testing.T) {
	tests := []struct {
		name string
		c    Command
		code errs.Code
		want string
	}{
		{"missing", Command{Line: "/no/such/ocr {in}"}, errs.CodeNotFound, "there is no program /no/such/ocr; install it"},
		{"exit code", Command{Line: script(t, "echo 'Error opening data file chi_sim' >&2; exit 3")}, errs.CodeInvalid, "ended with exit code 3: Error opening data file chi_sim"},
		{"hangs", Command{Line: script(t, "sleep 20"), Timeout: 50 * time.Millisecond}, errs.CodeInvalid, "took more than 50ms"},
		{"prints for ever", Command{Line: "yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Timeout: 300 * time.Millisecond}, errs.CodeInvalid, "more than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.c.Recognise(context.Background(), nil)
			if !errs.Is(err, tt.code) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v", err)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := Command{Line: "cat"}
	if _, err := c.Recognise(ctx, nil); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}

func FuzzTable(f *testing.F) {
	f.Add(header + "5\t1\t1\t1\t1\t1\t10\t20\t30\t30\t96.5\t贷款\n")
	f.Fuzz(func(t *testing.T, table string) {
		words, err := parse(table, "ocr")
		for _, w := range words {
			if err == nil && w.Text == "" {
				t.Errorf("an empty line of %q", table)
			}
		}
	})
}

func TestTesseractIsThere(t *testing.T) {
	if _, err := exec.LookPath("tesseract"); err != nil {
		t.Skip("tesseract is not installed")
	}
	c := Command{Line: "tesseract {in} stdout -l no_such_language tsv"}
	if _, err := c.Recognise(context.Background(), []byte("no png")); err == nil || !strings.Contains(err.Error(), "exit code 1") {
		t.Errorf("%v", err)
	}
}
