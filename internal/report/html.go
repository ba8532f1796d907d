package report

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"

	"github.com/luodi/luodi/internal/sizing"
)

// language is one language of the page.
type language struct {
	Code, Other string
	Text        texts
}

// HTML is the report as one page that needs nothing else: both languages,
// switched without a reload, light and dark.
func HTML(r Report) ([]byte, error) {
	page := struct {
		Report    Report
		Languages []language
	}{Report: r}
	for i, code := range languages {
		t, err := textsOf(code)
		if err != nil {
			return nil, err
		}
		page.Languages = append(page.Languages, language{code, languages[(i+1)%len(languages)], t})
	}
	tpl, err := template.New("page.html").Funcs(template.FuncMap{
		"share": share, "interval": interval, "cost": cost, "armCost": armCost, "changed": changedText, "number": number, "count": count, "choice": choice,
		"price": priceText, "priced": priced, "studies": studiesText, "why": why, "signed": signedText, "routeKept": func(r *Route, t texts) string { return t.fill("route_kept", "decision", r.Decision) },
		"drift": driftText, "dataOf": dataOf, "kind": func(t texts, k string) string { return t.kind(k) }, "health": health, "small": smallText, "join": func(s []string) string { return strings.Join(s, ", ") },
		"frontier": func(s Scenario, t texts) template.HTML { return template.HTML(frontier(s, t)) }, //nolint:gosec // escaped in frontier
		"words":    inLanguage, "route": routeText,
		"certificate": func(r *sizing.Result, code string) string {
			if code == "en" {
				return r.Certificate.En
			}
			return r.Certificate.Zh
		},
	}).ParseFS(files, "page.html", "data.html")
	if err != nil {
		return nil, fmt.Errorf("report page: %w", err)
	}
	var b bytes.Buffer
	if err := tpl.Execute(&b, page); err != nil {
		return nil, fmt.Errorf("report page: %w", err)
	}
	return b.Bytes(), nil
}

// choice is the arm that a scenario's decision chose, or nil.
func choice(s Scenario) *sizing.ArmResult {
	if s.Result == nil {
		return nil
	}
	if a, ok := s.Result.Arm(s.Result.Choice); ok {
		return &a
	}
	return nil
}

// smallText says what the small model does, in one sentence.
func smallText(s *Small, t texts) string {
	if s.Training.MicroF1 > 0 { // all labels of a text: no threshold
		return t.fill("small_tags", "rows", count(s.Training.Examples), "labels", count(s.Training.Labels), "bytes", count(s.Bytes),
			"f1", fmt.Sprintf("%.4f", s.Training.MicroF1))
	}
	trained := t.fill("small_trained", "rows", count(s.Training.Examples), "labels", count(s.Training.Labels), "bytes", count(s.Bytes),
		"accuracy", fmt.Sprintf("%.4f", s.Training.Accuracy))
	answers := t["small_silent"]
	if s.Answers {
		answers = t.fill("small_answers", "share", fmt.Sprintf("%.1f", 100*s.Answered), "bound", fmt.Sprintf("%.4f", s.LossBound), "target", sizing.Decimal(s.LossTarget))
	}
	return trained + t["small_join"] + answers
}
