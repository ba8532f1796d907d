package chunk

import (
	"hash/maphash"
	"sort"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/lineage"
)

// even returns text with each run of white space as one space.
func even(text string) string { return strings.Join(strings.Fields(text), " ") }

// identify gives the chunks their ids.
func identify(address, text string, chunks []Chunk) {
	seen := map[string]int{}
	for i, c := range chunks {
		t := even(text[c.Start:c.End])
		n := seen[t]
		seen[t]++
		chunks[i].ID = lineage.NewID(lineage.Chunk, address, t, strconv.Itoa(n))
	}
}

// keep returns, as ranges of the new units, the former version's chunks whose
// units are all unchanged and still next to each other.
func keep(text string, units []unit, prev *Previous, l Limits) []group {
	_, old := parse(prev.Text, l)
	to := align(hashes(prev.Text, old), hashes(text, units))
	var kept []group
	u := 0
	for _, c := range prev.Outline.Chunks {
		from := u
		for u < len(old) && old[u].End <= c.End {
			u++
		}
		if from == u || old[from].Start != c.Start || to[from] < 0 {
			continue
		}
		g := group{to[from], to[from] + u - from}
		whole := true
		for i := from; i < u; i++ {
			at := g.from + i - from
			whole = whole && to[i] == at && (i == from || units[at].hard == old[i].hard)
		}
		if whole && (len(kept) == 0 || kept[len(kept)-1].to <= g.from) {
			kept = append(kept, g)
		}
	}
	if len(kept)*2 < len(prev.Outline.Chunks) { // mostly new: cut it afresh
		return nil
	}
	return kept
}

var seed = maphash.MakeSeed() // only compared within one call

func hashes(text string, units []unit) []uint64 {
	out := make([]uint64, len(units))
	for i, u := range units {
		out[i] = maphash.String(seed, even(text[u.Start:u.End]))
	}
	return out
}

// align matches equal items in order: anchors that occur once on both sides
// (patience), then their equal neighbours. It returns for each a its b or -1.
func align(a, b []uint64) []int {
	to := make([]int, len(a))
	in := map[uint64][2]int{}
	for i := range to {
		to[i] = -1
		c := in[a[i]]
		in[a[i]] = [2]int{c[0] + 1, c[1]}
	}
	at := map[uint64]int{}
	for j, h := range b {
		c := in[h]
		in[h] = [2]int{c[0], c[1] + 1}
		at[h] = j
	}
	var once []int
	for i, h := range a {
		if in[h] == [2]int{1, 1} {
			once = append(once, i)
		}
	}
	for _, i := range increasing(once, func(i int) int { return at[a[i]] }) {
		to[i] = at[a[i]]
	}
	last := -1
	for i := range a { // forward from an anchor or the start
		if to[i] < 0 && last+1 < len(b) && a[i] == b[last+1] && (i == 0 || to[i-1] == last) {
			to[i] = last + 1
		}
		if to[i] >= 0 {
			last = to[i]
		}
	}
	next := len(b)
	for i := len(a) - 1; i >= 0; i-- { // backward
		if to[i] < 0 && next > 0 && a[i] == b[next-1] && (i == len(a)-1 || to[i+1] == next) && free(to[:i], next-1) {
			to[i] = next - 1
		}
		if to[i] >= 0 {
			next = to[i]
		}
	}
	return to
}

// free reports whether nothing before is matched at or after j.
func free(to []int, j int) bool {
	for i := len(to) - 1; i >= 0; i-- {
		if to[i] >= 0 {
			return to[i] < j
		}
	}
	return true
}

// increasing returns a longest subsequence of items with rising key.
func increasing(items []int, key func(int) int) []int {
	var tails []int // positions in items
	before := make([]int, len(items))
	for p, it := range items {
		n := sort.Search(len(tails), func(k int) bool { return key(items[tails[k]]) >= key(it) })
		before[p] = -1
		if n > 0 {
			before[p] = tails[n-1]
		}
		if n == len(tails) {
			tails = append(tails, p)
		} else {
			tails[n] = p
		}
	}
	out := make([]int, len(tails))
	if len(tails) == 0 {
		return out
	}
	for k, p := len(tails)-1, tails[len(tails)-1]; k >= 0; k, p = k-1, before[p] {
		out[k] = items[p]
	}
	return out
}
