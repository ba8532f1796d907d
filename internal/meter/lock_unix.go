//go:build unix

package meter

import (
	"os"
	"syscall"
)

// takeLock locks path for this process until release, or reports that another
// one has it. The lock ends with the process, however it ends.
func takeLock(path string) (release func(), taken bool, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, false, nil
	}
	return func() { f.Close() }, true, nil
}
