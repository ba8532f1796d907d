package app

import (
	"os"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/openai"
	"github.com/luodi/luodi/internal/sizing"
)

// endpoint resolves a model of luodi.yaml.
func (a *App) endpoint(name string) (catalog.Endpoint, error) {
	e, err := a.Project.Entry(name)
	if err != nil {
		return catalog.Endpoint{}, err
	}
	return a.catalog.Endpoint(e, os.Getenv)
}

// target is an endpoint as the client calls it.
func (a *App) target(ep catalog.Endpoint) openai.Endpoint {
	out := openai.Endpoint{
		Name: ep.Name, BaseURL: ep.BaseURL, Model: ep.Model, Rules: rulesOf(&ep),
		Key: gateway.Secret(ep.Key.Reveal()), KeyName: ep.Vendor.EnvKey, Header: keyHeader(ep), PII: a.pii(ep),
	}
	if n := ep.Native; n != nil {
		out.Native, out.NativeParams = n.Shape, n.Params
	}
	return out
}

// upstream is an endpoint as the gateway calls it.
func (a *App) upstream(ep catalog.Endpoint) *gateway.Upstream {
	u := &gateway.Upstream{
		Vendor: ep.Vendor.Name, BaseURL: ep.BaseURL, Model: ep.Model, Rules: rulesOf(&ep),
		Key: gateway.Secret(ep.Key.Reveal()), Header: keyHeader(ep), Price: a.meterPrice(ep), PII: a.pii(ep),
	}
	v, own := ep.Vendor, strings.TrimRight(ep.Vendor.BaseURL, "/") == strings.TrimRight(ep.BaseURL, "/")
	u.Paths = map[string]string{"/embeddings": v.Paths.Embeddings, "/rerank": v.Paths.Rerank}
	if !own && strings.Contains(v.Paths.Rerank, "://") { // a key goes only where its endpoint is
		delete(u.Paths, "/rerank")
	}
	if n := ep.Native; n != nil {
		u.Native, u.NativeParams = n.Shape, n.Params
	}
	if own && v.Native.Shape == "anthropic" {
		u.Messages, u.MessagesHeader = v.Native.BaseURL, v.Native.Auth
	}
	return u
}

// keyHeader is "" for the usual Authorization: Bearer.
func keyHeader(ep catalog.Endpoint) string {
	if h, _ := ep.Auth(); h != "Authorization" {
		return h
	}
	return ""
}

// price is the row of an endpoint as sizing ranks by it.
func (a *App) price(ep catalog.Endpoint) sizing.Price {
	row, ok := ep.Price(a.now())
	if !ok {
		return sizing.Price{Currency: money.CNY, Unknown: true}
	}
	var rate *sizing.Rate
	if row.Currency != money.CNY {
		if r, ok := a.catalog.Rates.At(row.Currency, money.CNY, a.now()); ok {
			rate = &sizing.Rate{ID: r.ID, Value: float64(r.Micro) / 1e6, Date: day(r.Day), Source: r.Source}
		}
	}
	return sizingPrice(row, rate)
}

// sizingPrice is a row as sizing ranks by it; rate brings it to CNY.
func sizingPrice(row catalog.Row, rate *sizing.Rate) sizing.Price {
	t := row.Tiers[0]
	p := sizing.Price{
		Row: row.ID, Currency: row.Currency, In: t.In, Cached: t.Cached, Out: t.Out,
		Source: row.Source, Date: day(row.DateRead), Rate: rate, Hosting: row.Hosting,
	}
	if len(row.Tiers) > 1 || t.Reasoning != t.Out || row.Discount != nil {
		p.Tiered = true
		p.Of = func(u sizing.Usage) (money.Amount, error) { return row.Cost(usage(u)) }
	}
	return p
}

func usage(u sizing.Usage) catalog.Usage {
	return catalog.Usage{Input: u.Input, CachedInput: u.Cached, Output: u.Output, Reasoning: u.Reasoning}
}

// meterPrice is the row of an endpoint as the ledger keeps it.
func (a *App) meterPrice(ep catalog.Endpoint) meter.Price {
	row, ok := ep.Price(a.now())
	if !ok {
		return meter.Price{}
	}
	cost := func(u meter.Usage, t catalog.Terms) (money.Amount, error) {
		t.At = a.now()
		return row.CostAt(catalog.Usage{Input: u.Input, CachedInput: u.CachedInput, CacheWrite: u.CacheWrite, Output: u.Output, Reasoning: u.Reasoning}, t)
	}
	p := meter.Price{
		Row: row.ID, Currency: row.Currency, Packages: a.meterPackages(ep),
		Cost: func(u meter.Usage) (money.Amount, error) { return cost(u, catalog.Terms{}) },
		Most: func(u meter.Usage) (money.Amount, error) { return row.Bound(u.Input, u.Output) },
		Beside: func(u meter.Usage, in, out int64) (money.Amount, error) {
			return cost(u, catalog.Terms{CoveredInput: in, CoveredOutput: out})
		},
	}
	if row.Batch != 0 {
		p.Batch = func(u meter.Usage) (money.Amount, error) { return cost(u, catalog.Terms{Batch: true}) }
	}
	return p
}

// rates to CNY, for a study's sums.
func (a *App) rates() map[money.Currency]float64 {
	out := map[money.Currency]float64{}
	if r, ok := a.catalog.Rates.At(money.USD, money.CNY, a.now()); ok {
		out[money.USD] = float64(r.Micro) / 1e6
	}
	return out
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strings.TrimSpace(t.Format(time.DateOnly))
}
