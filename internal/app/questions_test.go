package app_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/openai/openaitest"
)

// opened is a project of these files, brought up.
func opened(t *testing.T, files map[string]string) *app.App {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, files)
	a, err := app.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	if _, err := a.Up(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	return a
}

const threeRules = "project: p\ndepartments: [{name: ops}, {name: risk}]\nsources: [{name: rules, department: ops, path: \"规则/*.md\"}]\n"

func rules(yaml string) map[string]string {
	return map[string]string{
		"luodi.yaml": threeRules + yaml,
		"规则/甲.md":    "# 贷款\n\n个人住房贷款按月归还，逾期按日加收百分之五的罚息。\n", "规则/乙.md": "# 挂失\n\n银行卡遗失后请立即拨打热线办理挂失。\n", "规则/丙.md": "# 年假\n\n员工年假每年十天，须提前一周申请。\n",
	}
}

// A question is remembered with what became of it: what a weak model makes of
// good passages is not taken for a document that is missing.
func TestWhatABaseWasAsked(t *testing.T) {
	babbles := openaitest.Start(t, openaitest.Config{Reply: func(string) string { return "天空是蓝色的，海洋也是。" }})
	a := opened(t, rules("knowledge: [{name: kb, sources: [rules], readers: [ops, risk, \"user:wang@bank.example\"]}]\nmodels: [{name: weak, vendor: local, endpoint: \""+babbles.BaseURL+"\"}]\n"))
	ctx := t.Context()
	const covered = "银行卡遗失后怎么办理挂失"
	for _, tt := range []struct{ question, as, model, outcome string }{
		{covered, "department:ops", "", "answered"},
		{covered, "user:wang@bank.example", "weak", "unquoted"},
		{"量子色动力学胶子自旋，我的手机13812345678", "department:risk", "", "not_covered"},
	} {
		if _, err := a.AskModel(ctx, "kb", tt.question, tt.as, tt.model); err != nil {
			t.Fatal(err)
		}
		res, err := a.Questions(ctx, app.QuestionQuery{Last: 1})
		if err != nil || len(res.Asked) != 1 {
			t.Fatal(res, err)
		}
		x := res.Asked[0]
		if string(x.Outcome) != tt.outcome || x.Passages == 0 && tt.outcome != "not_covered" || (x.Cited > 0) != (tt.outcome == "answered") || (x.Evidence < x.Threshold) != (tt.outcome == "not_covered") {
			t.Errorf("%s: %+v", tt.outcome, x)
		}
		if strings.Contains(x.Question, "13812345678") || strings.Contains(x.Asker, "wang") || x.Asker == "" || x.Ms <= 0 {
			t.Errorf("kept as it was: %+v", x)
		}
	}
	for _, q := range []struct {
		name  string
		query app.QuestionQuery
		total int
		fails string
	}{
		{"all", app.QuestionQuery{Base: "kb"}, 3, ""},
		{"of an outcome", app.QuestionQuery{Outcome: "unquoted"}, 1, ""},
		{"of a department", app.QuestionQuery{Department: "risk"}, 1, ""},
		{"of the last hour", app.QuestionQuery{Since: "1h"}, 3, ""},
		{"an unknown outcome", app.QuestionQuery{Outcome: "lost"}, 0, "not_covered"},
		{"an unknown department", app.QuestionQuery{Department: "rsik"}, 0, "no such department"},
		{"no age", app.QuestionQuery{Since: "soon"}, 0, "7d"},
	} {
		res, err := a.Questions(ctx, q.query)
		if q.fails == "" && (err != nil || res.Total != q.total || len(res.Asked) != q.total) || q.fails != "" && err == nil {
			t.Errorf("%s: %+v %v", q.name, res, err)
		}
	}
	h, err := a.Hygiene(ctx, "kb", "ops")
	if err != nil || h.Counts["unanswered"] != 1 || h.Counts["unquoted"] != 1 {
		t.Errorf("%+v %v", h, err)
	}
	if h, err = a.Hygiene(ctx, "kb", "risk"); err != nil || len(h.Queues) != 0 {
		t.Errorf("another department's queue: %+v %v", h, err)
	}
}

func TestQuestionsAreNotKeptWhereNobodyWantsThem(t *testing.T) {
	files := rules("knowledge: [{name: kb, sources: [rules]}]\n")
	a := opened(t, files)
	ask := func(a *app.App) app.QuestionsResult {
		t.Helper()
		if _, err := a.Ask(t.Context(), "kb", "年假几天", ""); err != nil {
			t.Fatal(err)
		}
		res, err := a.Questions(t.Context(), app.QuestionQuery{})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	if res := ask(a); !res.Kept || res.Total != 1 {
		t.Errorf("by default: %+v", res)
	}
	write(t, a.Project.Dir, rules("knowledge: [{name: kb, sources: [rules], keep_questions: off}]\n"))
	other, err := app.Open(t.Context(), a.Project.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if res := ask(other); res.Kept || res.Total != 0 {
		t.Errorf("off, with one from before: %+v", res)
	}
}

// While the embedding endpoint is down searches go on by words, and whoever
// watches the gateway can tell.
func TestASearchWithoutItsSpaceIsSeenFromOutside(t *testing.T) {
	url, _ := embeddings(t)
	files := rules("knowledge: [{name: kb, sources: [rules], embedding: e5}]\nmodels: [{name: e5, vendor: local, model: multilingual-e5-small, endpoint: \"" + url + "\"}]\n")
	a := opened(t, files)
	if res, err := a.Swap(t.Context(), app.SwapConfig{Base: "kb", Yes: true}); err != nil || !res.Swapped {
		t.Fatal(res, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	addr, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Serve(ctx, "127.0.0.1:0", func(at string) { addr <- at }) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	at := "http://" + <-addr
	get := func(path string) string {
		t.Helper()
		r, err := http.Get(at + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	const counter = `luodi_search_degraded_total{base="kb"}`
	for _, tt := range []struct {
		name            string
		down            bool
		health, metrics string
	}{
		{"up", false, `"status":"ok"`, ""},
		{"down", true, "searches of knowledge base kb go without their embedding space", counter + " 1"},
	} {
		if tt.down {
			if r, err := http.Get(url + "/down"); err != nil || r.StatusCode != http.StatusUnauthorized {
				t.Fatal(err)
			}
		}
		res, err := a.Ask(t.Context(), "kb", "年假几天 "+tt.name, "")
		if err != nil || (res.Degraded != "") != tt.down {
			t.Fatalf("%s: %+v %v", tt.name, res, err)
		}
		if h, m := get("/healthz"), get("/metrics"); !strings.Contains(h, tt.health) || strings.Contains(h, url) || !strings.Contains(m, tt.metrics) || !tt.down && strings.Contains(m, counter) {
			t.Errorf("%s: %s\n%v", tt.name, h, strings.Contains(m, counter))
		}
	}
}
