package knowledge_test

import (
	"testing"

	"github.com/luodi/luodi/internal/knowledge"
	"github.com/luodi/luodi/internal/knowledge/knowledgetest"
	"github.com/luodi/luodi/internal/knowledge/space/spacetest"
	"github.com/luodi/luodi/internal/simd"
)

func TestVectorsInMemory(t *testing.T) {
	for name, v := range map[string]knowledge.Vectors{
		"floats":                       {},
		"integers":                     {Small: true},
		"integers with wide registers": {Small: true, Dots: simd.Dots{}},
	} {
		t.Run(name, func(t *testing.T) {
			knowledgetest.Vectors(t, func(*testing.T) (knowledge.Store, knowledge.Vectors) {
				v.Spaces = &spacetest.Memory{}
				return &knowledgetest.Memory{}, v
			})
		})
	}
}
