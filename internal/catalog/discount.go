package catalog

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

// Discount is a contract's share of a vendor's list prices, from one day to
// another. It changes the rows that come with luodi and no other: a row of the
// project's own is what was agreed already. Discounts do not add up; of those
// that fit, the one that spells out most of the model's name holds, then the
// latest.
type Discount struct {
	ID        string       `json:"id"` // changes with its numbers, as a row's does
	Vendor    string       `json:"vendor"`
	Model     string       `json:"model"` // a pattern, see Match
	Factor    money.Factor `json:"factor"`
	ValidFrom time.Time    `json:"valid_from"`
	ValidTo   time.Time    `json:"valid_to,omitzero"`
	Source    string       `json:"source"`
	DateRead  time.Time    `json:"date_read"`
}

// discountRow is a discount as it is written; what it lacks is the file's.
type discountRow struct {
	Vendor    string       `yaml:"vendor"`
	Zone      string       `yaml:"zone"`
	Model     string       `yaml:"model"` // "" is all of the vendor's
	Factor    money.Factor `yaml:"factor"`
	ValidFrom string       `yaml:"valid_from"`
	ValidTo   string       `yaml:"valid_to"` // the last day it holds
	Source    string       `yaml:"source"`
	DateRead  string       `yaml:"date_read"`
}

func (p *discountRow) discount() (d Discount, err error) {
	d = Discount{Vendor: p.Vendor, Model: p.Model, Factor: p.Factor, Source: p.Source}
	if d.Model == "" {
		d.Model = "*"
	}
	if p.Vendor == "" || p.Source == "" || p.Factor == (money.Factor{}) {
		return d, errs.Invalid("a discount needs vendor, source, and a factor such as 85%%")
	}
	zone, err := parseZone(p.Zone)
	if err != nil {
		return d, err
	}
	if d.ValidFrom, d.ValidTo, d.DateRead, err = days(zone, p.ValidFrom, p.ValidTo, p.DateRead); err != nil {
		return d, err
	}
	numbers, err := json.Marshal([]any{d.Vendor, d.Model, d.Factor, d.ValidFrom})
	if err != nil {
		panic("catalog: a discount that JSON cannot hold: " + err.Error())
	}
	sum := sha256.Sum256(numbers)
	d.ID = d.Factor.String() + "#" + hex.EncodeToString(sum[:4])
	return d, nil
}

func (d *Discount) place() string {
	return d.Vendor + "/" + d.Model + " from " + d.ValidFrom.Format(time.DateOnly)
}

// addDiscounts takes in a file's; they are of a project's files only.
func (b *Book) addDiscounts(f *priceFile, own bool) error {
	if len(f.Discounts) > 0 && !own {
		return errs.Invalid("discounts are a project's own")
	}
	for i, p := range f.Discounts {
		p.Vendor, p.Zone = cmp.Or(p.Vendor, f.Vendor), cmp.Or(p.Zone, f.Zone)
		d, err := p.discount()
		if err != nil {
			return fmt.Errorf("discount %d (%s): %w", i+1, p.Model, err)
		}
		for _, o := range b.discounts {
			if o.place() == d.place() {
				return errs.Invalid("two discounts for %s", d.place())
			}
		}
		b.discounts = append(b.discounts, d)
	}
	return nil
}

// Discounts are all discounts, as they stand in the files.
func (b *Book) Discounts() []Discount { return append([]Discount(nil), b.discounts...) }

// discounted is r with the discount that holds for a model of it.
func (b *Book) discounted(r Row, model string, at time.Time) Row {
	if r.Own {
		return r
	}
	var best *Discount
	for i := range b.discounts {
		d := &b.discounts[i]
		if d.Vendor != r.Vendor || !Match(d.Model, model) || at.Before(d.ValidFrom) || !d.ValidTo.IsZero() && !at.Before(d.ValidTo) {
			continue
		}
		if best == nil || weight(d.Model) > weight(best.Model) || weight(d.Model) == weight(best.Model) && d.ValidFrom.After(best.ValidFrom) {
			best = d
		}
	}
	return r.by(best)
}

// by is the row at a discount; nil is none.
func (r Row) by(d *Discount) Row {
	if d != nil {
		r.ID, r.Discount = r.ID+"*"+d.ID, d
	}
	return r
}

// rowAt finds a row by the ID that its discount gave it.
func (b *Book) rowAt(id string) (Row, bool) {
	for _, r := range b.rows {
		rest, ok := strings.CutPrefix(id, r.ID+"*")
		if !ok {
			continue
		}
		for i := range b.discounts {
			if b.discounts[i].ID == rest {
				return r.by(&b.discounts[i]), true
			}
		}
	}
	return Row{}, false
}

// share is what is paid of the row's prices.
func (r *Row) share() money.Factor {
	if r.Discount == nil {
		return money.Factor{}
	}
	return r.Discount.Factor
}
