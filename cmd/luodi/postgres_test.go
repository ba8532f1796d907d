package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/store/pgtest"
)

// With one line of luodi.yaml the sample bank lives in PostgreSQL, and comes to
// the same findings, answers and routes.
func TestPostgreSQL(t *testing.T) {
	t.Setenv("LUODI_PG", pgtest.URL(t))
	small := bankCopy(t)
	dir := filepath.Join(t.TempDir(), "bank")
	if err := copyTree(dir, small); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, ".luodi")); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "luodi.yaml")
	yaml, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append(yaml, "\nstore: {url: \"${LUODI_PG}\"}\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	luodi(t, "up", "-C", dir)
	if d := cmp.Diff(findings(t, small), findings(t, dir)); d != "" {
		t.Errorf("SQLite (-) and PostgreSQL (+):\n%s", d)
	}
	for _, s := range upJSONOf(t, dir).Stages {
		if s.Status != "cached" {
			t.Errorf("again: stage %s is %s", s.Name, s.Status)
		}
	}
	const question = "个人客户每日转账限额是多少"
	if d := cmp.Diff(string(luodi(t, "ask", "-C", small, question, "--json")), string(luodi(t, "ask", "-C", dir, question, "--json"))); d != "" {
		t.Errorf("answers from SQLite (-) and PostgreSQL (+):\n%s", d)
	}
	var answer struct{ ID string }
	if err := json.Unmarshal(luodi(t, "ask", "-C", dir, question, "--json"), &answer); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(without(parsed(t, luodi(t, "trace", "-C", small, answer.ID, "--json")), "ingested"), without(parsed(t, luodi(t, "trace", "-C", dir, answer.ID, "--json")), "ingested")); d != "" {
		t.Errorf("traces of the answer in SQLite (-) and PostgreSQL (+):\n%s", d)
	}
	_, key := createKey(t, dir)
	g := serving(t, dir)
	if status, body, err := g.do(http.MethodPost, "/v1/chat/completions", key, chatBody("scenario/intent", "我的银行卡丢了")); err != nil || status != http.StatusOK {
		t.Errorf("a call: %d %v %s", status, err, body)
	}
	if err := g.stop(); err != nil {
		t.Fatal(err)
	}
	if rows := costs(t, dir, "scenario"); len(rows) != 1 || rows[0].Requests != 1 {
		t.Errorf("the ledger: %+v", rows)
	}
	if _, err := os.Stat(filepath.Join(dir, ".luodi", "luodi.db")); err == nil {
		t.Error("there is a luodi.db beside PostgreSQL")
	}
}

func parsed(t *testing.T, b []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
