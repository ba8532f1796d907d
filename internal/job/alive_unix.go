//go:build unix

package job

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"syscall"
)

// alive reports whether a process of this machine has the pid. A process that
// was killed and that its parent has not asked about yet (a zombie) is dead;
// only Linux tells.
func alive(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return true
	}
	_, state, found := bytes.Cut(stat[max(0, bytes.LastIndexByte(stat, ')')):], []byte(") "))
	return !found || len(state) == 0 || (state[0] != 'Z' && state[0] != 'X')
}
