package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/luodi/luodi/internal/store/pgtest"
)

// The scripts under testdata/script run this very binary as "luodi": the test
// binary calls run when it is started under that name.
func TestMain(m *testing.M) {
	testscript.Main(suite{m}, map[string]func(){
		"luodi": func() { os.Exit(run(os.Args[1:])) },
	})
}

// scratch is a folder for what several tests share.
var scratch string

// suite removes it at the end.
type suite struct{ *testing.M }

func (s suite) Run() int {
	var err error
	if scratch, err = os.MkdirTemp("", "luodi-test-"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(scratch)
	return pgtest.Main(s.M)
}

// One script per behaviour of the command line. Run one of them with
//
//	go test ./cmd/luodi -run 'TestScripts/up_broken_file'
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                commands,
		Condition:           condition,
		Setup: func(env *testscript.Env) error {
			// A person's language and colours must not change what is printed.
			env.Setenv("LC_ALL", "C.UTF-8")
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("newline", "\n")
			env.Values[gatewayKey{}] = &gateway{}
			return nil
		},
	})
}
