package catalog

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

// PerMillion is a price written as a decimal number of units per million
// tokens, kept exactly: 0.8 is 800000 pico-units a token.
type PerMillion money.Price

// UnmarshalText reads the decimal.
func (p *PerMillion) UnmarshalText(b []byte) error {
	v, err := money.ParsePrice(string(b))
	*p = PerMillion(v)
	return err
}

// priceFile is a file of prices/: one vendor's rows, or rows that name their
// vendor each.
type priceFile struct {
	Vendor   string     `yaml:"vendor"`
	Currency string     `yaml:"currency"`
	Zone     string     `yaml:"zone"` // of its days and windows
	Rows     []priceRow `yaml:"rows"`

	Discounts []discountRow `yaml:"discounts"` // of a project's own files
	Packages  []packageRow  `yaml:"packages"`  // and these
}

type priceRow struct {
	Vendor     string      `yaml:"vendor"` // "" is the file's, so with the next two
	Currency   string      `yaml:"currency"`
	Zone       string      `yaml:"zone"`
	Model      string      `yaml:"model"`
	ValidFrom  string      `yaml:"valid_from"`
	ValidTo    string      `yaml:"valid_to"` // the last day it holds
	In         *PerMillion `yaml:"in"`
	Out        *PerMillion `yaml:"out"`
	Cached     *PerMillion `yaml:"cached"`
	CacheWrite *PerMillion `yaml:"cache_write"`
	Reasoning  *PerMillion `yaml:"reasoning"`
	Tiers      []priceTier `yaml:"tiers"`
	Windows    []priceTime `yaml:"windows"`
	Batch      Percent     `yaml:"batch"`
	Free       bool        `yaml:"free"`
	Source     string      `yaml:"source"`
	DateRead   string      `yaml:"date_read"`
	Confidence Confidence  `yaml:"confidence"`
	Note       string      `yaml:"note"`
	Recorded   string      `yaml:"recorded"` // when it was written here; see Row.Recorded
}

type priceTier struct {
	UpTo       int64       `yaml:"up_to"`
	In         *PerMillion `yaml:"in"`
	Out        *PerMillion `yaml:"out"`
	Cached     *PerMillion `yaml:"cached"`
	CacheWrite *PerMillion `yaml:"cache_write"`
	Reasoning  *PerMillion `yaml:"reasoning"`
}

type priceTime struct {
	Days    string  `yaml:"days"`
	From    string  `yaml:"from"`
	To      string  `yaml:"to"`
	Percent Percent `yaml:"price"`
}

