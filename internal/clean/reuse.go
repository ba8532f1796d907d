package clean

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/source"
)

// reuseFrom is the length of a text in bytes from which its earlier result is
// read rather than made again: a shorter one is cleaned sooner than found.
const reuseFrom = 1 << 10

// earlier is what a source's current generation may still say of records.
type earlier struct {
	store  Store
	source string
	plan   string          // "" where nothing may be taken
	decide map[string]bool // records about which somebody decided, then or now
}

// earlier looks whether the current generation, of this report, was made by the
// plan. A plan that seals is run on every record: what it sealed is kept
// elsewhere, and may have been forgotten there.
func (cfg Config) earlier(plan Plan, report []byte) earlier {
	var rep Report
	if json.Unmarshal(report, &rep) != nil || rep.Plan != plan.ID() || plan.seals() {
		return earlier{}
	}
	e := earlier{cfg.Store, cfg.Source, rep.Plan, maps.Clone(cfg.Released)}
	for _, id := range rep.Released {
		if e.decide == nil {
			e.decide = map[string]bool{}
		}
		e.decide[id] = true
	}
	return e
}

// seals reports whether personal data may go into the vault.
func (p Plan) seals() bool {
	for _, r := range p.redact {
		if r.Does(pii.Vault) {
			return true
		}
	}
	return false
}

// fill gives records of a batch what was made of them before. A record's id is
// the address of its content and the plan's id that of all else that results
// depend on. That a record repeats another is not taken over: which one comes
// first may have changed.
func (e earlier) fill(ctx context.Context, part []pair) error {
	if e.plan == "" {
		return nil
	}
	at := map[string]*pair{}
	var ids []string
	for i := range part {
		if r := &part[i].raw; len(r.Text) >= reuseFrom && !e.decide[r.ID] {
			ids = append(ids, r.ID)
			at[r.ID] = &part[i]
		}
	}
	return e.store.Known(ctx, e.source, e.plan, ids, func(c Cleaned) error {
		if p := at[c.RecordID]; p != nil {
			p.clean = placed(c, p.raw)
		}
		return nil
	})
}

// placed is an earlier result at the place where the record stands now.
func placed(c Cleaned, r source.Record) Cleaned {
	now := unplanned(r)
	now.Title, now.Text, now.Label, now.Lang = c.Title, c.Text, c.Label, c.Lang
	now.PII, now.LookAlikes, now.Repairs = c.PII, c.LookAlikes, c.Repairs
	now.Spans, now.Values, now.Measures = c.Spans, c.Values, c.Measures
	if c.DuplicateOf == "" {
		now.Dropped = c.Dropped
	}
	return now
}

// unplanned is a record that no plan has changed.
func unplanned(r source.Record) Cleaned {
	return Cleaned{
		RecordID: r.ID, Source: r.Source, Department: r.Department, Class: r.Class, Format: r.Format,
		Path: r.Whole(), Key: r.Key, Address: r.Address(), FileID: r.FileID, Row: r.Row,
	}
}
