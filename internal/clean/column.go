package clean

import (
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/source"
)

// Column is what a column of a table holds.
type Column struct {
	Name     string   `json:"name"`
	Rows     int      `json:"rows"`     // that have it
	Empty    int      `json:"empty"`    // of them
	Distinct int      `json:"distinct"` // values; at most 1000 are counted
	Numbers  int      `json:"numbers"`  // values that are numbers
	Min      *float64 `json:"min"`      // of the numbers; null without
	Max      *float64 `json:"max"`
}

// Limits of what is counted.
const (
	maxColumns  = 200
	maxDistinct = 1000
)

type columnCount struct {
	Column
	values map[string]bool
}

// columns counts the columns of a source in the order they are met.
type columns struct {
	order  []string
	byName map[string]*columnCount
}

func (c *columns) add(r source.Record) {
	if r.Class != source.ClassRow {
		return
	}
	for _, f := range r.Fields {
		k := c.byName[f.Name]
		if k == nil {
			if len(c.order) == maxColumns {
				continue
			}
			k = &columnCount{Column: Column{Name: f.Name}, values: map[string]bool{}}
			c.byName[f.Name] = k
			c.order = append(c.order, f.Name)
		}
		k.Rows++
		v := strings.TrimSpace(f.Value)
		if v == "" {
			k.Empty++
			continue
		}
		if len(k.values) < maxDistinct {
			k.values[v] = true
		}
		if v[0] > '9' { // no number begins so
			continue
		}
		n, err := strconv.ParseFloat(strings.ReplaceAll(v, ",", ""), 64)
		if err != nil {
			continue
		}
		k.Numbers++
		if k.Min == nil || n < *k.Min {
			k.Min = &n
		}
		if k.Max == nil || n > *k.Max {
			k.Max = &n
		}
	}
}

func (c *columns) done() []Column {
	out := []Column{}
	for _, name := range c.order {
		k := c.byName[name]
		k.Distinct = len(k.values)
		out = append(out, k.Column)
	}
	return out
}
