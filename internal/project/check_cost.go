package project

import (
	"github.com/luodi/luodi/internal/strictyaml"
)

// checkCost checks what running a model oneself costs.
func (c *checker) checkCost(at strictyaml.Path, m *Model) {
	if !c.doc.Has(at) {
		return
	}
	k := &m.Cost
	if m.Price != (Price{}) {
		c.doc.Errorf(at, "a model has either price (a vendor's) or cost (your own GPUs), not both")
	}
	ok := c.need(at, "gpu_per_hour", "what one GPU costs an hour, such as 12 CNY")
	ok = c.need(at, "tokens_per_second", "tokens a second, of prompts and replies together, at the latency bar") && ok
	ok = c.need(at, "utilisation", "the share of the time that the GPUs are busy, such as 0.6") && ok
	if !c.doc.Has(at.Key("gpus")) {
		k.GPUs = 1
	} else if k.GPUs < 1 {
		c.doc.Errorf(at.Key("gpus"), "expected at least 1, found %d", k.GPUs)
		ok = false
	}
	if k.TokensPerSecond != nil && *k.TokensPerSecond == 0 {
		c.doc.Errorf(at.Key("tokens_per_second"), "expected more than 0 tokens a second")
		ok = false
	}
	if k.Utilisation != nil && (*k.Utilisation <= 0 || *k.Utilisation > 1_000_000) {
		c.doc.Errorf(at.Key("utilisation"), "expected a share above 0 and at most 1, such as 0.6")
		ok = false
	}
	if !ok { // one problem, one message: do not compute with it
		k.TokensPerSecond, k.Utilisation = nil, nil
	}
}
