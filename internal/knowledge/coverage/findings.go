package coverage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/chunk"
	"github.com/luodi/luodi/internal/knowledge/token"
)

// Kinds of findings, beside those of package knowledge.
const (
	Unanswered = "unanswered"
	NoClaim    = "unquoted"
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
// answered, and those that a model made nothing of, by cluster, the most
// frequent first; documents that no search found; passages that answers cite
// and people vote down. unknown is the department for questions that came near
// to no document.
func Findings(ctx context.Context, s Store, k knowledge.Store, base, unknown string) ([]knowledge.Finding, error) {
	asked, err := s.Questions(ctx, base, time.Time{}, NotCovered, Unquoted)
	if err != nil {
		return nil, err
	}
	out := open(asked, unknown)
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

// kinds are the findings that questions without an answer are.
var kinds = map[Outcome]string{NotCovered: Unanswered, Unquoted: NoClaim}

// open are the questions without an answer, in clusters of one owner and kind.
func open(asked []Question, unknown string) []knowledge.Finding {
	type queue struct{ owner, kind string }
	queues := map[queue][]Question{}
	for _, q := range asked {
		k := queue{cmp.Or(q.Owner, unknown), kinds[q.Outcome]}
		queues[k] = append(queues[k], q)
	}
	var out []knowledge.Finding
	for k, qs := range queues {
		texts := make([]string, len(qs))
		for i, q := range qs {
			texts[i] = folded(q.Text)
		}
		members := map[int][]Question{}
		for i, c := range clean.Clusters(texts, alikeQuestions) {
			members[c] = append(members[c], qs[i])
		}
		for _, m := range members {
			out = append(out, finding(k.owner, k.kind, m))
		}
	}
	slices.SortFunc(out, func(a, b knowledge.Finding) int {
		return cmp.Or(cmp.Compare(a.Department, b.Department), cmp.Compare(a.Kind, b.Kind), b.Count-a.Count, cmp.Compare(a.Detail, b.Detail))
	})
	return out
}

// finding is one cluster, newest first; it is shown as it was asked last.
func finding(owner, kind string, m []Question) knowledge.Finding {
	last := m[0]
	f := knowledge.Finding{Kind: kind, Department: owner, Addresses: []string{}, Detail: last.Text, Count: len(m), Since: m[len(m)-1].Time, Last: last.Time}
	for _, q := range m {
		if q.Address != "" && !slices.Contains(f.Addresses, q.Address) && len(f.Addresses) < 3 {
			f.Addresses = append(f.Addresses, q.Address)
		}
		if q.Department != "" && !slices.Contains(f.Askers, q.Department) {
			f.Askers = append(f.Askers, q.Department)
		}
	}
	slices.Sort(f.Askers)
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
