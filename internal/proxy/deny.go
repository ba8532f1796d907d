package proxy

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/policy"
)

// deny asks the guards and the key's own limit of a prompt. A call that is
// refused has a row in the ledger, without tokens and without cost, that names
// the guard.
func (c *call) deny() error {
	if n := c.key.PromptBytes; n > 0 && c.req.PromptBytes > n {
		return c.denied(&policy.Denial{Guard: "key", Message: fmt.Sprintf("its prompt has %d bytes; this key may send %d", c.req.PromptBytes, n)})
	}
	guards := c.s.state.Load().table.Guards
	if len(guards) == 0 {
		return nil
	}
	d := guards.Decide(&policy.Call{
		Model: c.req.Model, Key: c.key.ID, KeyName: c.key.Name, Department: c.key.Department, Scenario: c.view.route.Scenario,
		PromptBytes: c.req.PromptBytes, MaxTokens: c.req.MaxTokens, Stream: c.req.Stream, Now: c.start,
		Prompt: func() string { return gateway.PromptText(c.body) },
	})
	if d == nil {
		return nil
	}
	return c.denied(d)
}

func (c *call) denied(d *policy.Denial) error {
	c.s.metrics.denied.WithLabelValues(d.Guard).Inc()
	c.mark = d.Guard
	if err := c.reserve("", c.view.route.Name, meter.Free, meter.Usage{}); err != nil {
		return err
	}
	c.settle(meter.Usage{}, false, meter.Denied)
	return &failure{status: http.StatusForbidden, code: codeDenied, message: fmt.Sprintf("this call is refused by the guard %s: %s", d.Guard, d.Message)}
}

// unserved is the outcome of a call that no vendor bills.
func unserved(err error) meter.Outcome {
	var f *failure
	if errors.As(err, &f) && f.code == codePII {
		return meter.Denied
	}
	return meter.UpstreamError
}
