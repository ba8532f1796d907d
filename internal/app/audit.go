package app

import (
	"context"
	"os"
	"os/user"

	"github.com/luodi/luodi/internal/auth"
)

// AuditResult is what `luodi audit --json` prints, oldest first.
type AuditResult struct {
	Acts   []auth.Act `json:"acts"`
	Intact bool       `json:"intact"`
	// Last is the hash to keep elsewhere: with it, acts that are taken from the
	// end show too. "" where nothing was done yet.
	Last string `json:"last"`
}

// Audit lists the administrative acts. A chain that is broken is an error, and
// the acts are returned with it.
func (a *App) Audit(ctx context.Context) (AuditResult, error) {
	acts, err := a.db.Acts().Acts(ctx)
	if err != nil {
		return AuditResult{}, err
	}
	out := AuditResult{Acts: acts}
	if n := len(acts); n > 0 {
		out.Last = acts[n-1].Hash
	}
	err = auth.VerifyActs(acts)
	out.Intact = err == nil
	return out, err
}

// did writes an administrative act into the audit trail.
func (a *App) did(ctx context.Context, what, object, detail string) error {
	_, err := a.db.Acts().Append(ctx, auth.Act{Time: a.now(), Who: operator(), What: what, Object: object, Detail: detail})
	return err
}

// operator is the account and machine of this process.
func operator() string {
	name, host := "unknown", "unknown"
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		host = h
	}
	return name + "@" + host
}
