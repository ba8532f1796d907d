package app_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/sizing"
)

const sampledYAML = `project: sampled
departments: [{name: service}]
sources: [{name: tickets, department: service, path: tickets.csv, text: text, label: category}]
scenarios:
  - name: intent
    department: service
    task: classify
    items: {source: tickets, test: 0.6, %s}
    bar: {at_least: 0.8, slack: 0.05}
    candidates: [small]
`

// sampled writes tickets that come through two channels: those of the app are
// easy, those of the branch hard. Each row has a probability of a label.
func sampled(t *testing.T, items string, change func(channel string, drawn bool, row *[4]string)) string {
	t.Helper()
	dir, r := t.TempDir(), rand.New(rand.NewPCG(11, 11))
	var table strings.Builder
	table.WriteString("text,category,channel,drawn\n")
	for i := range 1600 {
		label, channel := deskLabels[r.IntN(len(deskLabels))], "app"
		words := []string{fmt.Sprintf("case%04d", i)}
		for range 8 {
			words = append(words, fmt.Sprintf("w%d", r.IntN(4000)))
		}
		if i%2 == 0 {
			channel = "branch"
		}
		if channel == "app" || r.IntN(3) == 0 {
			words = append(words, "about", "my", label, "please")
		}
		row := [4]string{strings.Join(words, " "), label, channel, "0.7"}
		change(channel, r.Float64() < .7, &row)
		table.WriteString(strings.Join(row[:], ",") + "\n")
	}
	for name, text := range map[string]string{"tickets.csv": table.String(), "luodi.yaml": fmt.Sprintf(sampledYAML, items)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func sizeOf(t *testing.T, dir string) (*sizing.Result, error) {
	t.Helper()
	ctx := context.Background()
	a, err := app.Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if _, err := a.Up(ctx, ""); err != nil {
		return nil, err
	}
	rep, err := a.Report(ctx)
	if err != nil || rep.Scenarios[0].Result == nil {
		t.Fatalf("%+v, %v", rep.Scenarios[0], err)
	}
	return rep.Scenarios[0].Result, nil
}

func as(string, bool, *[4]string) {}

// Half of the rows come from the branch, a tenth of the traffic does.
func TestStrataCountByTheirTraffic(t *testing.T) {
	plain, err := sizeOf(t, sampled(t, "split_by: row", as))
	if err != nil {
		t.Fatal(err)
	}
	weighted, err := sizeOf(t, sampled(t, "strata: {column: channel, shares: {app: 0.9, branch: 0.1}}", as))
	if err != nil {
		t.Fatal(err)
	}
	if p, w := *plain.Arms[0].Quality, *weighted.Arms[0].Quality; p > .75 || w < .85 || weighted.Status != sizing.StatusCertified || plain.Status == sizing.StatusCertified {
		t.Errorf("as drawn %.3f %s, as traffic %.3f %s", p, plain.Status, w, weighted.Status)
	}
	if !strings.Contains(weighted.Certificate.En, "strat") {
		t.Errorf("the certificate does not speak of strata: %s", weighted.Certificate.En)
	}
}

func TestOnlyAPartIsLabelled(t *testing.T) {
	easy := func(channel string, drawn bool, row *[4]string) {
		if channel == "branch" {
			row[0] += " about my " + row[1] + " please"
		}
		if !drawn {
			row[1] = ""
		}
	}
	got, err := sizeOf(t, sampled(t, "labels: {probability: drawn, least: 0.7}", easy))
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != sizing.StatusCertified || got.LabelLeast != .7 || !strings.Contains(got.Certificate.En, "doubly robust") || got.Items < 900 {
		t.Errorf("%s, %d items, least %v: %s", got.Status, got.Items, got.LabelLeast, got.Certificate.En)
	}
}

func TestSamplesThatCannotStandForTraffic(t *testing.T) {
	for name, tt := range map[string]struct {
		items  string
		change func(string, bool, *[4]string)
		want   string
	}{
		"a stratum without a share":   {"strata: {column: channel, shares: {app: 1}}", as, `channel is "branch" in record rec_`},
		"a stratum without a row":     {"strata: {column: channel, shares: {app: 0.5, branch: 0.4, phone: 0.1}}", as, `no item has channel "phone"`},
		"no such column":              {"strata: {column: chanel, shares: {app: 1}}", as, `has no column "chanel" of strata`},
		"a probability below least":   {"labels: {probability: drawn, least: 0.8}", as, `with probability "0.7"; write a number from the least one, 0.8, to 1`},
		"not drawn though it is sure": {"labels: {probability: drawn, least: 0.5}", func(_ string, _ bool, row *[4]string) { row[1], row[3] = "", "1" }, "was to be labelled for sure"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := sizeOf(t, sampled(t, tt.items, tt.change)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}
