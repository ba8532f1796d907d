package coverage

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/chunk"
	"github.com/luodi/luodi/internal/knowledge/token"
)

// Kinds of findings, beside those of package knowledge.
const (
	Unanswered = "unanswered"
	Unused     = "unused"
	VotedDown  = "voted_down"
)

const (
	alikeQuestions = .5 // Jaccard of questions that are counted as one
	// leastSearches is how many a base must have had before a passage that none
	// of them found is called unused.
	leastSearches = 100
)

// Findings is what a base's questions say to its owners: those that nothing
// answered, by cluster, the most frequent first; documents that no search
// found; passages that answers cite and people vote down. unknown is the
// department for questions that came near to no document.
func Findings(ctx context.Context, s Store, k knowledge.Store, base, unknown string) ([]knowledge.Finding, error) {
	refusals, err := s.Refusals(ctx, base)
	if err != nil {
		return nil, err
	}
	out := unanswered(refusals, unknown)
	uses, err := s.Uses(ctx, base)
	if err != nil || len(uses) == 0 {
		return out, err
	}
	more, err := passages(ctx, k, base, uses)
	return append(out, more...), err
}

// folded is a question without the words of asking, so that the same one in
// other words is alike.
func folded(q string) string {
	text := ""
	for _, t := range token.Query(q) {
		if t.Gram != 1 {
			text += t.Text + " "
		}
	}
	if text == "" {
		return token.FoldString(q)
	}
	return text
}

func unanswered(refusals []Refusal, unknown string) []knowledge.Finding {
	byOwner := map[string][]Refusal{}
	for _, r := range refusals {
		owner := cmp.Or(r.Owner, unknown)
		byOwner[owner] = append(byOwner[owner], r)
	}
	var out []knowledge.Finding
	for owner, rs := range byOwner {
		texts := make([]string, len(rs))
		for i, r := range rs {
			texts[i] = folded(r.Question)
		}
		members := map[int][]Refusal{}
		for i, c := range clean.Clusters(texts, alikeQuestions) {
			members[c] = append(members[c], rs[i])
		}
		for _, m := range members {
			out = append(out, finding(owner, m))
		}
	}
	slices.SortFunc(out, func(a, b knowledge.Finding) int {
		return cmp.Or(cmp.Compare(a.Department, b.Department), b.Count-a.Count, cmp.Compare(a.Detail, b.Detail))
	})
	return out
}

// finding is one cluster, newest first; it is shown as it was asked last.
func finding(owner string, m []Refusal) knowledge.Finding {
	last := m[0]
	f := knowledge.Finding{Kind: Unanswered, Department: owner, Addresses: []string{}, Count: len(m), Since: m[len(m)-1].Time, Last: last.Time}
	for _, r := range m {
		if r.Address != "" && !slices.Contains(f.Addresses, r.Address) && len(f.Addresses) < 3 {
			f.Addresses = append(f.Addresses, r.Address)
		}
		if r.Department != "" && !slices.Contains(f.Askers, r.Department) {
			f.Askers = append(f.Askers, r.Department)
		}
	}
	slices.Sort(f.Askers)
	f.Detail = last.Question
	return f
}

func passages(ctx context.Context, k knowledge.Store, base string, uses []Use) (out []knowledge.Finding, err error) {
	of := map[string]Use{}
	for _, u := range uses {
		of[u.Chunk] = u
	}
	searches := of[""].Found
	var ids []string
	if err := k.EachVersion(ctx, base, knowledge.Live, func(v knowledge.Version) error { ids = append(ids, v.ID); return nil }); err != nil {
		return nil, err
	}
	for batch := range slices.Chunk(ids, 500) {
		versions, err := k.Versions(ctx, base, batch)
		if err != nil {
			return nil, err
		}
		for _, v := range versions {
			o, err := chunk.Decode(v.Outline)
			if err != nil {
				return nil, fmt.Errorf("reading the passages of %s: %w", v.Address, err)
			}
			found := 0
			for _, c := range o.Chunks {
				u := of[c.ID]
				if u.Found > 0 {
					found++
				}
				if u.Down > 0 && u.Cited > 0 {
					out = append(out, knowledge.Finding{Kind: VotedDown, Department: v.Department, Addresses: []string{v.Address}, Count: int(u.Down),
						Detail: fmt.Sprintf("%s: cited by %d answers, %d voted down", c.ID, u.Cited, u.Down)})
				}
			}
			if found == 0 && searches >= leastSearches && len(o.Chunks) > 0 {
				out = append(out, knowledge.Finding{Kind: Unused, Department: v.Department, Addresses: []string{v.Address}, Count: len(o.Chunks),
					Detail: fmt.Sprintf("none of its %d passages was found by %d searches", len(o.Chunks), searches)})
			}
		}
	}
	slices.SortFunc(out, func(a, b knowledge.Finding) int {
		return cmp.Or(cmp.Compare(a.Department, b.Department), cmp.Compare(a.Kind, b.Kind), b.Count-a.Count, slices.Compare(a.Addresses, b.Addresses), cmp.Compare(a.Detail, b.Detail))
	})
	return out, nil
}
