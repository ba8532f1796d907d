package app_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/cascade"
)

// A cascade with a bar of cost: certified, lost to a price without a call while
// what is published stays, and back with the price.
func TestACascadeUnderABarOfCostFollowsPrices(t *testing.T) {
	ctx := context.Background()
	d := openDesk(t, 1400)
	file := filepath.Join(d.dir, "luodi.yaml")
	change := func(old, new string) {
		t.Helper()
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), old) {
			t.Fatalf("luodi.yaml has no %q", old)
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(b), old, new)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	change("of: strong}", "of: strong, cost: 3}")
	sum, rec := d.up(t)
	p, ok := rec.Wanted()
	if !ok || *sum.Decision != rec.ID || rec.Cost != 3 || p.CostPer1000 > 3 || !strings.Contains(rec.Certificate.En, "The same for cost") {
		t.Fatalf("%+v: %s", sum, rec.Certificate.En)
	}
	made := d.calls()
	verified := func(id string) {
		t.Helper()
		if v, err := d.open(t).Verify(ctx, id); err != nil || !v.OK {
			t.Errorf("%+v, %v", v, err)
		}
	}
	verified(rec.ID)

	change("in: 40, out: 40", "in: 4000, out: 4000")
	a := d.open(t)
	res, err := a.Size(ctx, app.SizeRequest{Reprice: true})
	if !errors.Is(err, app.ErrGate) || len(res.Repriced) == 0 {
		t.Errorf("%+v, %v", res.Repriced, err)
	}
	rep, err := a.Report(ctx)
	if err != nil {
		t.Fatal(err)
	}
	dear := rep.Scenarios[0].Cascade
	if _, ok := dear.Wanted(); ok || dear.Status != cascade.StatusNone || !strings.Contains(dear.Repriced.Why.En, "keeps to the bar of cost") {
		t.Errorf("%s: %+v", dear.Status, dear.Repriced)
	}
	verified(dear.ID)

	change("in: 4000, out: 4000", "in: 40, out: 40")
	back, again := d.up(t)
	if back.Status != sizing.StatusCertified || again.ID != rec.ID || d.calls() != made {
		t.Errorf("%s, %s for %s, %d calls more", back.Status, again.ID, rec.ID, d.calls()-made)
	}
}
