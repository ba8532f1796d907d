package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/lineage"
)

// AskResult is what `luodi ask --json` prints.
type AskResult struct {
	ID        string  `json:"id"`
	Answer    string  `json:"answer"`
	Refused   bool    `json:"refused"`
	Kind      string  `json:"kind"` // extractive: literal sentences of the best passages
	Evidence  float64 `json:"evidence"`
	Threshold float64 `json:"threshold"`
	Citations []Cited `json:"citations"`
	Degraded  string  `json:"degraded,omitempty"` // what the search had to do without, and why
}

// Asker reads who asks: "" is the project's owner, else department:NAME or
// user:EMAIL.
func (a *App) Asker(as string) (knowledge.Asker, error) {
	if as == "" {
		return knowledge.Asker{Owner: true}, nil
	}
	kind, name, ok := strings.Cut(as, ":")
	if !ok || name == "" || kind != "department" && kind != "user" {
		return knowledge.Asker{}, misuse("--as %q: write department:NAME or user:EMAIL", as)
	}
	if _, known := a.Project.Department(name); kind == "department" && !known {
		return knowledge.Asker{}, errs.NotFound("--as %s: luodi.yaml has no department %q", as, name)
	}
	return knowledge.Asker{Principals: []string{as}}, nil
}

// Ask answers a question from a knowledge base, with literal passages.
func (a *App) Ask(ctx context.Context, base, text, as string) (AskResult, error) {
	if strings.TrimSpace(text) == "" {
		return AskResult{}, errs.Invalid("asking: the question is empty; write luodi ask \"…\"")
	}
	q := a.asking(base, text, as)
	asker, err := a.Asker(as)
	if err != nil {
		return AskResult{}, err
	}
	b, err := a.base(ctx, base)
	if err != nil {
		return AskResult{}, err
	}
	ans, err := b.Ask(ctx, knowledge.Query{Text: text, As: asker})
	if err != nil {
		return AskResult{}, fmt.Errorf("asking base %s: %w", base, err)
	}
	q.base = b.Name()
	return a.keepAnswer(ctx, q, ans)
}

// keptAnswer is an answer as it is kept.
type keptAnswer struct {
	Base      string               `json:"base"`
	Question  string               `json:"question"`
	As        string               `json:"as"`
	Answer    string               `json:"answer"`
	Citations []knowledge.Citation `json:"citations"`
}

// keepAnswer gives an answer its address and links it to its chunks.
func (a *App) keepAnswer(ctx context.Context, q asking, ans knowledge.Answer) (AskResult, error) {
	res := AskResult{
		Answer: ans.Text, Refused: ans.Refused, Kind: ans.Kind, Evidence: ans.Evidence, Threshold: ans.Threshold,
		Citations: a.cited(ctx, ans.Citations), Degraded: ans.Degraded,
	}
	a.note(q, ans)
	kept := keptAnswer{q.base, q.text, q.as, ans.Text, ans.Citations}
	if kept.Citations == nil {
		kept.Citations = []knowledge.Citation{}
	}
	content, err := json.Marshal(kept)
	if err != nil {
		return res, err
	}
	// Its address is that of its content, so that trace finds it again.
	res.ID = string(lineage.Answer) + "_" + lineage.Hash(content)
	var edges []lineage.Edge
	for _, c := range res.Citations {
		edges = append(edges, lineage.Edge{From: c.Chunk, To: res.ID, Step: "cite"})
	}
	if len(edges) == 0 {
		return res, nil
	}
	if _, err := a.blobs.Put(ctx, content); err != nil {
		return res, err
	}
	return res, a.db.Lineage().Link(ctx, edges)
}

// base opens a knowledge base, with a message that says which there are.
func (a *App) base(ctx context.Context, name string) (*knowledge.Base, error) {
	if name == "" && len(a.Project.Knowledge) == 1 {
		name = a.Project.Knowledge[0].Name
	}
	if _, ok := a.Project.Base(name); !ok {
		var names []string
		for _, k := range a.Project.Knowledge {
			names = append(names, k.Name)
		}
		return nil, errs.NotFound("luodi.yaml has no knowledge base %q; it has: %s", name, strings.Join(names, ", "))
	}
	a.opened.mu.Lock()
	defer a.opened.mu.Unlock()
	if b := a.opened.bases[name]; b != nil {
		return b, nil
	}
	b, err := knowledge.Open(ctx, a.db.Knowledge(), name)
	if errs.Is(err, errs.CodeNotFound) {
		return nil, errs.NotFound("knowledge base %s is not indexed yet; run `luodi up`", name)
	}
	if err == nil {
		b, err = a.equip(ctx, b)
	}
	if err != nil {
		return nil, err
	}
	if a.opened.bases == nil {
		a.opened.bases = map[string]*knowledge.Base{}
	}
	a.opened.bases[name] = b
	return b, nil
}

// opened are the bases that were asked, with what of their indexes is in
// memory; they follow what is built meanwhile.
type opened struct {
	mu    sync.Mutex
	bases map[string]*knowledge.Base
}
