package knowledge

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/knowledge/chunk"
	"github.com/luodi/luodi/internal/knowledge/token"
)

// Kinds of findings. A contradiction is a candidate: two documents say the
// same sentence with other numbers, and a person has to look.
const (
	NearDuplicate = "near_duplicate"
	OlderVersion  = "superseded"
	Stale         = "stale"
	Contradiction = "contradiction_candidate"
)

const (
	hygieneAlike  = .85                      // Jaccard of near-duplicate documents
	staleAfter    = 3 * 365 * 24 * time.Hour // since the effective date
	leastSkeleton = 10                       // characters of a sentence without its numbers
	manyTellers   = 12                       // a sentence of more documents is a form, not a fact
)

// Finding is one thing for an owner to look at.
type Finding struct {
	Kind       string   `json:"kind"`
	Department string   `json:"department"` // that owns the first address
	Addresses  []string `json:"addresses"`
	Detail     string   `json:"detail"`
}

// Hygiene looks through the live documents of a base for what its owners
// should put in order: by department, kind and address.
func Hygiene(ctx context.Context, s Store, base string, now time.Time) ([]Finding, error) {
	var live []Version
	if err := s.EachVersion(ctx, base, Live, func(v Version) error { live = append(live, v); return nil }); err != nil {
		return nil, fmt.Errorf("looking through knowledge base %s: %w", base, err)
	}
	texts := make([]string, len(live))
	for i, v := range live {
		var err error
		if texts[i], err = TextOf(ctx, s, base, v); err != nil {
			return nil, fmt.Errorf("looking through %s: %w", v.Address, err)
		}
	}
	out := duplicates(live, texts)
	out = append(out, older(live, texts, now)...)
	out = append(out, contradictions(live, texts)...)
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Department, b.Department), cmp.Compare(a.Kind, b.Kind), slices.Compare(a.Addresses, b.Addresses), cmp.Compare(a.Detail, b.Detail))
	})
	return out, nil
}

func duplicates(live []Version, texts []string) (out []Finding) {
	members := map[int][]int{}
	for i, c := range clean.Clusters(texts, hygieneAlike) {
		members[c] = append(members[c], i)
	}
	for _, m := range members {
		if len(m) < 2 {
			continue
		}
		f := Finding{Kind: NearDuplicate, Department: live[m[0]].Department, Detail: fmt.Sprintf("%d documents say nearly the same", len(m))}
		for _, i := range m {
			f.Addresses = append(f.Addresses, live[i].Address)
		}
		slices.Sort(f.Addresses)
		out = append(out, f)
	}
	return out
}

func older(live []Version, texts []string, now time.Time) (out []Finding) {
	newest := map[uint64]int{}
	families := make([]uint64, len(live))
	for i, v := range live {
		families[i], _ = familyOf(v.Source, v.Address, texts[i])
		if f := families[i]; f != 0 {
			if j, ok := newest[f]; !ok || live[j].Effective < v.Effective {
				newest[f] = i
			}
		}
	}
	day := func(d int64) string { return time.Unix(d*86400, 0).UTC().Format(time.DateOnly) }
	for i, v := range live {
		if f := families[i]; f != 0 {
			if n := live[newest[f]]; v.Effective != 0 && v.Effective < n.Effective {
				out = append(out, Finding{OlderVersion, v.Department, []string{v.Address, n.Address}, "of " + day(v.Effective) + "; the newer one is of " + day(n.Effective)})
				continue
			}
		}
		if v.Effective != 0 && now.Sub(time.Unix(v.Effective*86400, 0)) > staleAfter {
			out = append(out, Finding{Stale, v.Department, []string{v.Address}, "in force since " + day(v.Effective)})
		}
	}
	return out
}

var (
	figure  = regexp.MustCompile(`\d[\d,]*(?:\.\d+)?`)
	counted = regexp.MustCompile(`^\s*(?:第[零〇一二两三四五六七八九十百\d]+条|\d+[.、)]|[-*])\s*`)
)

// contradictions finds sentences that two documents of one title share but for
// their numbers.
func contradictions(live []Version, texts []string) (out []Finding) {
	type teller struct {
		doc      int
		sentence string
		figures  string
	}
	families := make([]uint64, len(live)) // versions of one document differ by right
	by := map[string][]teller{}
	for i, text := range texts {
		families[i], _ = familyOf(live[i].Source, live[i].Address, text)
		for _, s := range chunk.Sentences(text, chunk.Span{Start: 0, End: len(text)}) {
			sentence := counted.ReplaceAllString(strings.TrimSpace(text[s.Start:s.End]), "")
			folded := token.FoldString(sentence)
			figures := figure.FindAllString(folded, -1)
			skeleton := strings.Join(strings.Fields(figure.ReplaceAllString(folded, "#")), "")
			if len(figures) == 0 || len([]rune(strings.ReplaceAll(skeleton, "#", ""))) < leastSkeleton {
				continue
			}
			// Of the same entity: other products may have other limits.
			skeleton += "\x00" + figure.ReplaceAllString(token.FoldString(live[i].Title), "")
			by[skeleton] = append(by[skeleton], teller{i, sentence, strings.ReplaceAll(strings.Join(figures, " "), ",", "")})
		}
	}
	for _, tellers := range by {
		docs := map[int]bool{}
		for _, t := range tellers {
			docs[t.doc] = true
		}
		if len(docs) < 2 || len(docs) > manyTellers || len(docs) != len(tellers) { // once a document: else it is a list
			continue
		}
		for _, t := range tellers[1:] {
			first := tellers[0]
			if f := families[t.doc]; t.figures != first.figures && (f == 0 || f != families[first.doc]) {
				out = append(out, Finding{Contradiction, live[first.doc].Department, []string{live[first.doc].Address, live[t.doc].Address}, first.sentence + " ≠ " + t.sentence})
			}
		}
	}
	return out
}
