package spacetest_test

import (
	"testing"

	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/knowledge/space/spacetest"
	"github.com/luodi/luodi/internal/store/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Space(t, func(*testing.T) space.Store { return &spacetest.Memory{} })
}
