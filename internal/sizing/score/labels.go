package score

import (
	"cmp"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/sizing"
)

// NoLabel stands where none of the labels applies.
const NoLabel = "-"

// separators of labels in a cell or a reply. None of them is part of a label.
const separators = ";；|\n\r"

// SplitLabels reads the labels of a cell such as "card; fee", sorted, each
// once. NoLabel, and nothing, are no label.
func SplitLabels(cell string) []string {
	var out []string
	for _, l := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		if l = strings.TrimSpace(l); l != "" && l != NoLabel {
			out = append(out, l)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// JoinLabels is the one form in which a set of labels is written: sorted,
// with "; " between them, NoLabel for none.
func JoinLabels(labels []string) string {
	if len(labels) == 0 {
		return NoLabel
	}
	labels = slices.Clone(labels)
	slices.Sort(labels)
	return strings.Join(slices.Compact(labels), "; ")
}

// LabelSet compares sets of labels: all that a text has, none included. An
// item's Label is a cell of SplitLabels. Without F1 an item scores 1 where
// both sets are the same. With F1 it scores the F1 of the two sets: twice the
// labels in both, over the labels of each; 1 where both are empty. Either is a
// mean over items, so that the tests of means apply.
type LabelSet struct {
	Labels []string // all labels of the scenario
	F1     bool
}

// Name implements sizing.Scorer.
func (s LabelSet) Name() string {
	if s.F1 {
		return "label_f1/1"
	}
	return "exact_set/1"
}

// Graded implements sizing.Scorer.
func (s LabelSet) Graded() bool { return s.F1 }

// Score implements sizing.Scorer.
func (s LabelSet) Score(it sizing.Item, o sizing.Output) sizing.Score {
	got, stray := s.Read(cmp.Or(o.Label, o.Text))
	if stray != "" && len(got) == 0 {
		return sizing.Score{Note: "no label in the reply: " + stray}
	}
	gold := SplitLabels(it.Label)
	both := 0
	for _, l := range got {
		if slices.Contains(gold, l) {
			both++
		}
	}
	n := len(got)
	if stray != "" {
		n++ // something that is no label was named beside labels
	}
	out := sizing.Score{Predicted: JoinLabels(got)}
	switch {
	case both == n && both == len(gold):
		out.Value = 1
		return out
	case s.F1:
		out.Value = 2 * float64(both) / float64(n+len(gold))
	}
	out.Note = "gold is " + JoinLabels(gold)
	if stray != "" {
		out.Note += `; "` + stray + `" is no label`
	}
	return out
}

// Read finds the labels that a reply names, as the scenario writes them. stray
// is the first part of it that is no label; a reply that says nothing at all is
// one too, since NoLabel says that none applies. The reply is taken apart at
// separators; a part that is no label as a whole counts from its first colon
// on, and is taken apart at commas.
func (s LabelSet) Read(reply string) (labels []string, stray string) {
	if i := strings.LastIndex(reply, "</think>"); i >= 0 {
		reply = reply[i+len("</think>"):]
	}
	known := ExactLabel{Labels: s.Labels}
	none := false
	for part := range strings.FieldsFuncSeq(reply, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		if _, ok := known.equal(part); !ok { // "Categories: fee" names one
			if _, after, found := strings.Cut(strings.ReplaceAll(part, "：", ":"), ":"); found {
				part = after
			}
		}
		if strings.Trim(part, " \t`*\"'。.") == NoLabel {
			none = true
			continue
		}
		pieces := []string{part}
		if _, ok := known.equal(part); !ok {
			pieces = strings.FieldsFunc(part, func(r rune) bool { return strings.ContainsRune(",，、", r) })
		}
		for _, p := range pieces {
			if l, ok := known.equal(p); ok {
				labels = append(labels, l)
			} else if bare(p) != "" && stray == "" {
				stray = strings.TrimSpace(p)
			}
		}
	}
	slices.Sort(labels)
	labels = slices.Compact(labels)
	if len(labels) == 0 && !none && stray == "" {
		stray = "nothing"
	}
	return labels, stray
}
