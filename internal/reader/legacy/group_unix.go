//go:build unix

package legacy

import (
	"os/exec"
	"syscall"
)

// ownGroup lets a cancelled program be stopped with its children.
func ownGroup(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}
