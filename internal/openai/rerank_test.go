package openai

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/gateway"
)

func TestRerank(t *testing.T) {
	for _, tt := range []struct {
		name, reply string
		want        []float64 // nil: an error
		tokens      int64
	}{
		{name: "Cohere, Jina", reply: `{"results":[{"index":1,"relevance_score":0.9},{"index":0,"relevance_score":-0.1}],"usage":{"total_tokens":12,"prompt_tokens":12}}`, want: []float64{-.1, .9}, tokens: 12},
		{name: "Voyage", reply: `{"data":[{"index":0,"relevance_score":0.3},{"index":1,"relevance_score":0.2}]}`, want: []float64{.3, .2}},
		{name: "TEI", reply: `[{"index":1,"score":0.5},{"index":0,"score":0.4}]`, want: []float64{.4, .5}},
		{name: "one missing", reply: `{"results":[{"index":1,"relevance_score":0.9}]}`},
		{name: "one twice", reply: `{"results":[{"index":1,"relevance_score":0.9},{"index":1,"relevance_score":0.9}]}`},
		{name: "out of range", reply: `{"results":[{"index":2,"relevance_score":0.9},{"index":0,"relevance_score":0.9}]}`},
		{name: "no score", reply: `{"results":[{"index":1},{"index":0,"relevance_score":0.9}]}`},
		{name: "no JSON", reply: `<html>`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				var in struct {
					Model, Query string
					Documents    []string
				}
				if err := json.Unmarshal(b, &in); err != nil || r.URL.Path != "/v1/rerank" || in.Model != "m" || in.Query != "q" || len(in.Documents) != 2 {
					t.Errorf("%s was sent %s", r.URL.Path, b)
				}
				io.WriteString(w, tt.reply)
			}))
			defer srv.Close()
			scores, used, err := (&Client{}).Rerank(context.Background(), Endpoint{BaseURL: srv.URL + "/v1", Model: "m"}, "q", []string{"a", "b"})
			if (err == nil) != (tt.want != nil) || !slices.Equal(scores, tt.want) || used.Input != tt.tokens {
				t.Errorf("%v, %+v, %v", scores, used, err)
			}
		})
	}
}

// What may not go to a vendor in a chat may not go to its reranker either.
func TestRerankIsGuarded(t *testing.T) {
	asked := ""
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		asked = string(b)
		io.WriteString(w, `[{"index":0,"score":0.5}]`)
	}))
	defer srv.Close()
	ask := func(pii string) error {
		_, _, err := (&Client{}).Rerank(context.Background(), Endpoint{BaseURL: srv.URL + "/v1", Model: "m", PII: pii}, "who has 13812345678?", []string{"call 13987654321"})
		return err
	}
	if err := ask(gateway.PIIMask); err != nil || strings.Contains(asked, "13812345678") || strings.Contains(asked, "13987654321") {
		t.Errorf("%v; it was sent %s", err, asked)
	}
	asked = ""
	if err := ask(gateway.PIIBlock); !errors.Is(err, ErrPersonal) || asked != "" {
		t.Errorf("%v; it was sent %q", err, asked)
	}
}
