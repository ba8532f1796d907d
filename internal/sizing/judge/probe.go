package judge

import (
	"context"
	"strings"

	"github.com/luodi/luodi/internal/binomial"
	"github.com/luodi/luodi/internal/sizing"
)

// Case is a question whose answer is known: a reply that meets a point. With
// Unsure nobody has said that it does, and the probe that takes that is left
// out; the others need a reply of the kind, right or wrong.
type Case struct {
	Task, Right, Point string
	Unsure             bool
}

// Probed is how a judge did on one kind of probe.
type Probed = sizing.Probed

// empty replies; a judge that finds a point met in one of them meets anything.
var empty = map[string][]string{
	"en": {"I don't know.", "…", "Thank you for your question. We will look into it."},
	"zh": {"我不知道。", "……", "感谢您的提问，我们会研究。"},
}

// padding says nothing; a text is not better for it.
var padding = map[string]string{
	"en": "\n\nThe above has been considered carefully from all sides, comprehensively and in depth, and reflects a thorough, professional and well-founded understanding of the matter.",
	"zh": "\n\n以上内容经过全面、深入、细致的综合考量，从多个角度进行了充分论证，体现了专业、严谨、负责的态度。",
}

var sure = map[string]string{
	"en": "There is no doubt whatsoever about this; it has been verified several times:\n",
	"zh": "以下内容经过多次核实，确定无疑：\n",
}

// Probe asks a judge what is known: replies that say nothing (null), the right
// reply of another case said with confidence (wrong), the right reply with
// padding, which must not be preferred to itself (padded), and the right reply
// (right). It makes up to five calls a case.
func (j Judge) Probe(ctx context.Context, cases []Case) ([]Probed, error) {
	_, language := j.words()
	out := []Probed{{Kind: "null"}, {Kind: "wrong"}, {Kind: "padded"}, {Kind: "right"}}
	ask := func(p *Probed, c Case, reply string, want bool) error {
		met, read, err := j.Point(ctx, c.Task, reply, c.Point)
		if err != nil {
			return err
		}
		p.Asked++
		if !read {
			p.Unread++
		}
		if met != want {
			p.Fooled++
		}
		return nil
	}
	for i, c := range cases {
		if err := ask(&out[0], c, empty[language][i%len(empty[language])], false); err != nil {
			return nil, err
		}
		other := cases[(i+1)%len(cases)].Right
		if !strings.EqualFold(strings.TrimSpace(other), strings.TrimSpace(c.Right)) {
			if err := ask(&out[1], c, sure[language]+other, false); err != nil {
				return nil, err
			}
		}
		p, err := j.Pair(ctx, c.Task, c.Right, c.Right+padding[language])
		if err != nil {
			return nil, err
		}
		out[2].Asked++
		switch p {
		case Second, Unsteady:
			out[2].Fooled++
		case Unread:
			out[2].Unread++
			out[2].Fooled++
		}
		if c.Unsure {
			continue
		}
		if err := ask(&out[3], c, c.Right, true); err != nil {
			return nil, err
		}
	}
	for i := range out {
		p := &out[i]
		p.Upper = 1
		if p.Asked > 0 {
			p.Rate, p.Upper = float64(p.Fooled)/float64(p.Asked), binomial.Upper(p.Fooled, p.Asked, .95)
		}
	}
	return out, nil
}
