package app

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/project"
)

// UnmaskRequest asks for the personal data behind tokens.
type UnmaskRequest struct {
	Text   string // with tokens such as [mobile#…]; or one value that Format wrote
	Type   string // of that value; "" for tokens
	As     string // department:NAME or user:EMAIL
	Reason string // kept in the audit trail
}

// UnmaskResult is what `luodi pii unmask --json` prints.
type UnmaskResult struct {
	Text   string            `json:"text"`
	Values map[string]string `json:"values"` // by token
}

// Unmask puts personal data back into a text, for those whom luodi.yaml names
// as readers of the vault. Each value is in the audit trail before it is
// shown, and each refusal.
func (a *App) Unmask(ctx context.Context, q UnmaskRequest) (UnmaskResult, error) {
	out := UnmaskResult{Text: q.Text, Values: map[string]string{}}
	if strings.TrimSpace(q.Reason) == "" {
		return out, errs.Invalid("unmasking needs a reason, which the audit trail keeps; say it with --reason")
	}
	tokens := pii.Tokens(q.Text)
	if q.Type != "" {
		tokens = []string{q.Text}
	}
	if len(tokens) == 0 {
		return out, errs.Invalid("there is no token such as [mobile#…] in the text")
	}
	refuse := func(tokens string, err error) (UnmaskResult, error) {
		return out, cmp.Or(a.did(ctx, "pii.refuse", tokens, "as "+q.As+": "+q.Reason), err)
	}
	if !slices.Contains(a.Project.Vault.Principals(), q.As) {
		return refuse(strings.Join(tokens, " "), errs.Forbidden("%s may not unmask personal data; vault.readers in %s says who may", orNobody(q.As), project.File))
	}
	key, err := a.vaultKey()
	if err != nil {
		return out, err
	}
	for _, t := range tokens {
		var value string
		if q.Type != "" {
			value, err = pii.Restore(key, q.Type, t)
		} else {
			var s pii.Sealed
			if s, err = a.db.Vault().GetSealed(ctx, t); err == nil {
				value, err = pii.Unseal(key, s)
			}
		}
		object := t
		if q.Type != "" {
			object = q.Type // what stands in for a value leads back to it
		}
		if err != nil { // another key, or no such value
			return refuse(object, err)
		}
		if err := a.did(ctx, "pii.unmask", object, "as "+q.As+": "+q.Reason); err != nil {
			return out, err
		}
		out.Values[t] = value
		out.Text = strings.ReplaceAll(out.Text, t, value)
	}
	return out, nil
}

func orNobody(as string) string {
	if as == "" {
		return "who does not say who they are (--as)"
	}
	return as
}
