package project_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/money"
)

const guardModels = "project: p\nmodels: [{name: m, endpoint: \"http://127.0.0.1:1/v1\"}, {name: cheap, endpoint: \"http://127.0.0.1:2/v1\"}]\nroutes: [{name: r, models: [m, cheap], hedge: true}]\n"

func TestGuards(t *testing.T) {
	p, err := parse(guardModels + `guards:
  - {name: short, models: [m, r], max_prompt: 32KB}
  - name: words
    deny: |
      prompt.contains("合同编号") &&
        department != "legal"
    message: Ask legal first.
`)
	if err != nil {
		t.Fatal(err)
	}
	if g := p.Guards[0]; g.MaxPrompt != 32<<10 || g.Rule != nil || !cmp.Equal(g.Models, []string{"m", "r"}) || !p.Routes[0].Hedge {
		t.Errorf("%+v", g)
	}
	if g := p.Guards[1]; g.Rule == nil || g.Message != "Ask legal first." {
		t.Errorf("%+v", g)
	}
}

func TestGuardProblems(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing to refuse", "guards: [{name: g}]\n", `4:10: guard "g" refuses nothing; give it max_prompt, such as 32KB, or deny, a rule such as model == "qwen-plus" && prompt_bytes > 1000`},
		{"no size", "guards: [{name: g, max_prompt: 32}]\n", `4:32: "32" is no size; write it as 32KB, 1MB or 4000B`},
		{"an unknown model", "guards: [{name: g, models: [x], max_prompt: 1B}]\n", `4:29: unknown model "x"; there are m, cheap, r`},
		{"a slip in a rule", "guards:\n- name: g\n  deny: modell == \"m\"\n", `6:9: line 1, column 1 of the rule: undeclared reference to 'modell' (did you mean 'model'?); there are model, key, key_name, department, scenario, prompt, prompt_bytes, max_tokens, stream, now`},
		{"a rule that is none", "guards: [{name: g, deny: prompt_bytes}]\n", `4:26: line 1, column 1 of the rule: it is a int; a rule is true or false`},
		{"an alert above the limit", "budgets: [{per: month, limit: 1 CNY, alert: 120%}]\n", `4:45: an alert is a share of the limit, up to 100%, such as 80%`},
		{"a cheaper route that is none", "budgets: [{per: month, limit: 1 CNY, alert: 80%, degrade: chaep}]\n", `4:59: unknown model "chaep" (did you mean "cheap"?)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse(guardModels + tt.in)
			if d := cmp.Diff(tt.want, told(err)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestBudgetAlert(t *testing.T) {
	p, err := parse(guardModels + "budgets: [{per: month, limit: 10 CNY, alert: 80%, degrade: r}]\n")
	if err != nil {
		t.Fatal(err)
	}
	if b := p.Budgets[0]; b.Alert != 80 || b.Degrade != "r" || b.AlertAt() != 8*money.Unit {
		t.Errorf("%+v at %s", b, b.AlertAt())
	}
}
