// Package ocr has pictures of pages read by a program that the project names:
// tesseract, or whatever a company has licensed.
//
// The contract is a command line. `{in}` stands for a png file; where it is
// missing, the picture comes on standard input. What is printed is tesseract's
// table (tsv): a header line and one row per word with level, page, block,
// paragraph, line and word numbers, left, top, width and height in pixels, a
// confidence of 0 to 100, and the text. The words of a line are joined here,
// because a line is what a person checks against the page.
//
// Each call is one process with a time limit, a limit of output and without a
// shell. It is not retried and recognises nothing by itself.
package ocr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/luodi/luodi/internal/errs"
)

// Command is an OCR program. Its zero value is not usable: Line must be set.
type Command struct {
	Line    string        // such as: tesseract {in} stdout -l chi_sim+eng tsv
	Timeout time.Duration // of one page; 2 minutes when 0
}

// Word is a line that was recognised, in pixels of the picture.
type Word struct {
	Text                     string
	Left, Top, Right, Bottom float64
	Confidence               float64 // 0 to 1, of its least certain word
}

const (
	placeholder = "{in}"
	maxOutput   = 16 << 20
)

// Parse splits a command line into program and arguments. Quotes, single and
// double, hold spaces together; nothing else has a meaning, and no shell runs.
func Parse(line string) ([]string, error) {
	var out []string
	var word strings.Builder
	var quote rune
	open := false
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, open = r, true
		case unicode.IsSpace(r):
			if open {
				out = append(out, word.String())
				word.Reset()
			}
			open = false
		default:
			word.WriteRune(r)
			open = true
		}
	}
	if quote != 0 {
		return nil, errs.Invalid("a quote (%c) in the command is not closed", quote)
	}
	if open {
		out = append(out, word.String())
	}
	if len(out) == 0 {
		return nil, errs.Invalid("the command is empty; write, for example, tesseract {in} stdout -l chi_sim+eng tsv")
	}
	return out, nil
}

// Recognise returns the lines of a picture in png, in the program's order.
func (c *Command) Recognise(ctx context.Context, image []byte) ([]Word, error) {
	args, err := Parse(c.Line)
	if err != nil {
		return nil, err
	}
	limit := c.Timeout
	if limit == 0 {
		limit = 2 * time.Minute
	}
	run, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	in := io.Reader(bytes.NewReader(image))
	if strings.Contains(c.Line, placeholder) {
		name, err := keep(image)
		if err != nil {
			return nil, fmt.Errorf("writing the picture for %s: %w", args[0], err)
		}
		defer os.Remove(name)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], placeholder, name)
		}
		in = nil
	}
	cmd := exec.CommandContext(run, args[0], args[1:]...)
	cmd.Stdin = in
	cmd.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1") // pages are read side by side with other work
	cmd.WaitDelay = time.Second
	out, complaint := &limited{left: maxOutput}, &limited{left: 4096}
	cmd.Stdout, cmd.Stderr = out, complaint
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case run.Err() != nil:
		return nil, errs.Invalid("%s took more than %s", args[0], limit)
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist):
		return nil, errs.NotFound("there is no program %s; install it, or correct ocr in luodi.yaml", args[0])
	case errors.As(err, &exit):
		return nil, errs.Invalid("%s ended with exit code %d: %s", args[0], exit.ExitCode(), firstLine(complaint.b.String()))
	case err != nil:
		return nil, fmt.Errorf("running %s: %w", args[0], err)
	case out.over:
		return nil, errs.Invalid("%s printed more than %d MiB", args[0], maxOutput>>20)
	}
	return parse(out.b.String(), args[0])
}

func keep(image []byte) (string, error) {
	f, err := os.CreateTemp("", "luodi-page-*.png")
	if err != nil {
		return "", err
	}
	_, err = f.Write(image)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
	}
	return f.Name(), err
}

// limited keeps the first bytes written to it.
type limited struct {
	b    bytes.Buffer
	left int
	over bool
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.b.Write(p[:n])
	l.left -= n
	l.over = l.over || n < len(p)
	return len(p), nil
}

func firstLine(s string) string {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return "it says no reason"
}

// columns of tesseract's table.
var columns = []string{"level", "page_num", "block_num", "par_num", "line_num", "word_num", "left", "top", "width", "height", "conf", "text"}

// parse reads the table that the program prints.
func parse(table, program string) ([]Word, error) {
	header, rows, _ := strings.Cut(table, "\n")
	if got := strings.Fields(header); len(got) < len(columns) || strings.Join(got[:len(columns)], " ") != strings.Join(columns, " ") {
		return nil, errs.Invalid("%s printed no table of words: its first line is not %q; for tesseract add tsv at the end of the command", program, strings.Join(columns, " "))
	}
	var out []Word
	last := ""
	for line := range strings.Lines(rows) {
		cells := strings.SplitN(strings.TrimRight(line, "\r\n"), "\t", len(columns))
		if len(cells) < len(columns) || strings.TrimSpace(cells[11]) == "" {
			continue
		}
		var n [5]float64
		for i := range n {
			v, err := strconv.ParseFloat(cells[6+i], 64)
			if err != nil {
				return nil, errs.Invalid("%s printed %q as %s, which is no number", program, cells[6+i], columns[6+i])
			}
			n[i] = v
		}
		w := Word{Text: strings.TrimSpace(cells[11]), Left: n[0], Top: n[1], Right: n[0] + n[2], Bottom: n[1] + n[3], Confidence: n[4] / 100}
		at := strings.Join(cells[1:5], " ")
		if at == last {
			out[len(out)-1].append(w)
		} else {
			out = append(out, w)
		}
		last = at
	}
	return out, nil
}

// append adds a word to a line; between Han characters is no space.
func (w *Word) append(next Word) {
	a, b := []rune(w.Text), []rune(next.Text)
	if !(isHan(a[len(a)-1]) && isHan(b[0])) {
		w.Text += " "
	}
	w.Text += next.Text
	w.Left, w.Top = min(w.Left, next.Left), min(w.Top, next.Top)
	w.Right, w.Bottom = max(w.Right, next.Right), max(w.Bottom, next.Bottom)
	w.Confidence = min(w.Confidence, next.Confidence)
}

func isHan(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef
}
