// Package ground holds a model's answer to the passages that it was given.
//
// A model is asked for one claim a line, each with the number of a passage and
// a quote from it. Nothing of the reply is believed: the quote must be found in
// that passage, literally or, where a few characters differ, within a bound
// that no number, name or negation may use; and every number, date, code and
// title of the claim must stand in what was quoted, beside the same words.
// Claims that fail are given back with the reason, apart from those that hold.
// What is cited is never the model's quote but the stored bytes it matched.
//
// It does not judge whether a claim follows from its quote in meaning, calls
// no model and reads no store.
package ground

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/knowledge/token"
)

// Span is a byte range [Start,End) of a passage.
type Span struct{ Start, End int }

// Claim is one statement of a reply.
type Claim struct {
	Text    string // without its marks and quotes
	Passage int    // that it cites, from 1; 0 none
	Quote   string // the model's; "" where it gave none
	Span    Span   // of the passage: what supports the claim
	Reason  string // why it is not supported; "" where it is
}

// Supported tells whether the claim holds.
func (c Claim) Supported() bool { return c.Reason == "" }

// Reasons.
const (
	NoCitation   = "it cites no passage"
	NoSuch       = "it cites a passage that was not given"
	NotQuoted    = "its quote is not in the passage"
	NotStated    = "the passage does not say so in these words"
	WrongLiteral = "not in what it cites: " // and the number, date or name
)

var (
	mark = regexp.MustCompile(`[\[【〔［]\s*(\d{1,3})(?:\s*[,，、]\s*\d{1,3})*\s*[\]】〕］]`)
	item = regexp.MustCompile(`^\s*(?:[-*•]|\d{1,2}[.)、])\s*`)
)

// turn are the marks that end a model's turn. A small model that is served
// without its chat template goes on behind them with questions of its own.
var turn = regexp.MustCompile(`<\|im_(?:end|start)\|>|<(?:end|start)_of_turn>|<\|eot_id\|>|<\|endoftext\|>|</s>`)

// Check reads a reply and holds each claim to passages; [1] is the first. What
// a reply says again is one claim.
func Check(reply string, passages []string) []Claim {
	if at := turn.FindStringIndex(reply); at != nil {
		reply = reply[:at[0]]
	}
	var out []Claim
	for _, line := range strings.Split(reply, "\n") {
		for _, c := range claims(line) {
			if slices.ContainsFunc(out, func(o Claim) bool {
				return o.Text == c.Text && (c.Passage == 0 || o.Passage == c.Passage && o.Quote == c.Quote)
			}) {
				continue
			}
			c.check(passages)
			out = append(out, c)
		}
	}
	return out
}

// A claim without a mark that is itself a quote of so many letters needs no
// other: small models copy sentences and forget the number. A heading is shorter.
const (
	leastVerbatim = 20
	wideLetters   = 2.5 // a Han character counts as so many letters
)

// verbatim finds the passage that a claim is a quote of.
func verbatim(claim string, passages []string) (passage int, at Span) {
	size := 0.
	for _, r := range lettersOf(claim).runes {
		if size++; token.IsGram(r) {
			size += wideLetters - 1
		}
	}
	if size < leastVerbatim {
		return 0, Span{}
	}
	for i, p := range passages {
		if s, ok := Align(claim, p); ok {
			return i + 1, s
		}
	}
	return 0, Span{}
}

// claims cuts a line behind each mark and the quote that follows it.
func claims(line string) (out []Claim) {
	line = strings.TrimSpace(item.ReplaceAllString(line, ""))
	for line != "" {
		m := mark.FindStringSubmatchIndex(line)
		if m == nil {
			if c := of(line, 0); c.Text != "" {
				out = append(out, c)
			}
			return out
		}
		n, _ := strconv.Atoi(line[m[2]:m[3]])
		end := m[1]
		rest := strings.TrimLeft(line[end:], " \t:：，,。.;；（(")
		text, said := strings.TrimSpace(line[:m[0]]), ""
		if n := quoted(rest); n > 0 {
			said = unquote(rest[:n])
			end = len(line) - len(rest) + n
		} else if n := quotedEnd(text); n > 0 {
			said, text = unquote(text[len(text)-n:]), text[:len(text)-n]
		}
		line = strings.TrimLeft(line[end:], " \t。.;；，,）)")
		c := of(text, n)
		if c.Quote = said; c.Text == "" {
			c.Text = said
		}
		if c.Text == "" && len(out) > 0 {
			continue // a second mark of the same claim
		}
		out = append(out, c)
	}
	return out
}

func of(text string, passage int) Claim {
	return Claim{Passage: passage, Text: strings.Trim(strings.TrimSpace(text), " \t:：，,（）()。.;；")}
}

// pairs are quotation marks; those that are the same at both ends do not nest.
var pairs = []struct{ open, end string }{{"“", "”"}, {"「", "」"}, {"『", "』"}, {`"`, `"`}}

// leastQuote is how many characters a quote has; fewer are a name in quotation
// marks.
const leastQuote = 6

// quoted is the length of the quote that s begins with, those inside it
// included; 0 where it begins with none.
func quoted(s string) int {
	for _, p := range pairs {
		if !strings.HasPrefix(s, p.open) {
			continue
		}
		depth, at := 1, len(p.open)
		for at < len(s) && depth > 0 {
			switch {
			case strings.HasPrefix(s[at:], p.end):
				depth--
				at += len(p.end)
			case strings.HasPrefix(s[at:], p.open):
				depth++
				at += len(p.open)
			default:
				at++
			}
		}
		if depth == 0 && long(s[:at]) {
			return at
		}
		if depth > 0 && long(s) { // it was cut off; what is there must be true
			return len(s)
		}
	}
	return 0
}

// quotedEnd is the same of a quote that s ends with.
func quotedEnd(s string) int {
	for i := range s {
		if n := quoted(s[i:]); n > 0 && i+n == len(s) && strings.HasSuffix(s, unopened(s[i:])) {
			return n
		}
	}
	return 0
}

// unopened is the mark that closes a quote.
func unopened(s string) string {
	for _, p := range pairs {
		if strings.HasPrefix(s, p.open) {
			return p.end
		}
	}
	return ""
}

func unquote(s string) string {
	end := unopened(s)
	for _, p := range pairs {
		s = strings.TrimPrefix(s, p.open)
	}
	return strings.TrimSuffix(s, end)
}

func long(s string) bool { return len([]rune(s)) >= leastQuote+2 }

func (c *Claim) check(passages []string) {
	switch {
	case c.Passage == 0:
		if c.Passage, c.Span = verbatim(c.Text, passages); c.Passage == 0 {
			c.Reason = NoCitation
		}
		return
	case c.Passage > len(passages):
		c.Reason = NoSuch
		return
	}
	p := passages[c.Passage-1]
	var ok bool
	if c.Quote != "" {
		if c.Span, ok = Align(c.Quote, p); !ok {
			c.Reason = NotQuoted
			return
		}
	} else if c.Span, ok = state(c.Text, p); !ok {
		c.Reason = NotStated
		return
	}
	if wrong := Unfounded(c.Text, p[c.Span.Start:c.Span.End]); wrong != "" {
		c.Reason = WrongLiteral + wrong
	}
}
