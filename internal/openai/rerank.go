package openai

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/luodi/luodi/internal/meter"
)

// Rerank asks the endpoint's /rerank for the relevance of documents to a
// query, in their order. It reads the replies of Cohere, Jina, vLLM and
// Xinference ("results"), of Voyage ("data") and of TEI (a bare list).
func (c *Client) Rerank(ctx context.Context, ep Endpoint, query string, documents []string) (scores []float64, u meter.Usage, err error) {
	texts, err := ep.guardInputs(append([]string{query}, documents...))
	if err != nil {
		return nil, u, err
	}
	query, documents = texts[0], texts[1:]
	body, err := ep.body(map[string]any{"query": query, "top_n": len(documents), "return_documents": false}, "documents", documents)
	if err != nil {
		return nil, u, err
	}
	u, err = c.whole(ctx, ep, "/rerank", body, func(b []byte) (err error) {
		scores, err = readScores(b, len(documents))
		return err
	})
	return scores, u, err
}

type relevance struct {
	Index          int      `json:"index"`
	RelevanceScore *float64 `json:"relevance_score"`
	Score          *float64 `json:"score"`
}

func readScores(b []byte, n int) ([]float64, error) {
	var w struct {
		Results []relevance `json:"results"`
		Data    []relevance `json:"data"`
	}
	var bare []relevance
	if json.Unmarshal(b, &bare) != nil {
		if err := json.Unmarshal(b, &w); err != nil {
			return nil, shapeError("its reply is not JSON: " + err.Error())
		}
		bare = append(w.Results, w.Data...)
	}
	out, seen := make([]float64, n), make([]bool, n)
	for _, r := range bare {
		s := r.RelevanceScore
		if s == nil {
			s = r.Score
		}
		if s == nil || r.Index < 0 || r.Index >= n || seen[r.Index] {
			return nil, shapeError(fmt.Sprintf("its reply names document %d of %d, twice or without a score", r.Index, n))
		}
		out[r.Index], seen[r.Index] = *s, true
	}
	if len(bare) != n {
		return nil, shapeError(fmt.Sprintf("its reply has %d scores for %d documents", len(bare), n))
	}
	return out, nil
}
