package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/luodi/luodi/internal/lineage"
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

// exampleSeed fixes which training rows prompts show, before any data.
const exampleSeed = 1

// arms are the scenario's candidates as configurations with prices; those
// that cannot run now say why.
func (a *App) arms(ctx context.Context, s project.Scenario, in stock) ([]sizing.Arm, error) {
	rows, err := a.shown(ctx, s, in)
	if err != nil {
		return nil, err
	}
	var out []sizing.Arm
	for _, k := range s.Candidates {
		arm, err := a.arm(s, in, k, rows)
		if err != nil {
			return nil, fmt.Errorf("candidate %s of scenario %s: %w", k.Name, s.Name, err)
		}
		out = append(out, arm)
	}
	return out, nil
}

func (a *App) arm(s project.Scenario, in stock, k project.Candidate, rows []prompt.Example) (sizing.Arm, error) {
	switch k.Name {
	case project.CandidateSmall:
		c := sizing.Configuration{Name: k.Name, Kind: sizing.Small, Revision: in.small.Model, Labels: in.items.Labels}
		return sizing.Arm{Config: c, Price: free}, nil
	case project.CandidateExtractive:
		c := sizing.Configuration{Name: k.Name, Kind: sizing.Extractive, Retrieval: retrieval(s, in, k)}
		return sizing.Arm{Config: c, Price: free}, nil
	}
	ep, err := a.endpoint(k.Model)
	if err != nil {
		return sizing.Arm{}, err
	}
	c := sizing.Configuration{
		Name: k.Name, Kind: sizing.Chat, Model: ep.Model, Endpoint: ep.BaseURL, Labels: in.items.Labels,
		Prompt: template(s, in, k), Retrieval: retrieval(s, in, k), Temperature: k.Temperature, MaxTokens: k.MaxTokens,
	}
	if s.Task == project.TaskTools {
		c.Tools, c.Labels = in.items.Tools, nil
		if k.Tools == project.ToolsPrompt {
			c.Tools, c.Labels = nil, toolLines(in.items.Tools)
		}
	}
	if k.Examples > 0 {
		c.Prompt = c.Prompt.Show(prompt.Draw(rows, k.Examples, exampleSeed), c.Labels)
	}
	arm := sizing.Arm{Config: c, Missing: ep.Reason, Concurrency: concurrency, Price: a.price(ep)}
	if arm.Missing == "" {
		arm.Missing = unscored(s, in.items)
	}
	return arm, nil
}

// functionTokens is room for the call of a function with a label in it.
const functionTokens = 128

// template is a candidate's prompt: its own, else the scenario's, else the
// task's in the language of the items.
func template(s project.Scenario, in stock, k project.Candidate) prompt.Template {
	task := s.Task
	if task == project.TaskTools && k.Tools == project.ToolsPrompt {
		task = "tools-text"
	}
	t := prompt.Default(task, in.items.Language)
	if text := cmp.Or(k.Prompt, s.Prompt); text != "" {
		tokens, expected := cmp.Or(t.ReplyTokens, 1024), t.Expected
		t = prompt.Parse(text)
		t.ReplyTokens, t.Expected = tokens, expected
	}
	if s.Task == project.TaskTools {
		t.Function = k.Tools != project.ToolsPrompt
	} else if k.Tools == project.ToolsFunction {
		t.Function, t.ReplyTokens = true, max(t.ReplyTokens, functionTokens)
	}
	return t
}

// retrieval is what a candidate reads; only answers read without being told.
func retrieval(s project.Scenario, in stock, k project.Candidate) sizing.Retrieval {
	n := k.Retrieval.K
	if n == 0 && s.Task == project.TaskAnswer && !k.Retrieval.None {
		n = passages
	}
	if n == 0 {
		return sizing.Retrieval{}
	}
	return sizing.Retrieval{Base: s.Knowledge, Digest: in.digest, K: n}
}

// shown are the rows that prompts may show: those that may train, from which
// eval items and their near-duplicates are kept out.
func (a *App) shown(ctx context.Context, s project.Scenario, in stock) ([]prompt.Example, error) {
	if !slices.ContainsFunc(s.Candidates, func(k project.Candidate) bool { return k.Examples > 0 }) {
		return nil, nil
	}
	d, err := a.dataset(ctx, in.items)
	if err != nil {
		return nil, err
	}
	out := make([]prompt.Example, len(d.Train))
	for i, e := range d.Train {
		out[i] = prompt.Example{Input: e.Text, Label: e.Label, Record: d.TrainIDs[i]}
	}
	return out, nil
}

// shownEdges lead from the records that prompts show to their configurations.
func (a *App) shownEdges(ctx context.Context, s project.Scenario, in stock) ([]lineage.Edge, error) {
	rows, err := a.shown(ctx, s, in)
	if err != nil {
		return nil, err
	}
	var out []lineage.Edge
	for _, k := range s.Candidates {
		if k.Examples == 0 {
			continue
		}
		arm, err := a.arm(s, in, k, rows)
		if err != nil {
			return nil, err
		}
		for _, e := range prompt.Draw(rows, k.Examples, exampleSeed) {
			out = append(out, lineage.Edge{From: e.Record, To: arm.Config.ID(), Step: "example"})
		}
	}
	return out, nil
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
