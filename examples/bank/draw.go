package bank

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
)

// seed is the one seed of the bank. Every part draws from a stream of its own,
// so that a change to one part leaves the others' bytes alone.
const seed = 20260901

// stream returns the random stream of a named part.
func stream(name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// chance is true in percent of 100 draws.
func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

// pick draws one element.
func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// weighted draws an index in proportion to the weights.
func weighted(r *rand.Rand, weights []int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	n := r.IntN(total)
	for i, w := range weights {
		if n -= w; n < 0 {
			return i
		}
	}
	panic("unreachable: the weights add up to total")
}

// bell draws an integer around 0, bell-shaped, with standard deviation of
// about spread: the sum of twelve uniform draws, in integers so that every
// machine agrees.
func bell(r *rand.Rand, spread int) int {
	sum := 0
	for range 12 {
		sum += r.IntN(2*spread + 1)
	}
	return (sum - 12*spread) / 2
}

// sections reads a text file of "== name" headings and one entry per line.
// Lines that start with # are comments.
func sections(name string) (map[string][]string, []string, error) {
	data, err := material.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	entries, order, current := map[string][]string{}, []string(nil), ""
	for i, line := range strings.Split(strings.TrimRight(string(data), "\n"), "\n") {
		switch {
		case line == "" || strings.HasPrefix(line, "# "):
		case strings.HasPrefix(line, "== "):
			current = line[3:]
			order = append(order, current)
		case current == "":
			return nil, nil, fmt.Errorf("%s:%d: an entry before the first heading", name, i+1)
		default:
			entries[current] = append(entries[current], line)
		}
	}
	return entries, order, nil
}

// pairs reads a file of tab-separated pairs, one a line.
func pairs(name string) ([][2]string, error) {
	data, err := material.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var out [][2]string
	for line := range strings.Lines(string(data)) {
		if left, right, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok && !strings.HasPrefix(left, "# ") {
			out = append(out, [2]string{left, right})
		}
	}
	return out, nil
}

// grammar expands templates: {slot} draws a line of the slot's section,
// [a|b|c] draws one alternative, which may be empty. Both nest.
type grammar struct {
	slots map[string][]string // "zh card" → lines
	extra map[string]string   // slots given for one expansion
}

// expand draws one text from a template of the language lang.
func (g grammar) expand(r *rand.Rand, lang, template string) (string, error) {
	var out strings.Builder
	for rest := template; rest != ""; {
		i := strings.IndexAny(rest, "{[")
		if i < 0 {
			out.WriteString(rest)
			break
		}
		out.WriteString(rest[:i])
		end := closing(rest[i:])
		if end < 0 {
			return "", fmt.Errorf("template %q: a bracket is not closed", template)
		}
		inner := rest[i+1 : i+end]
		if rest[i] == '[' {
			inner = pick(r, alternatives(inner))
		} else if given, ok := g.extra[inner]; ok {
			inner = given
		} else if lines := g.slots[lang+" "+inner]; len(lines) > 0 {
			inner = pick(r, lines)
		} else {
			return "", fmt.Errorf("template %q: no slot %q in %s", template, inner, lang)
		}
		text, err := g.expand(r, lang, inner)
		if err != nil {
			return "", err
		}
		out.WriteString(text)
		rest = rest[i+end+1:]
	}
	return out.String(), nil
}

// closing finds the bracket that closes the one at the start of s.
func closing(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// alternatives splits at the bars that stand outside inner brackets.
func alternatives(s string) []string {
	var out []string
	depth, start := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '|':
			if depth == 0 {
				out = append(out, s[start:i])
				start = i + 1
			}
		}
	}
	return append(out, s[start:])
}
