package app_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/sizing"
)

// The life of a bar of cost: certified, lost to a price without a call, kept
// out by the gates, left open by another price, decided by further calls.
func TestABarOfCostFollowsPrices(t *testing.T) {
	ctx := context.Background()
	// A call counts 50 tokens in and 10 out: .07 CNY per 1,000 at 1 and 2.
	o := openOffice(t, "- {name: rates, department: service, task: tools, tools: t.json, items: {file: q.jsonl}, bar: {at_least: 0.9, slack: 0.1, cost: 0.1}, candidates: [writer]}\ndepartments: [{name: service}]\n",
		map[string]string{"t.json": rateTools, "q.jsonl": lines(600, func(i int) string {
			return fmt.Sprintf(`{"question": "Rate of USD, %d?", "calls": [{"name": "get_rate", "arguments": {"currency": "USD"}}]}`, i)
		})})
	price := func(in, out string) {
		t.Helper()
		file := filepath.Join(o.dir, "luodi.yaml")
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var kept []string
		for line := range strings.Lines(string(b)) {
			if strings.HasPrefix(line, "- {name: writer,") {
				head, _, _ := strings.Cut(line, "price:")
				line = head + fmt.Sprintf("price: {in: %s, out: %s}}\n", in, out)
			}
			kept = append(kept, line)
		}
		if err := os.WriteFile(file, []byte(strings.Join(kept, "")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	with := func(fn func(a *app.App)) {
		t.Helper()
		a, err := app.Open(ctx, o.dir)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		fn(a)
	}
	result := func(a *app.App) sizing.Result {
		t.Helper()
		rep, err := a.Report(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := a.Verify(ctx, rep.Scenarios[0].Decision); err != nil || !v.OK {
			t.Errorf("%+v, %v", v, err)
		}
		return *rep.Scenarios[0].Result
	}
	calls := func() int { o.mu.Lock(); defer o.mu.Unlock(); return o.calls["qwen-plus"] }

	if r := o.up(t); r.Status != sizing.StatusCertified || r.Arms[0].CostTest.Status != "certified" {
		t.Fatalf("%s, cost %+v", r.Status, r.Arms[0].CostTest)
	}
	made := calls()

	price("9", "18")
	with(func(a *app.App) {
		res, err := a.Size(ctx, app.SizeRequest{Reprice: true})
		if !errors.Is(err, app.ErrGate) || len(res.Repriced) != 1 || !res.Repriced[0].Flipped {
			t.Errorf("%+v, %v", res.Repriced, err)
		}
		if r := result(a); r.Status != sizing.StatusPlan || r.Arms[0].Status != "refuted" {
			t.Errorf("%s, %+v", r.Status, r.Arms[0])
		}
		if err := a.Gate(ctx, "rates"); !errors.Is(err, app.ErrGate) || !strings.Contains(err.Error(), "writer: over the cost bar: 0.63 [") || !strings.Contains(err.Error(), "the certified route of") {
			t.Errorf("the gate says %v", err)
		}
	})

	price("1.35", "2.7") // .0945: what is kept does not tell it from .1
	with(func(a *app.App) {
		if _, err := a.Size(ctx, app.SizeRequest{Reprice: true}); err == nil {
			t.Error("a best guess is published in the place of a certified route")
		}
		if r := result(a); r.Status != sizing.StatusBestGuess || r.Arms[0].Status != "undecided" || calls() != made {
			t.Errorf("%s, %+v, %d calls", r.Status, r.Arms[0], calls()-made)
		}
	})
	with(func(a *app.App) { // goes on where it stopped
		_, _ = a.Size(ctx, app.SizeRequest{})
		r := result(a)
		if n := calls() - made; n == 0 || calls() != r.Arms[0].Items {
			t.Errorf("%d more calls for %d items", n, r.Arms[0].Items)
		}
	})

	made = calls()
	price("1", "2")
	with(func(a *app.App) {
		if _, err := a.Size(ctx, app.SizeRequest{Reprice: true}); err != nil {
			t.Error(err)
		}
		if r := result(a); r.Status != sizing.StatusCertified || calls() != made {
			t.Errorf("%s after %d calls", r.Status, calls()-made)
		}
		if err := a.Gate(ctx, "rates"); err != nil {
			t.Error(err)
		}
	})
}
