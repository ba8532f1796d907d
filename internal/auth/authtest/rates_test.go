package authtest_test

import (
	"testing"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/auth/authtest"
	"github.com/luodi/luodi/internal/store/storetest"
)

func TestRates(t *testing.T) {
	storetest.Rates(t, func(*testing.T) auth.Rates { return &authtest.Rates{} })
}
