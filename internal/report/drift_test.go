package report_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/report"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/cascade"
	"github.com/luodi/luodi/internal/sizing/drift"
)

func TestDriftIsToldBeforeTheCertificate(t *testing.T) {
	alarm := &drift.Alarm{Time: time.Date(2026, 11, 23, 8, 5, 0, 0, time.UTC), After: 1016}
	for name, tt := range map[string]struct {
		watch  drift.Watch
		en, zh string
	}{
		"nothing is labelled": {drift.Watch{Floor: .83, Drawn: 24}, "24 drawn, none labelled yet", "已抽取 24 条，尚未标注"},
		"all is well":         {drift.Watch{Floor: .83, Drawn: 24, Labels: 20, Shown: 18, Counted: 17, Mean: .91, Evidence: 1.5, Needed: 1e4}, "mean 0.9100, floor .83; evidence of a fall 1.5 of 10000", "平均分 0.9100，下限 .83"},
		"the alarm":           {drift.Watch{Floor: .83, Alarm: alarm}, "REVOKED: labels of served calls show that the mean has fallen below .83 (alarm at the call of 2026-11-23 08:05 UTC, after 1,016)", "已撤销：服务请求的标注表明平均分已低于 .83"},
	} {
		t.Run(name, func(t *testing.T) {
			r := sample()
			r.Scenarios[0].Drift = &tt.watch
			got := page(t, r)
			for _, want := range []string{tt.en, tt.zh} {
				if !strings.Contains(got, want) {
					t.Errorf("the page has no %q", want)
				}
			}
			var text bytes.Buffer
			if err := report.Terminal(&text, r, "en"); err != nil {
				t.Fatal(err)
			}
			if i, j := strings.Index(text.String(), tt.en), strings.Index(text.String(), "CERTIFIED: small"); i < 0 || i > j {
				t.Errorf("%q at %d, the certificate at %d:\n%s", tt.en, i, j, text.String())
			}
		})
	}
}

func TestCascadesStandInTheFrontier(t *testing.T) {
	r := sample()
	c := sizing.Configuration{Name: "strong", Kind: sizing.Chat}
	r.Scenarios[0].Cascade = &cascade.Record{
		ID: "dec_c", Status: cascade.StatusCertified, Reference: c.ID(), Currency: "CNY", Members: []cascade.Member{{Configuration: c, ID: c.ID()}},
		Points: []cascade.Point{
			{Loss: .03, OK: true, Quality: .9, Interval: &[2]float64{.88, .92}, CostPer1000: .1, Served: cascade.Served{Fallback: c.ID()}},
			{Loss: .02, OK: true, Wanted: true, Quality: .91, Interval: &[2]float64{.89, .93}, CostPer1000: .2, Served: cascade.Served{Fallback: c.ID()}},
			{Loss: .01},
		},
	}
	r.Scenarios[0].CascadeChosen = true
	got := page(t, r)
	if n := strings.Count(got, `<path class="dot certified`); n != 4 { // two points in two languages
		t.Errorf("%d diamonds, want 4", n)
	}
	if !strings.Contains(got, "≤ .02: 0.9100") || !strings.Contains(got, `<path class="dot certified choice"`) {
		t.Error("the wanted point is not marked")
	}
}
