package project_test

import (
	"testing"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/money"
)

func TestCostOfAModelOfOnesOwn(t *testing.T) {
	p := mustParse(t, "project: p\nmodels: [{name: m, endpoint: \"http://127.0.0.1:8000/v1\", cost: {gpu_per_hour: 12 CNY, tokens_per_second: 900, utilisation: 0.6}}]\n")
	e, err := p.Entry("m")
	want := catalog.Hosting{GPUPerHour: 12 * money.Unit, Currency: money.CNY, GPUs: 1, Throughput: 900_000_000, Utilisation: 600_000}
	if err != nil || e.Price != nil || e.Hosting == nil || *e.Hosting != want {
		t.Errorf("entry %+v, %v; want %+v", e, err, want)
	}
}
