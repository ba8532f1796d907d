package app

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/project"
)

// plan is what a source is cleaned by: the plans of the binary, or the class
// or file that luodi.yaml names.
func (a *App) plan(s project.Source) (clean.Plan, error) {
	p := clean.NewPlan(extractors)
	if file, own := a.Project.PlanFile(s); own {
		b, err := os.ReadFile(file)
		if err != nil {
			return p, fmt.Errorf("reading the plan of source %s: %w", s.Name, err)
		}
		spec, err := clean.ReadSpec(file, b)
		if err != nil {
			return p, err
		}
		p = p.With(spec)
	} else if s.Plan != "" {
		var err error
		if p, err = p.As(s.Plan); err != nil {
			return p, err
		}
	}
	key, err := a.vaultKey()
	if err != nil {
		return p, err
	}
	if p, err = p.Keyed(key); err != nil {
		return p, fmt.Errorf("source %s: %w; set vault: {key: \"${NAME}\"} or key_file in %s", s.Name, err, project.File)
	}
	return p, nil
}

// planOf is plan by the source's name. A source that luodi.yaml has no more is
// read as it would be without a plan of its own.
func (a *App) planOf(name string) (clean.Plan, error) {
	s, _ := a.Project.Source(name)
	return a.plan(s)
}

// checks are what luodi.yaml asks of a source's columns.
func checks(s project.Source) []clean.Check {
	var out []clean.Check
	for _, c := range s.Checks {
		out = append(out, clean.Check(c))
	}
	return out
}

// vaultKey is the key of what personal data becomes; nil where the project
// names none. A key that is named and cannot be read is an error.
func (a *App) vaultKey() ([]byte, error) {
	v := a.Project.Vault
	switch {
	case len(v.Unset) > 0:
		return nil, nil // only what needs it fails
	case v.KeyFile != "":
		b, err := os.ReadFile(a.Project.Abs(v.KeyFile))
		if err != nil {
			return nil, fmt.Errorf("reading the vault's key: %w", err)
		}
		return bytes.TrimSpace(b), nil
	}
	return []byte(v.Key.Reveal()), nil
}

// Removed is a record that is not used, or repeats another one, and why.
type Removed struct {
	Record      string             `json:"record"`
	Source      string             `json:"source"`
	Address     string             `json:"address"`
	Used        bool               `json:"used"`   // a table's row that repeats another stays in use
	Reason      string             `json:"reason"` // in full
	Kind        string             `json:"kind"`   // empty, exact duplicate, near duplicate, policy, personal data, quarantine, broken
	DuplicateOf string             `json:"duplicate_of"`
	Plan        string             `json:"plan"`
	Measures    map[string]float64 `json:"measures"`
	Duplicates  []string           `json:"duplicates"` // records that were merged into this one
	// Text is what it says, with personal data masked, cut after 1,000 bytes.
	Text string `json:"text,omitempty"`
	// Alike is the record that it says nearly the same as, Released who let it out
	// of quarantine; nil where there is none. Why tells all three.
	Alike    *clean.Alike   `json:"alike,omitempty"`
	Released *clean.Release `json:"released,omitempty"`
}

// Removed lists what cleaning removed: of one source or, with "", of all; of
// one kind of reason or all.
func (a *App) Removed(ctx context.Context, source, kind string) ([]Removed, error) {
	if _, ok := a.Project.Source(source); source != "" && !ok {
		return nil, errs.NotFound("there is no source %q in %s", source, project.File)
	}
	out := []Removed{}
	for _, s := range a.Project.Sources {
		if source != "" && s.Name != source {
			continue
		}
		p, err := a.plan(s)
		if err != nil {
			return nil, err
		}
		err = a.db.Clean().Removed(ctx, s.Name, func(c clean.Cleaned) error {
			r := removed(c)
			if r.Plan = p.ID(); kind == "" || r.Kind == kind {
				out = append(out, r)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Why says what cleaning decided about a record, and from what.
func (a *App) Why(ctx context.Context, id string) (Removed, error) {
	c, err := a.db.Clean().Get(ctx, id)
	if err != nil {
		return Removed{}, fmt.Errorf("looking why %s was removed: %w", id, err)
	}
	out := removed(c)
	p, err := a.planOf(c.Source)
	if err != nil {
		return out, err
	}
	out.Plan, out.Text = p.ID(), clean.Hidden(c.Text)
	if len(out.Text) > 1000 {
		out.Text = strings.ToValidUTF8(out.Text[:1000], "") + "…"
	}
	if out.Duplicates, err = a.db.Clean().Duplicates(ctx, id); err != nil {
		return out, err
	}
	switch like, err := a.db.CleanDecided().AlikeOf(ctx, id); {
	case err == nil:
		out.Alike = &like
	case ignoreMissing(err) != nil:
		return out, err
	}
	list, err := a.db.CleanDecided().Released(ctx, c.Source)
	for _, r := range list {
		if r.Record == id {
			out.Released = &r
		}
	}
	return out, err
}

func removed(c clean.Cleaned) Removed {
	r := Removed{
		Record: c.RecordID, Source: c.Source, Address: c.Address, Used: c.Dropped == "", Reason: c.Dropped, Kind: clean.ReasonOf(c.Dropped),
		DuplicateOf: c.DuplicateOf, Measures: c.Measures, Duplicates: []string{},
	}
	if r.Reason == "" && c.DuplicateOf != "" {
		r.Reason, r.Kind = clean.DropDuplicate, clean.DropDuplicate
	}
	return r
}
