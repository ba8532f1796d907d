package pgtest

import (
	"os/exec"
	"runtime"
	"syscall"
)

// start starts cmd so that it ends when this process does, even by kill -9 or
// a test's timeout. Linux sends the signal when the thread that started the
// child ends, so that thread is kept.
func start(cmd *exec.Cmd) error {
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		done <- cmd.Start()
		select {}
	}()
	return <-done
}
