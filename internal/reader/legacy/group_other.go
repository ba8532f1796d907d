//go:build !unix

package legacy

import "os/exec"

// ownGroup does nothing where there are no process groups; the program alone
// is stopped.
func ownGroup(c *exec.Cmd) { c.Cancel = func() error { return c.Process.Kill() } }
