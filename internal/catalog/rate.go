package catalog

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

// Rate says that one unit of From is Micro millionths of a unit of To, from
// Day on until the next rate of the same currencies.
type Rate struct {
	ID         string         `json:"id"` // such as USD/CNY@2024-05-21=7.1
	From       money.Currency `json:"from"`
	To         money.Currency `json:"to"`
	Day        time.Time      `json:"day"`
	Micro      int64          `json:"micro"`
	Source     string         `json:"source"`
	DateRead   time.Time      `json:"date_read"`
	Confidence Confidence     `json:"confidence"`
	Note       string         `json:"note,omitempty"`
}

// Rates are exchange rates of days.
type Rates struct {
	list []Rate // by From, To, Day
}

type rateFile struct {
	From string    `yaml:"from"`
	To   string    `yaml:"to"`
	Rows []rateRow `yaml:"rows"`
}

type rateRow struct {
	Day        string     `yaml:"day"`
	Rate       PerMillion `yaml:"rate"`
	Source     string     `yaml:"source"`
	DateRead   string     `yaml:"date_read"`
	Confidence Confidence `yaml:"confidence"`
	Note       string     `yaml:"note"`
}

func (rs *Rates) add(decode Decoder, file string, data []byte) error {
	var f rateFile
	if err := decode(file, data, &f); err != nil {
		return err
	}
	from, to := money.Currency(f.From), money.Currency(f.To)
	if !from.Known() || !to.Known() || from == to {
		return fmt.Errorf("%s: %w", file, errs.Invalid("from and to must be two of CNY and USD"))
	}
	for _, row := range f.Rows {
		r := Rate{From: from, To: to, Micro: int64(row.Rate), Source: row.Source, Confidence: row.Confidence, Note: row.Note}
		r.ID = fmt.Sprintf("%s/%s@%s=%s", from, to, row.Day, money.Price(row.Rate))
		var err error
		if r.Day, err = parseDay(row.Day, 0); err == nil {
			r.DateRead, err = parseDay(row.DateRead, 0)
		}
		if err == nil && (r.Micro <= 0 || r.Source == "" || r.Confidence == "") {
			err = errs.Invalid("a rate needs day, rate above 0, source, date_read and confidence")
		}
		if err != nil {
			return fmt.Errorf("%s: rate of %s: %w", file, row.Day, err)
		}
		i, found := slices.BinarySearchFunc(rs.list, r, compareRates)
		if found {
			rs.list[i] = r
		} else {
			rs.list = slices.Insert(rs.list, i, r)
		}
	}
	return nil
}

func compareRates(a, b Rate) int {
	return cmp.Or(strings.Compare(string(a.From), string(b.From)), strings.Compare(string(a.To), string(b.To)), a.Day.Compare(b.Day))
}

// All are the rates by currencies and day.
func (rs *Rates) All() []Rate { return slices.Clone(rs.list) }

// Convert is a in another currency by the last rate on or before at, rounded
// half up to nano-units. A rate serves both directions. Where the currencies
// are the same the rate is zero. It returns errs.NotFound where there is no
// rate yet: an amount is never converted by a guess.
func (rs *Rates) Convert(a money.Amount, from, to money.Currency, at time.Time) (money.Amount, Rate, error) {
	if from == to {
		return a, Rate{}, nil
	}
	best, ok := rs.between(from, to, at)
	if !ok {
		return 0, Rate{}, errs.NotFound("converting %s to %s: no exchange rate on or before %s; add one to rates/", from, to, at.Format("2006-01-02"))
	}
	num, den := best.Micro, int64(1_000_000)
	if best.From == to {
		num, den = den, num
	}
	v := new(big.Int).Mul(big.NewInt(int64(a)), big.NewInt(2*num))
	v.Add(v, big.NewInt(den)).Div(v, big.NewInt(2*den)) // floor(x + 1/2)
	if !v.IsInt64() {
		return 0, Rate{}, errs.Invalid("converting %s %s to %s: beyond the range of an amount", a, from, to)
	}
	return money.Amount(v.Int64()), best, nil
}

// At is the last rate of one unit of from in to on or before a moment, for
// display and ranking; sums are converted by Convert.
func (rs *Rates) At(from, to money.Currency, at time.Time) (Rate, bool) {
	r, ok := rs.between(from, to, at)
	return r, ok && r.From == from
}

// between is the last rate of the two currencies, in either direction.
func (rs *Rates) between(a, b money.Currency, at time.Time) (best Rate, found bool) {
	for _, r := range rs.list {
		if (r.From == a && r.To == b || r.From == b && r.To == a) && !r.Day.After(at) && (!found || r.Day.After(best.Day)) {
			best, found = r, true
		}
	}
	return best, found
}
