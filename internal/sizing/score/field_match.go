package score

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/sizing"
)

// FieldMatch scores extraction: the share of the item's gold fields that the
// reply's JSON object has right, 0 where its JSON is wrong or breaks the
// schema. Values are compared by their kind (package typed), lists as sets. A
// field that the text does not state is null, "" or [] in gold and reply; a
// key that is left out is not right. Keys that the gold does not name do not
// count.
type FieldMatch struct {
	Schema *Schema
	// Given says that the schema is the user's: its digest is then part of
	// the scorer's name, so that another schema makes another study.
	Given bool
}

// Name implements sizing.Scorer.
func (s FieldMatch) Name() string {
	if !s.Given {
		return "field_match/1"
	}
	b, err := json.Marshal(s.Schema)
	if err != nil {
		panic("score: a schema of plain fields always marshals: " + err.Error())
	}
	return "field_match/1 schema " + lineage.Hash(b)[:12]
}

// Graded implements sizing.Scorer.
func (FieldMatch) Graded() bool { return true }

// Score implements sizing.Scorer.
func (s FieldMatch) Score(it sizing.Item, o sizing.Output) sizing.Score {
	gold, err := Object(string(it.Gold))
	if err != nil || len(gold) == 0 {
		return sizing.Score{Note: "the item has no gold fields"}
	}
	got, err := Object(o.Text)
	if err != nil {
		return sizing.Score{Note: err.Error()}
	}
	b, _ := json.Marshal(got)
	out := sizing.Score{Predicted: string(b)}
	if s.Schema != nil {
		if err := s.Schema.Validate(got); err != nil {
			out.Note = "the reply breaks the schema: " + err.Error()
			return out
		}
	}
	right := 0
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(gold)) {
		p := s.Schema.property(name)
		v, ok := got[name]
		if ok && p.key(v) == p.key(gold[name]) {
			right++
			continue
		}
		if !ok {
			wrong = append(wrong, name+" is left out")
			continue
		}
		wrong = append(wrong, fmt.Sprintf("%s is %v, gold %v", name, show(v), show(gold[name])))
	}
	out.Value, out.Note = float64(right)/float64(len(gold)), strings.Join(wrong, "; ")
	return out
}

func show(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
