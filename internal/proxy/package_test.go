package proxy_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/openai/openaitest"
	"github.com/luodi/luodi/internal/proxy"
)

// A call without a limit that a package covers gets one where a budget covers it
// too: what it may use is then held, in tokens or in money, so that replies as long
// as they may be pass no limit, however many come at once.
func TestAPackageBesideABudget(t *testing.T) {
	const longest, calls = 50, 40
	v := openaitest.Start(t, openaitest.Config{Reply: func(string) string { return strings.Repeat("word ", longest) }})
	up := upstream(v, "m")
	up.Upstream.MaxTokens = longest
	up.Upstream.Price.Packages = []*meter.Package{{Name: "pack", Tokens: 7 * longest}}
	up.Upstream.Price.Beside = func(u meter.Usage, in, out int64) (money.Amount, error) {
		return money.Cost(money.Tokens{N: u.Input - in, Price: 1_000_000}, money.Tokens{N: u.Output - out, Price: 2_000_000})
	}
	budget := meter.Budget{Scope: meter.Scope{Kind: meter.Organisation}, Per: "month", Limit: 500_000, Currency: money.CNY}
	r := start(t, []gateway.Route{route("m", up)}, func(_ *proxy.Config, m *meter.Config) { m.Budgets = []meter.Budget{budget} })
	var wg sync.WaitGroup
	var mu sync.Mutex
	served := 0
	for range calls {
		wg.Go(func() {
			res, body := r.post("/v1/chat/completions", r.cancel, `{"model":"m","messages":[{"role":"user","content":"a b"}]}`)
			mu.Lock()
			defer mu.Unlock()
			switch res.StatusCode {
			case 200:
				served++
			case 429:
			default:
				t.Errorf("%d %s", res.StatusCode, body)
			}
		})
	}
	wg.Wait()
	for _, c := range v.Calls() {
		if !strings.Contains(string(c.Body), `"max_tokens":50`) {
			t.Fatalf("the vendor was sent %s", c.Body)
		}
	}
	var cost money.Amount
	var covered int64
	for _, row := range r.rows(served) {
		cost += row.Cost
		covered += row.Covered
		if row.Over != 0 {
			t.Errorf("%+v", row)
		}
	}
	if cost > budget.Limit || covered > 7*longest || covered == 0 || served == calls || served == 0 {
		t.Errorf("%d of %d calls served for %s of %s CNY, %d tokens covered", served, calls, cost, budget.Limit, covered)
	}
	if got, held, _ := r.ledger.State(t.Context(), budget.Window(r.rows(served)[0].Time, time.UTC).ID); got != cost {
		t.Errorf("%s settled, %s held; the rows say %s", got, held, cost)
	}
}
