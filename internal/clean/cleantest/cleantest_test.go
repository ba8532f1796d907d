package cleantest_test

import (
	"testing"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/clean/cleantest"
	"github.com/luodi/luodi/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Clean(t, func(*testing.T) clean.Store { return &cleantest.Store{} })
}
