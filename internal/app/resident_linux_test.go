package app

import (
	"os"
	"strings"
	"testing"
)

func TestOwnPages(t *testing.T) {
	for line, want := range map[string]bool{
		"00400000-01e19000 r-xp 00000000 fe:00 10004960                           /opt/luodi":           true,
		"01e19000-03b32000 r--p 01a19000 fe:00 10004960                           /opt/luodi":           true,
		"01e19000-03b32000 r--p 01a19000 fe:00 10004960                           /opt/luodi (deleted)": true,
		"03b32000-042c1000 rw-p 03732000 fe:00 10004960                           /opt/luodi":           false, // variables
		"7f0000000000-7f0000008000 r--s 00000000 fe:00 12                         /opt/luodi":           false,
		"7f0000000000-7f0000008000 r--p 00000000 fe:00 12                         /opt/other/luodi":     false,
		"7f0000000000-7f0000008000 r--p 00000000 00:00 0":                                               false,
		"zz-7f0000008000 r--p 00000000 fe:00 12 /opt/luodi":                                             false,
		"": false,
	} {
		if from, to, ok := ownPages(line, "/opt/luodi"); ok != want || ok && from >= to {
			t.Errorf("%q: %x to %x, %v", line, from, to, ok)
		}
	}
}

// What was given back comes again where it is needed.
func TestForgetStart(t *testing.T) {
	before := ownPagesOf(t)
	forgetStart()
	if after := ownPagesOf(t); after != before || before == 0 {
		t.Errorf("%d parts of the program's file are mapped, %d before", after, before)
	}
}

func ownPagesOf(t *testing.T) (n int) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(maps)) {
		if _, _, ok := ownPages(strings.TrimSuffix(line, "\n"), self); ok {
			n++
		}
	}
	return n
}
