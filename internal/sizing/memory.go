package sizing

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/luodi/luodi/internal/errs"
)

// Memory is a Store that keeps everything in memory: for studies whose
// outcomes are recorded elsewhere, and for tests. Its zero value is empty and
// ready.
type Memory struct {
	mu        sync.Mutex
	outcomes  map[string]map[string]Output
	studies   []StudyRecord
	decisions []Decision
}

// PutOutcomes implements Store.
func (m *Memory) PutOutcomes(_ context.Context, outcomes ...Outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.outcomes == nil {
		m.outcomes = map[string]map[string]Output{}
	}
	for _, o := range outcomes {
		of := m.outcomes[o.Configuration]
		if of == nil {
			of = map[string]Output{}
			m.outcomes[o.Configuration] = of
		}
		if _, ok := of[o.Item]; !ok {
			of[o.Item] = o.Output
		}
	}
	return nil
}

// EachOutcome implements Store.
func (m *Memory) EachOutcome(_ context.Context, configuration string, fn func(Outcome) error) error {
	m.mu.Lock()
	list := make([]Outcome, 0, len(m.outcomes[configuration]))
	for item, o := range m.outcomes[configuration] {
		list = append(list, Outcome{configuration, item, o})
	}
	m.mu.Unlock()
	slices.SortFunc(list, func(a, b Outcome) int { return cmp.Compare(a.Item, b.Item) })
	for _, o := range list {
		if err := fn(o); err != nil {
			return err
		}
	}
	return nil
}

// PutStudy implements Store.
func (m *Memory) PutStudy(_ context.Context, s StudyRecord) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.studies {
		if m.studies[i].ID == s.ID {
			m.studies[i] = s
			return nil
		}
	}
	m.studies = append(m.studies, s)
	return nil
}

// Study implements Store.
func (m *Memory) Study(_ context.Context, id string) (StudyRecord, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.studies {
		if s.ID == id {
			return s, nil
		}
	}
	return StudyRecord{}, errs.NotFound("no study %s is kept", id)
}

// Studies implements Store.
func (m *Memory) Studies(_ context.Context, scenario string) (out []StudyRecord, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.studies {
		if s.Scenario == scenario {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b StudyRecord) int { return cmp.Or(a.Number-b.Number, cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

// PutDecision implements Store.
func (m *Memory) PutDecision(_ context.Context, d Decision) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.ContainsFunc(m.decisions, func(o Decision) bool { return o.ID == d.ID }) {
		m.decisions = append(m.decisions, d)
	}
	return nil
}

// Decision implements Store.
func (m *Memory) Decision(_ context.Context, id string) (Decision, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.decisions {
		if d.ID == id {
			return d, nil
		}
	}
	return Decision{}, errs.NotFound("no decision %s is kept", id)
}

// Decisions implements Store.
func (m *Memory) Decisions(_ context.Context, scenario string) (out []Decision, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.decisions {
		if d.Result.Scenario == scenario {
			out = append(out, d)
		}
	}
	return out, nil
}
