package report

import (
	"slices"
	"strconv"

	"github.com/luodi/luodi/internal/clean"
)

// sourceData is a source's data report as the page shows it.
type sourceData struct {
	Name, Department string
	Figures          []figure
	Charts           []chart
	Checks           []clean.CheckResult
	Columns          []clean.Column
	Samples          []clean.Sample
	Notes            []string
	T                texts
}

type figure struct{ Label, Value string }

// chart is a bar chart: counts by name.
type chart struct {
	Title string
	Bars  []bar
}

// bar is as long as Percent of the chart's longest.
type bar struct {
	Label, Count string
	Percent      int
	Warn         bool // something to look at, rather than a fact
}

// maxBars of a chart; the others are added up in one.
const maxBars = 10

// dataOf puts a source's data report into charts and tables in a language; nil
// before it was cleaned.
func dataOf(s Source, t texts) *sourceData {
	c := s.Clean
	if c == nil {
		return nil
	}
	d := &sourceData{Name: s.Name, Department: s.Department, T: t, Checks: c.Checks, Columns: c.Columns, Samples: c.Samples, Notes: c.Notes}
	d.Figures = []figure{
		{t["files"], count(c.Files)}, {t["records"], count(c.Records)}, {t["kept"], count(c.Kept)},
		{t["duplicates"], count(c.ExactDuplicates)}, {t["near_duplicates"], health(c).NearDuplicates},
		{t["lossy_records"], count(c.Repairs.LossyRecords)}, {t["label_conflicts"], count(c.LabelConflicts)},
	}
	for _, k := range []struct {
		title  string
		counts map[string]int
		warn   bool
	}{
		{"formats", c.Formats, false}, {"languages", c.Languages, false}, {"charsets", c.Repairs.Charsets, false},
		{"repairs", c.Repairs.Operators, false}, {"dropped", c.Dropped, true}, {"pii", found(c.PII), true}, {"lookalikes", found(c.LookAlikes), false},
		{"structure", c.Spans, false}, {"values", c.Values, false}, {"labels_chart", c.Labels, false},
	} {
		if len(k.counts) > 0 {
			d.Charts = append(d.Charts, chart{t[k.title], bars(k.counts, t, k.warn)})
		}
	}
	if ch, ok := lengthChart(c, t); ok {
		d.Charts = slices.Insert(d.Charts, min(2, len(d.Charts)), ch)
	}
	return d
}

// bars are the counts, the largest first.
func bars(m map[string]int, t texts, warn bool) (out []bar) {
	names := make([]string, 0, len(m))
	for k := range m {
		names = append(names, k)
	}
	slices.SortFunc(names, func(a, b string) int {
		if m[a] != m[b] {
			return m[b] - m[a]
		}
		if a < b {
			return -1
		}
		return 1
	})
	top, rest := max(1, m[names[0]]), 0
	for i, k := range names {
		if i >= maxBars-1 && len(names) > maxBars {
			rest += m[k]
			continue
		}
		out = append(out, bar{t.kind(k), count(m[k]), portion(m[k], top), warn})
	}
	if rest > 0 {
		out = append(out, bar{t["others"], count(rest), portion(rest, max(top, rest)), warn})
	}
	return out
}

// lengthChart is the histogram of lengths, from the first entry that holds
// something to the last.
func lengthChart(c *clean.Report, t texts) (chart, bool) {
	first, last, top := -1, 0, 1
	for i, n := range c.Histogram {
		if n > 0 {
			if first < 0 {
				first = i
			}
			last, top = i, max(top, n)
		}
	}
	if first < 0 {
		return chart{}, false
	}
	ch := chart{Title: t["lengths"]}
	for i := first; i <= last; i++ {
		label := "≥ " + strconv.Itoa(clean.LengthLimits[len(clean.LengthLimits)-1])
		if i < len(clean.LengthLimits) {
			label = "< " + count(clean.LengthLimits[i])
		}
		ch.Bars = append(ch.Bars, bar{label, count(c.Histogram[i]), portion(c.Histogram[i], top), false})
	}
	return ch, true
}

// portion is at least 1 for what is there at all.
func portion(n, of int) int {
	if n == 0 {
		return 0
	}
	return max(1, n*100/max(1, of))
}

// kind is what a count is of, in the language where it has a word for it.
func (t texts) kind(key string) string {
	if word, ok := t["kind_"+key]; ok {
		return word
	}
	return key
}

// dataDetail prints what the page draws: lengths, repairs, structure, checks.
func (p *printer) dataDetail(c *clean.Report) {
	if l := c.Lengths; l.Max > 0 {
		p.line("    %s: p10 %s · p50 %s · p90 %s · max %s", p.t["lengths"], count(l.P10), count(l.P50), count(l.P90), count(l.Max))
	}
	for _, k := range []struct {
		title  string
		counts map[string]int
	}{{"repairs", c.Repairs.Operators}, {"structure", c.Spans}, {"values", c.Values}} {
		if len(k.counts) > 0 {
			named := map[string]int{}
			for key, n := range k.counts {
				named[p.t.kind(key)] += n
			}
			p.line("    %s: %s", p.t[k.title], tally(named))
		}
	}
	for _, k := range c.Checks {
		verdict := p.t["holds"]
		if !k.OK {
			verdict = p.t["fails"]
		}
		p.line("    %s %s %s (%s): %s, %s %s / %s", p.t["check"], k.Column, p.t.kind(k.Check), k.Want, verdict, p.t["bad_rows"], count(k.Bad), count(k.Rows))
	}
}
