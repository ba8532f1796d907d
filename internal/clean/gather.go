package clean

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/source"
)

// maxNear is how many records near-duplicates are looked for among.
const maxNear = 200_000

// gatherer finds exact duplicates and writes the report, record by record.
type gatherer struct {
	report  Report
	tables  map[string]source.Columns // by file
	first   map[[16]byte]string       // what was said and with which label, to the record that said it first
	texts   map[[16]byte]string       // what was said, to the first label
	near    []string                  // texts that are kept
	lengths []int
	columns columns
	checks  *checks
	samples map[string]int // by operator
}

func newGatherer(rep Report, files []source.File) *gatherer {
	g := &gatherer{
		report: rep, tables: map[string]source.Columns{}, samples: map[string]int{},
		first: map[[16]byte]string{}, texts: map[[16]byte]string{}, columns: columns{byName: map[string]*columnCount{}},
	}
	for _, f := range files {
		g.tables[f.ID] = f.Columns
	}
	return g
}

// key is the address of what a record says.
func key(parts ...string) (k [16]byte) {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	copy(k[:], h.Sum(nil))
	return k
}

// repeat marks a record that says the same as an earlier one, with the same
// label. Rows of a table without a text column are facts, not texts: two equal
// ones may be two loans, so they are marked but not dropped, and with other ids
// they are not the same at all.
func (g *gatherer) repeat(c *Cleaned) {
	table := g.isTable(c)
	id := ""
	if table && g.tables[c.FileID].ID != "" {
		id = c.Key
	}
	same := key(c.Title, c.Text, id, c.Label)
	first, ok := g.first[same]
	if !ok {
		g.first[same] = c.RecordID
		g.conflict(key(c.Title, c.Text, id), c.Label)
		return
	}
	c.DuplicateOf = first
	g.report.ExactDuplicates++
	if !table {
		c.Dropped = DropDuplicate
	}
}

// isTable reports whether the record is a row of facts: its text is its cells.
func (g *gatherer) isTable(c *Cleaned) bool {
	return c.Class == source.ClassRow && g.tables[c.FileID].Text == ""
}

// add counts one record and marks it when it repeats another.
func (g *gatherer) add(r source.Record, c *Cleaned) {
	rep := &g.report
	rep.Records++
	if c.Class == source.ClassDocument {
		rep.Documents++
	} else {
		rep.Rows++
	}
	rep.Formats[c.Format]++
	g.columns.add(r)
	g.checks.add(r)
	for _, op := range c.Repairs {
		rep.Repairs.Operators[op]++
	}
	if strings.Contains(r.Text, "\uFFFD") {
		rep.Repairs.LossyRecords++
	}
	if c.Dropped == "" {
		g.repeat(c)
	}
	if c.Dropped != "" {
		rep.Dropped[ReasonOf(c.Dropped)]++
		if len(rep.Drops) < maxDrops {
			rep.Drops = append(rep.Drops, Drop{c.RecordID, c.Address, c.Dropped, c.DuplicateOf})
		}
		return
	}
	rep.Kept++
	rep.Bytes += len(c.Text)
	n := utf8.RuneCountInString(c.Text)
	g.lengths = append(g.lengths, n)
	rep.Histogram[bucketOf(n)]++
	rep.Languages[c.Lang]++
	if c.Label != "" {
		rep.Labels[c.Label]++
	}
	g.found(c)
	for _, s := range c.Spans {
		rep.Spans[s.Kind]++
	}
	for _, v := range c.Values {
		rep.Values[v.Kind]++
	}
	// The cells of two loans look alike under the same column names: only
	// texts are looked through for near-duplicates.
	if len(g.near) <= maxNear && c.DuplicateOf == "" && !g.isTable(c) {
		g.near = append(g.near, c.Text)
	}
	g.sample(r, c)
}

// conflict counts texts that were given two labels.
func (g *gatherer) conflict(text [16]byte, label string) {
	before, ok := g.texts[text]
	switch {
	case !ok:
		g.texts[text] = label
	case before != label && label != "" && before != "":
		g.report.LabelConflicts++
	}
}

func (g *gatherer) found(c *Cleaned) {
	for i, tags := range [][]pii.Tag{c.PII, c.LookAlikes} {
		counts := g.report.PII
		if i == 1 {
			counts = g.report.LookAlikes
		}
		seen := map[string]bool{}
		for _, t := range tags {
			n := counts[t.Type]
			n.Found++
			if !seen[t.Type] {
				n.Records++
			}
			seen[t.Type] = true
			counts[t.Type] = n
		}
	}
}

// sample keeps a few records before and after, some for each operator. What
// personal data is in them is masked.
func (g *gatherer) sample(r source.Record, c *Cleaned) {
	if len(c.Repairs) == 0 || len(g.report.Samples) == maxSamples {
		return
	}
	if slices.IndexFunc(c.Repairs, func(op string) bool { return g.samples[op] < maxSamples/4 }) < 0 {
		return
	}
	for _, op := range c.Repairs {
		g.samples[op]++
	}
	before, after := firstChange(hidden(r.Text), hidden(c.Text))
	g.report.Samples = append(g.report.Samples, Sample{c.RecordID, c.Address, c.Repairs, before, after})
}

// firstChange cuts both texts to a piece around where they begin to differ.
func firstChange(before, after string) (string, string) {
	i := 0
	for i < min(len(before), len(after)) && before[i] == after[i] {
		i++
	}
	return piece(before, i), piece(after, i)
}

func piece(s string, at int) string {
	const around = 60
	from, to := max(0, min(at, len(s))-around), min(len(s), at+2*around)
	for from > 0 && !utf8.RuneStart(s[from]) {
		from--
	}
	for to < len(s) && !utf8.RuneStart(s[to]) {
		to++
	}
	return s[from:to]
}

// hidden is a text with its personal data masked, whatever the plan does, and
// look-alikes with it.
func hidden(text string) string {
	tags := Scan(text)
	_, alike := pii.Find(text)
	tags = append(tags, alike...)
	slices.SortFunc(tags, func(a, b pii.Tag) int { return a.Start - b.Start })
	return pii.Mask(text, tags)
}
