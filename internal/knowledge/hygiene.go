package knowledge

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/luodi/luodi/internal/clean"
)

// Kinds of findings. A contradiction is a candidate: two documents say the
// same sentence with other numbers, and a person has to look.
const (
	NearDuplicate = "near_duplicate"
	OlderVersion  = "superseded"
	Stale         = "stale"
	Contradiction = "contradiction_candidate"
)

// HygieneVersion changes with what Hygiene finds.
const HygieneVersion = "hygiene/1"

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
	// Of questions and passages: how many there are, from when to when, and the
	// departments that asked.
	Count  int       `json:"count,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	Last   time.Time `json:"last,omitzero"`
	Askers []string  `json:"askers,omitempty"`
	Fact   *Fact     `json:"fact,omitempty"` // of a contradiction
}

// Fact is what two documents say differently: the same attribute of the same
// entity for the same period.
type Fact struct {
	Entity    string    `json:"entity"`    // the documents' title
	Attribute string    `json:"attribute"` // the sentence, its figures as #
	Period    string    `json:"period,omitempty"`
	Values    [2]string `json:"values"`
}

// Hygiene looks through the live documents of a base for what its owners
// should put in order: by department, kind and address.
func Hygiene(ctx context.Context, s Store, base string, now time.Time) ([]Finding, error) {
	var live []Version
	if err := s.EachVersion(ctx, base, Live, func(v Version) error { live = append(live, v); return nil }); err != nil {
		return nil, fmt.Errorf("looking through knowledge base %s: %w", base, err)
	}
	text := func(i int) (string, error) {
		t, err := TextOf(ctx, s, base, live[i])
		if err != nil {
			return "", fmt.Errorf("looking through %s: %w", live[i].Address, err)
		}
		return t, nil
	}
	families := make([]uint64, len(live))
	var told []mention
	clusters, err := clean.ClustersOf(len(live), func(i int) (string, error) {
		t, err := text(i)
		if err == nil {
			families[i], _ = familyOf(live[i].Source, live[i].Address, t)
			told = append(told, mentions(i, live[i], t)...)
		}
		return t, err
	}, hygieneAlike)
	if err != nil {
		return nil, err
	}
	out := duplicates(live, clusters)
	out = append(out, older(live, families, now)...)
	contrary, err := contradictions(live, told, families, text)
	if err != nil {
		return nil, err
	}
	out = append(out, contrary...)
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Department, b.Department), cmp.Compare(a.Kind, b.Kind), slices.Compare(a.Addresses, b.Addresses), cmp.Compare(a.Detail, b.Detail))
	})
	return out, nil
}

func duplicates(live []Version, clusters []int) (out []Finding) {
	members := map[int][]int{}
	for i, c := range clusters {
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

func older(live []Version, families []uint64, now time.Time) (out []Finding) {
	newest := map[uint64]int{}
	for i, v := range live {
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
				out = append(out, Finding{Kind: OlderVersion, Department: v.Department, Addresses: []string{v.Address, n.Address}, Detail: "of " + day(v.Effective) + "; the newer one is of " + day(n.Effective)})
				continue
			}
		}
		if v.Effective != 0 && now.Sub(time.Unix(v.Effective*86400, 0)) > staleAfter {
			out = append(out, Finding{Kind: Stale, Department: v.Department, Addresses: []string{v.Address}, Detail: "in force since " + day(v.Effective)})
		}
	}
	return out
}
