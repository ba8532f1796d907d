package app

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/evalset"
	"github.com/luodi/luodi/internal/project"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/source"
)

// columns fills in what a row's columns say of how it was sampled: customer,
// time, stratum, and the probability of its label.
func (r *run) columns(ctx context.Context, s project.Scenario, src string, row *evalset.Row) error {
	i := s.Items
	var rec *source.Record
	column := func(name, what string) (string, error) {
		if rec == nil {
			got, err := r.db.Source().Record(ctx, row.Record)
			if err != nil {
				return "", err
			}
			rec = &got
		}
		at := slices.IndexFunc(rec.Fields, func(f field) bool { return f.Name == name })
		if at < 0 {
			return "", errs.Invalid("scenario %s: source %s has no column %q %s", s.Name, src, name, what)
		}
		return rec.Fields[at].Value, nil
	}
	var err error
	switch i.SplitBy {
	case project.SplitCustomer:
		row.Group, err = column(i.SplitColumn, "to split by")
	case project.SplitTime:
		row.Time, err = column(i.SplitColumn, "to split by")
	}
	if err == nil && i.Strata.Column != "" {
		row.Stratum, err = column(i.Strata.Column, "of strata")
	}
	if err != nil || i.Labels.Probability == "" {
		return err
	}
	text, err := column(i.Labels.Probability, "of the probability of a label")
	if err != nil {
		return err
	}
	row.Drawn, err = strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(row.Drawn >= i.Labels.Least && row.Drawn <= 1) {
		return errs.Invalid("scenario %s: record %s of source %s was drawn for a label with probability %q; write a number from the least one, %v, to 1", s.Name, row.Record, src, text, i.Labels.Least)
	}
	if row.Label == "" && row.Drawn == 1 {
		return errs.Invalid("scenario %s: record %s of source %s was to be labelled for sure (probability 1), and has no label", s.Name, row.Record, src)
	}
	return nil
}

// weigh gives items their stratum's share of traffic over its share of them.
func weigh(s project.Scenario, items []sizing.Item, strata []string) error {
	if s.Items.Strata.Column == "" {
		return nil
	}
	n := map[string]int{}
	for k, stratum := range strata {
		if _, ok := s.Items.Strata.Shares[stratum]; !ok {
			return errs.Invalid("scenario %s: %s is %q in record %s, and shares says nothing of it; add its share of traffic, or leave such rows out of the source",
				s.Name, s.Items.Strata.Column, stratum, items[k].Records[0])
		}
		n[stratum]++
	}
	for _, stratum := range slices.Sorted(maps.Keys(s.Items.Strata.Shares)) {
		if n[stratum] == 0 {
			return errs.Invalid("scenario %s: no item has %s %q, so nothing is known of that part of traffic; measure more rows", s.Name, s.Items.Strata.Column, stratum)
		}
	}
	for k, stratum := range strata {
		items[k].Weight = s.Items.Strata.Shares[stratum] * float64(len(items)) / float64(n[stratum])
	}
	return nil
}
