package app_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/sizing/cascade"
)

// reprice writes another price of a model into luodi.yaml.
func (d *desk) reprice(t *testing.T, was, now string) {
	t.Helper()
	file := filepath.Join(d.dir, "luodi.yaml")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), was) {
		t.Fatalf("luodi.yaml has no %q", was)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(b), was, now, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestACascadeFollowsPricesWithoutACall(t *testing.T) {
	d := openDesk(t, 1400)
	_, measured := d.up(t)
	calls := d.calls()
	was, _ := measured.Wanted()

	const dear, cheap = "{in: 40, out: 40,", "{in: 10, out: 10,"
	d.reprice(t, dear, cheap)
	sum, rec := d.up(t)
	now, ok := rec.Wanted()
	if d.calls() != calls || rec.ID == measured.ID || *sum.Decision != rec.ID {
		t.Fatalf("%d calls more, record %s, decision %s", d.calls()-calls, rec.ID, *sum.Decision)
	}
	if !ok || rec.Repriced == nil || rec.Repriced.Previous != measured.ID || now.Reference >= was.Reference/3.9 || now.Difference < -.03 {
		t.Errorf("%+v\n%+v", rec.Repriced, now)
	}
	for _, want := range []string{"Price of strong: ", "without a call"} {
		if !strings.Contains(rec.Repriced.Why.En, want) {
			t.Errorf("%q is not in %q", want, rec.Repriced.Why.En)
		}
	}

	t.Run("verified with the study that it follows", func(t *testing.T) {
		if v, err := d.open(t).Verify(context.Background(), rec.ID); err != nil || !v.OK {
			t.Errorf("%+v, %v", v, err)
		}
		d.reprice(t, cheap, "{in: 11, out: 11,") // not applied yet
		if v, err := d.open(t).Verify(context.Background(), rec.ID); err != nil || !v.OK {
			t.Errorf("with a newer price in luodi.yaml: %+v, %v", v, err)
		}
		d.reprice(t, "{in: 11, out: 11,", cheap)
	})
	t.Run("back at the old prices it is the study's record", func(t *testing.T) {
		d.reprice(t, cheap, dear)
		res, err := d.open(t).Size(context.Background(), app.SizeRequest{Reprice: true})
		if err != nil || d.calls() != calls {
			t.Fatalf("%v, %d calls more", err, d.calls()-calls)
		}
		if *res.Scenarios[0].Decision != measured.ID {
			t.Errorf("decision %s, the study's is %s", *res.Scenarios[0].Decision, measured.ID)
		}
	})
	t.Run("where the strong model becomes the cheapest, the cascade saves nothing", func(t *testing.T) {
		d.reprice(t, dear, "{in: 0.1, out: 0.1,")
		sum, rec := d.up(t)
		if p, _ := rec.Wanted(); d.calls() != calls || p.Ratio < 1 && rec.Status == cascade.StatusCertified && *sum.Decision != rec.ID {
			t.Errorf("%d calls more, %+v, %+v", d.calls()-calls, p, sum)
		}
	})
}

// Split B proves one search: after it was looked at, changed candidates are
// searched on it no more, and taking the change back brings the first back.
func TestACascadeIsSearchedOnce(t *testing.T) {
	d := openDesk(t, 1400)
	_, first := d.up(t)
	if first == nil || first.Status != cascade.StatusCertified {
		t.Fatalf("%+v", first)
	}
	prompt := filepath.Join(d.dir, "v2.txt")
	was, err := os.ReadFile(prompt)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(prompt, []byte("Look twice. "+string(was)), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, rec := d.up(t)
		if rec.Status != cascade.StatusNone || !rec.Opened || !strings.Contains(rec.Reason.En, "has looked at split B") || rec.NewCalls != 0 || len(rec.Points) > 0 {
			t.Fatalf("%s, %v: %s", rec.Status, rec.Opened, rec.Reason.En)
		}
		if v, err := d.open(t).Verify(context.Background(), rec.ID); err != nil || !v.OK {
			t.Errorf("%+v, %v", v, err)
		}
	}
	if err := os.WriteFile(prompt, was, 0o644); err != nil {
		t.Fatal(err)
	}
	calls := d.calls()
	if _, rec := d.up(t); rec.ID != first.ID || d.calls() != calls {
		t.Errorf("record %s with %d calls, the first is %s", rec.ID, d.calls()-calls, first.ID)
	}
}
