package knowledge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/knowledge/chunk"
	"github.com/luodi/luodi/internal/knowledge/token"
)

// An extractive answer holds at most this many passages and sentences of each.
// A further sentence must add a share of what the best one covers; a further
// passage must be about as good and add too. A passage that is hardly longer
// than its sentences is quoted whole.
const (
	answerPassages  = 3
	answerSentences = 3
	sentenceAdds    = .25
	passageAdds     = .2
	passageScore    = .6
	wholePassage    = 200 // Han characters
)

// Extractive is the Kind of an answer made of literal sentences.
const Extractive = "extractive"

// Ask answers with literal sentences of the best passages, each with its [n]
// and citation, or refuses where the evidence is below the base's threshold.
// Hits holds the passages in both cases.
func (b *Base) Ask(ctx context.Context, q Query) (Answer, error) {
	terms := token.Query(q.Text)
	r, err := b.rankBy(ctx, q, terms, ranking{})
	if err != nil {
		return Answer{}, err
	}
	st, err := b.current(ctx)
	if err != nil {
		return Answer{}, err
	}
	hits, weights := r.hits, r.weights
	a := Answer{Kind: Extractive, Hits: hits, Degraded: r.degraded, Threshold: st.settings.threshold()}
	a.Evidence = r.evidenceFor(a.Threshold)
	if len(hits) == 0 || a.Evidence < a.Threshold {
		a.Refused = true
		a.Text = say(q.Text, refusalZH, refusalEN)
		return a, nil
	}
	e := extractor{weight: map[string]float64{}, had: map[string]bool{}}
	for _, w := range weights {
		if w.Gram == 1 {
			continue // single characters match everywhere
		}
		e.weight[w.Text] = w.IDF * float64(w.Count)
	}
	var lines []string
	for i, h := range hits[:min(answerPassages, len(hits))] {
		if i > 0 && h.Score < passageScore*hits[0].Score {
			break
		}
		for _, s := range e.passage(h, i == 0) {
			c := h.CiteSpan(s)
			a.Citations = append(a.Citations, c)
			lines = append(lines, fmt.Sprintf("%s [%d]", strings.TrimSpace(c.Quote), len(a.Citations)))
		}
	}
	a.Text = strings.Join(lines, "\n") + "\n" + say(q.Text, noticeZH, noticeEN)
	return a, nil
}

// What an extractive answer says of itself.
const (
	refusalZH = "知识库中没有足够的依据回答这个问题。请换一种说法，或请资料的归属部门补充文档。"
	refusalEN = "The knowledge base holds no sufficient evidence for this question. Put it in other words, or ask the owning department for a document on it."
	noticeZH  = "（以上为原文摘录，未使用模型。）"
	noticeEN  = "(Quoted verbatim; no model was used.)"
)

func say(question, zh, en string) string {
	if strings.ContainsFunc(question, token.IsGram) {
		return zh
	}
	return en
}

func (s settings) threshold() float64 {
	if s.Weights.Refuse != 0 {
		return max(s.Weights.Refuse, 0)
	}
	return s.Threshold
}

// extractor chooses sentences by what they cover of the question.
type extractor struct {
	weight map[string]float64
	had    map[string]bool // covered by the sentences chosen so far
	best   float64         // of the first sentence
}

type sentence struct {
	Span
	terms []string
}

// gain is the weight of the terms that a sentence adds.
func (e *extractor) gain(s sentence) float64 {
	sum := 0.
	for _, t := range s.terms {
		if !e.had[t] {
			sum += e.weight[t]
		}
	}
	return sum
}

// passage returns the ranges to quote from a hit, in order; the best passage
// gives at least one.
func (e *extractor) passage(h Hit, first bool) []Span {
	all := e.sentences(h)
	if len(all) == 0 {
		return nil
	}
	var chosen []int
	for len(chosen) < answerSentences {
		at, most := -1, 0.
		for i, s := range all {
			if g := e.gain(s); !slices.Contains(chosen, i) && (g > most || at < 0 && first && len(chosen) == 0) {
				at, most = i, g
			}
		}
		least := sentenceAdds * e.best
		if !first && len(chosen) == 0 {
			least = passageAdds * e.best
		}
		if at < 0 || most < least && !(first && len(chosen) == 0) {
			break
		}
		if e.best == 0 {
			e.best = most
		}
		chosen = append(chosen, at)
		for _, t := range all[at].terms {
			e.had[t] = true
		}
	}
	if len(chosen) == 0 {
		return nil
	}
	if len(all) <= answerSentences && chunk.Size(h.Text) <= wholePassage {
		return []Span{{all[0].Start, all[len(all)-1].End}}
	}
	slices.Sort(chosen)
	return joined(h, all, chosen)
}

func (e *extractor) sentences(h Hit) []sentence {
	var out []sentence
	for _, s := range chunk.Sentences(h.Text, chunk.Span{Start: 0, End: len(h.Text)}) {
		if chunk.IsHeading(h.Text[s.Start:s.End]) {
			continue
		}
		x := sentence{Span: Span{h.Start + s.Start, h.Start + s.End}}
		for _, t := range token.Terms(h.Text[s.Start:s.End]) {
			if e.weight[t.Text] > 0 {
				x.terms = append(x.terms, t.Text)
			}
		}
		out = append(out, x)
	}
	return out
}

// joined makes one range of neighbouring sentences. A sentence that announces
// a list takes the next with it.
func joined(h Hit, all []sentence, chosen []int) []Span {
	var out []Span
	last := -2
	for _, i := range chosen {
		if i <= last {
			continue
		}
		if i == last+1 {
			out[len(out)-1].End = all[i].End
		} else {
			out = append(out, all[i].Span)
		}
		last = i
		text := h.Text[all[i].Start-h.Start : all[i].End-h.Start]
		if (strings.HasSuffix(text, "：") || strings.HasSuffix(text, ":")) && i+1 < len(all) {
			last = min(i+answerSentences, len(all)-1)
			out[len(out)-1].End = all[last].End
		}
	}
	return out
}
