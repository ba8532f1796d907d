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

// Mark is a claim of a reply, and the stored bytes that support it.
type Mark struct {
	Claim    string
	Passage  int // that the claim names, from 1
	Citation Citation
}

// Hold holds a model's reply to the passages that it was given as [1], [2] …:
// its claims that they support, and those that they do not. A reply that says
// that no passage answers claims nothing.
func Hold(reply string, given []Hit) (marks []Mark, unsupported []Dropped) {
	if ground.Refused(reply) {
		return nil, nil
	}
	texts := make([]string, len(given))
	for i, h := range given {
		texts[i] = h.Text
	}
	for _, c := range ground.Check(reply, texts) {
		if !c.Supported() {
			unsupported = append(unsupported, Dropped{c.Text, c.Reason})
			continue
		}
		h := given[c.Passage-1]
		marks = append(marks, Mark{c.Text, c.Passage, h.CiteSpan(Span{h.Start + c.Span.Start, h.Start + c.Span.End})})
	}
	return marks, unsupported
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
	marks, dropped := Hold(reply, a.given())
	var lines []string
	seen := map[Citation]int{}
	for _, m := range marks {
		n, ok := seen[m.Citation]
		if !ok {
			out.Citations = append(out.Citations, m.Citation)
			n = len(out.Citations)
			seen[m.Citation] = n
		}
		lines = append(lines, fmt.Sprintf("%s [%d]", m.Claim, n))
	}
	if len(lines) == 0 {
		refuse()
		return out, dropped
	}
	out.Text = strings.Join(lines, "\n")
	return out, dropped
}
