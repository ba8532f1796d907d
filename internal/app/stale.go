package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/project"
)

// citedItem is an item of a file with what its label rests on.
type citedItem struct {
	name      string // its id, or the line that it is in
	key       string // another label, or another date of checking, is another key
	citations []string
}

// stale compares what the gold citations hold with what they held when each
// item was first read, and notes the items whose label may be out of date. An
// edit of another section of the same document touches nobody.
func (r *run) stale(ctx context.Context, s project.Scenario, cited []citedItem, last itemsOutput, out *itemsOutput) error {
	if s.Knowledge == "" || len(cited) == 0 {
		return nil
	}
	base, err := knowledge.Open(ctx, r.db.Knowledge(), s.Knowledge)
	if err != nil {
		return err
	}
	now := map[string]string{}
	out.Cited = map[string]map[string]string{}
	for _, it := range cited {
		changed := false
		said := map[string]string{}
		for _, address := range it.citations {
			content, ok := now[address]
			if !ok {
				if content, err = base.Content(ctx, address); err != nil {
					return err
				}
				now[address] = content
			}
			if said[address] = last.Cited[it.key][address]; said[address] == "" {
				said[address] = content // when it was labelled, as far as is known
			}
			changed = changed || said[address] != content
		}
		if out.Cited[it.key] = said; changed {
			out.Changed = append(out.Changed, it.name)
		}
	}
	return nil
}

// warnStale says which items to look at.
func (r *run) warnStale(s project.Scenario, out itemsOutput) {
	if n := len(out.Changed); n > 0 {
		cite := "gold items cite"
		if n == 1 {
			cite = "gold item cites"
		}
		r.warn("scenario %s: %d %s documents that changed since the label: check %s; correct what is wrong in %s, and give a new \"checked\": \"DATE\" to what still holds",
			s.Name, n, cite, listed(out.Changed, 8), s.Items.File)
	}
}

// warnSlips says which labels are probably meant to be another one.
func (r *run) warnSlips(s project.Scenario, out itemsOutput) {
	if len(out.Slips) == 0 {
		return
	}
	var pairs []string
	for _, x := range out.Slips {
		pairs = append(pairs, fmt.Sprintf("%q (%d times) like %q", x.Label, x.Rows, x.Meant))
	}
	r.warn("scenario %s: labels that look like slips of others are classes of their own now: %s; correct them in the source if they are", s.Name, listed(pairs, 8))
}

// listed are the first names of a list, and how many more there are.
func listed(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " …"
}
