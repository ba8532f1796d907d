package knowledge

import (
	"fmt"
	"strings"

	"github.com/luodi/luodi/internal/knowledge/ground"
	"github.com/luodi/luodi/internal/knowledge/token"
)

// Generated is the Kind of an answer in a model's words, every claim held to
// a quote.
const Generated = "generated"

// generatedPassages are how many passages a model reads.
const generatedPassages = 5

// Dropped is a claim of a model that nothing supports.
type Dropped struct {
	Claim  string `json:"claim"`
	Reason string `json:"reason"`
}

// Prompt is what to ask a model for an answer from a's passages. There is
// nothing to ask where a is refused.
func (a Answer) Prompt(question string) (system, user string) {
	var ps []ground.Titled
	for _, h := range a.given() {
		ps = append(ps, ground.Titled{Title: strings.Join(append([]string{h.Title}, h.Heading...), " › "), Text: h.Text})
	}
	return ground.Prompt(question, ps, strings.ContainsFunc(question, token.IsGram))
}

func (a Answer) given() []Hit { return a.Hits[:min(generatedPassages, len(a.Hits))] }

// Grounded makes an answer of a model's reply: the claims that a's passages
// support, each with the citation of the stored bytes that its quote matched,
// and those that were dropped. It refuses where nothing is left.
func (a Answer) Grounded(question, reply string) (Answer, []Dropped) {
	out := Answer{Kind: Generated, Hits: a.Hits, Degraded: a.Degraded, Evidence: a.Evidence, Threshold: a.Threshold}
	refuse := func() { out.Refused, out.Text = true, say(question, refusalZH, refusalEN) }
	if ground.Refused(reply) {
		refuse()
		return out, nil
	}
	var texts []string
	for _, h := range a.given() {
		texts = append(texts, h.Text)
	}
	var lines []string
	var dropped []Dropped
	seen := map[Citation]int{}
	for _, c := range ground.Check(reply, texts) {
		if !c.Supported() {
			dropped = append(dropped, Dropped{c.Text, c.Reason})
			continue
		}
		h := a.Hits[c.Passage-1]
		cit := h.CiteSpan(Span{h.Start + c.Span.Start, h.Start + c.Span.End})
		n, ok := seen[cit]
		if !ok {
			out.Citations = append(out.Citations, cit)
			n = len(out.Citations)
			seen[cit] = n
		}
		lines = append(lines, fmt.Sprintf("%s [%d]", c.Text, n))
	}
	if len(lines) == 0 {
		refuse()
		return out, dropped
	}
	out.Text = strings.Join(lines, "\n")
	return out, dropped
}
