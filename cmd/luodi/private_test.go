package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/openai/openaitest"
)

// What luodi asks by itself while sizing and embedding leaves the house as
// calls of the gateway do: masked, or not at all; and every call has a row.
func TestOwnCallsAreGuardedAndMetered(t *testing.T) {
	for _, pii := range []string{"mask", "block"} {
		t.Run(pii, func(t *testing.T) {
			vendor := openaitest.Start(t, openaitest.Config{Reply: guess})
			dir := t.TempDir()
			yaml := strings.Replace(fmt.Sprintf(paidProject, vendor.BaseURL), "price:", "pii: "+pii+", price:", 1)
			yaml = strings.Replace(yaml, "models:\n", fmt.Sprintf("models:\n  - {name: vec, endpoint: %q, pii: %s, price: {in: 1, out: 0, currency: CNY}}\n", vendor.BaseURL, pii), 1)
			yaml += "knowledge: [{name: kb, sources: [notes]}]\n"
			yaml = strings.Replace(yaml, "sources:\n", "sources:\n  - {name: notes, department: service, path: \"*.md\"}\n", 1)
			var table strings.Builder
			table.WriteString("text,category\n")
			for i, row := range tableRows(100) {
				fmt.Fprintf(&table, "%q,%s\n", fmt.Sprintf("%s reach me at user%d@bank.com", row[0], i), row[1])
			}
			for name, text := range map[string]string{"luodi.yaml": yaml, "tickets.csv": table.String(), "note.md": "# Contact\n\nMail chief@bank.com for a new card.\n"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			luodi(t, "up", "-C", dir)
			asked := 0
			for _, c := range vendor.Calls() {
				if strings.Contains(string(c.Body), "@bank.com") {
					t.Fatalf("the vendor was sent %s", c.Body)
				}
				if strings.HasSuffix(c.Path, "/chat/completions") {
					asked++
				}
			}
			if pii == "block" {
				if asked != 0 {
					t.Errorf("%d calls although all hold personal data", asked)
				}
				return
			}
			paid := 0
			for _, r := range costs(t, dir, "key") {
				if r.Key == "sizing" {
					paid = r.Requests
				}
			}
			if asked == 0 || paid != asked {
				t.Errorf("%d calls, %d rows of sizing", asked, paid)
			}
			luodi(t, "kb", "swap", "--base", "kb", "--to", "vec", "-C", dir)
			embedded, rows := 0, 0
			for _, c := range vendor.Calls() {
				if strings.HasSuffix(c.Path, "/embeddings") {
					embedded++
					if strings.Contains(string(c.Body), "chief@bank.com") {
						t.Errorf("the vendor was sent %s", c.Body)
					}
				}
			}
			for _, r := range costs(t, dir, "key") {
				if r.Key == "embedding" {
					rows = r.Requests
				}
			}
			if embedded == 0 || rows != embedded {
				t.Errorf("%d calls for vectors, %d rows", embedded, rows)
			}
		})
	}
}
