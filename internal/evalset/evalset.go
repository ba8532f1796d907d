// Package evalset splits labelled rows into what a scenario is measured on and
// what may be learnt from.
//
// A certificate is worth nothing when the model has seen the answers, so the
// order is: drop rows without label, collapse near-duplicates into clusters,
// bind clusters that share a document or customer into one group, and only
// then assign whole groups to the eval set or to training, by a hash of the
// group. The hash makes the split stable: a row that is added, changed or
// removed moves no other row across. Of each cluster one row is measured, so
// that items are not copies of each other (a test split that is given stays
// whole); training rows that come near an eval item are kept out.
//
// It reads no files and knows no model; package clean says what is near.
package evalset

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"slices"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/lineage"
)

// Row is one labelled row.
type Row struct {
	Record string // record id
	Text   string // cleaned
	Label  string
	Group  string // document, customer or "" when rows are independent
	Time   string // sortable; with ByTime
	// Drawn, above 0, is the probability with which the row was drawn for a
	// label: without one it was not drawn, and can be measured all the same.
	Drawn   float64
	Stratum string // passed through
}

// Config says how to split.
type Config struct {
	Test float64 // share of groups to measure on, in (0,1)
	Seed uint64
	// ByTime measures on the latest rows instead of a random share.
	ByTime bool
	// Facts says that rows are cells of a table, not texts: two loans look
	// alike under the same column names, so that only equal rows are bound.
	Facts bool
}

// Set is the result. Test and Train are ordered by record id.
type Set struct {
	Test, Train []Row
	Unlabelled  int      // rows without label, left out
	Collapsed   int      // near-duplicates of an eval item, left out of the eval set
	Kept        []string // record ids kept out of training: near-duplicates of eval items
	Conflicts   int      // clusters of equal text with different labels
	Digest      string   // content address of the eval set and training rows
}

// near is the Jaccard similarity from which two texts are near-duplicates.
const near = .85

// Split assigns rows to the eval set or to training.
func Split(rows []Row, cfg Config) (Set, error) {
	if cfg.Test <= 0 || cfg.Test >= 1 {
		return Set{}, errs.Invalid("splitting %d rows: the test share %v is not in (0,1)", len(rows), cfg.Test)
	}
	s := Set{}
	rows = s.labelled(rows)
	clusters := clusters(rows, cfg)
	groups := bind(rows, clusters)
	test := choose(rows, groups, cfg)
	s.fill(rows, clusters, false, func(i int) bool { return test[groups[i]] })
	return s, nil
}

// Given takes the eval set as it is, every row of it, and keeps its
// near-duplicates out of training: for data that comes with a test split of
// its own.
func Given(train, test []Row, cfg Config) Set {
	s := Set{}
	rows := s.labelled(slices.Concat(test, train))
	isTest := make(map[string]bool, len(test))
	for _, r := range test {
		isTest[r.Record] = true
	}
	s.fill(rows, clusters(rows, cfg), true, func(i int) bool { return isTest[rows[i].Record] })
	return s
}

func (s *Set) labelled(rows []Row) []Row {
	out := make([]Row, 0, len(rows))
	for _, r := range rows {
		if r.Label == "" && r.Drawn == 0 || r.Text == "" {
			s.Unlabelled++
			continue
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Row) int { return cmp.Compare(a.Record, b.Record) })
	return out
}

// clusters numbers near-duplicates.
func clusters(rows []Row, cfg Config) []int {
	if !cfg.Facts {
		texts := make([]string, len(rows))
		for i, r := range rows {
			texts[i] = r.Text
		}
		return clean.Clusters(texts, near)
	}
	out := make([]int, len(rows))
	first := map[string]int{}
	for i, r := range rows {
		if _, ok := first[r.Text]; !ok {
			first[r.Text] = i
		}
		out[i] = first[r.Text]
	}
	return out
}

// bind joins clusters that share a group: the component of each row, named by
// its least row number.
func bind(rows []Row, clusters []int) []int {
	parent := make([]int, len(rows))
	for i := range parent {
		parent[i] = i
	}
	find := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	join := func(a, b int) {
		a, b = find(a), find(b)
		parent[max(a, b)] = min(a, b)
	}
	byCluster, byGroup := map[int]int{}, map[string]int{}
	for i, r := range rows {
		if j, ok := byCluster[clusters[i]]; ok {
			join(i, j)
		} else {
			byCluster[clusters[i]] = i
		}
		if r.Group == "" {
			continue
		}
		if j, ok := byGroup[r.Group]; ok {
			join(i, j)
		} else {
			byGroup[r.Group] = i
		}
	}
	out := make([]int, len(rows))
	for i := range out {
		out[i] = find(i)
	}
	return out
}

// choose says which groups are measured on.
func choose(rows []Row, groups []int, cfg Config) map[int]bool {
	test := map[int]bool{}
	if cfg.ByTime {
		latest := map[int]string{}
		for i, g := range groups {
			latest[g] = max(latest[g], rows[i].Time)
		}
		order := slices.Clone(groups)
		slices.SortFunc(order, func(a, b int) int {
			return cmp.Or(cmp.Compare(latest[b], latest[a]), cmp.Compare(rows[a].Record, rows[b].Record))
		})
		order = slices.Compact(order)
		for _, g := range order[:int(float64(len(order))*cfg.Test)] {
			test[g] = true
		}
		return test
	}
	for i, g := range groups {
		if i != g {
			continue
		}
		// The group's name is its rows' own where they have one, else its first text.
		name := cmp.Or(rows[i].Group, rows[i].Text)
		test[g] = unit(name, cfg.Seed) < cfg.Test
	}
	return test
}

// unit maps a name to [0,1) by hash.
func unit(name string, seed uint64) float64 {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], seed)
	h, err := hex.DecodeString(lineage.Hash(append(b[:], name...))[:16])
	if err != nil {
		panic("evalset: a hash is always hex")
	}
	return float64(binary.BigEndian.Uint64(h)>>11) / (1 << 53)
}

// fill sorts the rows into the sets; keep measures every row of a cluster.
func (s *Set) fill(rows []Row, clusters []int, keep bool, isTest func(int) bool) {
	measured := map[int]bool{} // clusters with an eval item
	labels := map[int]string{}
	conflict := map[int]bool{}
	for i, r := range rows {
		c := clusters[i]
		if l, ok := labels[c]; ok && l != r.Label && r.Label != "" {
			conflict[c] = true
		}
		if r.Label != "" {
			labels[c] = r.Label
		}
		if !isTest(i) {
			continue
		}
		if measured[c] && !keep {
			s.Collapsed++
			continue
		}
		measured[c] = true
		s.Test = append(s.Test, r)
	}
	for i, r := range rows {
		switch {
		case isTest(i):
		case measured[clusters[i]]:
			s.Kept = append(s.Kept, r.Record)
		case r.Label == "":
			s.Unlabelled++
		default:
			s.Train = append(s.Train, r)
		}
	}
	s.Conflicts = len(conflict)
	s.Digest = digest(s.Test, s.Train)
}

func digest(sets ...[]Row) string {
	var parts []string
	for _, set := range sets {
		parts = append(parts, "set")
		for _, r := range set {
			parts = append(parts, r.Record, r.Text, r.Label)
		}
	}
	return lineage.NewID(lineage.Dataset, parts...)
}
