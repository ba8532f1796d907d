package meter_test

import (
	"testing"
	"time"
	_ "time/tzdata" // for zones whose clocks change

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
)

// Periods follow on each other without a gap and without an overlap, and are called
// by the date that a clock on the wall shows: also where clocks change at midnight,
// by half an hour, or a day was left out.
func TestPeriodsAreTheCalendars(t *testing.T) {
	var zones []*time.Location
	for _, name := range []string{"UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana", "Asia/Beirut", "America/Sao_Paulo", "Pacific/Apia"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, zone)
	}
	zones = append(zones, time.FixedZone("", 8*3600))
	layouts := map[string]string{"day": time.DateOnly, "month": "2006-01", "year": "2006"}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		per := rapid.SampledFrom([]string{"day", "day", "month", "year"}).Draw(t, "per")
		at := time.Unix(rapid.Int64Range(0, 2e9).Draw(t, "at"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		if rapid.Bool().Draw(t, "near a change") { // where the offset changes, if it does within the year
			_, end := at.In(zone).ZoneBounds()
			if !end.IsZero() {
				at = end.Add(time.Duration(rapid.Int64Range(-90*60, 90*60).Draw(t, "seconds")) * time.Second)
			}
		}
		b := meter.Budget{Scope: meter.Scope{Kind: meter.Organisation}, Per: per, Currency: money.CNY}
		w := b.Window(at, zone)
		if want := "organisation/" + at.In(zone).Format(layouts[per]) + "/CNY"; w.ID != want {
			t.Fatalf("%s at %v is %s, want %s", per, at.In(zone), w.ID, want)
		}
		if at.Before(w.From) || !at.Before(w.To) {
			t.Fatalf("%v is not in [%v, %v) of %s", at.In(zone), w.From, w.To, w.ID)
		}
		for _, near := range []time.Time{w.From, w.To.Add(-1)} {
			if same := b.Window(near, zone); same.ID != w.ID || !same.From.Equal(w.From) || !same.To.Equal(w.To) {
				t.Fatalf("%v is in %+v, not in %+v", near, same, w)
			}
		}
		if after := b.Window(w.To, zone); after.ID == w.ID || !after.From.Equal(w.To) {
			t.Fatalf("after [%v, %v) comes [%v, %v)", w.From, w.To, after.From, after.To)
		}
	})
}
