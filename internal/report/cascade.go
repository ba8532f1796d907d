package report

import (
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/cascade"
)

// inLanguage is a text in the page's language.
func inLanguage(t sizing.Text, code string) string {
	if code == "en" {
		return t.En
	}
	return t.Zh
}

// routeText names a point's route.
func routeText(r *cascade.Record, p cascade.Point, code string) string {
	en, zh := r.Words(p.Served)
	return inLanguage(sizing.Text{En: en, Zh: zh}, code)
}

// cascade prints what the search for a cascade found.
func (p *printer) cascade(s Scenario) {
	r := s.Cascade
	if r == nil {
		return
	}
	code, mark := "en", " "
	if p.zh {
		code = "zh-CN"
	}
	if s.CascadeChosen {
		mark = "→"
	}
	p.line("  %s %s: %s", mark, p.t["cascade"], inLanguage(r.Certificate, code))
	for _, x := range r.Points {
		if !x.OK {
			p.line("      ≤ %s  %s", sizing.Decimal(x.Loss), p.t["cascade_none"])
			continue
		}
		p.line("      ≤ %s  %s / 1,000  ×%.3f  %.4f [%s]  %s", sizing.Decimal(x.Loss), cost(&x.CostPer1000, r.Currency), x.Ratio, x.Quality, interval(x.Interval),
			routeText(r, x, code))
	}
	if w := r.Repriced; w != nil {
		p.line("    %s %s: %s", p.t["follows"], w.Previous, inLanguage(w.Why, code))
	}
	p.line("    %s %s", p.t["decision"], r.ID)
}
