package app

import (
	"context"
	"fmt"
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
	KeyLimits
	Files bool   // may use files and batches
	Cache string // "" never, else 10m: answer equal calls from memory
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
	life, err := lifetime("expires", q.Expires)
	if err != nil {
		return KeyResult{}, err
	}
	cache, err := lifetime("cache", q.Cache)
	if err != nil {
		return KeyResult{}, err
	}
	spec := auth.Key{Name: q.Name, Department: a.departmentPath(q.Department), Scenario: q.Scenario, OnDisconnect: q.OnDisconnect,
		Files: q.Files, Cache: cache.Truncate(time.Second)}
	if err := a.limit(&spec, q.KeyLimits); err != nil {
		return KeyResult{}, err
	}
	if life > 0 {
		spec.Expires = a.now().Add(life)
	}
	key, secret, err := auth.Create(ctx, a.db.Auth(), spec, a.now())
	if err != nil {
		return KeyResult{}, err
	}
	detail := fmt.Sprintf("%s for department %s", key.Name, key.Department)
	if key.Scenario != "" {
		detail += ", scenario " + key.Scenario
	}
	if limits := limitsOf(key); limits != "" {
		detail += "; " + limits
	}
	if err := a.did(ctx, "key.create", key.ID, detail); err != nil {
		return KeyResult{}, err // the secret is shown to nobody
	}
	return KeyResult{ID: key.ID, Key: secret}, nil
}

// lifetime reads 90d, 12h or 30m.
func lifetime(flag, s string) (time.Duration, error) {
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
		return 0, misuse("--%s %q: write days, hours or minutes, such as 90d, 12h or 10m", flag, s)
	}
	return d, nil
}

// KeyRow is a key as `luodi key list` shows it; its secret is nowhere.
type KeyRow struct {
	ID                string     `json:"id"`
	Name              string     `json:"name"`
	Department        string     `json:"department"`
	Scenario          string     `json:"scenario"` // "" is every route
	State             string     `json:"state"`    // active | expired | revoked
	Created           time.Time  `json:"created"`
	Expires           *time.Time `json:"expires"`
	Revoked           *time.Time `json:"revoked"`
	OnDisconnect      string     `json:"on_disconnect"`
	RequestsPerMinute int64      `json:"requests_per_minute"` // 0 is no limit
	TokensPerMinute   int64      `json:"tokens_per_minute"`
	MaxPrompt         int64      `json:"max_prompt"` // bytes
	Budget            *KeyBudget `json:"budget"`
	CacheSeconds      int64      `json:"cache_seconds"`
	Files             bool       `json:"files"`
	Log               bool       `json:"log"` // its calls are in the request log
}

// KeyList is what `luodi key list --json` prints, oldest first.
type KeyList struct {
	Keys []KeyRow `json:"keys"`
}

// Keys lists the keys that were ever made.
func (a *App) Keys(ctx context.Context) (KeyList, error) {
	keys, err := a.db.Auth().Keys(ctx)
	if err != nil {
		return KeyList{}, err
	}
	out := KeyList{Keys: []KeyRow{}}
	for _, k := range keys {
		out.Keys = append(out.Keys, a.keyRow(k))
	}
	return out, nil
}

func (a *App) keyRow(k auth.Key) KeyRow {
	r := KeyRow{
		ID: k.ID, Name: k.Name, Department: k.Department, Scenario: k.Scenario, State: "active", Created: k.Created,
		Expires: moment(k.Expires), Revoked: moment(k.Revoked), OnDisconnect: k.OnDisconnect,
		RequestsPerMinute: k.RequestsPerMinute, TokensPerMinute: k.TokensPerMinute, CacheSeconds: int64(k.Cache / time.Second), Files: k.Files,
		MaxPrompt: k.PromptBytes, Budget: keyBudget(k.Budget), Log: k.Log,
	}
	switch {
	case r.Revoked != nil:
		r.State = "revoked"
	case r.Expires != nil && !a.now().Before(k.Expires):
		r.State = "expired"
	}
	return r
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// RevokeKey ends a key for good; one that is revoked already stays so since
// when it was. A running gateway follows within seconds.
func (a *App) RevokeKey(ctx context.Context, id string) (KeyRow, error) {
	if err := a.db.Auth().Revoke(ctx, id, a.now()); err != nil {
		return KeyRow{}, fmt.Errorf("%w; luodi key list shows the keys", err)
	}
	if err := a.did(ctx, "key.revoke", id, ""); err != nil {
		return KeyRow{}, err
	}
	k, err := a.key(ctx, id)
	if err != nil {
		return KeyRow{}, err
	}
	return a.keyRow(k), nil
}
