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
	texts := make([]string, len(live))
	for i, v := range live {
		var err error
		if texts[i], err = TextOf(ctx, s, base, v); err != nil {
			return nil, fmt.Errorf("looking through %s: %w", v.Address, err)
		}
	}
	families := make([]uint64, len(live))
	for i, v := range live {
		families[i], _ = familyOf(v.Source, v.Address, texts[i])
	}
	out := duplicates(live, texts)
	out = append(out, older(live, families, now)...)
	out = append(out, contradictions(live, texts, families)...)
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

var (
	figure  = regexp.MustCompile(`\d[\d,]*(?:\.\d+)?`)
	counted = regexp.MustCompile(`^\s*(?:第[零〇一二两三四五六七八九十百\d]+条|\d+[.、)]|[-*])\s*`)
)

// times are the years, quarters, months and dates of a folded text.
var times = regexp.MustCompile(`(?:19|20)\d{2}\s*(?:年度?|[-/.]\d{1,2}[-/.]\d{1,2}|年?\s*q[1-4]|\b)(?:\s*(?:第[一二三四]季度|[上下]半年|\d{1,2}月(?:\d{1,2}日)?))?`)

// period takes the times out of a sentence: what holds for other years may
// have other figures.
func period(s string) (rest, when string) {
	found := times.FindAllString(s, -1)
	for i := range found {
		found[i] = strings.TrimSuffix(strings.Join(strings.Fields(found[i]), ""), "年")
	}
	return times.ReplaceAllString(s, "@"), strings.Join(found, " ")
}

// teller is a sentence with figures in it.
type teller struct {
	key                       string // alike where only the figures may differ
	doc                       int
	sentence, figures         string
	entity, attribute, period string
}

// tellers are the sentences of a document with figures in them.
func tellers(doc int, v Version, text string) (out []teller) {
	title := token.FoldString(v.Title)
	_, titled := period(title)
	// Of the same entity: other products may have other limits.
	entity := figure.ReplaceAllString(title, "")
	for _, s := range chunk.Sentences(text, chunk.Span{Start: 0, End: len(text)}) {
		folded := token.FoldString(text[s.Start:s.End])
		if !strings.ContainsAny(folded, "0123456789") { // most: spared what follows
			continue
		}
		sentence := counted.ReplaceAllString(strings.TrimSpace(text[s.Start:s.End]), "")
		folded, when := period(token.FoldString(sentence))
		if when == "" { // else that of the whole document, if it says so
			when = titled
		}
		figures := figure.FindAllString(folded, -1)
		skeleton := strings.Join(strings.Fields(figure.ReplaceAllString(folded, "#")), "")
		if len(figures) == 0 || len([]rune(strings.ReplaceAll(skeleton, "#", ""))) < leastSkeleton {
			continue
		}
		out = append(out, teller{
			skeleton + "\x00" + entity + "\x00" + when, doc, sentence,
			strings.ReplaceAll(strings.Join(figures, " "), ",", ""), v.Title, skeleton, when,
		})
	}
	return out
}

// contradictions finds sentences that two documents of one title share but for
// their numbers, said of the same time. Versions of one document, which are of
// one family, differ by right.
func contradictions(live []Version, texts []string, families []uint64) (out []Finding) {
	by := map[string][]teller{}
	for i, text := range texts {
		for _, t := range tellers(i, live[i], text) {
			by[t.key] = append(by[t.key], t)
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
				out = append(out, Finding{
					Kind: Contradiction, Department: live[first.doc].Department, Addresses: []string{live[first.doc].Address, live[t.doc].Address},
					Detail: first.sentence + " ≠ " + t.sentence,
					Fact:   &Fact{first.entity, first.attribute, first.period, [2]string{first.figures, t.figures}},
				})
			}
		}
	}
	return out
}
