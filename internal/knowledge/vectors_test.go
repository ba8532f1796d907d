package knowledge_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/knowledge/space/spacetest"
	"github.com/luodi/luodi/internal/knowledge/static"
	"github.com/luodi/luodi/internal/simd"
)

// toy places a text by which of some ideas it names, in any language.
type toy struct {
	ideas []string // words of one idea, separated by |
	calls *int
}

func (e toy) Passages(_ context.Context, texts []string) (out [][]float32, _ error) {
	for _, t := range texts {
		if e.calls != nil {
			*e.calls++
		}
		v := make([]float32, len(e.ideas))
		for i, words := range e.ideas {
			for w := range strings.SplitSeq(words, "|") {
				v[i] += float32(strings.Count(t, w))
			}
		}
		space.Unit(v)
		out = append(out, v)
	}
	return out, nil
}

func (e toy) Query(ctx context.Context, text string) ([]float32, error) {
	vs, err := e.Passages(ctx, []string{text})
	return vs[0], err
}

// vectored builds a base that can use spaces; embedders are by model.
func vectored(t testing.TB, docs []knowledge.Document, embedders map[string]space.Embedder) (*knowledge.Base, *knowledgetest.Memory, *spacetest.Memory) {
	t.Helper()
	ctx := context.Background()
	store, spaces := &knowledgetest.Memory{}, &spacetest.Memory{}
	if _, err := knowledge.Build(ctx, knowledge.Config{Base: "b", Readers: []string{"department:a"}, Store: store, Now: time.Now}, each(docs)); err != nil {
		t.Fatal(err)
	}
	base, err := knowledge.Open(ctx, store, "b")
	if err != nil {
		t.Fatal(err)
	}
	return base.WithVectors(knowledge.Vectors{Spaces: spaces, Dots: simd.Dots{}, Embedder: func(_ context.Context, s space.Space) (space.Embedder, error) {
		if s.Provider == static.Name {
			return knowledge.Static(s)
		}
		if e := embedders[s.Model]; e != nil {
			return e, nil
		}
		return nil, errs.NotFound("no model %s", s.Model)
	}}), store, spaces
}

var loans = []string{"loan|mortgage|贷款", "card|信用卡", "leave|年假"}

func toyDocs() []knowledge.Document {
	secret := document("secret.md", "", "贷款 贷款：内部利率。")
	secret.Readers = []string{"user:boss@x"}
	return []knowledge.Document{document("loan.md", "", "贷款按月还。"), document("card.md", "", "信用卡挂失。"), document("leave.md", "", "年假十天。"), secret}
}

func toySpace(model string) space.Space {
	return space.Space{Provider: "http://x/v1", Model: model, Dim: len(loans)}.Named()
}

var asA = knowledge.Asker{Principals: []string{"department:a"}}

func addresses(hits []knowledge.Hit) string {
	var out []string
	for _, h := range hits {
		out = append(out, h.At)
	}
	return strings.Join(out, " ")
}

func TestVectorsFindAcrossLanguagesWhatTheAskerMayRead(t *testing.T) {
	ctx := context.Background()
	calls := 0
	e := toy{loans, &calls}
	base, _, _ := vectored(t, toyDocs(), map[string]space.Embedder{"toy": e})
	s := toySpace("toy")
	plan, err := base.EmbedEstimate(ctx, s)
	if err != nil || plan.Missing != 4 || calls != 0 {
		t.Fatalf("estimate %+v after %d calls, %v", plan, calls, err)
	}
	for range 2 {
		if _, err := base.Embed(ctx, s, e, nil); err != nil || calls != 4 {
			t.Fatalf("%d texts embedded, %v", calls, err)
		}
	}
	for _, kind := range []string{space.Linear, space.Coverage, space.RRF} {
		search := base.SearchWith(space.Use{Space: s.ID, Fusion: space.Fusion{Kind: kind, Lambda: 1}})
		for _, tt := range []struct {
			query, first string
			as           knowledge.Asker
		}{
			{"贷款怎么还", "loan.md", asA},
			{"信用卡 loan card card", "card.md", asA},
		} {
			hits, err := search(ctx, knowledge.Query{Text: tt.query, As: tt.as})
			if err != nil || len(hits) == 0 || hits[0].At != tt.first {
				t.Errorf("%s, %s: %s, %v", kind, tt.query, addresses(hits), err)
			}
			if strings.Contains(addresses(hits), "secret") {
				t.Errorf("%s, %s: leaks %s", kind, tt.query, addresses(hits))
			}
		}
	}
	across, err := base.SearchWith(space.Use{Space: s.ID, Fusion: space.Fusion{Kind: space.Coverage, Lambda: 1}})(ctx, knowledge.Query{Text: "my mortgage", As: asA})
	if err != nil || len(across) == 0 || across[0].At != "loan.md" {
		t.Errorf("English question, Chinese text: %s, %v", addresses(across), err)
	}
	lexical, err := base.Search(ctx, knowledge.Query{Text: "my mortgage", As: asA})
	if err != nil || len(lexical) != 0 {
		t.Errorf("before an alias the search is lexical: %s, %v", addresses(lexical), err)
	}
}

func TestStaticSpaceOfTooLittleText(t *testing.T) {
	base, _, _ := vectored(t, nil, nil)
	if _, err := base.TrainStatic(context.Background(), static.Config{}); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("got %v", err)
	}
}

// The static part must not lower any known set by more than .002 nDCG@10.
func TestStaticNeverLowers(t *testing.T) {
	for _, set := range retrievalSets {
		t.Run(set.name, func(t *testing.T) {
			if testing.Short() && set.name != "xquad-zh" {
				t.Skip("skipped: one set is enough for short runs")
			}
			if set.long && os.Getenv("LUODI_LONG") == "" {
				t.Skip("skipped: training on 20 MB of laws takes a minute; LUODI_LONG=1 runs it")
			}
			ctx := context.Background()
			base, _, _ := vectored(t, set.docs(t), nil)
			start := time.Now()
			s, err := base.TrainStatic(ctx, static.Config{})
			if err != nil {
				t.Fatal(err)
			}
			trained := time.Since(start)
			e, err := knowledge.Static(s)
			if err != nil {
				t.Fatal(err)
			}
			r, err := base.Embed(ctx, s, e, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d chunks, trained in %.1f s, embedded in %.1f s", r.Chunks, trained.Seconds(), (time.Since(start) - trained).Seconds())
			lexical := evaluate(t, set.name, base.Search)
			mixed := evaluate(t, set.name, base.SearchWith(space.Use{Space: s.ID, Fusion: space.Fusion{Kind: space.Linear, Lambda: knowledge.StaticLambda}}))
			t.Logf("lexical %s", figures(lexical))
			t.Logf("static  %s", figures(mixed))
			if d := mixed["ndcg@10"] - lexical["ndcg@10"]; d < -.002 && !math.IsNaN(d) {
				t.Errorf("nDCG@10 changes by %.4f", d)
			}
		})
	}
}

func evaluate(t testing.TB, set string, r knowledge.Ranker) map[string]float64 {
	t.Helper()
	f, err := knowledge.Eval(context.Background(), r, questionsOf(t, set), knowledge.EvalConfig{K: []int{10, 20}, As: owner, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func figures(f map[string]float64) string {
	return fmt.Sprintf("r@10 %.4f hit@10 %.4f mrr@10 %.4f ndcg@10 %.4f p50 %.1f p95 %.1f ms", f["recall@10"], f["hit@10"], f["mrr@10"], f["ndcg@10"], f["p50_ms"], f["p95_ms"])
}
