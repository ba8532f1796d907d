package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// smallDisk mounts a file system of so much room (2m, 64m) on dir, or skips.
func smallDisk(t *testing.T, dir, size string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting a small file system needs root")
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("mounting a small file system is not permitted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmounting %s: %v", dir, err)
		}
	})
}

// The state of a project is on a disk that is full: wherever that is met, the
// run says so and ends with status 1; with more room the next run finishes,
// and nothing is lost or doubled.
func TestFullDisk(t *testing.T) {
	calm := diskProject(t)
	luodi(t, "up", "-C", calm)
	// From too small to begin with to nearly enough.
	for _, size := range []string{"64k", "512k", "1m", "2m", "3m"} {
		t.Run(size, func(t *testing.T) {
			dir := diskProject(t)
			state := filepath.Join(dir, ".luodi")
			if err := os.Mkdir(state, 0o700); err != nil {
				t.Fatal(err)
			}
			smallDisk(t, state, size)
			cmd := exec.Command("luodi", "up", "-C", dir)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			err := cmd.Run()
			var exit *exec.ExitError
			switch {
			case err == nil:
				t.Logf("%s was enough", size)
			case !errors.As(err, &exit) || exit.ExitCode() != 1:
				t.Errorf("ended with %v, want status 1", err)
			case !strings.Contains(stderr.String(), "no space left") && !strings.Contains(stderr.String(), "disk is full"):
				t.Errorf("the message does not say that the disk is full:\n%s", &stderr)
			default:
				lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
				t.Log(lines[len(lines)-1])
			}
			if err := syscall.Mount("tmpfs", state, "tmpfs", syscall.MS_REMOUNT, "size=256m"); err != nil {
				t.Fatal(err)
			}
			luodi(t, "up", "-C", dir)
			if d := cmp.Diff(findings(t, calm), findings(t, dir)); d != "" {
				t.Errorf("elsewhere (-) and after a full disk (+):\n%s", d)
			}
			if d := cmp.Diff(rows(t, calm), rows(t, dir)); d != "" {
				t.Errorf("rows elsewhere (-) and after a full disk (+):\n%s", d)
			}
		})
	}
}

const diskYAML = `project: disk
sources:
  - {name: tickets, path: tickets.csv, text: text, label: category}
  - {name: rules, path: "*.md"}
knowledge: [{name: rulebook, sources: [rules]}]
scenarios:
  - {name: intent, task: classify, items: {source: tickets, test: 0.3}, bar: {at_least: 0.8, slack: 0.02}}
`

func diskProject(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var table strings.Builder
	table.WriteString("text,category\n")
	for _, row := range tableRows(600) {
		table.WriteString(`"` + row[0] + `",` + row[1] + "\n")
	}
	rule := "# Lost cards\n\nA lost card is blocked at once.\n" + strings.Repeat("\nEvery branch keeps a list of the cards that were found.\n", 200)
	for name, text := range map[string]string{"luodi.yaml": diskYAML, "tickets.csv": table.String(), "cards.md": rule} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