func (f *priceFile) rows() ([]Row, error) {
	rows := make([]Row, 0, len(f.Rows))
	for i := range f.Rows {
		p := &f.Rows[i]
		p.Vendor, p.Currency, p.Zone = cmp.Or(p.Vendor, f.Vendor), cmp.Or(p.Currency, f.Currency), cmp.Or(p.Zone, f.Zone)
		r, err := p.row()
		if err != nil {
			return nil, fmt.Errorf("row %d (%s): %w", i+1, p.Model, err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func (p *priceRow) row() (Row, error) {
	r := Row{Vendor: p.Vendor, Model: p.Model, Currency: money.Currency(p.Currency), Batch: p.Batch, Free: p.Free, Source: p.Source, Confidence: p.Confidence, Note: p.Note}
	switch {
	case p.Vendor == "" || !r.Currency.Known():
		return Row{}, errs.Invalid("a price needs vendor, and currency CNY or USD: its own, or its file's")
	case p.Model == "" || p.Source == "":
		return Row{}, errs.Invalid("model and source are needed")
	}
	if !slices.Contains([]Confidence{Verified, Copy, ThirdParty, Memory, Project}, p.Confidence) {
		return Row{}, errs.Invalid("confidence is %q; known are verified, copy, third_party, memory, project", p.Confidence)
	}
	zone, err := parseZone(p.Zone)
	if err != nil {
		return Row{}, err
	}
	if r.ValidFrom, r.ValidTo, r.DateRead, err = days(zone, p.ValidFrom, p.ValidTo, p.DateRead); err != nil {
		return Row{}, err
	}
	if p.Recorded != "" {
		if r.Recorded, err = time.Parse(time.RFC3339, p.Recorded); err != nil {
			return Row{}, errs.Invalid("recorded: %q is not a time; write it as 2026-11-23T09:30:00Z", p.Recorded)
		}
		r.Recorded = r.Recorded.UTC()
	}
	if r.Tiers, err = p.tiers(); err != nil {
		return Row{}, err
	}
	for _, t := range p.Windows {
		w := Window{Days: t.Days, Percent: t.Percent, zone: zone}
		if w.From, err = parseClock(t.From); err == nil {
			w.To, err = parseClock(t.To)
		}
		if err != nil {
			return Row{}, fmt.Errorf("windows: %w", err)
		}
		if w.Percent == 0 || w.From == w.To || !slices.Contains([]string{"", "weekdays", "weekend"}, w.Days) {
			return Row{}, errs.Invalid("a window needs price (such as 50%%), from and to that differ, and days weekdays, weekend or none")
		}
		r.Windows = append(r.Windows, w)
	}
	r.setID(r.Vendor + "/" + r.Model + "@" + p.ValidFrom)
	return r, r.checkExact()
}

// days reads the first and the last day of what holds, as the first moments in
// and after it, and the day it was read.
func days(zone *time.Location, validFrom, validTo, dateRead string) (from, to, read time.Time, err error) {
	_, offset := time.Unix(0, 0).In(zone).Zone()
	if from, err = parseDay(validFrom, offset); err != nil {
		return from, to, read, fmt.Errorf("valid_from: %w", err)
	}
	if validTo != "" {
		if to, err = parseDay(validTo, offset); err != nil {
			return from, to, read, fmt.Errorf("valid_to: %w", err)
		}
		if to = to.AddDate(0, 0, 1); !from.Before(to) {
			return from, to, read, errs.Invalid("valid_to %s is before valid_from %s", validTo, validFrom)
		}
	}
	if read, err = parseDay(dateRead, 0); err != nil {
		err = fmt.Errorf("date_read: %w", err)
	}
	return from, to, read, err
}

func (p *priceRow) tiers() ([]Tier, error) {
	flat := priceTier{0, p.In, p.Out, p.Cached, p.CacheWrite, p.Reasoning}
	switch {
	case p.Free && flat == (priceTier{}) && len(p.Tiers) == 0:
		return []Tier{{}}, nil
	case p.Free:
		return nil, errs.Invalid("a free row has no prices")
	case len(p.Tiers) == 0:
		p.Tiers = []priceTier{flat}
	case flat != (priceTier{}):
		return nil, errs.Invalid("prices stand either in the row or in its tiers")
	}
	var tiers []Tier
	for i, t := range p.Tiers {
		if t.In == nil || t.Out == nil {
			return nil, errs.Invalid("in and out are needed; write 0 where nothing is charged")
		}
		if last := i == len(p.Tiers)-1; last != (t.UpTo == 0) || t.UpTo < 0 || i > 0 && t.UpTo != 0 && t.UpTo <= p.Tiers[i-1].UpTo {
			return nil, errs.Invalid("tiers ascend by up_to, and only the last has none")
		}
		or := func(p, otherwise *PerMillion) money.Price {
			if p == nil {
				p = otherwise
			}
			return money.Price(*p)
		}
		tiers = append(tiers, Tier{t.UpTo, Prices{
			In: money.Price(*t.In), Out: money.Price(*t.Out),
			Cached: or(t.Cached, t.In), CacheWrite: or(t.CacheWrite, t.In), Reasoning: or(t.Reasoning, t.Out),
		}})
	}
	return tiers, nil
}

// checkExact refuses a share of a price that is finer than a pico-unit.
func (r *Row) checkExact() error {
	shares := []Percent{0}
	for _, w := range r.Windows {
		shares = append(shares, w.Percent)
	}
	for _, t := range r.Tiers {
		for _, price := range []money.Price{t.In, t.Out, t.Cached, t.CacheWrite, t.Reasoning} {
			for _, s := range shares {
				if !s.exact(price) || !r.Batch.exact(s.of(price)) {
					return errs.Invalid("%d%% of %s (batch %d%%) is not exact in millionths per million tokens", s, price, r.Batch)
				}
			}
		}
	}
	return nil
}

// setID names the row by where it stands and by its numbers. What is only
// about them (source, date, note) and the day they end do not change the ID.
func (r *Row) setID(place string) {
	zones := make([]string, 0, len(r.Windows))
	for _, w := range r.Windows {
		zones = append(zones, w.zone.String())
	}
	all := []any{r.Currency, r.ValidFrom, r.Tiers, r.Windows, zones, r.Batch, r.Free}
	if r.Hosting != nil {
		all = append(all, r.Hosting)
	}
	numbers, err := json.Marshal(all)
	if err != nil {
		panic("catalog: a price row that JSON cannot hold: " + err.Error())
	}
	sum := sha256.Sum256(numbers)
	r.ID = strings.ReplaceAll(place, " ", "_") + "#" + hex.EncodeToString(sum[:4])
}
