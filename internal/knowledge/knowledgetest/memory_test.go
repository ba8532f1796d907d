package knowledgetest_test

import (
	"testing"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
	"github.com/luodi/luodi/internal/store/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Knowledge(t, func(*testing.T) knowledge.Store { return &knowledgetest.Memory{} })
}
