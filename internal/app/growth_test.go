package app_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/sizing"
)

// more adds labelled tickets to the desk's source.
func (d *desk) more(t *testing.T, from, to int) {
	t.Helper()
	file := filepath.Join(d.dir, "tickets.csv")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := from; i < to; i++ {
		id, label := fmt.Sprintf("case%04d", i), deskLabels[i%len(deskLabels)]
		d.gold[id] = label
		b = fmt.Appendf(b, "%s w%d w%d w%d about w%d w%d w%d,%s\n", id, i*7, i*11, i*13, i*17, i*19, i*23, label)
	}
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// verify recomputes the latest decision.
func (d *desk) verify(t *testing.T, id string) {
	t.Helper()
	v, err := d.open(t).Verify(context.Background(), id)
	if err != nil || !v.OK {
		t.Errorf("%+v, %v", v, err)
	}
}

// Rows that are ingested later continue the study; a prompt that came after
// its items were seen is decided by them; another scenario believes what this
// one has shown.
func TestAStudyGoesOnWithNewRows(t *testing.T) {
	d := openDesk(t, 300)
	d.edit(t, "    cascade: {}\n", "")
	d.edit(t, "bar: {within: 0.03, of: strong}", "bar: {at_least: 0.92, slack: 0.04}")
	d.edit(t, "candidates: [small, {name: cheap-v2, model: cheap, prompt: v2.txt, examples: 4}, other, strong]", "candidates: [other]")
	sum, _ := d.up(t)
	before := d.report(t).Result
	if before.Status == sizing.StatusCertified || !before.Grows {
		t.Fatalf("%s on %d items", before.Status, before.Items)
	}
	d.verify(t, *sum.Decision)
	d.edit(t, "candidates: [other]", "candidates: [other, {name: strong-v2, model: strong, prompt: v2.txt}]")
	d.up(t)
	d.more(t, 300, 2300)
	sum, _ = d.up(t)
	after := d.report(t).Result
	if after.Study != before.Study || after.Number != 1 || after.Rounds != 2 || after.Items <= before.Items {
		t.Errorf("study %s number %d in %d rounds of %d items, was %s of %d", after.Study, after.Number, after.Rounds, after.Items, before.Study, before.Items)
	}
	i := slices.IndexFunc(after.Arms, func(a sizing.ArmResult) bool { return a.Name == "strong-v2" })
	if a := after.Arms[i]; after.Status != sizing.StatusCertified || a.Later == nil || !a.Later.Tested && a.Status != "not_run" {
		t.Errorf("%s: strong-v2 is %s, %+v", after.Status, a.Status, a.Later)
	}
	d.verify(t, *sum.Decision)

	file := filepath.Join(d.dir, "letters.csv")
	b, _ := os.ReadFile(filepath.Join(d.dir, "tickets.csv"))
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(b), "case", "letter case")), 0o644); err != nil {
		t.Fatal(err)
	}
	d.edit(t, "scenarios:\n", `scenarios:
  - name: letters
    department: service
    task: classify
    items: {source: letters, test: 0.3, population: closed}
    bar: {at_least: 0.85, slack: 0.02}
    candidates: [other, strong]
`)
	d.edit(t, "sources: [", "sources: [{name: letters, department: service, path: letters.csv, text: text, label: category}, ")
	d.up(t)
	letters := d.report(t).Result
	if letters.Scenario != "letters" || letters.Population != sizing.PopulationClosed || letters.Arms[0].Prior == nil {
		t.Errorf("%s %q, believed %+v", letters.Scenario, letters.Population, letters.Arms[0].Prior)
	}
	for _, want := range []string{"over these", "Beliefs from other scenarios"} {
		if !strings.Contains(letters.Certificate.En, want) {
			t.Errorf("certificate lacks %q: %s", want, letters.Certificate.En)
		}
	}
}
