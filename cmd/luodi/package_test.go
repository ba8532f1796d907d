package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/openai/openaitest"
)

// A project's package is used before money, by one gateway after the other, and
// luodi cost says what it covered and what is left; discounts and packages are in
// the price commands.
func TestPackagesInTheProduct(t *testing.T) {
	vendor := openaitest.Start(t, openaitest.Config{Reply: func(string) string { return "one two three" }})
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("luodi.yaml", fmt.Sprintf("project: p\ndepartments: [{name: service}]\nmodels: [{name: plus, vendor: local, model: m, endpoint: %q, price: {in: 1, out: 1, currency: CNY}}]\n", vendor.BaseURL))
	write("catalog/prices/contract.yaml", `
vendor: local
currency: CNY
zone: "+08:00"
packages:
  - {name: pack-17, model: "m*", tokens: 120, used: 100, paid: 40, valid_from: 2024-01-01, source: order 17, date_read: 2024-01-02}
  - {name: gone, tokens: 9, valid_from: 2024-01-01, valid_to: 2024-02-01, source: order 1, date_read: 2024-01-02}
`)
	id, key := createKey(t, dir)
	write("catalog/prices/keys.yaml", fmt.Sprintf(`
vendor: local
zone: "+08:00"
packages:
  - {name: other-key, key: key_0000000000000000, tokens: 1000, valid_from: 2024-01-01, source: order 18, date_read: 2024-01-02}
  - {name: this-key, key: %s, tokens: 5, per: year, counts: output, valid_from: 2024-01-01, source: order 19, date_read: 2024-01-02}
`, id))
	for range 2 { // a gateway, and the one after it
		g := serving(t, dir)
		for range 2 { // calls of 7 tokens: 4 in and 3 out
			if status, body, err := g.do(http.MethodPost, "/v1/chat/completions", key, chatBody("plus", "four words are these")); err != nil || status != http.StatusOK {
				t.Fatalf("%d %v %s", status, err, body)
			}
		}
		g.stop()
	}
	var cost struct {
		Rows []struct {
			Package string
			Covered int64 `json:"covered_tokens"`
			Cost    float64
		}
		Packages []struct {
			Package, State, For string
			Tokens, Used, Left  int64
		}
	}
	if err := json.Unmarshal(luodi(t, "cost", "-C", dir, "--by", "package", "--json"), &cost); err != nil {
		t.Fatal(err)
	}
	covered, paid := int64(0), 0.0
	for _, r := range cost.Rows {
		covered += r.Covered
		paid += r.Cost
	}
	if covered != 25 || paid < 2.9e-6 || paid > 3.1e-6 { // of 28
		t.Errorf("%d tokens covered, %v paid", covered, paid)
	}
	if p := cost.Packages; len(p) != 4 || p[1].State != "expired" || p[3].Package != "pack-17" || p[3].State != "used_up" || p[3].Used != 120 || p[3].Left != 0 {
		t.Errorf("%+v", p)
	} else if p[0].Package != "this-key" || p[0].For != "key "+id || p[0].Used != 5 || p[2].Package != "other-key" || p[2].Used != 0 || p[2].Left != 1000 {
		t.Errorf("those of keys: %+v", p)
	}
	if out := string(luodi(t, "cost", "-C", dir)); !strings.Contains(out, "25 tokens by packages") || !strings.Contains(out, "120 of 120 tokens used") {
		t.Error(out)
	}
	if out := string(luodi(t, "price", "list", "-C", dir, "--vendor", "local")); !strings.Contains(out, "package pack-17: 120 tokens, paid 40 CNY, from 2024-01-01, order 17") || !strings.Contains(out, "5 output tokens a year of key "+id+", free") {
		t.Error(out)
	}
	for _, tt := range []struct {
		args []string
		want string // names of packages
	}{
		{[]string{"list"}, "this-key gone other-key pack-17"}, {[]string{"stale"}, "this-key other-key pack-17"}, {[]string{"diff"}, "this-key gone other-key pack-17"}, {[]string{"list", "--vendor", "zhipu"}, ""},
	} {
		var out struct {
			Packages []struct{ Name string }
		}
		if err := json.Unmarshal(luodi(t, append(append([]string{"price"}, tt.args...), "-C", dir, "--json")...), &out); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range out.Packages {
			names = append(names, p.Name)
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("price %v: %q, want %q", tt.args, got, tt.want)
		}
	}
}

// A package may name a department as luodi.yaml does, without those above it; one
// for what is not there is told.
func TestWhomAPackageIsFor(t *testing.T) {
	vendor := openaitest.Start(t, openaitest.Config{Reply: func(string) string { return "one two three" }})
	dir := t.TempDir()
	for name, text := range map[string]string{
		"luodi.yaml": fmt.Sprintf("project: p\ndepartments: [{name: retail}, {name: service, parent: retail}]\nmodels: [{name: plus, vendor: local, model: m, endpoint: %q, price: {in: 1, out: 1, currency: CNY}}]\n", vendor.BaseURL),
		"catalog/prices/contract.yaml": `
vendor: local
zone: "+08:00"
packages:
  - {name: leaf, department: service, tokens: 4, valid_from: 2024-01-01, source: order 1, date_read: 2024-01-02}
  - {name: path, department: retail/service, tokens: 3, valid_from: 2024-01-01, source: order 2, date_read: 2024-01-02}
  - {name: no-key, key: key_0000000000000000, tokens: 9, valid_from: 2024-01-01, source: order 3, date_read: 2024-01-02}
  - {name: no-department, department: risk/service, tokens: 9, valid_from: 2024-01-01, source: order 4, date_read: 2024-01-02}
  - {name: no-scenario, scenario: faq, tokens: 9, valid_from: 2024-01-01, source: order 5, date_read: 2024-01-02}
`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, key := createKey(t, dir)
	g := serving(t, dir)
	if status, body, err := g.do(http.MethodPost, "/v1/chat/completions", key, chatBody("plus", "four words are these")); err != nil || status != http.StatusOK {
		t.Fatalf("%d %v %s", status, err, body)
	}
	g.stop()
	out := string(luodi(t, "cost", "-C", dir))
	if !strings.Contains(out, "4 of 4 tokens used") || !strings.Contains(out, "3 of 3 tokens used") {
		t.Error(out)
	}
	var doctor struct {
		Checks []struct{ Name, Status, Note string }
	}
	if err := json.Unmarshal(luodi(t, "doctor", "-C", dir, "--json"), &doctor); err != nil {
		t.Fatal(err)
	}
	var notes []string
	for _, c := range doctor.Checks {
		if c.Name == "packages" && c.Status == "warn" {
			notes = append(notes, c.Note)
		}
	}
	if got := strings.Join(notes, "\n"); strings.Count(got, "covers no call") != 3 || !strings.Contains(got, `package no-department covers no call: there is no department "risk/service"`) {
		t.Errorf("doctor says %q", got)
	}
}
