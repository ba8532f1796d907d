package knowledge_test

import (
	"testing"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
	"github.com/luodi/luodi/internal/knowledge/space"
	"github.com/luodi/luodi/internal/knowledge/space/spacetest"
)

func TestVectorsInMemory(t *testing.T) {
	knowledgetest.Vectors(t, func(*testing.T) (knowledge.Store, space.Store, space.Engine) {
		return &knowledgetest.Memory{}, &spacetest.Memory{}, nil
	})
}
