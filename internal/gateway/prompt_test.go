package gateway_test

import (
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/gateway"
)

// A picture is held by a rule of its vendor, never by its bytes, and never
// left out because a text looks like one.
func TestPictures(t *testing.T) {
	pixels := strings.Repeat("iVBORw0KGgo", 10_000)
	for _, tt := range []struct {
		name, content string
		images, bytes int64
	}{
		{"OpenAI's, as data", `[{"type":"text","text":"abc"},{"type":"image_url","image_url":{"url":"data:image/png;base64,` + pixels + `","detail":"high"}}]`, 1, 20},
		{"by address", `[{"type":"image_url","image_url":{"url":"https://x.cn/a.png"}}]`, 1, 9},
		{"of responses", `[{"type":"input_image","image_url":"data:image/jpeg;base64,` + pixels + `"}]`, 1, 11},
		{"Anthropic's", `[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"` + pixels + `"}}]`, 1, 20},
		{"two of them", `[{"image_url":{"url":"http://a"}},{"image_url":{"url":"http://b"}}]`, 2, 0},
		{"a sound counts with all its bytes", `[{"type":"input_audio","input_audio":{"data":"` + pixels + `","format":"wav"}}]`, 0, 110_014},
		{"a file too", `[{"file":{"file_data":"data:application/pdf;base64,` + pixels + `"}}]`, 0, 110_028},
		{"a text beside one", `[{"image_url":{"url":"http://a"}},"http is a protocol"]`, 1, 18},
		{"what a tool was called with", `[{"type":"tool_use","input":{"a very long name":1234567,"b":{"c":"d"}}}]`, 0, 8 + 42},
		{"a text that begins like one", `"data:image/png;base64,` + pixels + `"`, 0, 110_022},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r gateway.Request
			if err := r.Read([]byte(`{"model":"m","messages":[{"content":` + tt.content + `}]}`)); err != nil {
				t.Fatal(err)
			}
			if r.Images != tt.images || r.PromptBytes != tt.bytes || r.Messages != 1 {
				t.Errorf("%d images, %d bytes, %d messages", r.Images, r.PromptBytes, r.Messages)
			}
		})
	}
	var known, unknown gateway.Rules
	known.ImageTokens = 100
	if known.ImageMost(2) != 200 || unknown.ImageMost(2) != 32768 {
		t.Error(known.ImageMost(2), unknown.ImageMost(2))
	}
}

func TestPromptText(t *testing.T) {
	body := `{"model":"m","temperature":0,"system":"be \"kind\"","messages":[{"role":"user","content":[{"type":"text","text":"\u5408同"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}`
	if got := gateway.PromptText([]byte(body)); got != "be \"kind\"\nuser\ntext\n合同\nimage_url\n" {
		t.Errorf("%q", got)
	}
	if got := gateway.PromptText([]byte(`{"messages":`)); got != "" {
		t.Errorf("a broken body: %q", got)
	}
}

// A text does not get past the mask by a beginning like that of a file.
func TestDisguisedTextIsMasked(t *testing.T) {
	for _, text := range []string{"data: mail a@bank.com", "data:text/plain;base64, a@bank.com", "data:x;base64,a@bank.com"} {
		masked, m := gateway.MaskBody([]byte(`{"messages":[{"content":"` + text + `"}]}`))
		if m == nil || strings.Contains(string(masked), "bank.com") {
			t.Errorf("%s goes out as %s", text, masked)
		}
	}
	s, m := gateway.MaskText("mail a@bank.com and b@bank.com")
	if s != "mail [EMAIL_1] and [EMAIL_2]" || m.UnmaskText(s+" [EMAIL_3]") != "mail a@bank.com and b@bank.com [EMAIL_3]" {
		t.Errorf("%q", s)
	}
}
