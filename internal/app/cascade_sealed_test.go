package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/sizing/cascade"
)

// A cascade that is asked for after its items were used proves nothing of what
// was changed since: who changed it may have read what was wrong on them.
func TestACascadeAfterItsItemsWereSeen(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(file, text string) string
		late   string // candidate that no route may ask
		status string
		reason string
	}{
		{name: "nothing changed", status: cascade.StatusCertified},
		{name: "another prompt", late: "cheap-v2", status: cascade.StatusCertified, change: func(file, text string) string {
			if file == "v2.txt" {
				return strings.Replace(text, "You sort", "Please sort", 1)
			}
			return text
		}},
		{name: "another reference", status: cascade.StatusNone, reason: "its reference, or every other candidate, was fixed after", change: func(file, text string) string {
			return strings.ReplaceAll(strings.ReplaceAll(text, "other, strong]", "other, {name: best, model: strong, examples: 2}]"), "of: strong", "of: best")
		}},
		{name: "a corrected label", status: cascade.StatusNone, reason: "were corrected or taken out since", change: func(file, text string) string {
			if file != "tickets.csv" {
				return text
			}
			return strings.NewReplacer(",card\n", ",cards\n").Replace(text)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := openDesk(t, 1400)
			edit := func(change func(file, text string) string) {
				for _, file := range []string{"luodi.yaml", "v2.txt", "tickets.csv"} {
					path := filepath.Join(d.dir, file)
					b, err := os.ReadFile(path)
					if err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(path, []byte(change(file, string(b))), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			edit(func(_, text string) string { return strings.Replace(text, "    cascade: {}\n", "", 1) })
			if _, rec := d.up(t); rec != nil {
				t.Fatalf("%+v", rec)
			}
			if tt.change != nil {
				edit(tt.change)
			}
			edit(func(file, text string) string {
				if file == "luodi.yaml" {
					text += "    cascade: {}\n"
				}
				return text
			})
			_, rec := d.up(t)
			if rec == nil || rec.Status != tt.status || !strings.Contains(rec.Reason.En, tt.reason) {
				t.Fatalf("%+v", rec)
			}
			late := map[string]bool{}
			for _, m := range rec.Members {
				if late[m.ID] = m.Late; tt.late != "" && m.Late != (m.Configuration.Name == tt.late) {
					t.Errorf("%s: late %v", m.Configuration.Name, m.Late)
				}
			}
			for _, p := range rec.Points {
				for _, x := range p.Passed {
					for _, id := range append(x.Served.Ask, x.Served.Fallback) {
						if late[id] {
							t.Errorf("a route asks %s, which was fixed after its items had been seen", id)
						}
					}
				}
			}
			if v, err := d.open(t).Verify(t.Context(), rec.ID); err != nil || !v.OK {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
}
