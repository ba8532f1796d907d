package clean

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/luodi/luodi/internal/source"
)

// Report is what is to be known of a source's data before it is used. Its keys
// are stable.
type Report struct {
	Source     string `json:"source"`
	Department string `json:"department"`
	Plan       string `json:"plan"`
	Digest     string `json:"digest"` // content address of the cleaned source

	Files     int            `json:"files"`
	Records   int            `json:"records"`
	Documents int            `json:"documents"`
	Rows      int            `json:"rows"`
	Kept      int            `json:"kept"`
	Bytes     int            `json:"bytes"`     // of kept cleaned texts
	Formats   map[string]int `json:"formats"`   // records
	Languages map[string]int `json:"languages"` // kept records
	Labels    map[string]int `json:"labels"`    // kept records
	Lengths   Lengths        `json:"lengths"`
	Histogram []int          `json:"length_histogram"` // kept records of under 10, 20, 50, 100, 200, 500, … characters

	Dropped         map[string]int `json:"dropped"`            // records by reason
	Drops           []Drop         `json:"drops"`              // the first of them
	Released        []string       `json:"released,omitempty"` // records that left quarantine, or may
	ExactDuplicates int            `json:"exact_duplicates"`   // records that repeat an earlier one
	NearDuplicates  Near           `json:"near_duplicates"`
	LabelConflicts  int            `json:"label_conflicts"` // texts given again with another label

	PII        map[string]Findings `json:"pii"`         // by type, kept records
	LookAlikes map[string]Findings `json:"look_alikes"` // the form of a type, a wrong check digit
	Repairs    Repairs             `json:"repairs"`
	Spans      map[string]int      `json:"spans"`   // found by operators, by kind
	Values     map[string]int      `json:"values"`  // amounts and dates that were given in one form
	Columns    []Column            `json:"columns"` // of tables, in the order they are met
	Checks     []CheckResult       `json:"checks"`  // what the project asks of its columns
	Notes      []string            `json:"notes"`   // what was odd in which file
	Samples    []Sample            `json:"samples"` // before and after, personal data masked
}

// Lengths are of kept texts, in characters.
type Lengths struct {
	Min  int     `json:"min"`
	P10  int     `json:"p10"`
	P50  int     `json:"p50"`
	P90  int     `json:"p90"`
	P99  int     `json:"p99"`
	Max  int     `json:"max"`
	Mean float64 `json:"mean"`
}

// Near counts texts that are nearly the same (Jaccard similarity of their
// shingles of NearThreshold or more).
type Near struct {
	Clusters int  `json:"clusters"`
	Records  int  `json:"records"`  // in them
	Measured bool `json:"measured"` // false for tables of facts, and where the source has too many records
}

// Findings of one type.
type Findings struct {
	Records int `json:"records"`
	Found   int `json:"found"`
}

// Repairs count what was not as it should be and was mended or marked.
type Repairs struct {
	Charsets     map[string]int `json:"charsets"`      // files by charset
	LossyBytes   int            `json:"lossy_bytes"`   // that mean nothing in their file's charset
	LossyRecords int            `json:"lossy_records"` // that hold U+FFFD in their place
	Doubtful     []string       `json:"doubtful"`      // files whose charset was a close decision
	Operators    map[string]int `json:"operators"`     // records changed by each
}

// Drop is a record that is not used, and why.
type Drop struct {
	Record      string `json:"record"`
	Address     string `json:"address"`
	Reason      string `json:"reason"`
	DuplicateOf string `json:"duplicate_of"`
}

// Sample is a piece of a record around its first change.
type Sample struct {
	Record    string   `json:"record"`
	Address   string   `json:"address"`
	Operators []string `json:"operators"`
	Before    string   `json:"before"`
	After     string   `json:"after"`
}

const (
	maxDrops   = 50
	maxSamples = 12
	maxNotes   = 100

	// NearThreshold is the similarity from which the report counts two texts
	// as near-duplicates.
	NearThreshold = 0.85
)

func newReport(name, plan, digest string, files []source.File) Report {
	rep := Report{
		Source: name, Plan: plan, Digest: digest, Files: len(files),
		Formats: map[string]int{}, Languages: map[string]int{}, Labels: map[string]int{}, Dropped: map[string]int{}, Drops: []Drop{},
		PII: map[string]Findings{}, LookAlikes: map[string]Findings{},
		Repairs: Repairs{Charsets: map[string]int{}, Operators: map[string]int{}, Doubtful: []string{}},
		Spans:   map[string]int{}, Values: map[string]int{}, Histogram: make([]int, len(LengthLimits)+1), Checks: []CheckResult{},
		Columns: []Column{}, Notes: []string{}, Samples: []Sample{},
	}
	for _, f := range files {
		rep.Department = f.Department
		rep.Repairs.Charsets[f.Charset]++
		rep.Repairs.LossyBytes += f.Lossy
		if f.Doubtful {
			rep.Repairs.Doubtful = append(rep.Repairs.Doubtful, f.Path)
		}
		for _, n := range f.Notes {
			if len(rep.Notes) < maxNotes {
				rep.Notes = append(rep.Notes, fmt.Sprintf("%s: %s", f.Path, n))
			}
		}
	}
	return rep
}

// done computes what is known only at the end.
func (g *gatherer) done() (Report, error) {
	rep := &g.report
	rep.Lengths = lengths(g.lengths)
	rep.Columns = g.columns.done()
	rep.Checks = g.checks.done()
	var err error
	rep.NearDuplicates, err = g.near.done()
	return *rep, err
}

// LengthLimits are the upper limits of Histogram's entries, in characters; the
// last entry has none.
var LengthLimits = []int{10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000}

func bucketOf(n int) int {
	i, ok := slices.BinarySearch(LengthLimits, n)
	if ok {
		i++
	}
	return i
}

// lengths are of texts by length.
func lengths(texts map[int]int) Lengths {
	if len(texts) == 0 {
		return Lengths{}
	}
	n, sum, order := 0, 0, sortedKeys(texts)
	for _, v := range order {
		n += texts[v]
		sum += v * texts[v]
	}
	at := func(q float64) int { // the text at this place, were they sorted
		left := int(q*float64(n-1) + .5)
		for _, v := range order {
			if left -= texts[v]; left < 0 {
				return v
			}
		}
		return order[len(order)-1]
	}
	return Lengths{order[0], at(.1), at(.5), at(.9), at(.99), order[len(order)-1], float64(sum) / float64(n)}
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
