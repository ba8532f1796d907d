package meter_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/meter/metertest"
	"github.com/luodi/luodi/internal/money"
)

// ledger is a store with a few rows of two days, currencies and packages.
func ledger(t testing.TB) *metertest.Store {
	s := &metertest.Store{}
	at := time.Date(2026, 3, 31, 15, 50, 0, 0, time.UTC) // ten minutes before April in Beijing
	row := func(offset int64, at time.Time, department string, currency money.Currency, cost money.Amount, covered int64, pack string) meter.Row {
		return meter.Row{Offset: offset, ID: fmt.Sprint(offset), Time: at, Department: department, Key: "key_1", Scenario: "intent", Configuration: "cfg", Model: "m",
			Usage: meter.Usage{Input: 10, Output: 5}, Currency: currency, Cost: cost, Covered: covered, Package: pack, Outcome: meter.OK, Mark: meter.MarkAlert, Estimated: offset == 2}
	}
	err := s.Fill(t.Context(), meter.Batch{Node: "n", Segment: "n/1", To: 9, Rows: []meter.Row{
		row(1, at, "retail", money.CNY, 7, 0, ""), row(2, at.Add(20*time.Minute), "retail", money.CNY, 1, 12, "pack"),
		row(3, at, "risk", money.USD, 2, 0, ""), row(4, at.Add(21*time.Minute), "retail", money.CNY, 0, 15, "free+pack"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCosts(t *testing.T) {
	s := ledger(t)
	for _, tt := range []struct {
		name string
		by   []string
		zone *time.Location
		want string // dimensions, requests, covered, cost, currency
	}{
		{"in all", nil, nil, "3 27 8 CNY; 1 0 2 USD"},
		{"by department", []string{"department"}, nil, "retail 3 27 8 CNY; risk 1 0 2 USD"},
		{"by day in UTC", []string{"day"}, nil, "2026-03-31 3 27 8 CNY; 2026-03-31 1 0 2 USD"},
		{"by day in Beijing", []string{"day"}, time.FixedZone("", 8*3600), "2026-03-31 1 0 7 CNY; 2026-03-31 1 0 2 USD; 2026-04-01 2 27 1 CNY"},
		{"by package", []string{"package"}, nil, " 1 0 7 CNY;  1 0 2 USD; free+pack 1 15 0 CNY; pack 1 12 1 CNY"},
		{"by all there is", meter.Dimensions[1:], nil, "retail intent key_1 cfg m ok alert  1 0 7 CNY; retail intent key_1 cfg m ok alert free+pack 1 15 0 CNY; " +
			"retail intent key_1 cfg m ok alert pack 1 12 1 CNY; risk intent key_1 cfg m ok alert  1 0 2 USD"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lines, err := meter.Costs(t.Context(), s, meter.Query{By: tt.by}, tt.zone)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range lines {
				text := ""
				for _, name := range tt.by {
					text += c.Dimension(name) + " "
				}
				got = append(got, text+fmt.Sprint(c.Requests, " ", c.Covered, " ", int64(c.Cost), " ", c.Currency))
				var members map[string]any
				b, err := json.Marshal(c)
				if err != nil || json.Unmarshal(b, &members) != nil || len(members) != len(tt.by)+7 || members["covered_tokens"] != float64(c.Covered) {
					t.Errorf("%s %v", b, err)
				}
			}
			if g := strings.Join(got, "; "); g != tt.want {
				t.Errorf("%q, want %q", g, tt.want)
			}
		})
	}
	if _, err := meter.Costs(t.Context(), s, meter.Query{By: []string{"colour"}}, nil); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("by colour: %v", err)
	}
	if (meter.Cost{}).Dimension("colour") != "" {
		t.Error("a line has a colour")
	}
}

// A row that packages covered comes back from its segment with what they covered,
// whatever their names are.
func TestCoveredRowsComeBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := meter.Row{ID: "a", Time: time.UnixMicro(5).UTC(), Currency: money.CNY, Outcome: meter.OK,
			Charges: []meter.Charge{{Budget: "department:package:x/2026-03/CNY", Amount: 9}}}
		covered, names := int64(0), []string{}
		for i := range rapid.IntRange(0, 3).Draw(rt, "packages") {
			p := meter.Package{Name: fmt.Sprint(i, rapid.StringMatching(`[a-z包:.-]{0,9}`).Draw(rt, "name")), Tokens: 5, Per: rapid.SampledFrom([]string{"", "day", "year"}).Draw(rt, "per")}
			w, ok := p.Window(r.Time)
			if !ok || r.Time.Before(w.From) || !w.To.IsZero() && !r.Time.Before(w.To) {
				rt.Fatalf("%+v", w)
			}
			n := rapid.Int64Range(0, 100).Draw(rt, "tokens")
			r.Charges = append(r.Charges, meter.Charge{Budget: w.ID, Amount: money.Amount(n)})
			if covered += n; n > 0 {
				names = append(names, p.Name)
			}
		}
		_, got, size := meter.ReadRecord(meter.AppendSettled(nil, &r))
		if size == 0 || got.Covered != covered || got.Package != strings.Join(names, "+") {
			rt.Fatalf("%d tokens by %q, want %d by %q", got.Covered, got.Package, covered, names)
		}
	})
}
