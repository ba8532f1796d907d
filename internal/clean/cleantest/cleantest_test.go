package cleantest_test

import (
	"testing"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/clean/cleantest"
	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Clean(t, func(*testing.T) clean.Store { return &cleantest.Store{} })
}

func TestVault(t *testing.T) {
	storetest.Vault(t, func(*testing.T) pii.VaultStore { return &cleantest.Vault{} })
}
