package catalog

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

// Percent is a share of a price in whole percent.
type Percent int64

// UnmarshalText reads "50%".
func (p *Percent) UnmarshalText(b []byte) error {
	s, ok := strings.CutSuffix(string(b), "%")
	n, err := strconv.ParseInt(s, 10, 32)
	if !ok || err != nil || n <= 0 || n > 1000 {
		return fmt.Errorf("%q is not a share of a price; write it as 50%%", b)
	}
	*p = Percent(n)
	return nil
}

// of is exact: rows whose prices it would round are refused when read.
func (p Percent) of(price money.Price) money.Price {
	if p == 0 {
		return price
	}
	return price * money.Price(p) / 100
}

// exact reports whether of neither rounds nor leaves int64.
func (p Percent) exact(price money.Price) bool {
	return p == 0 || price < math.MaxInt64/1000 && price*money.Price(p)%100 == 0
}

// Window is a time of day at which a row's prices are multiplied.
type Window struct {
	Days    string  `json:"days,omitempty"` // "", weekdays or weekend
	From    int     `json:"from"`           // minutes after midnight in the row's zone
	To      int     `json:"to"`             // first minute no longer inside; below From: over midnight
	Percent Percent `json:"percent"`
	zone    *time.Location
}

func (w *Window) holds(at time.Time) bool {
	at = at.In(w.zone)
	minute := at.Hour()*60 + at.Minute()
	if w.From > w.To { // over midnight: the part after it belongs to the day before
		if minute < w.To {
			at = at.AddDate(0, 0, -1)
		} else if minute < w.From {
			return false
		}
	} else if minute < w.From || minute >= w.To {
		return false
	}
	weekend := at.Weekday() == time.Saturday || at.Weekday() == time.Sunday
	return w.Days == "" || weekend == (w.Days == "weekend")
}

// percentAt is 0 where no window holds: the full price.
func (r *Row) percentAt(at time.Time) Percent {
	if at.IsZero() {
		return 0
	}
	for i := range r.Windows {
		if r.Windows[i].holds(at) {
			return r.Windows[i].Percent
		}
	}
	return 0
}

// parseClock reads "08:30" as minutes; "24:00" is the end of the day.
func parseClock(s string) (int, error) {
	h, m, ok := strings.Cut(s, ":")
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	if !ok || err1 != nil || err2 != nil || hour < 0 || minute < 0 || minute > 59 || hour*60+minute > 24*60 {
		return 0, errs.Invalid("%q is not a time of day; write it as 08:30", s)
	}
	return hour*60 + minute, nil
}

// parseZone reads an offset such as "+08:00"; named zones are not used, so
// that no time zone database is needed.
func parseZone(s string) (*time.Location, error) {
	t, err := time.Parse("-07:00", s)
	if err != nil {
		return nil, errs.Invalid("zone: %q is not an offset from UTC; write it as +08:00", s)
	}
	_, offset := t.Zone()
	return time.FixedZone(s, offset), nil
}

// parseDay reads "2006-01-02" as the first moment of that day, offset seconds
// east of UTC.
func parseDay(s string, offset int) (time.Time, error) {
	t, err := time.ParseInLocation("2006-01-02", s, time.FixedZone("", offset))
	if err != nil {
		return time.Time{}, errs.Invalid("%q is not a day; write it as 2026-11-23", s)
	}
	return t.UTC(), nil
}
