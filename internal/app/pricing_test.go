package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/openai/openaitest"
	"github.com/luodi/luodi/internal/report"
	"github.com/luodi/luodi/internal/sizing"
)

// shop is a project with one table and two models behind fake endpoints, which
// are right on a share of its rows.
type shop struct {
	dir         string
	cheap, dear *openaitest.Vendor
}

const shopYAML = `project: shop
departments: [{name: service}]
sources: [{name: tickets, department: service, path: tickets.csv, text: text, label: category}]
models:
  - {name: cheap, endpoint: "%s"}
  - {name: dear, endpoint: "%s"%s}
scenarios:
  - {name: intent, department: service, task: classify, items: {source: tickets, test: 0.9}, bar: {at_least: 0.85, slack: 0.05}, candidates: [cheap, dear], traffic: {requests_per_month: 100000}}
%s`

// open makes a shop; cost and scenarios go into its luodi.yaml.
func open(t *testing.T, cost, scenarios string) *shop {
	t.Helper()
	s := &shop{dir: t.TempDir()}
	gold := map[string]string{}
	var table strings.Builder
	table.WriteString("text,category\n")
	r := rand.New(rand.NewPCG(7, 7))
	labels := []string{"card", "loan", "fee"}
	for i := range 500 {
		words := make([]string, 10)
		for j := range words {
			words[j] = fmt.Sprintf("w%d", r.IntN(900))
		}
		text := strings.Join(words, " ")
		gold[text] = labels[i%3]
		fmt.Fprintf(&table, "%s,%s\n", text, labels[i%3])
	}
	model := func(name string) *openaitest.Vendor {
		return openaitest.Start(t, openaitest.Config{Reply: func(prompt string) string {
			for text, label := range gold {
				if strings.Contains(prompt, text) {
					h := fnv.New32a()
					h.Write([]byte(name + text))
					if h.Sum32()%100 < 95 {
						return label
					}
				}
			}
			return "none"
		}})
	}
	s.cheap, s.dear = model("cheap"), model("dear")
	s.write(t, "tickets.csv", table.String())
	s.write(t, "luodi.yaml", fmt.Sprintf(shopYAML, s.cheap.BaseURL, s.dear.BaseURL, cost, scenarios))
	return s
}

func (s *shop) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// edit replaces a text of luodi.yaml.
func (s *shop) edit(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, "luodi.yaml"))
	if err != nil || !strings.Contains(string(b), from) {
		t.Fatalf("luodi.yaml has no %q (%v)", from, err)
	}
	s.write(t, "luodi.yaml", strings.Replace(string(b), from, to, 1))
}

