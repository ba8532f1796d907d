package clean_test

import (
	"testing"

	"github.com/luodi/luodi/internal/clean"
)

func TestScanSeesThroughWidthAndZeroWidth(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"as it is", "手机13800138000。", "13800138000"},
		{"full width", "手机１３８００１３８０００。", "１３８００１３８０００"},
		{"zero width", "手机138\u200b0013\u200d8000。", "138\u200b0013\u200d8000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tags := clean.Scan(tt.text)
			if len(tags) != 1 || tt.text[tags[0].Start:tags[0].End] != tt.want {
				t.Errorf("tags %+v of %q", tags, tt.text)
			}
		})
	}
}
