package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

// Terminal prints the report for a person at a terminal, in English or, with
// language "zh-CN", in Chinese.
func Terminal(w io.Writer, r Report, language string) error {
	t, err := textsOf(language)
	if err != nil {
		return err
	}
	p := printer{w: w, t: t, zh: language == "zh-CN"}
	p.line("")
	p.line("%s — %s", r.Project, t["title"])
	p.data(r)
	for _, s := range r.Scenarios {
		p.scenario(s)
	}
	if s := studiesText(r.Studies, t); s != "" {
		p.line("\n%s", s)
	}
	return p.err
}

// Data prints the part about sources and knowledge bases.
func Data(w io.Writer, r Report, language string) error {
	t, err := textsOf(language)
	if err != nil {
		return err
	}
	p := printer{w: w, t: t}
	p.data(r)
	return p.err
}

type printer struct {
	w   io.Writer
	t   texts
	zh  bool
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, strings.TrimRight(fmt.Sprintf(format, args...), " ")+"\n")
	}
}

func (p *printer) data(r Report) {
	p.line("\n%s", p.t["data"])
	if len(r.Sources) == 0 {
		p.line("  %s", p.t["no_sources"])
	}
	for _, s := range r.Sources {
		if s.Ingest == nil {
			continue
		}
		p.line("  %s %s %s · %s %s", runewidth.FillRight(s.Name, 18), p.t["files"], count(s.Ingest.Files), p.t["records"], count(s.Ingest.Records))
		for _, f := range s.Ingest.Failed {
			p.line("    %s: %s: %s", p.t["failed"], f.Path, f.Reason)
		}
		if s.Clean != nil {
			h := health(s.Clean)
			p.line("    %s %s · %s %s · %s %s", p.t["languages"], h.Languages, p.t["duplicates"], h.Duplicates, p.t["charsets"], h.Charsets)
			if h.PII != "–" || h.LookAlikes != "–" {
				p.line("    %s: %s · %s: %s", p.t["pii"], h.PII, p.t["lookalikes"], h.LookAlikes)
			}
			p.dataDetail(s.Clean)
			if h.Dropped != "–" {
				p.line("    %s: %s", p.t["dropped"], h.Dropped)
			}
		}
	}
	for _, k := range r.Knowledge {
		if k.Built {
			p.line("  %s %s %s · %s %s", runewidth.FillRight(k.Name, 18), p.t["documents"], count(k.Documents), p.t["chunks"], count(k.Chunks))
		}
	}
}

func (p *printer) scenario(s Scenario) {
	p.line("\n%s  [%s]", s.Name, p.t[s.Status])
	if s.Result == nil {
		p.line("  %s", p.t["not_sized"])
		return
	}
	r := s.Result
	p.line("  %s %s · %s %s", count(s.Items.Items), p.t["items"], count(s.Items.Train), p.t["items_trained"])
	if text := changedText(s.Items, p.t); text != "" {
		p.line("  %s", text)
	}
	if s.Drift != nil {
		p.line("  %s", driftText(s.Drift, p.t))
	}
	for _, a := range r.Arms {
		mark := " "
		if a.ID == r.Choice {
			mark = "→"
		}
		if a.Status == "not_run" && a.Reason == "" && s.Status == "certified" {
			a.Reason = p.t["not_needed"]
		}
		if a.Quality == nil {
			p.line("  %s %s %s %s", mark, runewidth.FillRight(a.Name, 14), runewidth.FillRight(p.t[a.Status], 16), a.Reason)
			continue
		}
		p.line("  %s %s %s %s [%s] n=%s  %s / 1,000  %s", mark, runewidth.FillRight(a.Name, 14), runewidth.FillRight(p.t[a.Status], 16), share(a.Quality), interval(a.Interval), count(a.Items), armCost(a, r.Currency), a.Reason)
	}
	text := r.Certificate.En
	if p.zh {
		text = r.Certificate.Zh
	}
	p.line("  %s", text)
	for _, a := range r.Arms {
		if priced(a.Price) {
			p.line("  %s %s: %s — %s; %s", p.t["price_row"], a.Name, a.Price.Row, priceText(a.Price, p.t), s.Prices[a.Price.Row])
		}
	}
	if s.Repriced != nil {
		code := "en"
		if p.zh {
			code = "zh-CN"
		}
		p.line("  %s %s: %s", p.t["follows"], s.Repriced.Previous, why(s.Repriced.Why, code))
	}
	p.cascade(s)
	if s.CostPerMonth != nil && s.Requests > 0 {
		p.line("  %s: %s (%s %s)", p.t["cost_month"], cost(s.CostPerMonth, r.Currency), number(s.Requests), p.t["at_traffic"])
	}
	if s.Small != nil {
		p.line("  %s: %s", p.t["small"], smallText(s.Small, p.t))
	}
	for _, row := range r.Plan {
		if row.More > 0 { // all labels that there are did not do
			p.line("  %s: %s — %s", p.t["would_decide"], row.Name, p.t.fill("more_needed", "n", count(row.More)))
			continue
		}
		money := p.t["no_price"]
		if row.Money != nil {
			money = p.t["money"] + " " + cost(row.Money, row.Currency)
		}
		p.line("  %s: %s — %s %s, %s %s, %s", p.t["would_decide"], row.Name, p.t["labels"], count(row.Labels), p.t["calls"], count(row.Calls), money)
	}
	p.line("  %s %s", p.t["decision"], s.Decision)
	for _, sig := range s.Signatures {
		p.line("    %s", signedText(sig, p.t))
	}
	if s.Route != nil && s.Route.Refused != "" {
		p.line("  %s", p.t.fill("route_kept", "decision", s.Route.Decision))
	}
}
