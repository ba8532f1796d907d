package sizing

import (
	"fmt"
	"math"

	"github.com/luodi/luodi/internal/sizing/etest"
	"github.com/luodi/luodi/internal/sizing/ladder"
)

// PlanRow says what it would take to decide one candidate. Numbers are
// orientation: they assume a true mean, which nobody knows.
type PlanRow struct {
	ID     string `json:"configuration"`
	Name   string `json:"name"`
	Reason string `json:"reason,omitempty"` // why it was not run or not decided
	// Labels is the expected number of items until a certificate if the true
	// mean is Assumed; LabelsMax the size of the eval set.
	Assumed   float64 `json:"assumed_quality"`
	Labels    int     `json:"labels"`
	LabelsMax int     `json:"labels_max"`
	// Calls, Money and Seconds go with Labels, less what is cached; the Max
	// ones with the whole eval set. Money is null where no price is known.
	Calls    int      `json:"calls"`
	CallsMax int      `json:"calls_max"`
	Money    *float64 `json:"money"`
	MoneyMax *float64 `json:"money_max"`
	Currency string   `json:"currency"`
	Seconds  float64  `json:"seconds"`
	// Detectable is the smallest margin above the certified floor that would
	// be certified with 80 % probability; null when no margin would.
	Detectable *float64 `json:"detectable_margin"`
	// Undecided is the chance to end without a proof if the true mean is
	// exactly at the bar.
	Undecided float64 `json:"chance_undecided"`
	// More is about how many further labels would decide an undecided
	// candidate, were its true mean the one seen; 0 where it does not apply.
	More int `json:"more_labels,omitempty"`
	// Fresh is about how many labels of items that nobody has seen yet it
	// takes, for a candidate that was fixed after the present ones were seen.
	Fresh int `json:"fresh_labels,omitempty"`
}

// Plan says before any call what each candidate would take: labels, calls,
// money and time, the smallest margin that can be shown, and the chance to
// stay undecided. It calls nothing and needs no Runner.
func Plan(cfg StudyConfig) ([]PlanRow, error) {
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("planning: %w", err)
	}
	r := newRun(cfg)
	r.laid = lay(units(r.cfg.Items, r.cfg.Seed))
	if err := r.fix(1); err != nil {
		return nil, fmt.Errorf("planning scenario %s: %w", cfg.Scenario, err)
	}
	if err := r.begin(); err != nil {
		return nil, fmt.Errorf("planning scenario %s: %w", cfg.Scenario, err)
	}
	r.tallies = make([]tally, len(r.cfg.Arms))
	var rows []PlanRow
	for i := range r.cfg.Arms {
		rows = append(rows, r.plan(i, 0))
	}
	return rows, nil
}

// plans are the rows of candidates that a study left open.
func (r *run) plans(out *Result) []PlanRow {
	rows := []PlanRow{}
	choice, chosen := out.Arm(out.Choice)
	for i, a := range out.Arms {
		if out.Status == StatusCertified && chosen && !isCheaper(a, choice, out.Arms) {
			continue // not cheaper than what is certified: nothing is open
		}
		switch ladder.Status(a.Status) {
		case ladder.Certified, ladder.Refuted:
			continue
		case ladder.Waiting:
			if out.Status == StatusCertified && (a.Reason == "" || r.refs >= 0 && i > r.refs) {
				continue // dearer than the choice: nothing is open
			}
		}
		row := r.plan(i, a.Items)
		row.Reason = a.Reason
		row.More = r.more(a)
		rows = append(rows, row)
	}
	return rows
}

func (r *run) plan(i, cached int) PlanRow {
	cfg, arm := &r.cfg, r.cfg.Arms[i]
	share := r.verdict(i).Share
	alpha := cfg.Alpha - cfg.Reserve - cfg.Cascade
	join, later := r.record.Later[arm.Config.ID()]
	switch k := len(cfg.Arms); {
	case later:
		share = etest.Later(cfg.Reserve, join.Number)
	case r.record.ShareRule == string(ladder.Probing) && r.tallies[i].n == 0:
		share = etest.Probe{}.Share(alpha, 0, 0, 1) // as the first one, with a probe in the middle
	case share == 0:
		share = alpha / float64(k)
	}
	row := PlanRow{ID: arm.Config.ID(), Name: arm.Config.Name, Reason: arm.Missing, LabelsMax: len(r.items), Currency: string(cfg.Currency)}
	t := r.prospect(share)
	row.Assumed, row.Labels, row.Detectable = t.assumed, min(int(math.Ceil(t.labels)), len(r.items)), t.detectable
	row.Undecided = math.Max(0, 1-t.atBar-cfg.Beta/float64(len(cfg.Arms)))
	if r.unproven(row.ID) {
		row.Fresh, cached = row.Labels, 0
	}
	row.Calls, row.CallsMax = max(row.Labels-cached, 0), max(len(r.items)-cached, 0)
	if cost, err := cfg.expectedCost(arm, r.items); err == nil && !math.IsInf(cost, 1) {
		row.Money, row.MoneyMax = pointer(round(cost*float64(row.Calls))), pointer(round(cost*float64(row.CallsMax)))
	}
	width := float64(max(arm.Concurrency, 1))
	if arm.Config.Kind.InProcess() {
		width = 1
	}
	row.Seconds = math.Round(float64(row.Calls)*arm.Latency/width) / 1000
	return row
}

