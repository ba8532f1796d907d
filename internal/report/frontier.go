package report

import (
	"fmt"
	"html"
	"math"
	"strings"

	"github.com/luodi/luodi/internal/sizing"
)

// The plot's size in its own units.
const (
	plotWidth, plotHeight = 640.0, 260.0
	plotLeft, plotRight   = 52.0, 150.0
	plotTop, plotBottom   = 14.0, 34.0
)

// mark is a point of the plot: a candidate, or a certified point of a cascade.
type mark struct {
	name, class string
	cost, q     float64
	interval    [2]float64
	cascade     bool
}

// marks of everything that was measured at a known price.
func marks(s Scenario) (out []mark) {
	for _, a := range s.Result.Arms {
		if a.Quality == nil || a.CostPer1000 == nil {
			continue
		}
		m := mark{name: a.Name, class: "dot " + a.Status, cost: *a.CostPer1000, q: *a.Quality, interval: *a.Interval}
		if a.ID == s.Result.Choice && !s.CascadeChosen {
			m.class += " choice"
		}
		out = append(out, m)
	}
	if c := s.Cascade; c != nil {
		for _, p := range c.Points {
			if !p.OK {
				continue
			}
			m := mark{name: "≤ " + sizing.Decimal(p.Loss), class: "dot certified", cost: p.CostPer1000, q: p.Quality, interval: *p.Interval, cascade: true}
			if p.Wanted && s.CascadeChosen {
				m.class += " choice"
			}
			out = append(out, m)
		}
	}
	return out
}

// frontier draws every measured candidate and cascade: quality with its
// interval against cost per 1,000 requests, the bar and the certified floor.
// A relative bar lies where the reference's measured mean puts it. "" when
// nothing was measured at a known price.
func frontier(s Scenario, t texts) string {
	r, all, top := s.Result, marks(s), 0.0
	if len(all) == 0 {
		return ""
	}
	bar, floor := r.Bar, r.Floor
	if ref, ok := r.Arm(r.Reference); ok {
		if ref.Quality == nil {
			return ""
		}
		bar, floor = *ref.Quality+r.Bar, *ref.Quality+r.Floor
	}
	low := math.Min(floor, 1)
	for _, m := range all {
		low, top = min(low, m.interval[0]), max(top, m.cost)
	}
	if top == 0 {
		top = 1
	}
	low = math.Max(0, math.Floor(low*10-.5)/10)
	x := func(cost float64) float64 { return plotLeft + cost/top*(plotWidth-plotLeft-plotRight) }
	y := func(q float64) float64 {
		return plotTop + (1-q)/(1-low)*(plotHeight-plotTop-plotBottom)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, plotWidth, plotHeight, html.EscapeString(t["frontier"]))
	for q := math.Ceil(low*10) / 10; q <= 1.0001; q += .1 {
		fmt.Fprintf(&b, `<line class="grid" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/><text class="tick" x="%g" y="%.1f" text-anchor="end">%.1f</text>`,
			plotLeft, plotWidth-plotRight, y(q), y(q), plotLeft-6, y(q)+4, q)
	}
	line := func(q, apart float64, class, label string) {
		fmt.Fprintf(&b, `<line class="%s" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/><text class="tick" x="%g" y="%.1f">%s %s</text>`,
			class, plotLeft, plotWidth-plotRight, y(q), y(q), plotWidth-plotRight+6, y(q)+4+apart, html.EscapeString(label), sizing.Decimal(math.Round(q*1e4)/1e4))
	}
	if r.Slack > 0 {
		// The two labels would lie on each other where the slack is small.
		apart := max(0, 13-(y(floor)-y(bar))) / 2
		line(bar, -apart, "bar", t["bar"])
		line(floor, apart, "floor", t["floor"])
	} else {
		line(bar, 0, "bar", t["bar"])
	}
	for _, c := range []float64{0, top} {
		fmt.Fprintf(&b, `<text class="tick" x="%.1f" y="%g" text-anchor="middle">%s</text>`, x(c), plotHeight-14, number(c))
	}
	fmt.Fprintf(&b, `<text class="tick" x="%.1f" y="%g" text-anchor="middle">%s / 1,000</text>`, (x(0)+x(top))/2, plotHeight-14, html.EscapeString(r.Currency))
	for _, m := range all {
		px, py, name := x(m.cost), y(m.q), html.EscapeString(m.name)
		fmt.Fprintf(&b, `<line class="whisker" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, px, px, y(m.interval[0]), y(m.interval[1]))
		shape := fmt.Sprintf(`<circle class="%s" cx="%.1f" cy="%.1f" r="5">`, m.class, px, py)
		end := "</circle>"
		if m.cascade {
			shape = fmt.Sprintf(`<path class="%s" d="M%.1f %.1fl7 7l-7 7l-7 -7z">`, m.class, px, py-7)
			name, end = html.EscapeString(t["cascade"])+" "+name, "</path>"
		}
		fmt.Fprintf(&b, `%s<title>%s: %s</title>%s<text class="name" x="%.1f" y="%.1f">%s</text>`, shape, name, share(&m.q), end, px+9, py+4, name)
	}
	b.WriteString(`</svg>`)
	return b.String()
}
