package knowledge

import (
	"context"
	"fmt"
	"slices"

	"github.com/luodi/luodi/internal/knowledge/index"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/knowledge/token"
)

// telling is how many times the lead of chance questions the lead of a
// question must be to count as evidence by itself. On English questions about
// Chinese paragraphs, the case that words cannot judge, 1.5 lies between the
// quartile of the questions that are answered there and that of others.
const telling = 1.5

// lead is how much nearer a question is to the nearest passage of the view
// than to the mean of all: cosines of one model lie in a narrow band whose
// place depends on the language of the question, so that their height says
// nothing. It is 0 where not every passage was compared.
func (n *nearby) lead(v *index.View, use space.Use) float64 {
	if n == nil || use.Fusion.Kind == space.Linear {
		return 0
	}
	sum, most, count := 0., float32(-2), 0
	for s := range v.Segments() {
		for c, near := range n.blend.Near[s] {
			if near != 0 && v.Sees(s, c) { // 0: without a vector
				sum += float64(near)
				most = max(most, near)
				count++
			}
		}
	}
	if count < 2 {
		return 0
	}
	return float64(most) - sum/float64(count)
}

// Chance is the median lead of the chance questions that the threshold is
// calibrated by, in a use's space: what an alias needs to take nearness for
// evidence. It embeds some short questions; 0 says that there are too few
// documents, or that the space is not asked for evidence.
func (b *Base) Chance(ctx context.Context, use space.Use) (float64, error) {
	st, err := b.current(ctx)
	if err != nil || use.Fusion.Kind == space.Linear {
		return 0, err
	}
	_, generation, err := b.using(ctx, ranking{use: &use})
	if err != nil {
		return 0, err
	}
	var live []Version
	err = b.store.EachVersion(ctx, b.name, "", func(v Version) error {
		if v.State == Live {
			live = append(live, v)
		}
		return nil
	})
	if err != nil || len(live) < fewDocuments {
		return 0, err
	}
	slices.SortFunc(live, func(x, y Version) int { return int(x.Order - y.Order) })
	v := st.viewWith(Asker{Owner: true}, false, use.Fusion)
	var leads []float64
	err = b.chance(ctx, live, leadQuestions, func(question string) error {
		q := Query{Text: question, Strict: true}
		near, err := b.blend(ctx, st, v, q, use, generation)
		if err != nil {
			return err
		}
		if near != nil && near.blend.Fill != nil {
			if _, _, _, err := v.SearchParts(token.Terms(question), 1, b.fetch(ctx), near.joined()); err != nil {
				return err
			}
		}
		leads = append(leads, near.lead(v, use))
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("measuring what nearness is chance in knowledge base %s: %w", b.name, err)
	}
	slices.Sort(leads)
	return quantile(leads, .5), nil
}

// leadQuestions is how many chance questions are embedded: an endpoint takes
// longer than words do.
const leadQuestions = 24
