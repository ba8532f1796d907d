package app

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/evalset"
	"github.com/luodi/luodi/internal/lineage"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/prompt"
	"github.com/luodi/luodi/internal/sizing/score"
	"github.com/luodi/luodi/internal/small"
)

// itemsVersion changes when the same rows would give another eval set.
const itemsVersion = "items/3"

// itemsOutput is what the items stage made.
type itemsOutput struct {
	Set        string         `json:"set"`  // dataset id of the eval items
	Blob       string         `json:"blob"` // its content, a dataset
	Items      int            `json:"items"`
	Train      int            `json:"train"`
	Unlabelled int            `json:"unlabelled"`
	Collapsed  int            `json:"collapsed"` // near-duplicates among eval rows, measured once
	KeptOut    int            `json:"kept_out"`  // near-duplicates of eval items, kept out of training
	Conflicts  int            `json:"conflicts"` // near-duplicates with different labels
	Labels     []string       `json:"labels,omitempty"`
	Slips      []evalset.Slip `json:"slips,omitempty"` // labels that look like another one
	Language   string         `json:"language"`
	Schema     *score.Schema  `json:"schema,omitempty"` // of an extraction
	Judged     int            `json:"judged,omitempty"` // rubric points that need a judge
	// Tools are the functions that may be called, as a chat request lists them.
	Tools json.RawMessage `json:"tools,omitempty"`
	// Cited is what each item's gold citations held when it was first read, by
	// item and address; Changed are the items for which they hold something
	// else now.
	Cited   map[string]map[string]string `json:"cited,omitempty"`
	Changed []string                     `json:"changed,omitempty"`
}

// dataset is the content of an eval set and its training rows.
type dataset struct {
	Items    []sizing.Item   `json:"items"`
	Train    []small.Example `json:"train"`
	TrainIDs []string        `json:"train_ids"`
	Schema   *score.Schema   `json:"schema,omitempty"`

	cited []citedItem // of a file
}

// items builds the eval set of a scenario and keeps it as a blob.
func (r *run) items(ctx context.Context, s project.Scenario) error {
	name := join(verbItems, s.Name)
	inputs := []string{itemsVersion, fmt.Sprintf("%+v", s.Items), s.Task}
	for _, src := range s.Items.Sources() {
		var c cleanOutput
		if err := r.need(join(verbClean, src), &c); err != nil {
			return r.skip(name, err)
		}
		inputs = append(inputs, c.Digest)
	}
	var file []byte
	if s.Items.File != "" {
		var err error
		if file, err = os.ReadFile(r.Project.Abs(s.Items.File)); err != nil {
			return r.skip(name, fmt.Errorf("reading the items of scenario %s: %w; write that file, or name another under items of luodi.yaml", s.Name, err))
		}
		inputs = append(inputs, lineage.Hash(file))
		if s.Knowledge != "" {
			var k indexOutput
			if err := r.need(join(verbIndex, s.Knowledge), &k); err != nil {
				return r.skip(name, err)
			}
			inputs = append(inputs, k.Digest)
		}
	}
	if s.Tools != "" {
		b, err := os.ReadFile(r.Project.Abs(s.Tools))
		if err != nil {
			return r.skip(name, fmt.Errorf("reading the tools of scenario %s: %w", s.Name, err))
		}
		inputs = append(inputs, lineage.Hash(b))
	}
	if s.Schema != "" {
		b, err := os.ReadFile(r.Project.Abs(s.Schema))
		if err != nil {
			return r.skip(name, fmt.Errorf("reading the schema of scenario %s: %w", s.Name, err))
		}
		inputs = append(inputs, lineage.Hash(b))
	}
	var out, last itemsOutput
	if _, err := r.output(ctx, name, &last); err != nil {
		return r.skip(name, err)
	}
	defer func() { r.warnStale(s, out); r.warnSlips(s, out) }()
	return r.stage(ctx, name, inputs, &out, func(ctx context.Context) error {
		var d dataset
		var err error
		if file != nil {
			d, err = r.itemsOfFile(ctx, s, file, &out)
		} else {
			d, err = r.itemsOfRows(ctx, s, &out)
		}
		if err != nil {
			return err
		}
		if err := r.stale(ctx, s, d.cited, last, &out); err != nil {
			return err
		}
		return r.keepItems(ctx, d, &out)
	})
}

func (r *run) keepItems(ctx context.Context, d dataset, out *itemsOutput) error {
	b, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if out.Blob, err = r.blobs.Put(ctx, b); err != nil {
		return err
	}
	ids := make([]string, len(d.Items))
	texts := make([]string, len(d.Items))
	var edges []lineage.Edge
	for i, it := range d.Items {
		ids[i], texts[i] = it.ID, it.Input
	}
	out.Set = lineage.NewID(lineage.Dataset, ids...)
	for _, it := range d.Items {
		for _, rec := range it.Records {
			edges = append(edges, lineage.Edge{From: rec, To: out.Set, Step: "measure"})
		}
	}
	out.Items, out.Train, out.Language = len(d.Items), len(d.Train), prompt.Language(texts)
	return r.db.Lineage().Link(ctx, edges)
}

