package proxy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

var errSilence = errors.New("the upstream's stream has gone silent")

// prepare makes the body for the upstream and reserves.
func (c *call) prepare(u *upstream) (body []byte, strip bool, err error) {
	r := &c.req
	ch := c.changes[:0]
	c.model, c.prompt, c.msgs, c.images = u.Model, r.PromptBytes, r.Messages, u.Rules.ImageMost(r.Images)
	if u.Model != r.Model {
		ch = append(ch, gateway.Change{Name: "model", Value: u.model})
	}
	for _, name := range u.setNames {
		ch = gateway.Put(ch, gateway.Change{Name: name, Value: u.Set[name]})
		if name != r.MaxName && r.MaxName != "" && slices.Contains(gateway.LimitNames, name) {
			ch = gateway.Put(ch, gateway.Change{Name: r.MaxName, Drop: true}) // one limit, the configuration's
		}
	}
	c.ground = nil
	if u.Prepare != nil {
		if ch, err = c.rewrite(u, ch); err != nil {
			return nil, false, err
		}
	}
	if c.endpoint == chat || c.endpoint == completion || c.endpoint == embedding { // rules are of these shapes
		ch = u.Rules.Changes(ch, r)
	}
	if r.Stream && c.endpoint.askUsage && !r.IncludeUsage && u.Rules.StreamUsage == "" {
		ch = gateway.Put(ch, r.AskUsage())
		strip = true
	}
	if c.endpoint.embedding && u.Rules.FloatsOnly && r.Encoding == "base64" {
		ch = gateway.Put(ch, gateway.Change{Name: "encoding_format", Value: `"float"`})
	}
	most := meter.Usage{Input: c.prompt + perMessage*c.msgs + c.images}
	if c.endpoint.embedding {
		most.Output = r.MaxTokens
	} else if ch, most.Output = c.limit(u, ch); most.Output > 0 {
		most.Output *= r.Replies
	}
	if err := c.reserve(u.Vendor, u.Model, u.Price, most); err != nil {
		return nil, false, err
	}
	c.changes = ch
	if len(ch) == 0 {
		body, err = c.guard(u, c.body)
		return body, strip, err
	}
	if cap(c.out) < len(c.body)+256 {
		c.out = make([]byte, 0, len(c.body)+1024)
	}
	c.out = r.Apply(c.out[:0], ch)
	body, err = c.guard(u, c.out)
	return body, strip, err
}

// guard keeps personal data and secrets from an upstream that may not see
// them.
func (c *call) guard(u *upstream, body []byte) ([]byte, error) {
	c.masked = nil
	if u.PII == "" || u.PII == gateway.PIIAllow {
		return body, nil
	}
	body, c.masked = gateway.MaskBody(body)
	if c.masked == nil || u.PII == gateway.PIIMask {
		return body, nil
	}
	return nil, &failure{status: http.StatusForbidden, code: codePII, fallback: true,
		message: fmt.Sprintf("the call holds personal data or secrets (%s) that may not go to the vendor behind %s", strings.Join(c.masked.Types(), ", "), c.view.route.Name)}
}

// limit is the most tokens of one reply: what the configuration or the client
// sets, or under a budget the upstream's own, which is then sent.
func (c *call) limit(u *upstream, ch []gateway.Change) ([]gateway.Change, int64) {
	for _, name := range gateway.LimitNames {
		if n, err := strconv.ParseInt(u.Set[name], 10, 64); err == nil {
			return ch, n
		}
	}
	if c.req.MaxTokens > 0 {
		return ch, c.req.MaxTokens
	}
	if probe := c.asked(); !c.s.cfg.Meter.Budgeted(&probe) {
		return ch, 0
	}
	n := u.MaxTokens
	if n == 0 {
		n = meter.OpenReply
	}
	name := u.Rules.MaxTokens
	switch {
	case c.endpoint == responses:
		name = "max_output_tokens"
	case name == "" || c.endpoint == messages:
		name = "max_tokens"
	}
	if c.req.MaxName != "" && c.req.MaxName != name { // null or 0, under another name
		ch = gateway.Put(ch, gateway.Change{Name: c.req.MaxName, Drop: true})
	}
	return gateway.Put(ch, gateway.Change{Name: name, Value: strconv.FormatInt(n, 10)}), n
}

