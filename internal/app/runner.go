package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/openai"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/prompt"
	"github.com/luodi/luodi/internal/small"
)

// runner answers one item with one configuration: what sizing measures is
// what the gateway serves. It makes no call twice and decides nothing.
type runner struct {
	app      *App
	scenario project.Scenario
	asker    knowledge.Asker
	client   *openai.Client
	meter    *meter.Meter // nil: calls are not metered
	// key and department pay for the calls.
	key, department string
	own             *meter.Budget // of that key; nil: none
	*loaded
}

// loaded is what a runner has opened so far.
type loaded struct {
	mu     sync.Mutex
	model  map[string]*small.Model      // by id
	tagger map[string]*small.MultiModel // by id
	blobs  map[string]string            // model id → blob
	bases  map[string]*knowledge.Base
}

// sizingKey is who pays for evaluation in the ledger.
const sizingKey = "sizing"

// as is the runner with another payer, who sees what its department may see.
func (r *runner) as(by gateway.Caller) *runner {
	other := *r
	other.key, other.department = by.Key, by.Department
	other.asker = knowledge.Asker{Principals: []string{principal(by.Department)}}
	return &other
}

func (a *App) runner(s project.Scenario, in stock) *runner {
	return &runner{
		app: a, scenario: s, client: &openai.Client{},
		// A scenario sees what its own department may see.
		asker: knowledge.Asker{Principals: []string{"department:" + s.Department}},
		key:   sizingKey, department: a.departmentPath(s.Department),
		loaded: &loaded{
			model: map[string]*small.Model{}, tagger: map[string]*small.MultiModel{}, blobs: map[string]string{in.small.Model: in.small.Blob},
			bases: map[string]*knowledge.Base{},
		},
	}
}

// Run implements sizing.Runner.
func (r *runner) Run(ctx context.Context, c sizing.Configuration, it sizing.Item) (sizing.Output, error) {
	start := r.app.now()
	var out sizing.Output
	var err error
	switch c.Kind {
	case sizing.Small:
		out, err = r.small(ctx, c, it.Input)
	case sizing.Extractive:
		out, err = r.extract(ctx, c, it.Input)
	case sizing.Chat:
		return r.chat(ctx, c, it.Input)
	default:
		err = errs.Internal("configuration %s has the kind %q, which nothing runs", c.Name, c.Kind)
	}
	out.Latency = r.app.now().Sub(start)
	out.Currency, out.PriceRow = string(free.Currency), free.Row
	return out, err
}

func (r *runner) small(ctx context.Context, c sizing.Configuration, text string) (sizing.Output, error) {
	if r.scenario.Task == project.TaskTag {
		labels, err := r.tag(ctx, c, text)
		return sizing.Output{Text: tagText(labels)}, err
	}
	p, err := r.predict(ctx, c, text)
	return sizing.Output{Text: p.Label, Label: p.Label}, err
}

func (r *runner) predict(ctx context.Context, c sizing.Configuration, text string) (small.Prediction, error) {
	m, err := kept(ctx, r.loaded, r.model, c.Revision, r.app.smallModel)
	if err != nil {
		return small.Prediction{}, err
	}
	return m.Predict(text), nil
}

// kept is a small model by its id, read when it is first asked for.
func kept[M any](ctx context.Context, l *loaded, models map[string]M, id string, read func(ctx context.Context, blob string) (M, error)) (M, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m, ok := models[id]; ok {
		return m, nil
	}
	m, err := read(ctx, l.blobs[id])
	if err == nil {
		models[id] = m
	}
	return m, err
}

func (r *runner) base(ctx context.Context, name string) (*knowledge.Base, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b, ok := r.bases[name]; ok {
		return b, nil
	}
	b, err := knowledge.Open(ctx, r.app.db.Knowledge(), name)
	if err != nil {
		return nil, err
	}
	if b, err = r.app.equip(ctx, b); err == nil {
		r.bases[name] = b
	}
	return b, err
}

func (r *runner) extract(ctx context.Context, c sizing.Configuration, text string) (sizing.Output, error) {
	a, err := r.ask(ctx, c, text)
	if err != nil {
		return sizing.Output{}, err
	}
	out := sizing.Output{Text: a.Text, Refused: a.Refused}
	for _, cit := range a.Citations {
		out.Citations = append(out.Citations, cit.Address)
		out.Quotes = append(out.Quotes, cit.Quote)
	}
	return out, nil
}

func (r *runner) ask(ctx context.Context, c sizing.Configuration, text string) (knowledge.Answer, error) {
	b, err := r.base(ctx, c.Retrieval.Base)
	if err != nil {
		return knowledge.Answer{}, err
	}
	return b.Ask(ctx, knowledge.Query{Text: text, K: c.Retrieval.K, As: r.asker, Strict: r.key == sizingKey})
}

// passages are what a configuration reads before it answers; nil where it
// reads nothing.
func (r *runner) passages(ctx context.Context, c sizing.Configuration, text string) ([]prompt.Passage, error) {
	found, err := r.found(ctx, c, text)
	return shown(found.Hits), err
}

func (r *runner) found(ctx context.Context, c sizing.Configuration, text string) (knowledge.Found, error) {
	if c.Retrieval.K == 0 {
		return knowledge.Found{}, nil
	}
	b, err := r.base(ctx, c.Retrieval.Base)
	if err != nil {
		return knowledge.Found{}, err
	}
	return b.Find(ctx, knowledge.Query{Text: text, K: c.Retrieval.K, As: r.asker, Strict: r.key == sizingKey})
}

// shown are hits as a prompt shows them.
func shown(hits []knowledge.Hit) []prompt.Passage {
	if len(hits) == 0 {
		return nil
	}
	out := make([]prompt.Passage, len(hits))
	for i, h := range hits {
		out[i] = prompt.Passage{Address: h.Address, Title: h.Title, Text: h.Text}
	}
	return out
}

