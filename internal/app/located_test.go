package app_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/app"
)

// What an old answer quotes is shown at its raw bytes while the plan in use
// makes a text that holds it, wherever that moved, and nowhere after that.
func TestAnOldQuoteUnderAnotherPlan(t *testing.T) {
	ctx := t.Context()
	text := "收费说明    （２０２６年版）\n\n   超过五万元的按万分之五收取。\n\n挂失手续费为每张　１０　元。\n\n补卡手续费为每张五元。\n"
	yaml := "project: p\ndepartments: [{name: ops}]\nsources: [{name: docs, department: ops, path: \"docs/*\"PLAN}]\nknowledge: [{name: kb, sources: [docs], readers: [ops]}]\n"
	a := opened(t, map[string]string{"luodi.yaml": strings.Replace(yaml, "PLAN", "", 1), "docs/fee.txt": text,
		"raw.yaml": "plan: raw\nversion: 1\nformats: [txt]\nsteps:\n  - {do: control}\n"})
	var ids []string
	for _, q := range []string{"挂失手续费多少", "补卡手续费多少"} {
		res, err := a.Ask(ctx, "kb", q, "")
		if err != nil || len(res.Citations) == 0 {
			t.Fatalf("%+v %v", res, err)
		}
		ids = append(ids, res.ID)
	}
	raw := func(a *app.App, id string) string {
		t.Helper()
		tr, err := a.Trace(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(tr.Provenance["citations"])
		if err != nil {
			t.Fatal(err)
		}
		var cited []struct {
			Raw *struct{ Start, End int }
		}
		if err := json.Unmarshal(b, &cited); err != nil || len(cited) == 0 {
			t.Fatalf("%s: %v", b, err)
		}
		if cited[0].Raw == nil {
			return ""
		}
		return text[cited[0].Raw.Start:cited[0].Raw.End]
	}
	if got := []string{raw(a, ids[0]), raw(a, ids[1])}; got[0] != "挂失手续费为每张　１０　元。" || got[1] != "补卡手续费为每张五元。" {
		t.Errorf("%q", got)
	}
	write(t, a.Project.Dir, map[string]string{"luodi.yaml": strings.Replace(yaml, "PLAN", ", plan: raw.yaml", 1)})
	b, err := app.Open(ctx, a.Project.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, err := b.Up(ctx, ""); err != nil {
		t.Fatal(err)
	}
	if got := []string{raw(b, ids[0]), raw(b, ids[1])}; got[0] != "" || got[1] != "补卡手续费为每张五元。" {
		t.Errorf("under a plan that keeps wide digits: %q", got)
	}
}
