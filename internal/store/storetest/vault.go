package storetest

import (
	"context"
	"testing"

	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/errs"
)

// Vault is what a pii.VaultStore must do.
func Vault(t *testing.T, open func(t *testing.T) pii.VaultStore) {
	ctx := context.Background()
	s := open(t)
	_, err := s.GetSealed(ctx, "[mobile#x]")
	code(t, err, errs.CodeNotFound)
	a, b := pii.Sealed{Token: "[mobile#a]", Type: pii.Mobile, Box: []byte{0, 1, 255}}, pii.Sealed{Token: "[name#b]", Type: pii.Name, Box: []byte("x")}
	ok(t, s.PutSealed(ctx, []pii.Sealed{a, b, a}))
	other := a
	other.Box = []byte("another")
	ok(t, s.PutSealed(ctx, []pii.Sealed{other})) // what is kept stays
	got, err := s.GetSealed(ctx, a.Token)
	ok(t, err)
	same(t, "sealed value", a, got)
	got, err = s.GetSealed(ctx, b.Token)
	ok(t, err)
	same(t, "sealed value", b, got)
	ok(t, s.PutSealed(ctx, nil))
}
