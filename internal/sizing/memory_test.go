package sizing_test

import (
	"testing"

	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/store/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Sizing(t, func(*testing.T) sizing.Store { return new(sizing.Memory) })
}