func (s *shop) app(t *testing.T) *app.App {
	t.Helper()
	a, err := app.Open(context.Background(), s.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func (s *shop) calls() int { return len(s.cheap.Calls()) + len(s.dear.Calls()) }

// set records a price of a model, as luodi price set does.
func (s *shop) set(t *testing.T, model, in, out, from string) app.PriceSet {
	t.Helper()
	res, err := s.app(t).SetPrice(context.Background(), app.PriceRequest{Model: model, In: in, Out: out, Currency: "CNY", From: from, Source: "contract of " + from, Read: "2024-01-01"})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// frontier brings the shop up with both models measured; cheap costs 1 and
// dear 2 CNY a million tokens.
func (s *shop) frontier(t *testing.T) app.ScenarioSummary {
	t.Helper()
	s.set(t, "cheap", "1", "1", "2024-01-01")
	s.set(t, "dear", "2", "2", "2024-01-01")
	on := true
	if _, err := s.app(t).Size(context.Background(), app.SizeRequest{Frontier: &on}); err != nil {
		t.Fatal(err)
	}
	return s.up(t)
}

func (s *shop) up(t *testing.T) app.ScenarioSummary {
	t.Helper()
	res, err := s.app(t).Up(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	return res.Scenarios[0]
}

// published is what the gateway serves as scenario intent.
func (s *shop) published(t *testing.T) report.Route {
	t.Helper()
	rep, err := s.app(t).Report(context.Background())
	if err != nil || rep.Scenarios[0].Route == nil {
		t.Fatalf("nothing is published: %v", err)
	}
	return *rep.Scenarios[0].Route
}

func TestAPriceChangeFlipsADecisionWithoutACall(t *testing.T) {
	ctx := context.Background()
	for _, way := range []string{"size --reprice", "up"} {
		t.Run(way, func(t *testing.T) {
			s := open(t, "", "")
			before := s.frontier(t)
			if before.Status != "certified" || *before.Configuration != "cheap" {
				t.Fatalf("%s %s before", before.Status, *before.Configuration)
			}
			calls := s.calls()
			set := s.set(t, "cheap", "9", "9", "2024-06-01")
			if !set.Holds || !set.Changed || set.Before == nil || set.Before.In != "1" {
				t.Errorf("set: %+v", set)
			}
			diff, err := s.app(t).DiffPrices(ctx)
			if err != nil || len(diff.Decisions) != 1 || diff.Decisions[0].Candidate != "cheap" || diff.Decisions[0].New != set.Row.ID || len(diff.Rows) != 3 {
				t.Errorf("diff: %+v, %v", diff, err)
			}

			var res app.UpResult
			if way == "up" {
				res, err = s.app(t).Up(ctx, "")
			} else {
				res, err = s.app(t).Size(ctx, app.SizeRequest{Reprice: true})
			}
			if err != nil {
				t.Fatal(err)
			}
			after := res.Scenarios[0]
			if s.calls() != calls {
				t.Errorf("%d calls were made", s.calls()-calls)
			}
			if *after.Configuration != "dear" || after.Status != "certified" || *after.Decision == *before.Decision {
				t.Fatalf("the choice is %s (%s)", *after.Configuration, *after.Decision)
			}
			if len(res.Repriced) != 1 || !res.Repriced[0].Flipped || res.Repriced[0].Why.Previous != *before.Decision {
				t.Errorf("repriced: %+v", res.Repriced)
			}
			if r := s.published(t); r.Decision != *after.Decision {
				t.Errorf("the route is of %s, want %s", r.Decision, *after.Decision)
			}

			// Every form of the report says why.
			a := s.app(t)
			rep, err := a.Report(ctx)
			if err != nil {
				t.Fatal(err)
			}
			var terminal bytes.Buffer
			if err := report.Terminal(&terminal, rep, "en"); err != nil {
				t.Fatal(err)
			}
			page, err := report.HTML(rep)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := json.Marshal(rep)
			if err != nil {
				t.Fatal(err)
			}
			for form, text := range map[string]string{"terminal": terminal.String(), "html": string(page), "json": string(doc)} {
				for _, want := range []string{"Price of cheap: local/cheap@2024-01-01#", "The choice moves from cheap to dear.", *before.Decision} {
					if !strings.Contains(text, want) {
						t.Errorf("%s: no %q", form, want)
					}
				}
			}

			for _, id := range []string{*before.Decision, *after.Decision} {
				if v, err := a.Verify(ctx, id); err != nil || !v.OK {
					t.Errorf("verify %s: %+v, %v", id, v, err)
				}
			}
			// Nothing more to do, and the study is still the first one.
			res, err = s.app(t).Up(ctx, "")
			if err != nil || s.calls() != calls {
				t.Errorf("%v, %d calls", err, s.calls()-calls)
			}
			for _, st := range res.Stages {
				if way == "up" && st.Status != "cached" {
					t.Errorf("stage %s is %s the second time", st.Name, st.Status)
				}
			}
			if rep.Scenarios[0].Result.Number != 1 || !rep.Scenarios[0].Result.Frontier || rep.Studies.Run != 1 || rep.Studies.Alpha != .05 {
				t.Errorf("study %d, frontier %v, %+v", rep.Scenarios[0].Result.Number, rep.Scenarios[0].Result.Frontier, rep.Studies)
			}
		})
	}
}

func TestRepriceRefusesWhatMoreThanPricesChanged(t *testing.T) {
	s := open(t, "", "")
	before := s.frontier(t)
	s.set(t, "cheap", "9", "9", "2024-06-01")
	s.edit(t, "at_least: 0.85", "at_least: 0.8")
	res, err := s.app(t).Size(context.Background(), app.SizeRequest{Reprice: true})
	if !errs.Is(err, errs.CodeConflict) || *res.Scenarios[0].Decision != *before.Decision {
		t.Errorf("%v; decision %s, was %s", err, *res.Scenarios[0].Decision, *before.Decision)
	}
}

func TestVerifyAndSignFindATamperedOutcome(t *testing.T) {
	ctx := context.Background()
	s := open(t, "", "")
	d := *s.frontier(t).Decision
	res, err := s.app(t).Sign(ctx, d, "CIO", "for the pilot")
	if err != nil || len(res.Signatures) != 1 || res.Status != "certified" {
		t.Fatalf("%+v, %v", res, err)
	}
	if rep, err := s.app(t).Report(ctx); err != nil || len(rep.Scenarios[0].Signatures) != 1 || rep.Scenarios[0].Signatures[0].By != "CIO" || len(rep.Scenarios[0].Inputs) < 3 {
		t.Errorf("the report has %+v, %+v, %v", rep.Scenarios[0].Signatures, rep.Scenarios[0].Inputs, err)
	}
	if _, err := s.app(t).Sign(ctx, d, " ", ""); !errors.Is(err, app.ErrUsage) {
		t.Errorf("signed by nobody: %v", err)
	}
	if _, err := s.app(t).Sign(ctx, "dec_none", "CIO", ""); !errs.Is(err, errs.CodeNotFound) {
		t.Errorf("signing nothing: %v", err)
	}

	db, err := sql.Open("sqlite", filepath.Join(s.dir, ".luodi", "luodi.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	changed, err := db.Exec(`UPDATE sizing_outcome SET output = replace(output, '"text":"loan"', '"text":"card"') WHERE rowid = (SELECT min(rowid) FROM sizing_outcome WHERE output LIKE '%"text":"loan"%')`)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := changed.RowsAffected(); n != 1 {
		t.Fatalf("%d outcomes were tampered with", n)
	}
	v, err := s.app(t).Verify(ctx, d)
	if err != nil || v.OK || !strings.Contains(strings.Join(v.Differences, "\n"), "outcomes have changed") {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := s.app(t).Sign(ctx, d, "CIO", ""); !errs.Is(err, errs.CodeConflict) {
		t.Errorf("signed what is not reproduced: %v", err)
	}
}

func TestWhatFailsItsBarDoesNotReplaceACertifiedRoute(t *testing.T) {
	ctx := context.Background()
	s := open(t, "", "")
	good := *s.frontier(t).Decision
	s.edit(t, "at_least: 0.85, slack: 0.05", "at_least: 0.99, slack: 0.001")
	res, err := s.app(t).Up(ctx, "")
	if !errors.Is(err, app.ErrGate) {
		t.Fatalf("up: %v; want the gate", err)
	}
	bad := *res.Scenarios[0].Decision
	for _, st := range res.Stages {
		if st.Status == "failed" {
			t.Errorf("stage %s failed: %s", st.Name, st.Error)
		}
	}
	if r := s.published(t); r.Decision != good || r.Refused != bad || res.Scenarios[0].Status == "certified" {
		t.Errorf("published %+v; want %s, %s refused", r, good, bad)
	}
	if len(res.Warnings) == 0 || !strings.Contains(strings.Join(res.Warnings, "\n"), "the certified route of "+good+" stays") {
		t.Errorf("warnings %q", res.Warnings)
	}
	if err := s.app(t).Gate(ctx, "intent"); !errors.Is(err, app.ErrGate) || !strings.Contains(err.Error(), good) {
		t.Errorf("gate: %v", err)
	}
	if _, err := s.app(t).Up(ctx, ""); !errors.Is(err, app.ErrGate) {
		t.Errorf("up again: %v; the gate is still not met", err)
	}

	s.edit(t, "at_least: 0.99, slack: 0.001", "at_least: 0.85, slack: 0.05")
	again := s.up(t)
	if r := s.published(t); r.Decision != *again.Decision || r.Refused != "" || again.Status != "certified" {
		t.Errorf("published %+v, decided %s", r, *again.Decision)
	}
	if err := s.app(t).Gate(ctx, "intent"); err != nil {
		t.Errorf("gate: %v", err)
	}
}

func TestBudgetOfARun(t *testing.T) {
	ctx := context.Background()
	s := open(t, "", "")
	s.set(t, "cheap", "100", "100", "2024-01-01")
	s.set(t, "dear", "200", "200", "2024-01-01")
	if _, err := s.app(t).Size(ctx, app.SizeRequest{Budget: "five"}); !errors.Is(err, app.ErrUsage) {
		t.Errorf("--budget five: %v", err)
	}
	res, err := s.app(t).Size(ctx, app.SizeRequest{Budget: "0.08 CNY"})
	if err != nil {
		t.Fatal(err)
	}
	first := s.calls()
	if first == 0 || res.Scenarios[0].Status == "certified" || !strings.Contains(strings.Join(res.Warnings, "\n"), "budget of 0.08 CNY has no room") {
		t.Fatalf("%d calls, %s, %q", first, res.Scenarios[0].Status, res.Warnings)
	}
	cost, err := s.app(t).Cost(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if paid := cost.Rows[0]["cost"].(float64); paid > .08 || paid == 0 {
		t.Errorf("paid %v CNY of a budget of 0.08", paid)
	}
	after := s.up(t)
	if after.Status != "certified" {
		t.Errorf("%s without a budget", after.Status)
	}
	pairs := map[string]bool{}
	for _, v := range []*openaitest.Vendor{s.cheap, s.dear} {
		for _, c := range v.Calls() {
			pairs[v.BaseURL+string(c.Body)] = true
		}
	}
	if len(pairs) != s.calls() {
		t.Errorf("%d calls for %d distinct pairs", s.calls(), len(pairs))
	}
}

const second = `  - {name: urgency, department: service, task: classify, items: {source: tickets, test: 0.8}, bar: {at_least: 0.85, slack: 0.05}, candidates: [cheap]}
`

func TestOneScenarioAndTheProjectsAlpha(t *testing.T) {
	ctx := context.Background()
	s := open(t, "", second)
	s.set(t, "cheap", "1", "1", "2024-01-01")
	s.set(t, "dear", "2", "2", "2024-01-01")
	res, err := s.app(t).Size(ctx, app.SizeRequest{Scenario: "urgency"})
	if err != nil || res.Scenarios[0].Decision != nil || res.Scenarios[1].Status != "certified" {
		t.Fatalf("%+v, %v", res.Scenarios, err)
	}
	if _, err := s.app(t).Size(ctx, app.SizeRequest{Scenario: "none"}); !errs.Is(err, errs.CodeNotFound) {
		t.Errorf("--scenario none: %v", err)
	}
	alphas := func() (each []float64, all report.Studies) {
		rep, err := s.app(t).Report(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, sc := range rep.Scenarios {
			each = append(each, sc.Result.Alpha)
		}
		return each, rep.Studies
	}
	s.up(t)
	whole, studies := alphas()
	if studies != (report.Studies{Standing: 2, Run: 2, Alpha: .1}) {
		t.Errorf("%+v", studies)
	}
	on := true
	if _, err := s.app(t).Size(ctx, app.SizeRequest{ProjectAlpha: &on}); err != nil {
		t.Fatal(err)
	}
	s.up(t) // keeps to it
	split, studies := alphas()
	if studies != (report.Studies{Standing: 2, Run: 4, Alpha: .05}) || split[0] != whole[0]/2 || split[1] != whole[1]/2 {
		t.Errorf("%+v; alphas %v, were %v", studies, split, whole)
	}
}

func TestSelfHostedCostIsShownWithItsInputs(t *testing.T) {
	s := open(t, `, cost: {gpu_per_hour: 12 CNY, tokens_per_second: 900, utilisation: 0.8}`, "")
	s.set(t, "cheap", "9", "9", "2024-01-01")
	first := s.up(t)
	if *first.Configuration != "dear" || first.Status != "certified" {
		t.Fatalf("%s %s", *first.Configuration, first.Status)
	}
	calls := s.calls()
	s.edit(t, "utilisation: 0.8", "utilisation: 0.6")
	next := s.up(t)
	if s.calls() != calls {
		t.Errorf("%d calls were made", s.calls()-calls)
	}
	if ratio := *next.CostPer1000 / *first.CostPer1000; ratio < 1.3333 || ratio > 1.3334 {
		t.Errorf("80 %% → 60 %% utilisation costs × %.5f, want × 1.333", ratio)
	}
	var b bytes.Buffer
	rep, err := s.app(t).Report(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := report.Terminal(&b, rep, "en"); err != nil || !strings.Contains(b.String(), "12 CNY per GPU-hour × 1 / (3600 s × 900 tokens/s × 0.6)") {
		t.Errorf("%v\n%s", err, &b)
	}
	var hosted *sizing.ArmResult
	for i, arm := range rep.Scenarios[0].Result.Arms {
		if arm.Name == "dear" {
			hosted = &rep.Scenarios[0].Result.Arms[i]
		}
	}
	if hosted == nil || hosted.Price.Hosting == nil || hosted.Price.In.String() != "6.17284" || hosted.Price.In != hosted.Price.Out {
		t.Errorf("%+v", hosted)
	}
	if _, err := s.app(t).SetPrice(context.Background(), app.PriceRequest{Model: "dear", In: "1", Out: "1", Currency: "CNY", From: "2024-01-01", Source: "x"}); !errs.Is(err, errs.CodeConflict) {
		t.Errorf("a price that luodi.yaml overrules: %v", err)
	}
}
