package app

import (
	"context"
	"fmt"
	"strconv"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/policy"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
)

// table is what the gateway serves: every published scenario under
// "scenario/NAME", every configured model under its own name.
// m keeps the books of what routes ask themselves.
func (a *App) table(ctx context.Context, m *meter.Meter) (*gateway.Table, error) {
	var routes []gateway.Route
	published, err := a.routes(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range published {
		s, ok := a.Project.Scenario(e.Scenario)
		if !ok {
			continue // gone from luodi.yaml since
		}
		r, err := a.scenarioRoute(ctx, s, e, m)
		if err != nil {
			return nil, fmt.Errorf("route of scenario %s: %w", s.Name, err)
		}
		r.Sample = a.drawn(s, e.Decision)
		routes = append(routes, r)
	}
	more, err := a.modelRoutes()
	if err != nil {
		return nil, err
	}
	routes = append(routes, more...)
	a.logged(routes)
	t, err := gateway.NewTable(routes)
	if err == nil {
		t.Guards = a.guards()
	}
	return t, err
}

func (a *App) guards() policy.Guards {
	var out policy.Guards
	for _, g := range a.Project.Guards {
		out = append(out, policy.Guard{Name: g.Name, Models: g.Models, Longest: int64(g.MaxPrompt), Deny: g.Rule, Message: g.Message})
	}
	return out
}

// scenarioRoute serves the configuration that a decision chose, exactly as it
// was measured.
func (a *App) scenarioRoute(ctx context.Context, s project.Scenario, e routeEntry, m *meter.Meter) (gateway.Route, error) {
	if e.Cascade != "" {
		return a.cascadeRoute(ctx, s, e.Cascade, e.Blob, m)
	}
	d, err := a.db.Sizing().Decision(ctx, e.Decision)
	if err != nil {
		return gateway.Route{}, err
	}
	arm, ok := d.Result.Arm(d.Result.Choice)
	if !ok {
		return gateway.Route{}, fmt.Errorf("decision %s chose nothing", e.Decision)
	}
	in, _, err := a.stock(ctx, s)
	if err != nil {
		return gateway.Route{}, err
	}
	if e.Model != "" { // as published; another may have been trained since
		in.small.Model, in.small.Blob = e.Model, e.Blob
	}
	run := a.runner(s, in)
	run.meter = m
	c := arm.Configuration
	out := gateway.Route{Name: "scenario/" + s.Name, Department: a.departmentPath(s.Department), Scenario: s.Name, Configuration: c.ID()}
	target := gateway.Target{}
	switch c.Kind {
	case sizing.Small:
		// Load it now: the first request should not wait, nor fail.
		if _, err := run.small(ctx, c, ""); err != nil {
			return gateway.Route{}, err
		}
		status, err := a.statusNow(ctx, d)
		if err != nil {
			return gateway.Route{}, err
		}
		if target.Local = run.answerSmall(c, status); s.Task == project.TaskTag {
			target.Local = run.answerTags(c, status)
		}
	case sizing.Extractive:
		target.Local = run.answerExtractive(c)
	default:
		if target, err = run.chatTarget(c); err != nil {
			return gateway.Route{}, err
		}
	}
	out.Targets = []gateway.Target{target}
	return out, nil
}

// chatTarget serves a chat configuration as it was measured: prompt, examples,
// passages, temperature and the reply's limit are the configuration's.
func (r *runner) chatTarget(c sizing.Configuration) (gateway.Target, error) {
	ep, err := r.endpoint(c)
	if err != nil {
		return gateway.Target{}, err
	}
	if c.Prompt.Function && len(c.Tools) == 0 {
		return gateway.Target{Local: r.answerCalled(c)}, nil
	}
	up := r.app.upstream(ep)
	up.MaxTokens = int64(c.ReplyTokens())
	up.Set = map[string]string{
		"temperature": strconv.FormatFloat(c.Temperature, 'g', -1, 64), "max_tokens": strconv.Itoa(c.ReplyTokens()),
	}
	if c.Prompt.Function { // the client gets the vendor's tool_calls as they are
		up.Set["tools"] = string(c.Tools)
	}
	up.Prepare = r.prepare(c)
	return gateway.Target{Upstream: up}, nil
}

// answerCalled asks for the call of a function and answers with its label, as
// text: clients of a classifier see no difference between the ways to ask. The
// call has a row of its own in the ledger.
func (r *runner) answerCalled(c sizing.Configuration) gateway.Local {
	return func(ctx context.Context, by gateway.Caller, ms []gateway.Message) (gateway.Reply, error) {
		out, err := r.as(by).chat(ctx, c, input(ms))
		return gateway.Reply{Text: out.Text}, err
	}
}

// input is what a scenario answers: the last user message.
func input(ms []gateway.Message) string {
	for i := len(ms) - 1; i >= 0; i-- {
		if ms[i].Role == "user" {
			return ms[i].Content
		}
	}
	return ""
}

// smallExtra goes beside the answer of a small model.
type smallExtra struct {
	Label       string  `json:"label"`
	Probability float64 `json:"probability"`
	Margin      float64 `json:"margin"`
	Sure        bool    `json:"sure"`    // above the calibrated threshold
	Unknown     bool    `json:"unknown"` // unlike the training text
	Status      string  `json:"status"`  // of the decision: certified | best_guess
}

func (r *runner) answerSmall(c sizing.Configuration, status string) gateway.Local {
	return func(ctx context.Context, _ gateway.Caller, ms []gateway.Message) (gateway.Reply, error) {
		p, err := r.predict(ctx, c, input(ms))
		if err != nil {
			return gateway.Reply{}, err
		}
		return gateway.Reply{Text: p.Label, Extra: smallExtra{p.Label, p.Probability, p.Margin, p.Answered, p.Unknown, status}}, nil
	}
}

// answerExtractive answers with literal sentences of the best passages.
func (r *runner) answerExtractive(c sizing.Configuration) gateway.Local {
	return func(ctx context.Context, by gateway.Caller, ms []gateway.Message) (gateway.Reply, error) {
		q := r.app.askingBy(c.Retrieval.Base, input(ms), by)
		ans, err := r.as(by).ask(ctx, c, q.text)
		if err != nil {
			return gateway.Reply{}, err
		}
		r.app.note(q, ans)
		return gateway.Reply{Text: ans.Text, Extra: beside{Refused: ans.Refused, Kind: ans.Kind, Citations: r.app.cited(ctx, ans.Citations)}}, nil
	}
}

// prepare puts the conversation into the configuration's prompt. What was read
// for it is what the reply is held to.
func (r *runner) prepare(c sizing.Configuration) func(context.Context, gateway.Caller, []gateway.Message) (gateway.Prepared, error) {
	return func(ctx context.Context, by gateway.Caller, ms []gateway.Message) (gateway.Prepared, error) {
		if len(c.Tools) > 0 && ms[len(ms)-1].Role == "tool" {
			return gateway.Prepared{}, nil // what the functions said goes back to the model that called them
		}
		q := r.app.askingBy(c.Retrieval.Base, input(ms), by)
		found, err := r.as(by).found(ctx, c, q.text)
		if err != nil {
			return gateway.Prepared{}, err
		}
		out := gateway.Prepared{Messages: messages(c.Messages(q.text, shown(found.Hits)))}
		if c.Retrieval.K > 0 {
			out.Ground = r.ground(q, found)
		}
		return out, nil
	}
}
