package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

// Book is the price book: all rows, those of the past too, so that an old
// call or decision can be priced as it was.
type Book struct {
	rows      []Row // by vendor, model, ValidFrom, Own, Recorded
	discounts []Discount
	packages  []Package // in the order in which they are used
}

func compareRows(a, b Row) int {
	own := 0
	if a.Own != b.Own {
		if own = -1; a.Own {
			own = 1
		}
	}
	return cmp.Or(strings.Compare(a.Vendor, b.Vendor), strings.Compare(a.Model, b.Model), a.ValidFrom.Compare(b.ValidFrom), own, a.Recorded.Compare(b.Recorded))
}

// add reads a file of rows; own are the project's.
func (b *Book) add(decode Decoder, file string, data []byte, own bool) error {
	var f priceFile
	if err := decode(file, data, &f); err != nil {
		return err
	}
	rows, err := f.rows()
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := errors.Join(b.addDiscounts(&f, own), b.addPackages(&f, own)); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	here := map[string]bool{}
	for _, r := range rows {
		r.Own = own
		place, _, _ := strings.Cut(r.ID, "#")
		at := place + " " + r.Recorded.Format(time.RFC3339Nano)
		if here[at] {
			return fmt.Errorf("%s: %w", file, errs.Invalid("two rows for %s", place))
		}
		here[at] = true
		i, found := slices.BinarySearchFunc(b.rows, r, compareRows)
		if found {
			b.rows[i] = r
		} else {
			b.rows = slices.Insert(b.rows, i, r)
		}
	}
	return nil
}

// Rows are all rows, by vendor, model and first day.
func (b *Book) Rows() []Row { return slices.Clone(b.rows) }

// Row returns the row with that ID, at its discount where the ID names one.
func (b *Book) Row(id string) (Row, bool) {
	i := slices.IndexFunc(b.rows, func(r Row) bool { return r.ID == id })
	if i < 0 {
		return b.rowAt(id)
	}
	return b.rows[i], true
}

// Lookup returns the row that holds for a vendor's model at a moment: a row of
// the project's own before any other; of the patterns that fit the name the one
// that spells out most of it; of its rows the latest.
func (b *Book) Lookup(vendor, model string, at time.Time) (Row, bool) {
	r, ok := b.lookup(vendor, model, at, func(Row) bool { return true })
	return b.discounted(r, model, at), ok
}

// BuiltIn is Lookup among the rows that come with luodi, without a discount.
func (b *Book) BuiltIn(vendor, model string, at time.Time) (Row, bool) {
	return b.lookup(vendor, model, at, func(r Row) bool { return !r.Own })
}

func (b *Book) lookup(vendor, model string, at time.Time, among func(Row) bool) (best Row, found bool) {
	for _, r := range b.rows {
		if r.Vendor == vendor && among(r) && r.holds(at) && Match(r.Model, model) && (!found || r.before(best)) {
			best, found = r, true
		}
	}
	return best, found
}

// before reports whether r counts before other, both holding and fitting.
func (r *Row) before(other Row) bool {
	if r.Own != other.Own {
		return r.Own
	}
	return cmp.Or(cmp.Compare(weight(r.Model), weight(other.Model)), r.ValidFrom.Compare(other.ValidFrom), r.Recorded.Compare(other.Recorded)) > 0
}

// Superseded reports whether another row for the same model and first day
// counts instead of this one, which is kept for what was priced by it.
func (b *Book) Superseded(r Row) bool {
	return slices.ContainsFunc(b.rows, func(o Row) bool {
		return o.Vendor == r.Vendor && o.Model == r.Model && o.ValidFrom.Equal(r.ValidFrom) && o.before(r)
	})
}

func (r *Row) holds(at time.Time) bool {
	return !at.Before(r.ValidFrom) && (r.ValidTo.IsZero() || at.Before(r.ValidTo))
}

// Stale are the rows that hold now and were read more than days ago.
func (b *Book) Stale(now time.Time, days int) []Row {
	var out []Row
	for _, r := range b.rows {
		if r.holds(now) && r.Stale(now, days) && !b.Superseded(r) {
			out = append(out, r)
		}
	}
	return out
}

// ModelPrice is what luodi.yaml states about a model's price.
type ModelPrice struct {
	In, Out  money.Price
	Cached   money.Price // as In where it is not stated
	Currency money.Currency
}

// ProjectRow is the row of a price that the project states itself; file is
// where it stands.
func ProjectRow(model string, p ModelPrice, file string) Row {
	r := Row{
		Model: model, Currency: p.Currency, Source: file, Confidence: Project,
		Tiers: []Tier{{0, Prices{In: p.In, Out: p.Out, Cached: p.Cached, CacheWrite: p.In, Reasoning: p.Out}}},
	}
	r.setID("project:" + model)
	return r
}

// Trust says in words how far a row is to be trusted, for the reader of a
// report: where its numbers are from, when they were read, and that they may
// have changed since. It never says that a price is current.
func (r *Row) Trust(now time.Time, days int) string {
	read := "read " + r.DateRead.Format("2006-01-02")
	var s string
	switch r.Confidence {
	case Project:
		s = "stated in " + r.Source
		if r.DateRead.IsZero() {
			return s
		}
		s += ", noted " + r.DateRead.Format("2006-01-02")
	case Verified:
		s = read + ", checked against a bill"
	case Copy:
		s = read + " in a stored copy of the vendor's page"
	case ThirdParty:
		s = read + " at a third party, unverified"
	default:
		s = "from memory, unverified, noted " + r.DateRead.Format("2006-01-02")
	}
	if r.Stale(now, days) {
		s += fmt.Sprintf("; %d days old, look it up before relying on it", int(now.Sub(r.DateRead).Hours()/24))
	}
	if d := r.Discount; d != nil {
		s += fmt.Sprintf("; × %s by %s, noted %s", d.Factor, d.Source, d.DateRead.Format("2006-01-02"))
	}
	return s
}