// rewrite lets the scenario make the conversation that the upstream sees.
func (c *call) rewrite(u *upstream, ch []gateway.Change) ([]gateway.Change, error) {
	if c.endpoint != chat {
		return ch, errs.Invalid("the scenario %s is served at /v1/chat/completions", c.view.route.Name)
	}
	in, err := gateway.ReadMessages(c.req.Value("messages"))
	if err != nil {
		return ch, err
	}
	out, err := u.Prepare(c.r.Context(), gateway.Caller{Key: c.key.ID, Department: c.key.Department}, in)
	if err != nil {
		return ch, fmt.Errorf("preparing a call of %s: %w", c.view.route.Name, err)
	}
	c.ground = out.Ground
	if out.Messages == nil {
		return ch, nil
	}
	c.prompt, c.msgs = 0, int64(len(out.Messages))
	for _, m := range out.Messages {
		c.prompt += int64(len(m.Content))
	}
	b, err := json.Marshal(out.Messages)
	if err != nil {
		return ch, err
	}
	return gateway.Put(ch, gateway.Change{Name: "messages", Value: string(b)}), nil
}

func (c *call) unreachable(u *upstream, err error) error {
	c.s.log.Warn("an upstream could not be reached", "id", c.id, "route", c.view.route.Name, "upstream", u.BaseURL, "error", err)
	return &failure{status: http.StatusBadGateway, code: codeUnavailable, fallback: true,
		message: "the model behind " + c.view.route.Name + " could not be reached"}
}

// upstreamStatus turns a reply other than 200 into the client's error. What is
// the client's to mend is passed as it is; the gateway's own key is not.
func (c *call) upstreamStatus(u *upstream, res *http.Response) error {
	b, _ := readTo(io.LimitReader(res.Body, 1<<20), c.buf[:0], 1<<20)
	c.buf = b
	f := &failure{status: res.StatusCode, retryAfter: res.Header.Get("Retry-After"), code: codeUpstream}
	switch {
	case res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden:
		c.s.log.Error("an upstream refuses the project's key", "id", c.id, "route", c.view.route.Name, "upstream", u.BaseURL, "status", res.StatusCode)
		f.status, f.code, f.fallback = http.StatusBadGateway, "upstream_auth", true
		f.message = "the vendor behind " + c.view.route.Name + " refuses this project's key; tell the project's owner"
		return f
	case res.StatusCode < 400:
		f.status, f.fallback = http.StatusBadGateway, true
	case res.StatusCode == http.StatusTooManyRequests || res.StatusCode >= 500:
		f.fallback = true
	}
	f.message = fmt.Sprintf("the model behind %s answered with status %d", c.view.route.Name, res.StatusCode)
	if json.Valid(b) && len(b) > 1 && b[0] == '{' {
		if u.Key != "" {
			b = bytes.ReplaceAll(b, []byte(string(u.Key)), []byte("[secret]"))
		}
		f.body = append([]byte(nil), b...)
	}
	return f
}

// vendorFailure is an error under status 200.
func (c *call) vendorFailure(u *upstream, e gateway.UpstreamError) error {
	msg := e.Message
	if u.Key != "" {
		msg = strings.ReplaceAll(msg, string(u.Key), "[secret]")
	}
	code := e.Code
	if code == "" {
		code = codeUpstream
	}
	return &failure{status: http.StatusBadGateway, code: code, fallback: true,
		message: fmt.Sprintf("the model behind %s answered with an error: %s", c.view.route.Name, msg)}
}

// isConnect reports whether no connection was made, so that nothing was sent.
func isConnect(err error) bool {
	var op interface{ Timeout() bool }
	return strings.HasPrefix(err.Error(), "dial ") && !(errors.As(err, &op) && op.Timeout())
}

func isStream(res *http.Response) bool {
	return strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream")
}

// clientLeft reports whether ctx ended because the client did, not for a
// silent upstream.
func clientLeft(ctx context.Context) bool {
	return ctx.Err() != nil && !errors.Is(context.Cause(ctx), errSilence)
}
