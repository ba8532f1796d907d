package prompt

import (
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
)

// Parse makes a template of a text written for a project: what stands before
// a line "---" is the system message, the rest the user message. Its version
// is the hash of its content.
func Parse(text string) Template {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	sum := sha256.Sum256([]byte(text))
	t := Template{Version: "sha256:" + hex.EncodeToString(sum[:8]), User: text}
	if system, user, found := strings.Cut(text, "\n---\n"); found {
		t.System, t.User = strings.TrimSpace(system), strings.TrimSpace(user)
	}
	return t
}

// Example is a labelled text that a prompt shows.
type Example struct{ Input, Label, Record string }

// longest is how long an example may be, in bytes: one long letter would cost
// more than all others on every call.
const longest = 2000

// Draw picks n examples from labelled rows, balanced over labels: each label
// once before any label twice. The draw depends on the rows and the seed only,
// not on their order, and the first of a larger draw are those of a smaller
// one. Fewer come back where there are fewer rows.
func Draw(rows []Example, n int, seed uint64) []Example {
	byLabel := map[string][]Example{}
	for _, r := range rows {
		if len(r.Input) <= longest {
			byLabel[r.Label] = append(byLabel[r.Label], r)
		}
	}
	labels := make([]string, 0, len(byLabel))
	for l := range byLabel {
		labels = append(labels, l)
	}
	sort.Strings(labels)
	rng := rand.New(rand.NewPCG(seed, 0xfe3))
	for _, l := range labels {
		list := byLabel[l]
		slices.SortFunc(list, func(a, b Example) int {
			return strings.Compare(a.Input+"\x00"+a.Record, b.Input+"\x00"+b.Record)
		})
		rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	rng.Shuffle(len(labels), func(i, j int) { labels[i], labels[j] = labels[j], labels[i] })
	var out []Example
	for round := 0; len(out) < n; round++ {
		before := len(out)
		for _, l := range labels {
			if list := byLabel[l]; round < len(list) && len(out) < n {
				out = append(out, list[round])
			}
		}
		if len(out) == before {
			break
		}
	}
	return out
}

// Show returns the template with examples as turns before the input, in the
// form that the input itself has.
func (t Template) Show(examples []Example, labels []string) Template {
	t.Examples = nil
	var turns []Message
	for _, e := range examples {
		asked := t.Messages(e.Input, labels, nil)
		turns = append(turns, asked[len(asked)-1], Message{"assistant", e.Label})
	}
	t.Examples = turns
	return t
}
