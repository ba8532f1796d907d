package job

import (
	"os"
	"time"
)

// machine is the runner of this process. The name of its pid namespace, where
// there is one, is part of the host's name: pids of two containers with one
// hostname do not mean the same.
var machine = func() runner {
	host, _ := os.Hostname()
	if ns, err := os.Readlink("/proc/self/ns/pid"); err == nil && host != "" {
		host += " " + ns
	}
	return runner{
		host: host, pid: os.Getpid(), born: time.Now().Round(time.Microsecond).UTC(),
		term: term, now: time.Now, alive: alive,
	}
}()
