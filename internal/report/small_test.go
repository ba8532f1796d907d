package report

import (
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/small"
)

func TestASmallModelThatGivesAllLabels(t *testing.T) {
	s := &Small{Bytes: 5, Training: small.Report{Examples: 20, Labels: 3, MicroF1: .95}}
	for _, lang := range []string{"en", "zh-CN"} {
		if got := smallText(s, mustTexts(t, lang)); !strings.Contains(got, "0.9500") || strings.Contains(got, "{") || strings.Contains(got, "0.0000") {
			t.Errorf("%s: %s", lang, got)
		}
	}
}
