//go:build unix

package legacy_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/reader/legacy"
	"github.com/luodi/luodi/internal/source"
)

// office is a stand-in for LibreOffice that does what script says with the
// file $in and the folder $out.
func office(t *testing.T, script string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "soffice")
	body := "#!/bin/sh\nwhile [ $# -gt 1 ]; do [ \"$1\" = --outdir ] && out=$2; shift; done\nin=$1\nmkdir -p $out\n" + script + "\n"
	if err := os.WriteFile(p, []byte(body), 0o755); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestConversions(t *testing.T) {
	text := source.ReaderOf(nil, "txt")
	for _, tt := range []struct {
		name, script string
		timeout      time.Duration
		say, want    string
	}{
		{"converted", "tr a-z A-Z < $in > $out/file.txt", 0, "", "HELLO"},
		{"refused by the program", "echo no filter; exit 1", 0, "no filter", ""},
		{"nothing written", "", 0, "wrote nothing", ""},
		{"endless", "sleep 60", 300 * time.Millisecond, "within 300ms", ""},
		{"children are stopped too", "sleep 60 & wait", 300 * time.Millisecond, "within 300ms", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := legacy.Reader{Name: "doc", Endings: []string{".doc"}, To: "txt", Through: through{text}, Program: office(t, tt.script), Timeout: tt.timeout}
			got := ""
			_, err := r.Read(context.Background(), source.Input{Path: "a.doc", Raw: []byte("hello")}, func(row source.Row) error { got = row.Text; return nil })
			if tt.say == "" && err != nil || tt.say != "" && (!errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), tt.say)) || got != tt.want {
				t.Errorf("%q, %v; want %q and %q", got, err, tt.want, tt.say)
			}
		})
	}
	_, err := legacy.Reader{Name: "doc", Endings: []string{".doc"}, To: "docx", Through: through{text}, Program: "no-such-program"}.Read(context.Background(), source.Input{}, nil)
	if !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), "not installed") {
		t.Errorf("without LibreOffice: %v", err)
	}
}

// through reads text as ingest does.
type through struct{ source.Reader }

func (r through) Read(ctx context.Context, in source.Input, emit func(source.Row) error) ([]string, error) {
	return source.ReadWith(ctx, r.Reader, in, emit)
}
