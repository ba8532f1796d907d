package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/catalog"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/ground"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/openai"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/prompt"
)

// Asked is what `luodi ask --json` prints.
type Asked struct {
	AskResult
	Model   string              `json:"model,omitempty"`   // that wrote the claims
	Dropped []knowledge.Dropped `json:"dropped,omitempty"` // what it claimed besides, and nothing supports
}

// askKey is who pays for `luodi ask` in the ledger.
const askKey = "ask"

// AskModel answers a question from a knowledge base in the words of a model of
// luodi.yaml, every claim held to the stored bytes. Without a name it is the
// model of the published chat route over that base; where there is none, or
// for "extractive", the answer is Ask's. Thin evidence is refused before any
// call.
func (a *App) AskModel(ctx context.Context, base, text, as, model string) (Asked, error) {
	return a.askModel(ctx, base, text, as, model, payment{key: askKey})
}

// payment is who pays for an answer: a key, and the open ledger that its calls
// go into; nil opens one.
type payment struct {
	key   string
	own   *meter.Budget
	meter *meter.Meter
}

func (a *App) askModel(ctx context.Context, base, text, as, model string, pay payment) (Asked, error) {
	if model == project.CandidateExtractive || strings.TrimSpace(text) == "" {
		res, err := a.Ask(ctx, base, text, as)
		return Asked{AskResult: res}, err
	}
	asker, err := a.Asker(as)
	if err != nil {
		return Asked{}, err
	}
	b, err := a.base(ctx, base)
	if err != nil {
		return Asked{}, err
	}
	s, routed, err := a.answering(ctx, b.Name())
	if err != nil {
		return Asked{}, err
	}
	if model = cmp.Or(model, routed); model == "" {
		res, err := a.Ask(ctx, base, text, as)
		return Asked{AskResult: res}, err
	}
	if _, ok := a.Project.Model(model); !ok {
		return Asked{}, errs.NotFound("--model %s: luodi.yaml has no such model; name one of its models, or extractive", model)
	}
	ep, err := a.endpoint(model)
	if err != nil {
		return Asked{}, err
	}
	if !ep.Configured {
		return Asked{}, errs.Invalid("model %s: %s", model, ep.Reason)
	}
	q := a.asking(b.Name(), text, as)
	found, err := b.Ask(ctx, knowledge.Query{Text: text, As: asker})
	if err != nil {
		return Asked{}, fmt.Errorf("asking base %s: %w", b.Name(), err)
	}
	if found.Refused {
		res, err := a.keepAnswer(ctx, q, found)
		res.Kind = knowledge.Generated
		return Asked{AskResult: res, Model: model}, err
	}
	reply, err := a.claim(ctx, ep, s, b.Name(), as, text, found, pay)
	if err != nil {
		return Asked{}, fmt.Errorf("asking base %s with model %s: %w", b.Name(), model, err)
	}
	ans, dropped := found.Grounded(text, reply)
	res, err := a.keepAnswer(ctx, q, ans)
	return Asked{res, model, dropped}, err
}

// answering is the scenario whose published route answers from a base, and the
// model of luodi.yaml that it asks; "" where it asks none.
func (a *App) answering(ctx context.Context, base string) (project.Scenario, string, error) {
	published, err := a.routes(ctx)
	if err != nil {
		return project.Scenario{}, "", err
	}
	for _, e := range published {
		s, ok := a.Project.Scenario(e.Scenario)
		if !ok || s.Knowledge != base || s.Task != project.TaskAnswer || e.Cascade != "" {
			continue
		}
		d, err := a.db.Sizing().Decision(ctx, e.Decision)
		if err != nil {
			return s, "", err
		}
		c, ok := choice(d)
		if !ok || c.Kind != sizing.Chat {
			return s, "", nil
		}
		model := c.Name
		if k, ok := s.Candidate(c.Name); ok && k.Model != "" {
			model = k.Model
		}
		return s, model, nil
	}
	return project.Scenario{}, "", nil
}

// claim asks the model once, under the budgets and with a row in the ledger.
// The asker's department pays, else that of the base's scenario or sources.
func (a *App) claim(ctx context.Context, ep catalog.Endpoint, s project.Scenario, base, as, text string, from knowledge.Answer, pay payment) (string, error) {
	m := pay.meter
	if m == nil {
		var err error
		if m, err = a.openMeter(ctx, true); err != nil {
			return "", err
		}
		defer m.Close(context.WithoutCancel(ctx))
	}
	run := a.runner(s, stock{})
	run.meter, run.key, run.own = m, pay.key, pay.own
	run.department = a.departmentPath(a.payer(s, base, as))
	system, user := from.Prompt(text)
	c := sizing.Configuration{
		Name: ep.Name, Kind: sizing.Chat, Model: ep.Model, Endpoint: ep.BaseURL, MaxTokens: ground.ReplyTokens,
		Prompt: prompt.Template{Version: ground.PromptVersion, System: system, ReplyTokens: ground.ReplyTokens}, Retrieval: sizing.Retrieval{Base: base, K: passages},
	}
	sent := []prompt.Message{{Role: "system", Content: system}, {Role: "user", Content: user}}
	var reply string
	err := run.metered(ctx, c, ep, most(sent, ground.ReplyTokens), func() (meter.Final, error) {
		start := a.now()
		r, err := run.client.Chat(ctx, a.target(ep), messages(sent), openai.Params{Temperature: new(float64), MaxTokens: ground.ReplyTokens})
		if err != nil {
			return meter.Final{}, err
		}
		out := answered(sent, r)
		reply = r.Text
		return meter.Final{
			Usage:     meter.Usage{Input: out.Usage.Input, CachedInput: out.Usage.Cached, Output: out.Usage.Output, Reasoning: out.Usage.Reasoning},
			Estimated: out.Usage.Estimated, Outcome: meter.OK, Latency: a.now().Sub(start), FirstToken: r.FirstToken,
		}, nil
	})
	return reply, err
}

func (a *App) payer(s project.Scenario, base, as string) string {
	if kind, name, _ := strings.Cut(as, ":"); kind == "department" {
		return name
	}
	if s.Department != "" {
		return s.Department
	}
	if k, ok := a.Project.Base(base); ok {
		for _, src := range a.Project.Sources {
			if slices.Contains(k.Sources, src.Name) {
				return src.Department
			}
		}
	}
	return ""
}
