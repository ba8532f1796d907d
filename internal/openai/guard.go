package openai

import (
	"fmt"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
)

// ErrPersonal is within the error of a call that was not made, because its
// endpoint may not see what is in it.
var ErrPersonal = errs.Forbidden("the call holds personal data or secrets that may not go there")

// guardChat keeps personal data and secrets of a chat from an endpoint that
// may not see them, as the gateway does for its callers. The mask is nil where
// there are none.
func (ep Endpoint) guardChat(body []byte) ([]byte, *gateway.Mask, error) {
	if ep.PII == "" || ep.PII == gateway.PIIAllow {
		return body, nil, nil
	}
	masked, m := gateway.MaskBody(body)
	if m != nil && ep.PII == gateway.PIIBlock {
		return nil, nil, ep.blocked(m)
	}
	return masked, m, nil
}

// guardInputs is guardChat for texts to embed. Each is masked by itself, so
// that its vector does not depend on what else is in the batch.
func (ep Endpoint) guardInputs(inputs []string) ([]string, error) {
	if ep.PII == "" || ep.PII == gateway.PIIAllow {
		return inputs, nil
	}
	out := make([]string, len(inputs))
	for i, s := range inputs {
		var m *gateway.Mask
		if out[i], m = gateway.MaskText(s); m != nil && ep.PII == gateway.PIIBlock {
			return nil, ep.blocked(m)
		}
	}
	return out, nil
}

func (ep Endpoint) blocked(m *gateway.Mask) error {
	return fmt.Errorf("asking %s: %w (%s; pii: block in luodi.yaml)", ep.name(), ErrPersonal, strings.Join(m.Types(), ", "))
}

// unmask gives a reply its values back.
func (r *Reply) unmask(m *gateway.Mask) {
	if m != nil {
		r.Text, r.Raw = m.UnmaskText(r.Text), m.Unmask(r.Raw)
	}
}
