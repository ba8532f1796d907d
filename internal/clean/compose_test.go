package clean

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/source/offset"
)

// marks are characters that no operator changes and that stand once in a text:
// what of them is left shows where it came from.
func marks(t *testing.T) []rune {
	var out []rune
	for r := rune(0x20000); len(out) < 64; r += 7 {
		kept := true
		for _, op := range allOperators() {
			after, _ := op.Apply("a" + string(r) + "b")
			kept = kept && after == "a"+string(r)+"b"
		}
		if kept {
			out = append(out, r)
		}
		if r > 0x2a000 {
			t.Fatal("operators change rare characters")
		}
	}
	return out
}

// TestOperatorsComposed: through any operators in any order, each character that
// stands once in a text and is left traces to where it stood, with one map made
// of theirs as with theirs one after the other; spans that were found on the way
// lie on whole characters of the last text, and hold the marks that they held.
func TestOperatorsComposed(t *testing.T) {
	ops, known := allOperators(), marks(t)
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for i := range rapid.IntRange(1, 12).Draw(t, "marks") {
			b.WriteString(text.Draw(t, "between"))
			if rapid.IntRange(0, 3).Draw(t, "line") == 0 {
				b.WriteString(rapid.SampledFrom([]string{"\n", "\n# ", "\n第一条 ", "\n- 3 -\n", "\n> ", "\f", "\n发件人: a@b.c\n", "目录........3\n", "| 甲 | 乙 |\n", "è¯\u0097"}).Draw(t, "beginning"))
			}
			b.WriteRune(known[i])
		}
		in := b.String()
		at, whole := in, offset.Identity(len(in))
		var maps []offset.Map
		var spans []Span
		var held []string // the marks in each span
		for range rapid.IntRange(1, 10).Draw(t, "operators") {
			e := rapid.SampledFrom(ops).Draw(t, "operator").Run(at)
			maps = append(maps, e.Map)
			whole = offset.Compose(e.Map, whole)
			var left []Span
			var leftHeld []string
			for i, s := range spans {
				if now := forward([]Span{s}, e.Map); len(now) == 1 {
					left, leftHeld = append(left, now[0]), append(leftHeld, held[i])
				}
			}
			for _, s := range e.Spans {
				left, leftHeld = append(left, s), append(leftHeld, only(e.Text[s.Start:s.End], known, in))
			}
			at, spans, held = e.Text, left, leftHeld
		}
		if whole.Len() != len(at) || whole.InputLen() != len(in) || !utf8.ValidString(at) {
			t.Fatalf("%q became %q with a map of %d from %d", in, at, whole.Len(), whole.InputLen())
		}
		for i, r := range at {
			from, to := whole.Source(i, i+utf8.RuneLen(r))
			f, g := i, i+utf8.RuneLen(r)
			for k := len(maps) - 1; k >= 0; k-- {
				f, g = maps[k].Source(f, g)
			}
			if from < f || to > g || to <= from {
				t.Fatalf("%q became %q: %q is from %d-%d, step by step from %d-%d", in, at, r, from, to, f, g)
			}
			if stood := strings.IndexRune(in, r); strings.ContainsRune(string(known), r) && (from > stood || to < stood+utf8.RuneLen(r)) {
				t.Fatalf("%q became %q: %q stood at %d and traces to %d-%d", in, at, r, stood, from, to)
			}
		}
		for i, s := range spans {
			if s.Start < 0 || s.End > len(at) || s.Start >= s.End || !utf8.ValidString(at[s.Start:s.End]) {
				t.Fatalf("a span at %d-%d of %d bytes", s.Start, s.End, len(at))
			}
			for _, r := range only(at[s.Start:s.End], known, in) {
				if !strings.ContainsRune(held[i], r) {
					t.Fatalf("%s span %q holds %q, which it did not", s.Kind, at[s.Start:s.End], r)
				}
			}
		}
	})
}

// only are the marks of a text.
func only(s string, known []rune, in string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(string(known), r) && strings.ContainsRune(in, r) {
			return r
		}
		return -1
	}, s)
}

// TestPlansComposed: plans of operators in any order clean a text as the
// operators do one by one, and tell of each what it did.
func TestPlansComposed(t *testing.T) {
	names := OperatorNames()
	rapid.Check(t, func(t *rapid.T) {
		spec := Spec{Plan: "mine", Version: 1}
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			spec.Steps = append(spec.Steps, PlanStep{Do: rapid.SampledFrom(names).Draw(t, "do")})
		}
		p := NewPlan(nil).With(spec)
		in := text.Draw(t, "in")
		want := in
		for _, s := range spec.Steps {
			want, _ = s.operator("txt").Apply(want)
		}
		var steps []string
		r := source.Record{Class: source.ClassDocument, Format: "txt", Path: "a.txt", Text: in}
		_, got, _ := p.apply(r, func(s Step) {
			if s.Before != in && len(steps) == 0 {
				t.Fatalf("the first step begins with %q, not %q", s.Before, in)
			}
			steps = append(steps, fmt.Sprint(s.Name, s.Changed()))
		})
		if got != want || len(steps) < len(spec.Steps) {
			t.Fatalf("%+v: %q became %q, one by one %q; steps %v", spec.Steps, in, got, want, steps)
		}
	})
}
