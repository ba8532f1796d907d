//go:build !unix

package meter

import "os"

// takeLock locks path for this process until release, or reports that another
// one has it: a file that is open cannot be removed here.
func takeLock(path string) (release func(), taken bool, err error) {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, false, nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, nil
	}
	return func() { f.Close() }, true, nil
}
