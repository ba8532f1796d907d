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

// frontier draws every measured candidate: quality with its interval against
// cost per 1,000 requests, the bar and the certified floor. "" when nothing
// was measured at a known price.
func frontier(r *sizing.Result, t texts) string {
	var arms []sizing.ArmResult
	top := 0.0
	for _, a := range r.Arms {
		if a.Quality != nil && a.CostPer1000 != nil {
			arms = append(arms, a)
			top = max(top, *a.CostPer1000)
		}
	}
	if len(arms) == 0 {
		return ""
	}
	if top == 0 {
		top = 1
	}
	low := math.Min(r.Floor, 1)
	for _, a := range arms {
		low = min(low, a.Interval[0])
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
			class, plotLeft, plotWidth-plotRight, y(q), y(q), plotWidth-plotRight+6, y(q)+4+apart, html.EscapeString(label), sizing.Decimal(q))
	}
	if r.Slack > 0 {
		// The two labels would lie on each other where the slack is small.
		apart := max(0, 13-(y(r.Floor)-y(r.Bar))) / 2
		line(r.Bar, -apart, "bar", t["bar"])
		line(r.Floor, apart, "floor", t["floor"])
	} else {
		line(r.Bar, 0, "bar", t["bar"])
	}
	for _, c := range []float64{0, top} {
		fmt.Fprintf(&b, `<text class="tick" x="%.1f" y="%g" text-anchor="middle">%s</text>`, x(c), plotHeight-14, number(c))
	}
	fmt.Fprintf(&b, `<text class="tick" x="%.1f" y="%g" text-anchor="middle">%s / 1,000</text>`, (x(0)+x(top))/2, plotHeight-14, html.EscapeString(r.Currency))
	for _, a := range arms {
		px, py := x(*a.CostPer1000), y(*a.Quality)
		class := "dot " + a.Status
		if a.ID == r.Choice {
			class += " choice"
		}
		fmt.Fprintf(&b, `<line class="whisker" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/><circle class="%s" cx="%.1f" cy="%.1f" r="5"><title>%s: %s</title></circle><text class="name" x="%.1f" y="%.1f">%s</text>`,
			px, px, y(a.Interval[0]), y(a.Interval[1]), class, px, py, html.EscapeString(a.Name), share(a.Quality), px+9, py+4, html.EscapeString(a.Name))
	}
	b.WriteString(`</svg>`)
	return b.String()
}
