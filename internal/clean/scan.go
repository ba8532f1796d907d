package clean

import (
	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/source/offset"
)

// Scan finds personal data and secrets in a text that was not cleaned: what is
// hidden by full-width digits or zero-width characters is found too. Tags are
// ranges of the text as it is given.
func Scan(text string) []pii.Tag {
	folded, m := text, offset.Identity(len(text))
	for _, op := range []Operator{controlOperator, widthOperator} {
		after, step := op.Apply(folded)
		folded, m = after, offset.Compose(step, m)
	}
	tags := pii.Scan(folded)
	if !m.IsIdentity() {
		for i := range tags {
			tags[i].Start, tags[i].End = m.Source(tags[i].Start, tags[i].End)
		}
	}
	return tags
}
