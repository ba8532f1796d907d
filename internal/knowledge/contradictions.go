package knowledge

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/knowledge/chunk"
	"github.com/luodi/luodi/internal/knowledge/token"
)

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

// mention is a teller by hashes: what is kept of each.
type mention struct {
	key     uint64
	figures uint32
	doc     int32
}

func mentions(doc int, v Version, text string) (out []mention) {
	for _, t := range tellers(doc, v, text) {
		out = append(out, mention{hashOf(t.key), uint32(hashOf(t.figures)), int32(doc)})
	}
	return out
}

// contested are the keys that documents tell with different figures, and those
// documents. It sorts told.
func contested(told []mention) (keys map[uint64]bool, docs []int) {
	slices.SortFunc(told, func(a, b mention) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.doc, b.doc)) })
	keys = map[uint64]bool{}
	in := map[int]bool{}
	for from, to := 0, 0; from < len(told); from = to {
		differ := false
		for to = from; to < len(told) && told[to].key == told[from].key; to++ {
			differ = differ || told[to].figures != told[from].figures
		}
		if !differ || to-from > manyTellers {
			continue
		}
		keys[told[from].key] = true
		for _, t := range told[from:to] {
			in[int(t.doc)] = true
		}
	}
	return keys, slices.Sorted(maps.Keys(in))
}

// contradictions finds sentences that two documents of one title share but for
// their numbers, said of the same time. Versions of one document, which are of
// one family, differ by right. Only documents that may hold one are read again.
func contradictions(live []Version, told []mention, families []uint64, text func(int) (string, error)) (out []Finding, err error) {
	keys, docs := contested(told)
	by := map[string][]teller{}
	for _, i := range docs {
		t, err := text(i)
		if err != nil {
			return nil, err
		}
		for _, t := range tellers(i, live[i], t) {
			if keys[hashOf(t.key)] {
				by[t.key] = append(by[t.key], t)
			}
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
	return out, nil
}
