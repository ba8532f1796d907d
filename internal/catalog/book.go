package catalog

import (
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
	rows []Row // by vendor, model, ValidFrom
}

func compareRows(a, b Row) int {
	if c := strings.Compare(a.Vendor, b.Vendor); c != 0 {
		return c
	}
	if c := strings.Compare(a.Model, b.Model); c != 0 {
		return c
	}
	return a.ValidFrom.Compare(b.ValidFrom)
}

func (b *Book) add(decode Decoder, file string, data []byte) error {
	var f priceFile
	if err := decode(file, data, &f); err != nil {
		return err
	}
	rows, err := f.rows()
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	here := map[string]bool{}
	for _, r := range rows {
		place, _, _ := strings.Cut(r.ID, "#")
		if here[place] {
			return fmt.Errorf("%s: %w", file, errs.Invalid("two rows for %s", place))
		}
		here[place] = true
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

// Row returns the row with that ID.
func (b *Book) Row(id string) (Row, bool) {
	i := slices.IndexFunc(b.rows, func(r Row) bool { return r.ID == id })
	if i < 0 {
		return Row{}, false
	}
	return b.rows[i], true
}

// Lookup returns the row that holds for a vendor's model at a moment: of the
// patterns that fit the name the one that spells out most of it, of its rows
// the latest.
func (b *Book) Lookup(vendor, model string, at time.Time) (Row, bool) {
	best := -1
	for i, r := range b.rows {
		if r.Vendor != vendor || !r.holds(at) || !Match(r.Model, model) {
			continue
		}
		if best < 0 || weight(r.Model) > weight(b.rows[best].Model) ||
			weight(r.Model) == weight(b.rows[best].Model) && r.ValidFrom.After(b.rows[best].ValidFrom) {
			best = i
		}
	}
	if best < 0 {
		return Row{}, false
	}
	return b.rows[best], true
}

func (r *Row) holds(at time.Time) bool {
	return !at.Before(r.ValidFrom) && (r.ValidTo.IsZero() || at.Before(r.ValidTo))
}

// Stale are the rows that hold now and were read more than days ago.
func (b *Book) Stale(now time.Time, days int) []Row {
	var out []Row
	for _, r := range b.rows {
		if r.holds(now) && r.Stale(now, days) {
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
		return "stated in " + r.Source
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
	return s
}
