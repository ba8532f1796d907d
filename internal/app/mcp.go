package app

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/mcp"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/proxy"
)

// shelf is the project's knowledge bases as one reader may see them.
type shelf struct {
	app    *App
	reader string // --as
	bases  []string
	pay    payment
}

// shelfOf is what a reader may see; only narrows it to one base.
func (a *App) shelfOf(reader, only string, pay payment) *shelf {
	s := &shelf{app: a, reader: reader, pay: pay}
	for _, k := range a.Project.Knowledge {
		if (reader == "" || slices.Contains(k.Principals(), reader)) && (only == "" || only == k.Name) {
			s.bases = append(s.bases, k.Name)
		}
	}
	return s
}

// named is the base that a reader means.
func (s *shelf) named(base string) (string, error) {
	switch {
	case base == "" && len(s.bases) == 1:
		return s.bases[0], nil
	case slices.Contains(s.bases, base):
		return base, nil
	case len(s.bases) == 0:
		return "", errs.NotFound("there is no knowledge base that this reader may see; luodi.yaml says who reads which (knowledge: readers)")
	}
	return "", errs.NotFound("there is no knowledge base %q; there are: %s", base, strings.Join(s.bases, ", "))
}

// Search implements mcp.Knowledge.
func (s *shelf) Search(ctx context.Context, base, query string, k int) ([]mcp.Passage, error) {
	base, err := s.named(base)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(query) == "" {
		return nil, errs.Invalid("searching base %s: the query is empty", base)
	}
	as, err := s.app.Asker(s.reader)
	if err != nil {
		return nil, err
	}
	b, err := s.app.base(ctx, base)
	if err != nil {
		return nil, err
	}
	q := s.app.asking(base, query, s.reader)
	q.search = true
	found, err := b.Find(ctx, knowledge.Query{Text: query, K: k, As: as})
	if err != nil {
		return nil, err
	}
	hits := found.Hits
	s.app.note(q, knowledge.Answer{Hits: hits, Evidence: found.Evidence, Threshold: found.Threshold})
	ctx, stop := context.WithTimeout(ctx, placeTime)
	defer stop()
	out := make([]mcp.Passage, len(hits))
	for i, h := range hits {
		c := h.Cite()
		out[i] = mcp.Passage{Title: h.Title, Heading: h.Heading, Text: h.Text, Score: h.Score, Citation: c, Place: s.app.place(ctx, c)}
	}
	return out, nil
}

// Ask implements mcp.Knowledge.
func (s *shelf) Ask(ctx context.Context, base, question string) (mcp.Answer, error) {
	base, err := s.named(base)
	if err != nil {
		return mcp.Answer{}, err
	}
	res, err := s.app.askModel(ctx, base, question, s.reader, "", s.pay)
	out := mcp.Answer{Answer: res.Answer, Refused: res.Refused, Kind: res.Kind, Citations: res.Citations}
	if len(res.Dropped) > 0 {
		out.Dropped = res.Dropped
	}
	return out, err
}

// tools serves the knowledge bases to agents, each with the rights of its
// key's department; a key that is bound to a scenario has none here.
func (a *App) tools(m *meter.Meter) proxy.Keyed {
	type reader struct{}
	h := mcp.Handler(func(r *http.Request) mcp.Knowledge {
		if s, ok := r.Context().Value(reader{}).(*shelf); ok {
			return s
		}
		return nil
	}, Version)
	return func(w http.ResponseWriter, r *http.Request, key *auth.Key) {
		if key.Scenario != "" {
			http.Error(w, "this key may call scenario/"+key.Scenario+" and nothing else", http.StatusForbidden)
			return
		}
		s := a.current.Load().shelfOf(principal(key.Department), "", payment{key.ID, key.Budget, m})
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), reader{}, s)))
	}
}

// MCP serves one base, or all of them, over standard input and output with the
// rights of as, until the client leaves.
func (a *App) MCP(ctx context.Context, base, as string) error {
	if _, err := a.Asker(as); err != nil {
		return err
	}
	if base != "" {
		if _, err := a.base(ctx, base); err != nil {
			return err
		}
	}
	a.current.Store(a)
	err := mcp.Serve(ctx, mcp.New(a.shelfOf(as, base, payment{key: askKey}), Version))
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("serving tools over standard input and output: %w", err)
	}
	return nil
}
