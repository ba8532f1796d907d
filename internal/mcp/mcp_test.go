package mcp_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/mcp"
)

// shelf answers with who asked and what.
type shelf struct{ reader string }

func (s shelf) Search(_ context.Context, base, query string, k int) ([]mcp.Passage, error) {
	switch base {
	case "secret":
		return nil, errs.NotFound("there is no knowledge base %q", base)
	case "broken":
		return nil, errors.New("reading /var/lib/luodi.db: no such host db.internal")
	case "empty":
		return nil, nil
	}
	return []mcp.Passage{{Title: s.reader, Text: query, Score: float64(k), Citation: knowledge.Citation{Document: "rec_1", Version: "ver_1", Start: 3, End: 9, SHA256: "ab"}}}, nil
}

func (s shelf) Ask(_ context.Context, _, question string) (mcp.Answer, error) {
	if question == "" {
		return mcp.Answer{}, errs.Invalid("the question is empty")
	}
	return mcp.Answer{Answer: "for " + s.reader + ": " + question + " [1]", Kind: "extractive", Citations: []knowledge.Citation{{Quote: "q"}}}, nil
}

// sent adds a key to every request.
type sent struct{ key string }

func (s sent) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", s.key)
	return http.DefaultTransport.RoundTrip(r)
}

func connect(t *testing.T, key string) (*sdk.ClientSession, error) {
	t.Helper()
	srv := httptest.NewServer(mcp.Handler(func(r *http.Request) mcp.Knowledge {
		if k := r.Header.Get("Authorization"); k != "" {
			return shelf{k}
		}
		return nil
	}, "1"))
	t.Cleanup(srv.Close)
	c := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
	s, err := c.Connect(t.Context(), &sdk.StreamableClientTransport{Endpoint: srv.URL, HTTPClient: &http.Client{Transport: sent{key}}, DisableStandaloneSSE: true}, nil)
	if err == nil {
		t.Cleanup(func() { s.Close() })
	}
	return s, err
}

func text(t *testing.T, r *sdk.CallToolResult) string {
	t.Helper()
	b, err := json.Marshal(r.Content)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTools(t *testing.T) {
	s, err := connect(t, "risk")
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.ListTools(t.Context(), nil)
	if err != nil || len(list.Tools) != 2 || list.Tools[0].Name != "ask" || list.Tools[1].Name != "search" || !list.Tools[0].Annotations.ReadOnlyHint {
		t.Fatalf("%+v %v", list, err)
	}
	for _, tt := range []struct {
		name, tool string
		args       map[string]any
		fails      bool
		says       string
	}{
		{"a search", "search", map[string]any{"query": "limit", "k": 3}, false, `\"score\":3,\"text\":\"limit\"`},
		{"with its citation", "search", map[string]any{"query": "limit"}, false, `\"version\":\"ver_1\"`},
		{"as who asks", "search", map[string]any{"query": "limit"}, false, `\"title\":\"risk\"`},
		{"nothing found", "search", map[string]any{"query": "x", "base": "empty"}, false, `{\"passages\":[]}`},
		{"a base out of sight", "search", map[string]any{"query": "x", "base": "secret"}, true, "there is no knowledge base"},
		{"inner trouble", "search", map[string]any{"query": "x", "base": "broken"}, true, "the gateway's log says why"},
		{"too many", "search", map[string]any{"query": "x", "k": 51}, true, "1 to 50"},
		{"no query", "search", map[string]any{}, true, "query"},
		{"an unknown argument", "search", map[string]any{"query": "x", "as": "owner"}, true, "as"},
		{"an answer", "ask", map[string]any{"question": "how much?"}, false, "for risk: how much? [1]"},
		{"no question", "ask", map[string]any{"question": ""}, true, "empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: tt.tool, Arguments: tt.args})
			said := ""
			if err != nil {
				said = err.Error()
			} else {
				said = text(t, r)
			}
			if (err != nil || r.IsError) != tt.fails || !strings.Contains(said, tt.says) || strings.Contains(said, "db.internal") {
				t.Errorf("%v %s", err, said)
			}
		})
	}
	if _, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: "delete"}); err == nil {
		t.Error("an unknown tool was called")
	}
}

func TestNobody(t *testing.T) {
	if _, err := connect(t, ""); err == nil {
		t.Error("a request without a reader was served")
	}
}

func TestInProcess(t *testing.T) {
	there, here := sdk.NewInMemoryTransports()
	go mcp.New(shelf{"owner"}, "1").Run(t.Context(), there)
	s, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), here, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: "ask", Arguments: map[string]any{"question": "几天？"}})
	if err != nil || !strings.Contains(text(t, r), "for owner: 几天？ [1]") {
		t.Errorf("%v %v", r, err)
	}
}
