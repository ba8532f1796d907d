package knowledge_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"testing"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/space"
)

// fog is toy as models are: every two texts are much alike, differ a little by
// chance, and more where they share an idea.
type fog struct{ toy }

func (e fog) Passages(ctx context.Context, texts []string) ([][]float32, error) {
	ideas, err := e.toy.Passages(ctx, texts)
	for i, t := range texts {
		v := append(ideas[i], 3)
		for k := range 12 {
			h := fnv.New32a()
			fmt.Fprint(h, k, t)
			v = append(v, float32(h.Sum32()%1000)/2500)
		}
		space.Unit(v)
		ideas[i] = v
	}
	return ideas, err
}

func (e fog) Query(ctx context.Context, text string) ([]float32, error) {
	vs, err := e.Passages(ctx, []string{text})
	return vs[0], err
}

// A question whose words the base does not hold is answered where it stands
// out in the space of the base, and refused where it does not.
func TestNearnessIsEvidence(t *testing.T) {
	ctx := context.Background()
	docs := toyDocs()
	for i := range 40 {
		docs = append(docs, document(fmt.Sprintf("x%d.md", i), "", fmt.Sprintf("会议室第%d号的使用登记表，周%d开放。", i, i%7)))
	}
	e := fog{toy{loans, nil}}
	base, _, spaces := vectored(t, docs, map[string]space.Embedder{"fog": e})
	s := space.Space{Provider: "http://x/v1", Model: "fog", Dim: len(loans) + 13}.Named()
	if _, err := base.Embed(ctx, s, e, nil); err != nil {
		t.Fatal(err)
	}
	use := space.Use{Space: s.ID, Fusion: knowledge.Fusion(s)}
	chance, err := base.Chance(ctx, use)
	if err != nil || chance <= 0 || chance > .2 {
		t.Fatalf("chance %v, %v", chance, err)
	}
	if again, err := base.Chance(ctx, use); again != chance || err != nil {
		t.Errorf("measured again: %v, %v; want %v", again, err, chance)
	}
	if none, err := base.Chance(ctx, space.Use{Space: s.ID, Fusion: space.Fusion{Kind: space.Linear, Lambda: .1}}); none != 0 || err != nil {
		t.Errorf("a space that adds little is asked for evidence: %v, %v", none, err)
	}
	for _, with := range []float64{0, chance} {
		use.Fusion.Chance = with
		a, err := spaces.Alias(ctx, "b")
		if err != nil {
			t.Fatal(err)
		}
		a.Now = use
		if _, err := spaces.Flip(ctx, "b", a); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			question string
			refused  bool
		}{
			{"my mortgage", with == 0},
			{"the weather tomorrow", true},
			{"信用卡挂失", false},
		} {
			ans, err := base.Ask(ctx, knowledge.Query{Text: tt.question, As: asA})
			if err != nil {
				t.Fatal(err)
			}
			if ans.Refused != tt.refused {
				t.Errorf("chance %.3f, %q: refused %v, evidence %.3f, threshold %.3f", with, tt.question, ans.Refused, ans.Evidence, ans.Threshold)
			}
			if ans.Evidence >= 1 || ans.Evidence < 0 {
				t.Errorf("evidence %v", ans.Evidence)
			}
			if !ans.Refused && len(ans.Citations) == 0 {
				t.Errorf("%q is answered without a citation", tt.question)
			}
		}
	}
}
