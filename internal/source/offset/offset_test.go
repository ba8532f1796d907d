package offset_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/source/offset"
)

// origin is the reference: for every output byte the input range it came from.
type origin struct{ from, to int }

// drawStep draws a step over an input of n bytes: its map and the reference.
func drawStep(t *rapid.T, n int, label string) (offset.Map, []origin) {
	var b offset.Builder
	var ref []origin
	in := 0
	add := func(out, from, to int) {
		for range out {
			ref = append(ref, origin{from, to})
		}
	}
	for in < n || rapid.IntRange(0, 4).Draw(t, label+" more") == 0 {
		left := n - in
		switch k := rapid.IntRange(0, 3).Draw(t, label); {
		case k == 0 && left > 0: // copy
			c := rapid.IntRange(1, left).Draw(t, label+" copy")
			b.Copy(c)
			for i := range c {
				add(1, in+i, in+i+1)
			}
			in += c
		case k == 1 && left > 0: // replace, or drop where out is 0
			c := rapid.IntRange(1, min(left, 4)).Draw(t, label+" from")
			o := rapid.IntRange(0, 4).Draw(t, label+" to")
			b.Replace(o, c)
			add(o, in, in+c)
			in += c
		case k == 2:
			o := rapid.IntRange(1, 4).Draw(t, label+" insert")
			b.Insert(o)
			add(o, in, in)
		case left >= 4: // a run of units, as a charset makes
			c := rapid.IntRange(1, left/2).Draw(t, label+" units")
			b.Units(c, 3, 2)
			for i := range c {
				add(3, in+2*i, in+2*i+2)
			}
			in += 2 * c
		}
	}
	return b.Map(), ref
}

func want(ref []origin, start, end int) (int, int) {
	from, to := ref[start].from, ref[start].to
	for _, o := range ref[start:end] {
		from, to = min(from, o.from), max(to, o.to)
	}
	return from, to
}

func TestSourceAgreesWithReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "input")
		m, ref := drawStep(t, n, "step")
		if m.Len() != len(ref) || m.InputLen() != n {
			t.Fatalf("map of %d from %d bytes, want %d from %d", m.Len(), m.InputLen(), len(ref), n)
		}
		if len(ref) == 0 {
			return
		}
		start := rapid.IntRange(0, len(ref)-1).Draw(t, "start")
		end := rapid.IntRange(start+1, len(ref)).Draw(t, "end")
		from, to := m.Source(start, end)
		if f, u := want(ref, start, end); from != f || to != u {
			t.Fatalf("Source(%d, %d) = %d, %d; want %d, %d", start, end, from, to, f, u)
		}
		s := m.Slice(start, end)
		for i := range end - start {
			f, u := s.Source(i, i+1)
			if w := ref[start+i]; f != w.from || u != w.to {
				t.Fatalf("Slice(%d, %d) byte %d traces to %d, %d; want %v", start, end, i, f, u, w)
			}
		}
	})
}

func TestComposeAgreesWithSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(t, "input")
		first, _ := drawStep(t, n, "first")
		second, ref := drawStep(t, first.Len(), "second")
		both := offset.Compose(second, first)
		if both.Len() != second.Len() || both.InputLen() != first.InputLen() {
			t.Fatalf("composed map of %d from %d bytes, want %d from %d", both.Len(), both.InputLen(), second.Len(), first.InputLen())
		}
		for i, mid := range ref {
			from, to := both.Source(i, i+1)
			f, u := first.Source(mid.from, mid.to)
			if from != f || to != u {
				t.Fatalf("byte %d traces to %d, %d; step by step to %d, %d", i, from, to, f, u)
			}
		}
	})
}

func TestAppendContinues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 20).Draw(t, "input")
		part, ref := drawStep(t, n, "part")
		var b offset.Builder
		b.Copy(7)
		b.Append(part)
		b.Copy(2)
		m := b.Map()
		if m.Len() != len(ref)+9 || m.InputLen() != n+9 {
			t.Fatalf("%d from %d bytes, want %d from %d", m.Len(), m.InputLen(), len(ref)+9, n+9)
		}
		for i, o := range ref {
			if f, u := m.Source(7+i, 8+i); f != o.from+7 || u != o.to+7 {
				t.Fatalf("byte %d traces to %d, %d; want %v + 7", i, f, u, o)
			}
		}
	})
}

func TestIdentity(t *testing.T) {
	m := offset.Identity(1 << 30)
	if m.Segments() != 1 || !m.IsIdentity() {
		t.Errorf("a copied text is %d segments, identity %v", m.Segments(), m.IsIdentity())
	}
	var b offset.Builder
	for range 1000 {
		b.Units(1, 3, 2) // GB18030 Han one by one
	}
	if got := b.Map().Segments(); got != 1 {
		t.Errorf("1000 Han are %d segments, want 1", got)
	}
	if !(offset.Map{}).IsIdentity() || !offset.Identity(0).IsIdentity() {
		t.Error("the empty map is an identity")
	}
}

func TestSourceOutsideIsClamped(t *testing.T) {
	m := offset.Identity(5)
	for _, tt := range []struct{ start, end, from, to int }{
		{-3, 2, 0, 2}, {3, 99, 3, 5}, {9, 12, 5, 5}, {4, 2, 4, 4}, {0, 0, 0, 0},
	} {
		if f, u := m.Source(tt.start, tt.end); f != tt.from || u != tt.to {
			t.Errorf("Source(%d, %d) = %d, %d; want %d, %d", tt.start, tt.end, f, u, tt.from, tt.to)
		}
	}
}

func ExampleCompose() {
	// "１００万" in GB18030 is 8 bytes; decoded, each of its 4 runes is 3 bytes.
	var decode, fold offset.Builder
	decode.Units(4, 3, 2)
	fold.Units(3, 1, 3) // then the digits are folded to "100"
	fold.Copy(3)        // and 万 is copied
	m := offset.Compose(fold.Map(), decode.Map())
	fmt.Println(m.Source(0, 3))
	fmt.Println(m.Source(3, 6))
	// Output:
	// 0 6
	// 6 8
}
