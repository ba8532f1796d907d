package knowledge_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/simd"
)

// flaky is an embedder whose endpoint may be down.
type flaky struct {
	toy
	down  *bool
	asked *int
}

func (e flaky) Query(ctx context.Context, text string) ([]float32, error) {
	*e.asked++
	if *e.down {
		return nil, errors.New("connection refused")
	}
	return e.toy.Query(ctx, text)
}

func TestSearchGoesOnByWordsWhereTheEndpointIsDown(t *testing.T) {
	ctx := context.Background()
	down, asked, told := false, 0, 0
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	e := flaky{toy{ideas: loans}, &down, &asked}
	base, _, spaces := vectored(t, toyDocs(), map[string]space.Embedder{"toy": e})
	base.WithVectors(knowledge.Vectors{Spaces: spaces, Dots: simd.Dots{}, Now: func() time.Time { return now },
		Degraded: func(string, error) { told++ }, Embedder: func(context.Context, space.Space) (space.Embedder, error) { return e, nil }})
	s := toySpace("toy")
	if _, err := base.Embed(ctx, s, e, nil); err != nil {
		t.Fatal(err)
	}
	use := space.Use{Space: s.ID, Fusion: space.Fusion{Kind: space.Coverage, Lambda: 1}}
	if _, err := spaces.Flip(ctx, "b", space.Alias{Now: use}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name     string
		down     bool
		later    time.Duration
		strict   bool
		query    string
		first    string // "" nothing is found
		degraded bool
		fails    bool
		asked    int // calls of the endpoint
	}{
		{name: "up", query: "mortgage one", first: "loan.md", asked: 1},
		{name: "down: words know no English", down: true, query: "mortgage two", degraded: true, asked: 1},
		{name: "down: words find words", down: true, query: "年假 三", first: "leave.md", degraded: true},
		{name: "down, and nothing less will do", down: true, strict: true, query: "年假 四", fails: true, asked: 1},
		{name: "up again, a moment later: it is not asked yet", query: "mortgage five", degraded: true},
		{name: "up again, after a while", later: time.Minute, query: "mortgage six", first: "loan.md", asked: 1},
		{name: "a question asked before needs no endpoint", down: true, query: "mortgage six", first: "loan.md"},
	} {
		t.Run(step.name, func(t *testing.T) {
			down, asked, told = step.down, 0, 0
			now = now.Add(step.later)
			found, err := base.Find(ctx, knowledge.Query{Text: step.query, As: asA, Strict: step.strict})
			if (err != nil) != step.fails {
				t.Fatal(err)
			}
			first := ""
			if len(found.Hits) > 0 {
				first = found.Hits[0].At
			}
			if first != step.first || (found.Degraded != "") != step.degraded || (told > 0) != step.degraded || asked != step.asked {
				t.Errorf("first %q, degraded %q, told %d times, endpoint asked %d times", first, found.Degraded, told, asked)
			}
		})
	}
	down = true
	now = now.Add(time.Hour)
	if a, err := base.Ask(ctx, knowledge.Query{Text: "年假有几天", As: asA}); err != nil || !strings.Contains(a.Degraded, "connection refused") {
		t.Errorf("%+v, %v", a, err)
	}
}

// reverse is a reranker that likes the last passages best.
type reverse struct {
	asked *int
	err   error
	short bool
}

func (r reverse) Rerank(_ context.Context, _ string, passages []string) ([]float64, error) {
	*r.asked++
	out := make([]float64, len(passages))
	for i := range out {
		out[i] = float64(i)
	}
	if r.short {
		out = out[1:]
	}
	return out, r.err
}

func TestRerank(t *testing.T) {
	ctx := context.Background()
	docs := []knowledge.Document{document("a.md", "", "贷款 贷款 贷款"), document("b.md", "", "贷款 贷款 利率"), document("c.md", "", "贷款 额度 年限"), document("d.md", "", "年假")}
	for _, tt := range []struct {
		name     string
		r        reverse
		depth    int
		strict   bool
		want     string
		degraded string
		fails    bool
	}{
		{name: "all are ordered anew", want: "c.md b.md a.md"},
		{name: "the best two are", depth: 2, want: "b.md a.md c.md"},
		{name: "it is down", r: reverse{err: errors.New("no route")}, want: "a.md b.md c.md", degraded: "not reranked: no route"},
		{name: "it scores too few", r: reverse{short: true}, want: "a.md b.md c.md", degraded: "not reranked: 3 passages were given 2 scores"},
		{name: "it is down and nothing less will do", r: reverse{err: errors.New("no route")}, strict: true, fails: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base, _, _ := vectored(t, docs, nil)
			asked := 0
			tt.r.asked = &asked
			base.WithReranker(tt.r, tt.depth)
			for range 2 {
				found, err := base.Find(ctx, knowledge.Query{Text: "贷款", As: owner, Strict: tt.strict})
				if (err != nil) != tt.fails || addresses(found.Hits) != tt.want || found.Degraded != tt.degraded {
					t.Errorf("%s, degraded %q, %v", addresses(found.Hits), found.Degraded, err)
				}
				for i := 1; i < len(found.Hits); i++ {
					if found.Hits[i].Score > found.Hits[i-1].Score {
						t.Errorf("scores rise at %d", i)
					}
				}
			}
			if good := tt.r.err == nil && !tt.r.short; good && asked != 1 {
				t.Errorf("asked %d times for the same passages", asked)
			}
			if hits, err := base.SearchPlain(ctx, knowledge.Query{Text: "贷款", As: owner}); err != nil || hits[0].At != "a.md" {
				t.Errorf("plain is reranked: %s, %v", addresses(hits), err)
			}
		})
	}
}

func TestListwise(t *testing.T) {
	passages := []string{"one", "two", "three", strings.Repeat("长", 500)}
	for _, tt := range []struct {
		name, reply, want string
		fails             bool
	}{
		{name: "an order", reply: "[3] > [1] > [4] > [2]", want: "2 0 3 1"},
		{name: "bare numbers", reply: "2, 1", want: "1 0 2 3"},
		{name: "a number twice, and one that is none", reply: "[2] > [2] > [9] > [4]", want: "1 3 0 2"},
		{name: "no order", reply: "I cannot tell.", fails: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var prompt string
			l := knowledge.Listwise{Say: func(_ context.Context, _, user string) (string, error) { prompt = user; return tt.reply, nil }}
			scores, err := l.Rerank(context.Background(), "which?", passages)
			if tt.fails {
				if err == nil {
					t.Errorf("%v", scores)
				}
				return
			}
			if err != nil || order(scores) != tt.want {
				t.Errorf("%s by %v, %v", order(scores), scores, err)
			}
			if !strings.Contains(prompt, "[3] three") || strings.Count(prompt, "长") != 300 || !strings.Contains(prompt, "Question: which?") {
				t.Errorf("prompt %q", prompt)
			}
		})
	}
}

func order(scores []float64) string {
	var out []string
	for range scores {
		best := 0
		for i, s := range scores {
			if s > scores[best] {
				best = i
			}
		}
		out = append(out, string(rune('0'+best)))
		scores[best] = -1e9
	}
	return strings.Join(out, " ")
}
