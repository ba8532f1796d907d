package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
)

// Prefix begins every key, so that scanners for leaked secrets can know them.
const Prefix = "luodi_"

// What happens when a client leaves before its reply is whole.
const (
	Cancel = "cancel" // stop the upstream; charge what was received, estimated
	Drain  = "drain"  // read to the end; charge exactly
)

// Key is an API key without its secret.
type Key struct {
	ID           string // "key_" and 16 hex digits
	Name         string // chosen by whoever made it, for reports
	Department   string
	Scenario     string    // the only one that it may call; "" is every route
	Expires      time.Time // zero: never
	OnDisconnect string    // Cancel or Drain

	RequestsPerMinute int64         // 0: no limit
	TokensPerMinute   int64         // prompt and reply together; 0: no limit
	Files             bool          // may use files and batches, which all such keys share at a vendor
	Log               bool          // what its calls say is kept in the request log
	PromptBytes       int64         // of the longest prompt it may send; 0: no limit
	Budget            *meter.Budget // its own, beside those of the project; nil: none. Its scope is the key
	Cache             time.Duration // how long an equal call is answered from memory, in whole seconds; 0: never

	Created time.Time
	Revoked time.Time // zero: it is not
}

// Hash is the SHA-256 of a key's secret.
type Hash [sha256.Size]byte

// HashOf hashes a secret as presented.
func HashOf(secret string) Hash { return sha256.Sum256([]byte(secret)) }

// Store keeps keys. Methods may be called from any goroutine.
type Store interface {
	// Add keeps a new key; errs.Conflict when its id or hash exists.
	Add(ctx context.Context, k Key, h Hash) error
	// ByHash returns the key with that hash, revoked or expired ones too, and
	// errs.NotFound when there is none.
	ByHash(ctx context.Context, h Hash) (Key, error)
	// Keys lists all keys in order of creation and id.
	Keys(ctx context.Context) ([]Key, error)
	// Revoke marks a key as revoked at a time; errs.NotFound when there is
	// none. A key that is revoked stays revoked since when it was.
	Revoke(ctx context.Context, id string, at time.Time) error
	// Limit replaces what a key may use: RequestsPerMinute, TokensPerMinute,
	// PromptBytes, Budget and Log of k, for the key with k's ID; errs.NotFound when
	// there is none.
	Limit(ctx context.Context, k Key) error
}

// Create makes a key and returns it with its secret, which nobody can get
// again. k needs a Name and a Department; ID and Created are filled in, an
// empty OnDisconnect is Cancel.
func Create(ctx context.Context, s Store, k Key, now time.Time) (Key, string, error) {
	if k.OnDisconnect == "" {
		k.OnDisconnect = Cancel
	}
	switch {
	case strings.TrimSpace(k.Name) == "":
		return Key{}, "", errs.Invalid("creating a key: it has no name")
	case k.Department == "":
		return Key{}, "", errs.Invalid("creating key %s: it has no department; every call is some department's", k.Name)
	case k.OnDisconnect != Cancel && k.OnDisconnect != Drain:
		return Key{}, "", errs.Invalid("creating key %s: on disconnect it can cancel or drain, not %q", k.Name, k.OnDisconnect)
	case k.Cache < 0:
		return Key{}, "", errs.Invalid("creating key %s: a time is above 0, or 0 for none", k.Name)
	case !k.Expires.IsZero() && !k.Expires.After(now):
		return Key{}, "", errs.Invalid("creating key %s: it would have expired already", k.Name)
	}
	var random [32]byte
	rand.Read(random[:])
	var id [8]byte
	rand.Read(id[:])
	secret := Prefix + hex.EncodeToString(random[:])
	k.ID, k.Created, k.Revoked = "key_"+hex.EncodeToString(id[:]), now, time.Time{}
	if err := k.bind(); err != nil {
		return Key{}, "", fmt.Errorf("creating key %s: %w", k.Name, err)
	}
	if err := s.Add(ctx, k, HashOf(secret)); err != nil {
		return Key{}, "", fmt.Errorf("creating key %s: %w", k.Name, err)
	}
	return k, secret, nil
}

// bind checks the limits of k and gives its budget its scope.
func (k *Key) bind() error {
	if k.RequestsPerMinute < 0 || k.TokensPerMinute < 0 || k.PromptBytes < 0 {
		return errs.Invalid("a limit is a number above 0, or 0 for none")
	}
	if k.Budget == nil {
		return nil
	}
	own := *k.Budget
	own.Scope = meter.Scope{Kind: meter.Key, Name: k.ID}
	k.Budget = &own
	return own.Check()
}

// SetLimits replaces what the key with k's ID may use; see Store.Limit.
func SetLimits(ctx context.Context, s Store, k Key) error {
	err := k.bind()
	if err == nil {
		err = s.Limit(ctx, k)
	}
	if err != nil {
		return fmt.Errorf("limiting key %s: %w", k.ID, err)
	}
	return nil
}