// prospect is what a test at some share promises before data.
type prospect struct {
	assumed    float64  // true mean, or difference to the reference
	labels     float64  // expected until the certificate, at assumed
	atBar      float64  // chance of a certificate when exactly at the bar
	detectable *float64 // margin above the floor that is certified with .8
}

// pairedVariance is that of a difference of two scores, before data: models
// that agree on 85 % of the items.
const pairedVariance = .15

func (r *run) prospect(share float64) prospect {
	cfg := &r.cfg
	floor := cfg.bar() - cfg.Slack
	n := float64(len(r.items))
	if r.refs >= 0 { // normal approximation: bets come within a tenth of it
		z := -etest.Quantile(share)
		power := func(gap float64) float64 { return etest.CDF(gap*math.Sqrt(n/pairedVariance) - z) }
		out := prospect{assumed: 0, labels: n, atBar: power(cfg.Slack)}
		if gap := -floor; gap > 0 {
			out.labels = math.Min(.7*pairedVariance*math.Pow((z+.84)/gap, 2), n)
		}
		if gap := (z + .84) * math.Sqrt(pairedVariance/n); floor+gap < 1 {
			out.detectable = pointer(math.Round(gap*1e4) / 1e4)
		}
		return out
	}
	b := etest.NewBoundary(floor, share, len(r.items), 1)
	if cfg.Closed {
		b = etest.NewFinite(int(math.Ceil(n*floor-1e-9))-1, len(r.items), share, 1)
	}
	out := prospect{assumed: math.Min(cfg.Bar+.03, (1+cfg.Bar)/2), detectable: detectable(b)}
	_, out.labels = b.Power(out.assumed)
	out.atBar, _ = b.Power(cfg.Bar)
	return out
}

// detectable is the least margin above the floor with power .8.
func detectable(b *etest.Boundary) *float64 {
	if p, _ := b.Power(1); p < .8 {
		return nil
	}
	lo, hi := b.Floor, 1.0
	for range 12 {
		mid := (lo + hi) / 2
		if p, _ := b.Power(mid); p >= .8 {
			hi = mid
		} else {
			lo = mid
		}
	}
	return pointer(math.Round((hi-b.Floor)*1e4) / 1e4)
}

// more is the further labels for power .8 in the direction that the mean
// points to: n = v·((z_share + z_.8)/gap)², less what was seen.
func (r *run) more(a ArmResult) int {
	cfg := &r.cfg
	if a.Quality == nil || r.unproven(a.ID) || cfg.Closed || r.refs >= 0 && a.Difference == nil {
		return 0
	}
	mean, v := *a.Quality, math.Max(*a.Quality*(1-*a.Quality), .01)
	if r.refs >= 0 {
		mean, v = *a.Difference, pairedVariance
	}
	gap, share := mean-(cfg.bar()-cfg.Slack), a.Share
	if mean < cfg.bar()-cfg.Slack/2 {
		gap, share = cfg.bar()-mean, cfg.Beta/float64(len(cfg.Arms))
	}
	z := -etest.Quantile(share) + .84
	gap = math.Max(gap, .002)
	return max(int(math.Ceil(v*z*z/(gap*gap)*1.15))-a.Items, 0)
}

// fresh says of candidates that were fixed after their items were seen what
// would prove them.
func fresh(out *Result) {
	for _, row := range out.Plan {
		for i := range out.Arms {
			if a := &out.Arms[i]; a.ID == row.ID && a.Unproven && row.Fresh > 0 {
				a.Reason = fmt.Sprintf("%s; add about %d labelled items that no run has used (lines in the items' file, rows of its source) and run luodi up: they alone are tested, and no call is made again", unseen, row.Fresh)
			}
		}
	}
}
