package meter

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/money"
)

// Scope is what a budget covers. Kind is one of organisation, department, key
// and scenario; Name is empty for the organisation, a key's id for a key. A
// scenario's may be confined to the calls of a department and those below it.
type Scope struct {
	Kind, Name string
	Department string // of a scenario's; "": all
}

// The kinds of scopes, from the widest to the narrowest.
const (
	Organisation = "organisation"
	Department   = "department"
	Key          = "key"
	Scenario     = "scenario"
)

// Budget is a limit on what the calls of a scope may cost in a period. A
// department's budget covers its sub-departments ("retail" covers
// "retail/cards").
type Budget struct {
	Scope    Scope
	Per      string // "day", "month", "year" or "" (for ever)
	Limit    money.Amount
	Currency money.Currency
	// Alert is the amount of spending from which calls are marked and told of;
	// 0: none.
	Alert money.Amount
	// Degrade is the cheaper route that calls go to once Alert is passed or no
	// room is left for the one they asked for; "": none.
	Degrade string
}

// Check returns errs.Invalid where the budget makes no sense.
func (b Budget) Check() error {
	switch b.Scope.Kind {
	case Organisation:
	case Department, Key, Scenario:
		if b.Scope.Name == "" {
			return errs.Invalid("a budget for a %s does not name it", b.Scope.Kind)
		}
	default:
		return errs.Invalid("a budget is for an organisation, department, key or scenario, not for a %q", b.Scope.Kind)
	}
	if b.Scope.Department != "" && b.Scope.Kind != Scenario {
		return errs.Invalid("budget of %s: only a scenario's is confined to a department", b.Scope)
	}
	switch b.Per {
	case "", "day", "month", "year":
	default:
		return errs.Invalid("budget of %s: per is day, month, year or nothing, not %q", b.Scope, b.Per)
	}
	if b.Alert < 0 || b.Alert > b.Limit {
		return errs.Invalid("budget of %s: its alert is an amount up to its limit", b.Scope)
	}
	if b.Limit < 0 || !b.Currency.Known() {
		return errs.Invalid("budget of %s: its limit is an amount in CNY or USD", b.Scope)
	}
	return nil
}

// String is "department service", "organisation" or "scenario intent of
// department service".
func (s Scope) String() string {
	text := strings.TrimSpace(s.Kind + " " + s.Name)
	if s.Department != "" {
		text += " of " + Department + " " + s.Department
	}
	return text
}

// below reports whether a department is the one given or below it.
func below(department, of string) bool {
	rest, ok := strings.CutPrefix(of, department)
	return ok && (rest == "" || department == "" || rest[0] == '/')
}

// Covers reports whether the budget applies to a call.
func (b Budget) Covers(c *Call) bool { return b.Scope.covers(c.Key, c.Department, c.Scenario) }

func (s Scope) covers(key, department, scenario string) bool {
	switch s.Kind {
	case Organisation:
		return true
	case Department:
		return below(s.Name, department)
	case Key:
		return key == s.Name
	case Scenario:
		return scenario == s.Name && below(s.Department, department)
	}
	return false
}

// Window is one period of a budget.
type Window struct {
	ID       string // such as "department:service/2026-03"
	Budget   Budget
	From, To time.Time // calls that began in [From, To); zero: unbounded
}

// Window is the period that t falls in, by the calendar of zone.
func (b Budget) Window(t time.Time, zone *time.Location) Window {
	y, m, d := t.In(zone).Date()
	w := Window{Budget: b}
	w.ID = b.Scope.Kind
	if b.Scope.Name != "" {
		w.ID += ":" + b.Scope.Name
	}
	if b.Scope.Department != "" {
		w.ID += "@" + b.Scope.Department
	}
	switch b.Per {
	case "day":
		w.From, w.To = begins(y, m, d, zone), begins(y, m, d+1, zone)
		w.ID += fmt.Sprintf("/%04d-%02d-%02d", y, m, d)
	case "month":
		w.From, w.To = begins(y, m, 1, zone), begins(y, m+1, 1, zone)
		w.ID += fmt.Sprintf("/%04d-%02d", y, m)
	case "year":
		w.From, w.To = begins(y, 1, 1, zone), begins(y+1, 1, 1, zone)
		w.ID += fmt.Sprintf("/%04d", y)
	default:
		w.ID += "/ever"
	}
	w.ID += "/" + string(b.Currency)
	return w
}

// begins is the first moment of a day. It is midnight but where clocks change then:
// time.Date gives a moment of the day before where midnight is left out, and either
// of two where it comes twice.
func begins(y int, m time.Month, d int, zone *time.Location) time.Time {
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	earliest := day.Add(-26 * time.Hour) // no zone is further ahead
	seconds := sort.Search(52*3600, func(i int) bool {
		y, m, d := earliest.Add(time.Duration(i) * time.Second).In(zone).Date()
		return !time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Before(day)
	})
	return earliest.Add(time.Duration(seconds) * time.Second).In(zone)
}
