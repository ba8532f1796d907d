package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/store/pgtest"
)

// The sample bank goes through an export into an empty folder, and into
// PostgreSQL: no stage runs again, answers, traces, decisions and the ledger
// are the same.
func TestExportAndImport(t *testing.T) {
	dir := bankCopy(t)
	const question = "个人客户每日转账限额是多少"
	answer := luodi(t, "ask", "-C", dir, question, "--json")
	id, key := createKey(t, dir)
	g := serving(t, dir)
	if status, body, err := g.do("POST", "/v1/chat/completions", key, chatBody("scenario/intent", "我的银行卡丢了")); err != nil || status != 200 {
		t.Fatalf("a call: %d %v %s", status, err, body)
	}
	if err := g.stop(); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	file, folder := filepath.Join(out, "bank.tar.gz"), filepath.Join(out, "open")
	luodi(t, "export", "-C", dir, "--out", file, "--json")
	luodi(t, "export", "-C", dir, "--out", folder)
	if out, err := exec.Command("grep", "-rlF", key, folder).CombinedOutput(); err == nil {
		t.Errorf("the key's secret is in %s", out)
	}
	for _, to := range []string{"sqlite", "postgres"} {
		t.Run(to, func(t *testing.T) {
			moved, from := filepath.Join(t.TempDir(), "bank"), file
			if to == "postgres" {
				t.Setenv("LUODI_PG", pgtest.URL(t))
				from = folder
				own, err := os.ReadFile(filepath.Join(dir, "luodi.yaml"))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.MkdirAll(moved, 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(moved, "luodi.yaml"), append(own, "\nstore: {url: \"${LUODI_PG}\"}\n"...), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			luodi(t, "import", from, "-C", moved)
			var up struct {
				Stages    []struct{ Name, Status string }
				Scenarios []struct{ Decision string }
			}
			if err := json.Unmarshal(luodi(t, "up", "-C", moved, "--json"), &up); err != nil {
				t.Fatal(err)
			}
			for _, s := range up.Stages {
				if s.Status != "cached" {
					t.Errorf("stage %s is %s", s.Name, s.Status)
				}
			}
			if d := cmp.Diff(findings(t, dir), findings(t, moved)); d != "" {
				t.Errorf("reports:\n%s", d)
			}
			if d := cmp.Diff(string(answer), string(luodi(t, "ask", "-C", moved, question, "--json"))); d != "" {
				t.Errorf("answers:\n%s", d)
			}
			var a struct{ ID string }
			if err := json.Unmarshal(answer, &a); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(luodi(t, "trace", "-C", dir, a.ID, "--json")), string(luodi(t, "trace", "-C", moved, a.ID, "--json"))); d != "" {
				t.Errorf("traces:\n%s", d)
			}
			for _, s := range up.Scenarios {
				if s.Decision != "" {
					luodi(t, "size", "-C", moved, "--verify", s.Decision) // exit status 3 where it differs
				}
			}
			if rows := costs(t, moved, "key"); len(rows) != 1 || rows[0].Requests != 1 || rows[0].Key != id {
				t.Errorf("the ledger: %+v", rows)
			}
			g := serving(t, moved)
			if status, body, err := g.do("POST", "/v1/chat/completions", key, chatBody("scenario/intent", "我的银行卡丢了")); err != nil || status != 200 {
				t.Errorf("the same key: %d %v %s", status, err, body)
			}
			if err := g.stop(); err != nil {
				t.Fatal(err)
			}
			if rows := costs(t, moved, "key"); len(rows) != 1 || rows[0].Requests != 2 {
				t.Errorf("the ledger goes on: %+v", rows)
			}
			if b, err := exec.Command("luodi", "import", from, "-C", moved).CombinedOutput(); err == nil || !strings.Contains(string(b), "project already") {
				t.Errorf("a second import: %v %s", err, b)
			}
		})
	}
}

// A damaged export names the member, and nothing of it is left.
func TestImportOfADamagedExport(t *testing.T) {
	dir := bankCopy(t)
	folder := filepath.Join(t.TempDir(), "open")
	luodi(t, "export", "-C", dir, "--out", folder)
	name := filepath.Join(folder, "tables", "source_record.jsonl")
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "bank")
	said, err := exec.Command("luodi", "import", folder, "-C", to).CombinedOutput()
	if err == nil || !strings.Contains(string(said), "member tables/source_record.jsonl is damaged") {
		t.Errorf("%v %s", err, said)
	}
	if entries, err := os.ReadDir(to); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}
