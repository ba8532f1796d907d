package clean

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/spill"
)

// gatherer finds exact duplicates and writes the report, record by record. Its
// memory does not grow with the records, but for some bytes of each.
type gatherer struct {
	report  Report
	tables  map[string]source.Columns // by file
	first   spill.First               // what was said and with which label, to the record that said it first
	texts   spill.First               // what was said, to the first label
	near    alike                     // texts that are kept
	lengths map[int]int               // texts by length
	columns columns
	checks  *checks
	samples map[string]int // by operator
}

func newGatherer(rep Report, files []source.File) *gatherer {
	g := &gatherer{
		report: rep, tables: map[string]source.Columns{}, samples: map[string]int{},
		lengths: map[int]int{}, columns: columns{byName: map[string]*columnCount{}},
	}
	for _, f := range files {
		g.tables[f.ID] = f.Columns
	}
	return g
}

// in sets the folder for what does not fit into memory.
func (g *gatherer) in(temp string) {
	g.first.Temp, g.texts.Temp = temp, temp
	g.first.Keys, g.texts.Keys = mapKeys, mapKeys
	g.near.in(temp)
}

// key is the address of what a record says.
func key(parts ...string) [2]uint64 {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	k := h.Sum(nil)
	return [2]uint64{binary.BigEndian.Uint64(k), binary.BigEndian.Uint64(k[8:])}
}

// close gives back what lies on the disk.
func (g *gatherer) close() {
	g.first.Close()
	g.texts.Close()
	g.near.close()
}

// repeat marks a record that says the same as an earlier one, with the same
// label. Rows of a table without a text column are facts, not texts: two equal
// ones may be two loans, so they are marked but not dropped, and with other ids
// they are not the same at all.
func (g *gatherer) repeat(c *Cleaned) error {
	table := g.isTable(c)
	id := ""
	if table && g.tables[c.FileID].ID != "" {
		id = c.Key
	}
	address, err := lineage.Number(c.RecordID)
	if err != nil {
		return err
	}
	first, again, err := g.first.Put(key(c.Title, c.Text, id, c.Label), address)
	if err != nil {
		return err
	}
	if !again {
		return g.conflict(key(c.Title, c.Text, id), c.Label)
	}
	c.DuplicateOf = lineage.Address(lineage.Record, first)
	g.report.ExactDuplicates++
	if !table {
		c.Dropped = DropDuplicate
	}
	return nil
}

// isTable reports whether the record is a row of facts: its text is its cells.
func (g *gatherer) isTable(c *Cleaned) bool {
	return c.Class == source.ClassRow && g.tables[c.FileID].Text == ""
}

// add counts one record and marks it when it repeats another. near may be nil
// for a record that is dropped.
func (g *gatherer) add(r source.Record, c *Cleaned, near *sketch) error {
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
		if err := g.repeat(c); err != nil {
			return err
		}
	}
	if c.Dropped != "" {
		rep.Dropped[ReasonOf(c.Dropped)]++
		if len(rep.Drops) < maxDrops {
			rep.Drops = append(rep.Drops, Drop{c.RecordID, c.Address, c.Dropped, c.DuplicateOf})
		}
		return nil
	}
	rep.Kept++
	rep.Bytes += len(c.Text)
	n := utf8.RuneCountInString(c.Text)
	g.lengths[n]++
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
	g.sample(r, c)
	// The cells of two loans look alike under the same column names: only
	// texts are looked through for near-duplicates.
	if c.DuplicateOf == "" && !g.isTable(c) {
		return g.near.add(near)
	}
	return nil
}

// conflict counts texts that were given two labels.
func (g *gatherer) conflict(text [2]uint64, label string) error {
	var now, none [2]uint64
	if label != "" {
		now = key(label)
	}
	before, again, err := g.texts.Put(text, now)
	if again && before != now && before != none && now != none {
		g.report.LabelConflicts++
	}
	return err
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
	before, after := firstChange(Hidden(r.Text), Hidden(c.Text))
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

// Hidden is a text with its personal data masked, whatever the plan does, and
// look-alikes with it.
func Hidden(text string) string {
	tags := Scan(text)
	_, alike := pii.Find(text)
	tags = append(tags, alike...)
	slices.SortFunc(tags, func(a, b pii.Tag) int { return a.Start - b.Start })
	return pii.Mask(text, tags)
}
