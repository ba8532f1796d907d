// Package report shows what a project is and what was decided: on a terminal,
// as JSON, and as one self-contained HTML page in Chinese and English.
//
// A Report is data only, put together by package app from what the stages
// kept; this package adds no number of its own, so that the three forms never
// disagree. What is not certified is labelled a best guess everywhere. The
// page needs no network: styles, charts (SVG) and both languages are in it.
package report

import (
	"time"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/cascade"
	"github.com/luodi/luodi/internal/sizing/drift"
	"github.com/luodi/luodi/internal/small"
	"github.com/luodi/luodi/internal/source"
)

// Report is everything shown.
type Report struct {
	Project   string     `json:"project"`
	Version   string     `json:"version"`
	Generated time.Time  `json:"generated"`
	Sources   []Source   `json:"sources"`
	Knowledge []Base     `json:"knowledge"`
	Scenarios []Scenario `json:"scenarios"`
	Studies   Studies    `json:"studies"`
	Warnings  []string   `json:"warnings"`
}

// Studies are those whose decisions stand, and what they may err by together.
type Studies struct {
	Standing int     `json:"standing"` // scenarios that have been measured
	Run      int     `json:"run"`      // studies so far, earlier ones of the same scenarios included
	Alpha    float64 `json:"alpha"`    // sum over those that stand
}

// Source is one source: what was read and how it was cleaned.
type Source struct {
	Name       string         `json:"name"`
	Department string         `json:"department"`
	Ingest     *source.Report `json:"ingest"` // null before the first ingest
	Clean      *clean.Report  `json:"clean"`
}

// Base is one knowledge base.
type Base struct {
	Name      string   `json:"name"`
	Sources   []string `json:"sources"`
	Readers   []string `json:"readers"`
	Documents int      `json:"documents"`
	Chunks    int      `json:"chunks"`
	Built     bool     `json:"built"`
	// Hygiene is what its owners should put in order; empty before the first
	// luodi up.
	Hygiene []Queue `json:"hygiene"`
}

// Queue is what one department should look at in a knowledge base: counts of
// all, and some of each kind.
type Queue struct {
	Department string              `json:"department"`
	Counts     map[string]int      `json:"counts"` // by kind
	Findings   []knowledge.Finding `json:"findings"`
}

// Scenario is one scenario with its decision.
type Scenario struct {
	Name       string  `json:"name"`
	Department string  `json:"department"`
	Task       string  `json:"task"`
	Status     string  `json:"status"` // certified | best_guess | plan
	Items      Items   `json:"items"`
	Requests   float64 `json:"requests_per_month"`
	// Decision is the id of the decision; Result is what the study found, null
	// before the first sizing. Prices says how far each price row is to be
	// trusted, by row id.
	Decision string            `json:"decision,omitempty"`
	Result   *sizing.Result    `json:"result"`
	Prices   map[string]string `json:"prices"`
	// CostPerMonth of the choice at the scenario's traffic; null where unknown.
	CostPerMonth *float64 `json:"cost_per_month"`
	Small        *Small   `json:"small"`
	// Classes are the figures per class of the candidates that were measured;
	// of classify and judge scenarios.
	Classes []Classes `json:"classes"`
	// Cascade is what the search for a cascade found, null where none was
	// wanted; CascadeChosen tells that it is the scenario's decision.
	Cascade       *cascade.Record `json:"cascade"`
	CascadeChosen bool            `json:"cascade_chosen"`
	// Inputs and Outcomes are the addresses of what was decided from; Repriced
	// says why the decision follows another one, null where it does not.
	Inputs     []sizing.Input     `json:"inputs"`
	Outcomes   string             `json:"outcomes,omitempty"`
	Repriced   *sizing.Repricing  `json:"repriced"`
	Signatures []sizing.Signature `json:"signatures"`
	// Route is what the gateway serves; null where nothing is published.
	Route *Route `json:"route"`
	// Drift is what labels of served calls say of that route; null where it is
	// not watched, or nothing was drawn yet. Its alarm revokes the certificate.
	Drift *drift.Watch `json:"drift"`
}

// Route is a published decision, and the later one that the regression gate
// kept out because it is not certified.
type Route struct {
	Decision string `json:"decision"`
	Refused  string `json:"refused,omitempty"`
}

// Items is what a scenario is measured on.
type Items struct {
	Items      int      `json:"items"`
	Train      int      `json:"train"`
	Unlabelled int      `json:"unlabelled"`
	Collapsed  int      `json:"collapsed"` // near-duplicates among eval rows, measured once
	KeptOut    int      `json:"kept_out"`  // near-duplicates of eval items, kept out of training
	Conflicts  int      `json:"conflicts"` // near-duplicates with different labels
	Labels     []string `json:"labels,omitempty"`
	// Changed are the items whose gold citations hold something else than when
	// they were labelled, by their names.
	Changed []string `json:"changed,omitempty"`
}

// Small is a scenario's small model.
type Small struct {
	Model      string       `json:"model"`
	Bytes      int          `json:"bytes"`
	Training   small.Report `json:"training"`
	Answers    bool         `json:"answers"`        // whether a threshold could be set
	Answered   float64      `json:"answered_share"` // of the eval items, above the threshold
	LossBound  float64      `json:"loss_upper_bound"`
	LossTarget float64      `json:"loss_target"`
	Threshold  float64      `json:"threshold"`
}
