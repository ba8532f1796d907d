package pii_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFindings runs testdata/findings.txt, which is written to be read by
// those who know the numbers rather than the code.
func TestFindings(t *testing.T) {
	b, err := os.ReadFile("testdata/findings.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		text, found, ok := strings.Cut(line, " =>")
		if !ok {
			t.Fatalf("no arrow in %q", line)
		}
		want := []string{}
		if found = strings.TrimSpace(found); found != "" {
			want = strings.Split(found, " ; ")
		}
		n++
		if d := cmp.Diff(want, tagged(text)); d != "" {
			t.Errorf("%s (-want +got):\n%s", text, d)
		}
	}
	t.Logf("%d texts", n)
}
