package app

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/errs"
)

// KeyRequest is what `luodi key create` asks for.
type KeyRequest struct {
	Name, Department, Scenario string
	Expires                    string // "" never, else 90d, 12h
	OnDisconnect               string // cancel (default) or drain
}

// KeyResult is what it prints; the key is shown once.
type KeyResult struct {
	ID  string `json:"id"`
	Key string `json:"key"`
}

// CreateKey makes an API key for the gateway.
func (a *App) CreateKey(ctx context.Context, q KeyRequest) (KeyResult, error) {
	if _, ok := a.Project.Department(q.Department); !ok {
		var names []string
		for _, d := range a.Project.Departments {
			names = append(names, d.Name)
		}
		return KeyResult{}, errs.Invalid("creating key %s: luodi.yaml has no department %q; it has: %s", q.Name, q.Department, strings.Join(names, ", "))
	}
	if _, ok := a.Project.Scenario(q.Scenario); q.Scenario != "" && !ok {
		return KeyResult{}, errs.Invalid("creating key %s: luodi.yaml has no scenario %q", q.Name, q.Scenario)
	}
	if !slices.Contains([]string{"", auth.Cancel, auth.Drain}, q.OnDisconnect) {
		return KeyResult{}, misuse("--on-disconnect %q: write cancel or drain", q.OnDisconnect)
	}
	life, err := lifetime(q.Expires)
	if err != nil {
		return KeyResult{}, err
	}
	spec := auth.Key{Name: q.Name, Department: a.departmentPath(q.Department), Scenario: q.Scenario, OnDisconnect: q.OnDisconnect}
	if life > 0 {
		spec.Expires = a.now().Add(life)
	}
	key, secret, err := auth.Create(ctx, a.db.Auth(), spec, a.now())
	if err != nil {
		return KeyResult{}, err
	}
	return KeyResult{ID: key.ID, Key: secret}, nil
}

// lifetime reads 90d, 12h or 30m.
func lifetime(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if err == nil && n > 0 && n < 36500 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, misuse("--expires %q: write days or hours, such as 90d or 12h", s)
	}
	return d, nil
}
