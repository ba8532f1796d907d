package sourcetest_test

import (
	"testing"

	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/source/sourcetest"
	"github.com/luodi/luodi/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Source(t, func(*testing.T) source.Store { return &sourcetest.Store{} })
}
