package report

import (
	"maps"

	"github.com/luodi/luodi/internal/clean"
)

// healthText is a source's data report in a line of a table.
type healthText struct {
	Languages, Duplicates, NearDuplicates, PII, LookAlikes, Charsets, Dropped, Repairs string
}

func health(r *clean.Report) healthText {
	h := healthText{
		Languages: tally(r.Languages), Duplicates: count(r.ExactDuplicates), NearDuplicates: "–",
		PII: tally(found(r.PII)), LookAlikes: tally(found(r.LookAlikes)),
		Charsets: tally(named(r.Repairs.Charsets)), Dropped: tally(r.Dropped), Repairs: tally(r.Repairs.Operators),
	}
	if r.NearDuplicates.Measured {
		h.NearDuplicates = count(r.NearDuplicates.Records)
	}
	return h
}

// named leaves out what has no name: files that are no text have no charset.
func named(m map[string]int) map[string]int {
	out := maps.Clone(m)
	delete(out, "")
	return out
}

func found(m map[string]clean.Findings) map[string]int {
	out := make(map[string]int, len(m))
	for k, f := range maps.All(m) {
		out[k] = f.Found
	}
	return out
}