// endpoint is where a chat configuration is asked: that of the candidate's
// model, as long as it is still what the configuration names.
func (r *runner) endpoint(c sizing.Configuration) (catalog.Endpoint, error) {
	model := r.modelOf(c)
	ep, err := r.app.endpoint(model)
	switch {
	case err != nil:
		return ep, err
	case !ep.Configured:
		return ep, errs.Invalid("model %s: %s", model, ep.Reason)
	case ep.Model != c.Model || ep.BaseURL != c.Endpoint:
		return ep, errs.Conflict("candidate %s was measured as %s at %s, but model %s is %s at %s now; run luodi up", c.Name, c.Model, c.Endpoint, model, ep.Model, ep.BaseURL)
	}
	return ep, nil
}

// chatTimeout is for one try of a call, where luodi.yaml says nothing: a model
// on an own processor takes minutes for a long reply.
const chatTimeout = 10 * time.Minute

// clientOf asks a configuration's model, with the patience that luodi.yaml
// gives it.
func (r *runner) clientOf(c sizing.Configuration) *openai.Client {
	client := *r.client
	client.Timeout = chatTimeout
	if m, ok := r.app.Project.Model(r.modelOf(c)); ok && m.Timeout > 0 {
		client.Timeout = m.Timeout
	}
	return &client
}

// modelOf is the model of luodi.yaml that a configuration asks.
func (r *runner) modelOf(c sizing.Configuration) string {
	if k, ok := r.scenario.Candidate(c.Name); ok && k.Model != "" {
		return k.Model
	}
	return c.Name
}

func (r *runner) chat(ctx context.Context, c sizing.Configuration, text string) (sizing.Output, error) {
	ep, err := r.endpoint(c)
	if err != nil {
		return sizing.Output{}, err
	}
	read, err := r.passages(ctx, c, text)
	if err != nil {
		return sizing.Output{}, err
	}
	sent := c.Messages(text, read)
	var reply openai.Reply
	var out sizing.Output
	err = r.metered(ctx, c, ep, bound(c.Most(sent)), func() (meter.Final, error) {
		start := r.app.now()
		reply, err = r.clientOf(c).Chat(ctx, r.app.target(ep), messages(sent), openai.Params{Temperature: &c.Temperature, MaxTokens: int64(c.ReplyTokens()), Extra: c.Extra()})
		if err != nil {
			return meter.Final{}, err
		}
		if c.Prompt.Function {
			reply.Text = called(c, reply)
		}
		if out = answered(sent, reply); out.Usage.Estimated {
			out.Usage.Input = c.Estimate(sent)
		}
		return meter.Final{
			Usage:     meter.Usage{Input: out.Usage.Input, CachedInput: out.Usage.Cached, Output: out.Usage.Output, Reasoning: out.Usage.Reasoning},
			Estimated: out.Usage.Estimated, Outcome: meter.OK, Latency: r.app.now().Sub(start), FirstToken: reply.FirstToken,
		}, nil
	})
	if errors.Is(err, openai.ErrPersonal) { // the gateway would refuse it too
		return sizing.Output{Failure: err.Error()}, nil
	}
	if err != nil {
		return sizing.Output{}, err
	}
	if c.Retrieval.K > 0 {
		out.Text, out.Citations = prompt.Cited(reply.Text, read)
		out.Refused = prompt.Refused(reply.Text)
	}
	price := r.app.price(ep)
	if !price.Unknown {
		if out.Cost, err = price.Cost(out.Usage); err != nil {
			return sizing.Output{}, err
		}
		out.Currency, out.PriceRow = string(price.Currency), price.Row
	}
	return out, nil
}

// called is what a reply that calls functions says: a label, or the calls as
// JSON where the scenario has tools of its own; its text where it calls none.
func called(c sizing.Configuration, reply openai.Reply) string {
	read := prompt.Called
	if len(c.Tools) > 0 {
		read = prompt.Calls
	}
	if said, ok := read(reply.Raw); ok {
		return said
	}
	return reply.Text
}

// bound is a usage as the ledger holds it.
func bound(u sizing.Usage) meter.Usage { return meter.Usage{Input: u.Input, Output: u.Output} }

// answered is a reply as sizing keeps it.
func answered(sent []prompt.Message, reply openai.Reply) sizing.Output {
	out := sizing.Output{
		Text: reply.Text, Latency: reply.Latency.Round(time.Microsecond),
		Usage: sizing.Usage{Input: reply.Usage.Input, Cached: reply.Usage.CachedInput, Output: reply.Usage.Output, Reasoning: reply.Usage.Reasoning},
	}
	if !reply.Counted {
		out.Usage = estimated(sent, reply.Text)
	}
	if reply.FinishReason == "content_filter" || reply.FinishReason == "sensitive" {
		out.Failure = "the endpoint refused to answer: " + reply.FinishReason
	}
	return out
}

// most bounds the usage of a call from above: a token per byte, 16 a message,
// and the longest reply.
func most(sent []prompt.Message, reply int) meter.Usage {
	u := meter.Usage{Output: int64(reply)}
	for _, m := range sent {
		u.Input += int64(len(m.Content)) + 16
	}
	return u
}

func estimated(ms []prompt.Message, reply string) sizing.Usage {
	u := sizing.Usage{Output: sizing.EstimateTokens(reply), Estimated: true}
	for _, m := range ms {
		u.Input += sizing.EstimateTokens(m.Content) + 4
	}
	return u
}

func messages(in []prompt.Message) []openai.Message {
	out := make([]openai.Message, len(in))
	for i, m := range in {
		out[i] = openai.Message{Role: m.Role, Content: m.Content}
	}
	return out
}
