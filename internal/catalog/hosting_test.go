package catalog_test

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/money"
)

func hosting(gpu string, gpus int64, tps, util string) catalog.Hosting {
	a, err := money.ParseAmount(gpu)
	t, err1 := money.ParsePrice(tps)
	u, err2 := money.ParsePrice(util)
	if err != nil || err1 != nil || err2 != nil {
		panic("hosting: not decimals")
	}
	return catalog.Hosting{GPUPerHour: a, Currency: money.CNY, GPUs: gpus, Throughput: catalog.PerMillion(t), Utilisation: catalog.PerMillion(u)}
}

func TestHostingPrice(t *testing.T) {
	tests := []struct {
		name string
		h    catalog.Hosting
		want string // per million tokens; "" is refused
	}{
		{"12 CNY an hour, 900 tokens a second, 60 % busy", hosting("12", 1, "900", "0.6"), "6.172840"}, // 6.17283950…
		{"the same at 80 %", hosting("12", 1, "900", "0.8"), "4.629630"},
		{"two GPUs for the same tokens", hosting("12", 2, "900", "0.6"), "12.345679"},
		{"half a millionth is rounded up", hosting("0.000018", 1, "2500", "0.8"), "0.000003"}, // 0.0000025
		{"free hardware", hosting("0", 1, "900", "0.6"), "0"},
		{"a fraction of a token a second", hosting("3.6", 1, "0.5", "1"), "2000"},
		{"no GPU", hosting("12", 0, "900", "0.6"), ""},
		{"no throughput", hosting("12", 1, "0", "0.6"), ""},
		{"never busy", hosting("12", 1, "900", "0"), ""},
		{"busier than always", hosting("12", 1, "900", "1.000001"), ""},
		{"beyond a price", hosting("9000000000", 1<<40, "0.000001", "0.000001"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.h.Price()
			if tt.want == "" {
				if err == nil {
					t.Errorf("price %s, want an error", got)
				}
				return
			}
			want, perr := money.ParsePrice(tt.want)
			if err != nil || perr != nil || got != want {
				t.Errorf("price %s, %v; want %s", got, err, tt.want)
			}
		})
	}
}

// The formula in exact fractions, rounded half up once; and 80 % → 60 %
// utilisation costs × 4/3, up to that rounding.
func TestHostingPriceIsTheFormula(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := catalog.Hosting{
			GPUPerHour: money.Amount(rapid.Int64Range(0, 1_000_000_000_000).Draw(rt, "gpu")), Currency: money.USD,
			GPUs: rapid.Int64Range(1, 64).Draw(rt, "gpus"), Throughput: catalog.PerMillion(rapid.Int64Range(100_000, 100_000_000_000).Draw(rt, "tps")),
			Utilisation: catalog.PerMillion(rapid.Int64Range(1_000, 1_000_000).Draw(rt, "utilisation")),
		}
		got, err := h.Price()
		if err != nil {
			rt.Fatal(err)
		}
		hour := new(big.Rat).SetFrac64(int64(h.GPUPerHour), 1_000_000_000)
		tokens := new(big.Rat).Mul(new(big.Rat).SetFrac64(int64(h.Throughput), 1_000_000), new(big.Rat).SetFrac64(int64(h.Utilisation), 1_000_000))
		exact := hour.Mul(hour, big.NewRat(h.GPUs, 1))
		exact.Quo(exact, tokens.Mul(tokens, big.NewRat(3600, 1))).Mul(exact, big.NewRat(1_000_000_000_000, 1))
		off := new(big.Rat).Sub(new(big.Rat).SetInt64(int64(got)), exact)
		if off.Cmp(big.NewRat(1, 2)) > 0 || off.Cmp(big.NewRat(-1, 2)) <= 0 {
			rt.Fatalf("%s is %s pico-units, off the formula by %s", h, got, off.FloatString(3))
		}
		h.Utilisation = 800_000
		at80, _ := h.Price()
		h.Utilisation = 600_000
		at60, _ := h.Price()
		if d := 3*int64(at60) - 4*int64(at80); d < -4 || d > 4 {
			rt.Fatalf("at 60 %% it is %d, at 80 %% %d: not × 4/3", at60, at80)
		}
	})
}

func TestHostedModelHasAPriceRowWithItsInputs(t *testing.T) {
	h := hosting("12", 1, "900", "0.6")
	ep, err := load(t).Endpoint(catalog.Entry{Name: "qwen-7b", BaseURL: "http://127.0.0.1:8000/v1", Hosting: &h, File: "luodi.yaml"}, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	row, ok := ep.Price(now)
	cost, cerr := row.Cost(catalog.Usage{Input: 900_000, CachedInput: 100_000, Output: 100_000, Reasoning: 5})
	if !ok || cerr != nil || cost.String() != "6.17284" || !strings.HasPrefix(row.ID, "hosted:qwen-7b#") {
		t.Errorf("row %+v, cost %s, %v", row, cost, cerr)
	}
	if got, want := row.Trust(now, 90), "stated in luodi.yaml: 12 CNY per GPU-hour × 1 / (3600 s × 900 tokens/s × 0.6)"; got != want {
		t.Errorf("trust %q, want %q", got, want)
	}
	b, err := json.Marshal(row)
	var back catalog.Row
	if err == nil {
		err = json.Unmarshal(b, &back)
	}
	if d := cmp.Diff(row.Hosting, back.Hosting); err != nil || d != "" || !strings.Contains(string(b), `"hosting":{"gpu_per_hour":12,"currency":"CNY","gpus":1,"tokens_per_second":900,"utilisation":0.6}`) {
		t.Errorf("%s, %v\n%s", b, err, d)
	}
	other := h
	other.GPUs, other.Throughput = 2, 2*h.Throughput // the same price from other inputs
	if r, _ := catalog.HostedRow("qwen-7b", other, "luodi.yaml"); r.ID == row.ID || r.Tiers[0] != row.Tiers[0] {
		t.Errorf("row %s, %s: other inputs must have another id", r.ID, row.ID)
	}
	h.GPUs = 0
	if _, err := load(t).Endpoint(catalog.Entry{Name: "qwen-7b", Hosting: &h}, func(string) string { return "" }); err == nil {
		t.Error("a cost of no GPU is accepted")
	}
}
