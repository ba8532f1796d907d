package catalog

import (
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

// Hosting is what running a model oneself costs: rented or owned GPUs by the
// hour, and how many tokens they really serve in it.
type Hosting struct {
	// GPUPerHour is what one GPU costs an hour, with whatever the project
	// counts in: depreciation, power, the rack.
	GPUPerHour money.Amount
	Currency   money.Currency
	GPUs       int64
	// Throughput is the tokens a second, of prompts and replies together, that
	// they serve while the latency bar is met; in millionths, so exact.
	Throughput PerMillion
	// Utilisation is the share of the time they are busy at that rate, above 0
	// and at most 1; in millionths.
	Utilisation PerMillion
}

// Price of a token: GPU price per hour × GPUs / (3600 × tokens/s ×
// utilisation), rounded half up once, to pico-units. Prompt and reply tokens
// cost the same.
func (h Hosting) Price() (money.Price, error) {
	if h.GPUPerHour < 0 || h.GPUs <= 0 || h.Throughput <= 0 || h.Utilisation <= 0 || h.Utilisation > 1_000_000 {
		return 0, errs.Invalid("a self-hosted cost needs a price per hour, at least one GPU, tokens per second above 0, and a utilisation above 0 and at most 1")
	}
	num := big.NewInt(int64(h.GPUPerHour)) // nano-units; ×1000 for pico, ×10¹² for the two millionths
	for _, f := range []int64{h.GPUs, 1000, 1_000_000, 1_000_000} {
		num.Mul(num, big.NewInt(f))
	}
	den := big.NewInt(3600)
	den.Mul(den, big.NewInt(int64(h.Throughput))).Mul(den, big.NewInt(int64(h.Utilisation)))
	num.Lsh(num, 1).Add(num, den).Div(num, den.Lsh(den, 1)) // floor(x + 1/2)
	if !num.IsInt64() {
		return 0, errs.Invalid("the self-hosted cost %s is beyond the range of a price", h)
	}
	return money.Price(num.Int64()), nil
}

// String is the formula with its numbers.
func (h Hosting) String() string {
	return fmt.Sprintf("%s %s per GPU-hour × %d / (3600 s × %s tokens/s × %s)", h.GPUPerHour, h.Currency, h.GPUs,
		money.Price(h.Throughput), money.Price(h.Utilisation))
}

// hosting is Hosting as JSON: exact decimals.
type hosting struct {
	GPUPerHour      json.Number    `json:"gpu_per_hour"`
	Currency        money.Currency `json:"currency"`
	GPUs            int64          `json:"gpus"`
	TokensPerSecond json.Number    `json:"tokens_per_second"`
	Utilisation     json.Number    `json:"utilisation"`
}

// MarshalJSON writes exact decimals.
func (h Hosting) MarshalJSON() ([]byte, error) {
	return json.Marshal(hosting{json.Number(h.GPUPerHour.String()), h.Currency, h.GPUs,
		json.Number(money.Price(h.Throughput).String()), json.Number(money.Price(h.Utilisation).String())})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (h *Hosting) UnmarshalJSON(b []byte) error {
	var t hosting
	if err := json.Unmarshal(b, &t); err != nil {
		return err
	}
	amount, err := money.ParseAmount(t.GPUPerHour.String())
	if err == nil {
		err = h.Throughput.UnmarshalText([]byte(t.TokensPerSecond))
	}
	if err == nil {
		err = h.Utilisation.UnmarshalText([]byte(t.Utilisation))
	}
	h.GPUPerHour, h.Currency, h.GPUs = amount, t.Currency, t.GPUs
	return err
}

// HostedRow is the price row of a model that the project runs itself; file is
// where the numbers stand.
func HostedRow(model string, h Hosting, file string) (Row, error) {
	p, err := h.Price()
	if err != nil {
		return Row{}, fmt.Errorf("cost of model %s: %w", model, err)
	}
	r := Row{
		Model: model, Currency: h.Currency, Source: file + ": " + h.String(), Confidence: Project, Hosting: &h,
		Tiers: []Tier{{0, Prices{In: p, Out: p, Cached: p, CacheWrite: p, Reasoning: p}}},
	}
	r.setID("hosted:" + model)
	return r, nil
}
