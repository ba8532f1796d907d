package clean

import (
	"context"
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/source"
)

// Check is what a project asks of a table's column. Several questions may be
// asked at once; what does not hold is told with examples, and drops nothing.
type Check struct {
	Column     string
	NullShare  *float64 // at most this share is empty
	Min, Max   *float64 // of every value that is there; one that is no number fails
	OneOf      []string // the values there are
	Unique     bool
	References string // SOURCE.COLUMN, which must hold every value
}

// CheckResult is how one question was answered.
type CheckResult struct {
	Column   string   `json:"column"`
	Check    string   `json:"check"` // null_share, range, one_of, unique, references
	Want     string   `json:"want"`
	OK       bool     `json:"ok"`
	Bad      int      `json:"bad"` // rows
	Rows     int      `json:"rows"`
	Examples []string `json:"examples"` // addresses of the first bad rows
}

// String names the check with all that its answer depends on.
func (c Check) String() string {
	f := func(v *float64) string {
		if v == nil {
			return "-"
		}
		return strconv.FormatFloat(*v, 'g', -1, 64)
	}
	return fmt.Sprintf("check %q null=%s min=%s max=%s in=%q unique=%v ref=%q", c.Column, f(c.NullShare), f(c.Min), f(c.Max), c.OneOf, c.Unique, c.References)
}

const (
	maxExamples = 5
	maxUnique   = 5_000_000 // values that are remembered, of one column
)

// checks answers what a project asks of a source, row by row.
type checks struct {
	list []columnCheck
}

type columnCheck struct {
	Check
	seed    maphash.Seed
	results map[string]*CheckResult
	seen    map[uint64]struct{} // for unique
	known   map[uint64]struct{} // the values that are referred to
}

// newChecks reads what the checks refer to.
func newChecks(ctx context.Context, cfg Config) (*checks, error) {
	out := &checks{}
	for _, c := range cfg.Checks {
		k := columnCheck{Check: c, seed: maphash.MakeSeed(), results: map[string]*CheckResult{}}
		if c.Unique {
			k.seen = map[uint64]struct{}{}
		}
		if c.References != "" {
			other, column, _ := strings.Cut(c.References, ".")
			k.known = map[uint64]struct{}{}
			err := cfg.Sources.Each(ctx, other, func(r source.Record) error {
				for _, f := range r.Fields {
					if f.Name == column {
						k.known[maphash.String(k.seed, strings.TrimSpace(f.Value))] = struct{}{}
					}
				}
				return nil
			})
			if err != nil {
				return nil, fmt.Errorf("reading what column %s refers to: %w", c.Column, err)
			}
		}
		out.list = append(out.list, k)
	}
	return out, nil
}

func (c *checks) add(r source.Record) {
	if c == nil || r.Class != source.ClassRow {
		return
	}
	for i := range c.list {
		k := &c.list[i]
		at := slices.IndexFunc(r.Fields, func(f source.Field) bool { return f.Name == k.Column })
		value := ""
		if at >= 0 {
			value = strings.TrimSpace(r.Fields[at].Value)
		}
		k.row(value, r)
	}
}

func (k *columnCheck) row(value string, r source.Record) {
	if k.NullShare != nil {
		k.told("null_share", "≤ "+strconv.FormatFloat(*k.NullShare, 'g', -1, 64), value != "", r)
	}
	if value == "" {
		return // that it is missing is for null_share to say
	}
	if k.Min != nil || k.Max != nil {
		k.told("range", k.rangeText(), k.inRange(value), r)
	}
	if len(k.OneOf) > 0 {
		k.told("one_of", strings.Join(k.OneOf, ", "), slices.Contains(k.OneOf, value), r)
	}
	if k.Unique {
		h := maphash.String(k.seed, value)
		_, twice := k.seen[h]
		if len(k.seen) < maxUnique {
			k.seen[h] = struct{}{}
		}
		k.told("unique", "1 ×", !twice, r)
	}
	if k.References != "" {
		_, there := k.known[maphash.String(k.seed, value)]
		k.told("references", k.References, there, r)
	}
}

func (k *columnCheck) inRange(value string) bool {
	v, err := strconv.ParseFloat(strings.ReplaceAll(value, ",", ""), 64)
	return err == nil && !math.IsNaN(v) && (k.Min == nil || v >= *k.Min) && (k.Max == nil || v <= *k.Max)
}

func (k *columnCheck) rangeText() string {
	from, to := "", ""
	if k.Min != nil {
		from = strconv.FormatFloat(*k.Min, 'g', -1, 64)
	}
	if k.Max != nil {
		to = strconv.FormatFloat(*k.Max, 'g', -1, 64)
	}
	return from + " … " + to
}

func (k *columnCheck) told(check, want string, ok bool, r source.Record) {
	res := k.results[check]
	if res == nil {
		res = &CheckResult{Column: k.Column, Check: check, Want: want, Examples: []string{}}
		k.results[check] = res
	}
	res.Rows++
	if ok {
		return
	}
	res.Bad++
	if len(res.Examples) < maxExamples {
		res.Examples = append(res.Examples, r.Address())
	}
}

// done returns the answers in the order of the checks.
func (c *checks) done() []CheckResult {
	out := []CheckResult{}
	if c == nil {
		return out
	}
	for i := range c.list {
		k := &c.list[i]
		for _, name := range []string{"null_share", "range", "one_of", "unique", "references"} {
			res := k.results[name]
			if res == nil {
				continue
			}
			res.OK = res.Bad == 0
			if name == "null_share" {
				res.OK = float64(res.Bad) <= *k.NullShare*float64(res.Rows)
			}
			out = append(out, *res)
		}
	}
	return out
}
