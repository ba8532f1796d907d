package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/report"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/small"
	"github.com/luodi/luodi/internal/source"
)

var update = flag.Bool("update", false, "write the golden files of testdata")

func pointer(v float64) *float64 { return &v }

// sample is a project with everything that a report can show: a certified, an
// undecided and a planned scenario, one never sized, a source with failures, a
// base that is not built, and names that would be markup.
func sample() report.Report {
	small1 := sizing.ArmResult{
		ID: "cfg_small", Name: "small", Status: "certified", Items: 412, Quality: pointer(.9126), Interval: &[2]float64{.874, .941},
		CostPer1000: pointer(0), P50: .2, P95: .6, OnFrontier: true, Price: sizing.Price{Row: "free", Currency: money.CNY},
	}
	strong := sizing.ArmResult{
		ID: "cfg_strong", Name: "qwen-plus", Status: "set_aside", Items: 200, Quality: pointer(.93), Interval: &[2]float64{.88, .962},
		CostPer1000: pointer(1.284), P50: 640, P95: 1410, Price: sizing.Price{Row: "dashscope/qwen-plus/CNY/2025-01-01", Currency: money.CNY, In: 800_000, Cached: 400_000, Out: 2_000_000, Tiered: true},
	}
	missing := sizing.ArmResult{ID: "cfg_far", Name: "deepseek-chat", Status: "not_configured", Reason: "DEEPSEEK_API_KEY is not set", Price: sizing.Price{Unknown: true}}
	weak := small1
	weak.ID, weak.Status, weak.Quality, weak.Interval = "cfg_weak", "undecided", pointer(.71), &[2]float64{.66, .755}
	refuted := strong
	refuted.ID, refuted.Name, refuted.Status, refuted.Quality, refuted.Interval = "cfg_old", "<b>old</b>", "refuted", pointer(.55), &[2]float64{.5, .6}
	refuted.Price = sizing.Price{
		Row: "openai/old@2025-01-01", Currency: money.USD, In: 150_000, Cached: 150_000, Out: 600_000,
		Rate: &sizing.Rate{ID: "USD/CNY@2025-02-01=7.1", Value: 7.1, Date: "2025-02-01", Source: "central parity"},
	}
	plan := sizing.PlanRow{
		ID: "cfg_far", Name: "deepseek-chat", Reason: "DEEPSEEK_API_KEY is not set", Labels: 240, LabelsMax: 800, Calls: 240, CallsMax: 800, Money: pointer(.31),
		MoneyMax: pointer(1.1), Currency: "CNY", Seconds: 95, Detectable: pointer(.034), Undecided: .12, More: 300,
	}
	return report.Report{
		Project: "spruce & <sons>", Version: "0.1.0", Generated: time.Date(2025, 3, 1, 8, 30, 0, 0, time.UTC), Warnings: []string{}, Studies: report.Studies{Standing: 2, Run: 3, Alpha: .1},
		Sources: []report.Source{
			{
				Name: "tickets", Department: "service",
				Ingest: &source.Report{
					Source: "tickets", Files: 3, Records: 2412, Warnings: []string{"data/b.csv: 2 rows have more cells than the header"},
					Failed: []source.Failure{{Path: "data/c.csv", Reason: "line 3: a quote is never closed", Kept: true}},
				},
				Clean: &clean.Report{
					Languages: map[string]int{"zh": 2100, "en": 312}, ExactDuplicates: 31, Dropped: map[string]int{"exact duplicate": 31},
					PII:        map[string]clean.Findings{"mobile": {Records: 40, Found: 44}, "bank_card": {Records: 7, Found: 7}},
					LookAlikes: map[string]clean.Findings{"resident_id": {Records: 9, Found: 9}},
					Repairs:    clean.Repairs{Charsets: map[string]int{"utf-8": 1, "gb18030": 1, "big5": 1}},
				},
			},
			{Name: "letters", Department: "service"},
		},
		Knowledge: []report.Base{
			{Name: "rulebook", Sources: []string{"rules"}, Readers: []string{"compliance", "service"}, Documents: 72, Chunks: 640, Built: true, Hygiene: []report.Queue{{
				Department: "compliance", Counts: map[string]int{knowledge.Stale: 12},
				Findings: []knowledge.Finding{{Kind: knowledge.Stale, Department: "compliance", Addresses: []string{"rules/old<1>.md"}, Detail: "in force since 2019-01-01"}},
			}}},
			{Name: "empty", Sources: []string{"letters"}},
		},
		Scenarios: []report.Scenario{
			{
				Name: "intent", Department: "service", Task: "classify", Status: "certified", Requests: 200000, Decision: "dec_1", CostPerMonth: pointer(0),
				Items:      report.Items{Items: 720, Train: 1600, Unlabelled: 4, Collapsed: 20, KeptOut: 11, Conflicts: 3},
				Prices:     map[string]string{"dashscope/qwen-plus/CNY/2025-01-01": "read 2025-02-20", "openai/old@2025-01-01": "from memory"},
				Repriced:   &sizing.Repricing{Previous: "dec_0", Why: sizing.Text{En: "The choice moves from qwen-plus to small.", Zh: "选择由 qwen-plus 改为 small。"}},
				Signatures: []sizing.Signature{{By: "CIO <a>", Note: "for the pilot", At: time.Date(2025, 3, 1, 7, 0, 0, 0, time.UTC)}},
				Route:      &report.Route{Decision: "dec_1"},
				Small: &report.Small{
					Model: "mdl_1", Bytes: 410233, Answers: true, Answered: .871, LossBound: .0184, LossTarget: .02,
					Training: small.Report{Examples: 1600, Labels: 16, Accuracy: .9032},
				},
				Result: &sizing.Result{
					Study: "std_1", Scenario: "intent", Status: "certified", Bar: .85, Slack: .02, Floor: .83, Choice: "cfg_small", Currency: "CNY", Spent: .2568,
					Arms: []sizing.ArmResult{small1, missing, strong, refuted}, Plan: []sizing.PlanRow{plan},
					Certificate: sizing.Text{En: "CERTIFIED: small scores at least 0.83.", Zh: "已认证：small 的得分不低于 0.83。"},
				},
			},
			{
				Name: "credit-risk", Department: "credit", Task: "classify", Status: "best_guess", Decision: "dec_2", Route: &report.Route{Decision: "dec_old", Refused: "dec_2"}, Items: report.Items{Items: 300, Train: 700},
				Small: &report.Small{Model: "mdl_2", Training: small.Report{Examples: 700, Labels: 2, Accuracy: .7}},
				Result: &sizing.Result{
					Study: "std_2", Status: "best_guess", Bar: .86, Slack: .02, Floor: .84, Choice: "cfg_weak", Currency: "CNY",
					Arms: []sizing.ArmResult{weak}, Certificate: sizing.Text{En: "BEST GUESS: nothing is proven.", Zh: "最佳猜测：未获证明。"},
				},
			},
			{
				Name: "投诉信要素", Department: "service", Task: "extract", Status: "plan", Decision: "dec_3", Items: report.Items{Items: 120},
				Result: &sizing.Result{
					Study: "std_3", Status: "plan", Bar: .9, Slack: .05, Floor: .85, Currency: "CNY", Arms: []sizing.ArmResult{missing}, Plan: []sizing.PlanRow{plan},
					Certificate: sizing.Text{En: "PLAN: no endpoint is configured.", Zh: "计划：尚未配置接入点。"},
				},
			},
			{Name: "new", Department: "risk", Task: "answer", Status: "plan"},
		},
	}
}