// itemsOfRows splits labelled rows of one or two sources.
func (r *run) itemsOfRows(ctx context.Context, s project.Scenario, out *itemsOutput) (dataset, error) {
	rows, err := r.rows(ctx, s, s.Items.Source)
	if err != nil {
		return dataset{}, err
	}
	src, _ := r.Project.Source(s.Items.Source)
	cfg := evalset.Config{Test: s.Items.Test, Seed: 1, ByTime: s.Items.SplitBy == project.SplitTime, Facts: src.Text == ""}
	var set evalset.Set
	if s.Items.TestSource != "" {
		test, err := r.rows(ctx, s, s.Items.TestSource)
		if err != nil {
			return dataset{}, err
		}
		set = evalset.Given(rows, test, cfg)
	} else if set, err = evalset.Split(rows, cfg); err != nil {
		return dataset{}, err
	}
	if len(set.Test) == 0 {
		return dataset{}, errs.Invalid("scenario %s: source %s has no labelled rows to measure on; name its label column (label: …)", s.Name, s.Items.Source)
	}
	out.Unlabelled, out.Collapsed, out.KeptOut, out.Conflicts = set.Unlabelled, set.Collapsed, len(set.Kept), set.Conflicts
	var d dataset
	var strata []string
	labels := map[string]int{}
	seen := map[string]bool{}
	for _, row := range set.Test {
		it := sizing.Item{Input: row.Text, Cluster: row.Group, Records: []string{row.Record}, Drawn: row.Drawn, Unlabelled: row.Label == ""}
		if !it.Unlabelled {
			if it.Label, it.Gold, err = goldOf(s, questionOf(s, row.Label)); err != nil {
				return dataset{}, fmt.Errorf("source %s, label of record %s: %w", s.Items.Source, row.Record, err)
			}
			singles(s, row.Label, labels)
		}
		if it.ID = sizing.ItemID(it); seen[it.ID] {
			continue
		}
		seen[it.ID] = true
		d.Items, strata = append(d.Items, it), append(strata, row.Stratum)
	}
	if err := weigh(s, d.Items, strata); err != nil {
		return dataset{}, err
	}
	for _, row := range set.Train {
		singles(s, row.Label, labels)
		d.Train = append(d.Train, small.Example{Text: row.Text, Label: row.Label})
		d.TrainIDs = append(d.TrainIDs, row.Record)
	}
	if s.Task == project.TaskExtract || s.Task == project.TaskGenerate || s.Task == project.TaskTools {
		return d, r.describe(s, &d, out)
	}
	out.Labels, out.Slips = slices.Sorted(maps.Keys(labels)), evalset.Slips(labels)
	return d, nil
}

// rows are the kept, labelled rows of a source.
func (r *run) rows(ctx context.Context, s project.Scenario, src string) ([]evalset.Row, error) {
	var out []evalset.Row
	err := r.db.Clean().Each(ctx, src, func(c clean.Cleaned) error {
		if c.Dropped != "" {
			return nil
		}
		row := evalset.Row{Record: c.RecordID, Text: c.Text, Label: tagged(s, c.Label)}
		if s.Items.SplitBy == project.SplitDocument {
			row.Group = c.Path
		}
		if err := r.columns(ctx, s, src, &row); err != nil {
			return err
		}
		out = append(out, row)
		return nil
	})
	return out, err
}

// question is one line of an items file.
type question struct {
	ID         string          `json:"id"`
	Question   string          `json:"question"`
	Input      string          `json:"input"`
	Label      string          `json:"label"`
	Answer     string          `json:"answer"`
	Answers    []string        `json:"answers"`
	Citations  []string        `json:"citations"`
	Answerable *bool           `json:"answerable"`
	Fields     json.RawMessage `json:"fields"`
	Rubric     []string        `json:"rubric"`
	Calls      json.RawMessage `json:"calls"`
	Checked    string          `json:"checked"` // when somebody last looked whether the label holds
}

// itemsOfFile reads a jsonl of questions with answers and citations.
func (r *run) itemsOfFile(ctx context.Context, s project.Scenario, file []byte, out *itemsOutput) (dataset, error) {
	hash, err := r.blobs.Put(ctx, file)
	if err != nil {
		return dataset{}, err
	}
	from := lineage.NewID(lineage.File, s.Items.File, hash)
	var d dataset
	seen := map[string]int{}
	lines := bufio.NewScanner(bytes.NewReader(file))
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var q question
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			return dataset{}, errs.Invalid("%s:%d: not a JSON object of an item: %v", s.Items.File, n, err)
		}
		it := sizing.Item{Input: cmp.Or(q.Question, q.Input), Answers: q.Answers, Citations: q.Citations, Records: []string{from}}
		if q.Answer != "" {
			it.Answers = append(it.Answers, q.Answer)
		}
		if q.Answerable != nil {
			it.Refuse = !*q.Answerable
		}
		if it.Input == "" {
			return dataset{}, errs.Invalid("%s:%d: the item has neither \"question\" nor \"input\"", s.Items.File, n)
		}
		if it.Label, it.Gold, err = goldOf(s, q); err != nil {
			return dataset{}, fmt.Errorf("%s:%d: %w", s.Items.File, n, err)
		}
		it.ID = sizing.ItemID(it)
		if first, ok := seen[it.ID]; ok {
			r.warn("%s:%d repeats line %d; it is measured once", s.Items.File, n, first)
			out.Collapsed++
			continue
		}
		seen[it.ID] = n
		d.Items = append(d.Items, it)
		d.cited = append(d.cited, citedItem{cmp.Or(q.ID, fmt.Sprint("line ", n)), it.ID + " " + q.Checked, it.Citations})
	}
	if err := lines.Err(); err != nil {
		return dataset{}, fmt.Errorf("reading %s: %w", s.Items.File, err)
	}
	if len(d.Items) == 0 {
		return dataset{}, errs.Invalid("%s holds no items", s.Items.File)
	}
	return d, r.describe(s, &d, out)
}

// dataset reads what the items stage kept.
func (a *App) dataset(ctx context.Context, out itemsOutput) (dataset, error) {
	var d dataset
	b, err := a.blobs.Get(ctx, out.Blob)
	if err != nil {
		return d, err
	}
	return d, json.Unmarshal(b, &d)
}
