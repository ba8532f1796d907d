package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/project"
)

// KeyLimits are the flags of what a key may use; "none" takes a limit away.
type KeyLimits struct {
	RequestsPerMinute string // "" leaves it as it is, for a new key without limit
	TokensPerMinute   string
	MaxPrompt         string // 32KB
	Budget            string // 50 CNY/month
	Alert             string // 80%
	Degrade           string // a model or route
	Log               string // on or off
}

// KeyBudget is a key's own budget as `luodi key list --json` shows it.
type KeyBudget struct {
	Limit    json.Number `json:"limit"`
	Currency string      `json:"currency"`
	Per      string      `json:"per"`   // "" is for ever
	Alert    json.Number `json:"alert"` // an amount; 0 is none
	Degrade  string      `json:"degrade"`
}

func keyBudget(b *meter.Budget) *KeyBudget {
	if b == nil {
		return nil
	}
	return &KeyBudget{json.Number(b.Limit.String()), string(b.Currency), b.Per, json.Number(b.Alert.String()), b.Degrade}
}

const noLimit = "none"

// limit changes what k may use.
func (a *App) limit(k *auth.Key, l KeyLimits) error {
	for _, n := range []struct {
		flag, value string
		to          *int64
	}{{"requests-per-minute", l.RequestsPerMinute, &k.RequestsPerMinute}, {"tokens-per-minute", l.TokensPerMinute, &k.TokensPerMinute}} {
		switch v, err := strconv.ParseInt(n.value, 10, 64); {
		case n.value == "":
		case n.value == noLimit:
			*n.to = 0
		case err != nil || v < 0:
			return misuse("--%s %q: write a number above 0, or none", n.flag, n.value)
		default:
			*n.to = v
		}
	}
	switch l.MaxPrompt {
	case "":
	case noLimit:
		k.PromptBytes = 0
	default:
		var s project.Size
		if err := s.UnmarshalText([]byte(l.MaxPrompt)); err != nil {
			return misuse("--max-prompt: %v", err)
		}
		k.PromptBytes = int64(s)
	}
	switch l.Log {
	case "":
	case "on", "off":
		k.Log = l.Log == "on"
	default:
		return misuse("--log %q: write on or off", l.Log)
	}
	return a.limitSpending(k, l)
}

func (a *App) limitSpending(k *auth.Key, l KeyLimits) error {
	switch l.Budget {
	case "":
	case noLimit:
		k.Budget = nil
	default:
		amount, per, _ := strings.Cut(l.Budget, "/")
		var limit project.Limit
		if err := limit.UnmarshalText([]byte(amount)); err != nil {
			return misuse("--budget %q: %v; write it as \"50 CNY/month\"", l.Budget, err)
		}
		if !slices.Contains([]string{"", "day", "month", "year"}, per) {
			return misuse("--budget %q: the period is day, month or year; without one the budget is for ever", l.Budget)
		}
		b := meter.Budget{Per: per, Limit: limit.Amount, Currency: limit.Currency}
		if k.Budget != nil && k.Budget.Limit > 0 { // the same shares of another limit
			b.Degrade = k.Budget.Degrade
			b.Alert = k.Budget.Alert * 100 / k.Budget.Limit * b.Limit / 100
		}
		k.Budget = &b
	}
	if l.Alert == "" && l.Degrade == "" {
		return nil
	}
	if k.Budget == nil {
		return misuse("--alert and --degrade are of a budget; give --budget too")
	}
	b := *k.Budget
	k.Budget = &b
	switch l.Alert {
	case "":
	case noLimit:
		b.Alert = 0
	default:
		at := project.Budget{Limit: project.Limit{Amount: b.Limit}}
		if err := at.Alert.UnmarshalText([]byte(l.Alert)); err != nil || at.Alert > 100 {
			return misuse("--alert %q: write a share of the budget, such as 80%%", l.Alert)
		}
		b.Alert = at.AlertAt()
	}
	switch names := a.Project.Served(); {
	case l.Degrade == "":
	case l.Degrade == noLimit:
		b.Degrade = ""
	case !slices.Contains(names, l.Degrade) || strings.HasPrefix(l.Degrade, "scenario/"):
		return errs.NotFound("--degrade %s: luodi.yaml has no such model or route", l.Degrade)
	default:
		b.Degrade = l.Degrade
	}
	return nil
}

// limitsOf is what a key may not do, for the audit trail.
func limitsOf(k auth.Key) string {
	var out []string
	for _, n := range []struct {
		value int64
		of    string
	}{{k.RequestsPerMinute, "requests/min"}, {k.TokensPerMinute, "tokens/min"}, {k.PromptBytes, "bytes of a prompt"}} {
		if n.value > 0 {
			out = append(out, fmt.Sprintf("%d %s", n.value, n.of))
		}
	}
	if k.Log {
		out = append(out, "calls are logged")
	}
	if b := k.Budget; b != nil {
		s := fmt.Sprintf("budget %s %s", b.Limit, b.Currency)
		if b.Per != "" {
			s += "/" + b.Per
		}
		if b.Alert > 0 {
			s += fmt.Sprintf(", alert at %s", b.Alert)
		}
		if b.Degrade != "" {
			s += ", then " + b.Degrade
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

// SetKey changes what a key may use. A running gateway follows within seconds.
func (a *App) SetKey(ctx context.Context, id string, l KeyLimits) (KeyRow, error) {
	if l == (KeyLimits{}) {
		return KeyRow{}, misuse("nothing to change; give a limit, such as --budget \"50 CNY/month\"")
	}
	k, err := a.key(ctx, id)
	if err != nil {
		return KeyRow{}, err
	}
	if err := a.limit(&k, l); err != nil {
		return KeyRow{}, err
	}
	if err := auth.SetLimits(ctx, a.db.Auth(), k); err != nil {
		return KeyRow{}, err
	}
	detail := limitsOf(k)
	if detail == "" {
		detail = "no limit"
	}
	if err := a.did(ctx, "key.set", id, detail); err != nil {
		return KeyRow{}, err
	}
	return a.keyRow(k), nil
}

// key is a key that was ever made.
func (a *App) key(ctx context.Context, id string) (auth.Key, error) {
	keys, err := a.db.Auth().Keys(ctx)
	if err != nil {
		return auth.Key{}, err
	}
	for _, k := range keys {
		if k.ID == id {
			return k, nil
		}
	}
	return auth.Key{}, errs.NotFound("there is no key %s; luodi key list shows the keys", id)
}