func page(t *testing.T, r report.Report) string {
	t.Helper()
	b, err := report.HTML(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPageIsInBothLanguages(t *testing.T) {
	got := page(t, sample())
	for _, want := range []string{
		"决策报告", "Decision report", "已认证：small 的得分不低于 0.83。", "CERTIFIED: small scores at least 0.83.",
		"spruce &amp; &lt;sons&gt;", "&lt;b&gt;old&lt;/b&gt;", "投诉信要素", "a quote is never closed", "DEEPSEEK_API_KEY is not set", "read 2025-02-20",
		"in 0.8 · cached 0.4 · out 2 CNY per million tokens (first tier)", "1 USD = 7.1 CNY, rate of 2025-02-01 (central parity)", "2025-02-01 的汇率",
		"The choice moves from qwen-plus to small.", "选择由 qwen-plus 改为 small。", "signed off by CIO &lt;a&gt;, 2025-03-01 07:00 UTC: for the pilot",
		"the certified route of dec_old stays", "dec_old 的已认证路由保持不变", "Studies that stand: 2 (run so far: 3). Their α adds up to 10 %", "其 α 合计 10 %",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	for _, bad := range []string{"<sons>", "<b>old</b>", "<no value>", "%!", "NaN", "ZgotmplZ"} {
		if strings.Contains(got, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if n := strings.Count(got, "<svg"); n != 4 {
		t.Errorf("%d frontiers, want 2 in each language", n)
	}
}

// The page loads nothing: it must work from a mail attachment without network.
func TestPageNeedsNoNetwork(t *testing.T) {
	got := page(t, sample())
	if m := regexp.MustCompile(`(?i)(https?:)?//[a-z0-9]`).FindString(got); m != "" {
		t.Errorf("the page has an address: %s", m)
	}
	tokens := html.NewTokenizer(strings.NewReader(got))
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			if err := tokens.Err(); err != io.EOF {
				t.Fatal(err)
			}
			return
		}
		token := tokens.Token()
		for _, a := range token.Attr {
			switch {
			case a.Key == "src" || a.Key == "srcset" || a.Key == "data" || a.Key == "action":
				t.Errorf("<%s %s=%q> is loaded", token.Data, a.Key, a.Val)
			case a.Key == "href" && !strings.HasPrefix(a.Val, "#"):
				t.Errorf("<%s href=%q> leads away", token.Data, a.Val)
			}
		}
		if token.Data == "link" || token.Data == "iframe" || token.Data == "img" {
			t.Errorf("<%s> is in the page", token.Data)
		}
	}
}

// Elements are closed in the order they were opened, and ids are used once.
func TestPageIsWellFormed(t *testing.T) {
	void := map[string]bool{"meta": true, "br": true}
	var open []string
	ids := map[string]bool{}
	var links []string
	tokens := html.NewTokenizer(strings.NewReader(page(t, sample())))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		token := tokens.Token()
		for _, a := range token.Attr {
			if a.Key == "id" {
				if ids[a.Val] {
					t.Errorf("id %q twice", a.Val)
				}
				ids[a.Val] = true
			}
			if a.Key == "href" {
				links = append(links, strings.TrimPrefix(a.Val, "#"))
			}
		}
		switch {
		case kind == html.StartTagToken && !void[token.Data]:
			open = append(open, token.Data)
		case kind == html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("</%s> closes %v", token.Data, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("never closed: %v", open)
	}
	for _, l := range links {
		if unescaped, err := url.PathUnescape(l); err != nil || !ids[unescaped] {
			t.Errorf("#%s leads nowhere", l)
		}
	}
}

func TestTerminal(t *testing.T) {
	for _, language := range []string{"en", "zh-CN"} {
		var b bytes.Buffer
		if err := report.Terminal(&b, sample(), language); err != nil {
			t.Fatal(err)
		}
		golden(t, "testdata/terminal."+language+".txt", b.Bytes())
	}
}

func TestDataOnTerminal(t *testing.T) {
	var b bytes.Buffer
	if err := report.Data(&b, sample(), "en"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "records 2,412") || strings.Contains(b.String(), "CERTIFIED") {
		t.Errorf("the data part is\n%s", &b)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s has changed; if that is meant run go test ./internal/report -update\n%s", name, d)
	}
}

// The keys that other programs read.
func TestJSONKeys(t *testing.T) {
	b, err := json.Marshal(sample())
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Scenarios []map[string]json.RawMessage `json:"scenarios"`
		Sources   []map[string]json.RawMessage `json:"sources"`
	}
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"name", "department", "task", "status", "items", "requests_per_month", "decision", "result", "prices", "cost_per_month", "small"} {
		if _, ok := got.Scenarios[0][key]; !ok {
			t.Errorf("a scenario has no %q", key)
		}
	}
	if string(got.Sources[1]["ingest"]) != "null" || string(got.Scenarios[3]["result"]) != "null" {
		t.Error("what is unknown is not null")
	}
}

// An empty project has a report too.
func TestEmptyReport(t *testing.T) {
	got := page(t, report.Report{Project: "new"})
	if !strings.Contains(got, "Decision report") {
		t.Error("the page of an empty project has no title")
	}
	if err := report.Terminal(io.Discard, report.Report{Project: "new"}, "en"); err != nil {
		t.Fatal(err)
	}
	if err := report.Terminal(io.Discard, report.Report{}, "fr"); err == nil {
		t.Error("a language that is not there passes")
	}
}
