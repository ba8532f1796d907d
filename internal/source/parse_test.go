package source_test

import (
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
)

func TestParse(t *testing.T) {
	got, err := source.Parse(nil, "t.csv", []byte("text,label\na,x\na,x\n"), source.Columns{Text: "text", Label: "label"})
	if err != nil || len(got) != 2 || got[0].ID == got[1].ID || got[1].Ordinal != 1 || got[0].Text != "a" || got[0].Label != "x" || got[0].Row != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	for name, say := range map[string]string{"t.csv": "line 2, byte 5", "t.exe": "no reader", "t.md": "binary"} {
		raw := "a,b\n1\"2,3\n"
		if name == "t.md" {
			raw = strings.Repeat("\x00\x01\x02\xff", 50)
		}
		if _, err := source.Parse(nil, name, []byte(raw), source.Columns{}); !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v, want %q", name, err, say)
		}
	}
}
