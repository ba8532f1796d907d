package app

import (
	"cmp"
	"context"
	"fmt"

	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/prompt"
)

// passages are how many of them an answer configuration reads.
const passages = 5

// stock is what a scenario's configurations are built from.
type stock struct {
	items  itemsOutput
	small  smallOutput
	digest string // of the knowledge base
}

// arms are the scenario's candidates as configurations with prices; those
// that cannot run now say why.
func (a *App) arms(s project.Scenario, in stock) ([]sizing.Arm, error) {
	var out []sizing.Arm
	for _, name := range s.Candidates {
		arm, err := a.arm(s, in, name)
		if err != nil {
			return nil, fmt.Errorf("candidate %s of scenario %s: %w", name, s.Name, err)
		}
		out = append(out, arm)
	}
	return out, nil
}

func (a *App) arm(s project.Scenario, in stock, name string) (sizing.Arm, error) {
	switch name {
	case project.CandidateSmall:
		c := sizing.Configuration{Name: name, Kind: sizing.Small, Revision: in.small.Model, Labels: in.items.Labels}
		return sizing.Arm{Config: c, Price: free}, nil
	case project.CandidateExtractive:
		c := sizing.Configuration{Name: name, Kind: sizing.Extractive, Retrieval: a.retrieval(s, in)}
		return sizing.Arm{Config: c, Price: free}, nil
	}
	ep, err := a.endpoint(name)
	if err != nil {
		return sizing.Arm{}, err
	}
	c := sizing.Configuration{Name: name, Kind: sizing.Chat, Model: ep.Model, Endpoint: ep.BaseURL, Labels: in.items.Labels}
	c.Prompt = prompt.Default(s.Task, in.items.Language)
	if s.Prompt != "" {
		c.Prompt = prompt.Template{Version: "custom", User: s.Prompt, ReplyTokens: cmp.Or(c.Prompt.ReplyTokens, 1024)}
	}
	if s.Task == project.TaskAnswer {
		c.Retrieval = a.retrieval(s, in)
	}
	arm := sizing.Arm{Config: c, Missing: ep.Reason, Concurrency: 2, Price: a.price(ep)}
	if s.Task != project.TaskClassify && s.Task != project.TaskAnswer && arm.Missing == "" {
		arm.Missing = "task " + s.Task + " is planned and routed, but not scored by this version"
	}
	return arm, nil
}

func (a *App) retrieval(s project.Scenario, in stock) sizing.Retrieval {
	return sizing.Retrieval{Base: s.Knowledge, Digest: in.digest, K: passages}
}

var free = sizing.Price{Row: "free", Currency: money.CNY, Source: "runs in this process"}

// stock reads what earlier stages made for a scenario.
func (a *App) stock(ctx context.Context, s project.Scenario) (in stock, ok bool, err error) {
	if ok, err = a.output(ctx, join(verbItems, s.Name), &in.items); !ok || err != nil {
		return in, false, err
	}
	if s.Wants(project.CandidateSmall) {
		if ok, err = a.output(ctx, join(verbSmall, s.Name), &in.small); !ok || err != nil {
			return in, false, err
		}
	}
	if s.Knowledge != "" {
		var k indexOutput
		if ok, err = a.output(ctx, join(verbIndex, s.Knowledge), &k); !ok || err != nil {
			return in, false, err
		}
		in.digest = k.Digest
	}
	return in, true, nil
}
