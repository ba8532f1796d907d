package store

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
)

// Auth is the API keys.
func (db *DB) Auth() auth.Store { return authStore{db} }

type authStore struct{ db *DB }

type keyRow struct {
	bun.BaseModel `bun:"table:auth_key"`

	ID           string `bun:",pk"`
	Hash         string
	Name         string
	Department   string
	Scenario     string
	ExpiresAt    int64
	OnDisconnect string
	CreatedAt    int64
	RevokedAt    int64

	RequestsPerMinute int64
	TokensPerMinute   int64
	CacheSeconds      int64
	Files             int64
	PromptBytes       int64
	Log               int64

	Budget         int64 // of BudgetCurrency; "": there is none
	BudgetCurrency string
	BudgetPer      string
	BudgetAlert    int64
	Degrade        string
}

// limits puts what a key may use into its row.
func (r *keyRow) limits(k auth.Key) {
	r.RequestsPerMinute, r.TokensPerMinute, r.PromptBytes = k.RequestsPerMinute, k.TokensPerMinute, k.PromptBytes
	if r.Log = 0; k.Log {
		r.Log = 1
	}
	if b := k.Budget; b != nil {
		r.Budget, r.BudgetCurrency, r.BudgetPer = int64(b.Limit), string(b.Currency), b.Per
		r.BudgetAlert, r.Degrade = int64(b.Alert), b.Degrade
	}
}

func (r *keyRow) budget() *meter.Budget {
	if r.BudgetCurrency == "" {
		return nil
	}
	return &meter.Budget{
		Scope: meter.Scope{Kind: meter.Key, Name: r.ID}, Per: r.BudgetPer, Limit: money.Amount(r.Budget), Currency: money.Currency(r.BudgetCurrency),
		Alert: money.Amount(r.BudgetAlert), Degrade: r.Degrade,
	}
}

func (r *keyRow) key() auth.Key {
	return auth.Key{
		ID: r.ID, Name: r.Name, Department: r.Department, Scenario: r.Scenario, Expires: fromMicros(r.ExpiresAt),
		OnDisconnect: r.OnDisconnect, Created: fromMicros(r.CreatedAt), Revoked: fromMicros(r.RevokedAt),
		RequestsPerMinute: r.RequestsPerMinute, TokensPerMinute: r.TokensPerMinute, Cache: time.Duration(r.CacheSeconds) * time.Second,
		Files: r.Files != 0, Log: r.Log != 0, PromptBytes: r.PromptBytes, Budget: r.budget(),
	}
}

func (s authStore) Add(ctx context.Context, k auth.Key, h auth.Hash) error {
	row := &keyRow{
		ID: k.ID, Hash: hex.EncodeToString(h[:]), Name: k.Name, Department: k.Department, Scenario: k.Scenario, ExpiresAt: micros(k.Expires),
		OnDisconnect: k.OnDisconnect, CreatedAt: micros(k.Created), RevokedAt: micros(k.Revoked),
		CacheSeconds: int64(k.Cache / time.Second),
	}
	row.limits(k)
	if k.Files {
		row.Files = 1
	}
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx)
		if n, e := affected(res, err); e != nil || n == 1 {
			return e
		}
		return errs.Conflict("key %s exists", k.ID)
	})
	if err != nil {
		return fmt.Errorf("keeping key %s: %w", k.ID, err)
	}
	return nil
}

func (s authStore) ByHash(ctx context.Context, h auth.Hash) (auth.Key, error) {
	want := hex.EncodeToString(h[:])
	var row keyRow
	err := s.db.read().NewSelect().Model(&row).Where("hash = ?", want).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) || err == nil && subtle.ConstantTimeCompare([]byte(row.Hash), []byte(want)) != 1 {
		return auth.Key{}, errs.NotFound("no such key")
	}
	if err != nil {
		return auth.Key{}, fmt.Errorf("looking up a key: %w", s.db.explain(err))
	}
	return row.key(), nil
}

func (s authStore) Keys(ctx context.Context) ([]auth.Key, error) {
	var rows []keyRow
	if err := s.db.read().NewSelect().Model(&rows).Order("created_at", "id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("listing the keys: %w", s.db.explain(err))
	}
	out := make([]auth.Key, len(rows))
	for i := range rows {
		out[i] = rows[i].key()
	}
	return out, nil
}

func (s authStore) Revoke(ctx context.Context, id string, at time.Time) error {
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewUpdate().Model((*keyRow)(nil)).
			Set("revoked_at = CASE WHEN revoked_at = 0 THEN ? ELSE revoked_at END", micros(at)).Where("id = ?", id).Exec(ctx)
		if n, e := affected(res, err); e != nil || n == 1 {
			return e
		}
		return errs.NotFound("there is no key %s", id)
	})
	if err != nil {
		return fmt.Errorf("revoking a key: %w", err)
	}
	return nil
}

func (s authStore) Limit(ctx context.Context, k auth.Key) error {
	row := &keyRow{ID: k.ID}
	row.limits(k)
	err := s.db.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.NewUpdate().Model(row).WherePK().
			Column("requests_per_minute", "tokens_per_minute", "prompt_bytes", "log", "budget", "budget_currency", "budget_per", "budget_alert", "degrade").Exec(ctx)
		if n, e := affected(res, err); e != nil || n == 1 {
			return e
		}
		return errs.NotFound("there is no key %s", k.ID)
	})
	if err != nil {
		return fmt.Errorf("changing a key's limits: %w", err)
	}
	return nil
}
