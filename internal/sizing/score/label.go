package score

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/sizing"
)

// ExactLabel scores 1 where the output names exactly the gold label. Labels
// are all labels of the scenario; a reply that names two of them, or none,
// scores 0. Abstaining scores 0.
type ExactLabel struct{ Labels []string }

// Name implements sizing.Scorer.
func (ExactLabel) Name() string { return "exact_label/1" }

// Graded implements sizing.Scorer.
func (ExactLabel) Graded() bool { return false }

// Score implements sizing.Scorer.
func (s ExactLabel) Score(it sizing.Item, o sizing.Output) sizing.Score {
	if o.Unknown {
		return sizing.Score{Note: "abstained"}
	}
	got := o.Label
	if got == "" {
		got = s.Read(o.Text)
	}
	switch {
	case got == "":
		return sizing.Score{Note: "no single label in the reply"}
	case bare(got) == bare(it.Label):
		return sizing.Score{Value: 1, Predicted: got}
	}
	return sizing.Score{Predicted: got, Note: "gold is " + it.Label}
}

// Read finds the one label that a chat reply names, or "". It takes the whole
// reply, then its last non-empty line, then its first, then a label that is
// mentioned anywhere when no other is (labels inside longer mentioned labels
// do not count).
func (s ExactLabel) Read(reply string) string {
	if i := strings.LastIndex(reply, "</think>"); i >= 0 {
		reply = reply[i+len("</think>"):]
	}
	lines := strings.Split(strings.TrimSpace(reply), "\n")
	for _, try := range []string{reply, lines[len(lines)-1], lines[0]} {
		if l, ok := s.equal(try); ok {
			return l
		}
		if _, after, found := strings.Cut(strings.ReplaceAll(try, "：", ":"), ":"); found {
			if l, ok := s.equal(after); ok {
				return l
			}
		}
	}
	return s.mentioned(reply)
}

func (s ExactLabel) equal(text string) (string, bool) {
	b := bare(text)
	for _, l := range s.Labels {
		if b != "" && bare(l) == b {
			return l, true
		}
	}
	return "", false
}

// mentioned returns the only label in the text, after blanking longer labels
// first.
func (s ExactLabel) mentioned(text string) string {
	b := bare(text)
	found := ""
	for _, l := range byLength(s.Labels) {
		form := bare(l)
		if form == "" {
			continue
		}
		hit := false
		for at := 0; ; {
			i := strings.Index(b[at:], form)
			if i < 0 {
				break
			}
			i += at
			at = i + len(form)
			if whole(b, i, at) {
				b = b[:i] + strings.Repeat("\x00", len(form)) + b[at:]
				hit = true
			}
		}
		if hit {
			if found != "" {
				return ""
			}
			found = l
		}
	}
	return found
}

// whole reports whether b[i:j] is not part of a longer Latin word; Han text
// has no word ends.
func whole(b string, i, j int) bool {
	first, _ := utf8.DecodeRuneInString(b[i:])
	last, _ := utf8.DecodeLastRuneInString(b[:j])
	before, _ := utf8.DecodeLastRuneInString(b[:i])
	after, _ := utf8.DecodeRuneInString(b[j:])
	latin := func(r rune) bool { return (unicode.IsLetter(r) || unicode.IsDigit(r)) && r < 0x2E80 }
	return !(latin(first) && latin(before) && i > 0) && !(latin(last) && latin(after) && j < len(b))
}

func byLength(labels []string) []string {
	out := append([]string(nil), labels...)
	for i := 1; i < len(out); i++ {
		for j := i; j > 0 && len(out[j]) > len(out[j-1]); j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}
