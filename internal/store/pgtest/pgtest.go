// Package pgtest runs a PostgreSQL server for tests: one temporary cluster per
// test process, one fresh schema per test (a database each takes a hundred
// times as long to make).
//
// A package's TestMain calls Main; a test calls URL. Where the programs are
// not installed the test is skipped with that as the reason, so that make test
// needs nothing outside the project. The cluster listens on a socket in its
// own folder, never on a port, sorts text by the rules of a language rather
// than by bytes where it can (so that a missing COLLATE is found), and skips
// flushing, since no test keeps it after a crash.
//
// It is not for production use of any kind.
package pgtest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver named "pgx"
)

// cluster is the server of this test process.
type cluster struct {
	start sync.Once
	dir   string
	cmd   *exec.Cmd
	db    *sql.DB
	next  atomic.Int64
	skip  string // why there is none
	err   error
}

var server cluster

// Main runs the tests and removes the cluster, if one of them asked for it:
// func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
func Main(m *testing.M) int {
	defer server.stop()
	return m.Run()
}

// URL returns the address of an empty schema that only this test uses.
func URL(t testing.TB) string {
	t.Helper()
	server.start.Do(server.run)
	if server.skip != "" {
		t.Skip(server.skip)
	}
	if server.err != nil {
		t.Fatalf("starting a PostgreSQL server for this test: %v", server.err)
	}
	name := fmt.Sprintf("test%d", server.next.Add(1))
	if _, err := server.db.Exec("CREATE SCHEMA " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// A transaction that the test left open would keep its tables for ever.
		if _, err := server.db.Exec("SET lock_timeout = '10s'; DROP SCHEMA " + name + " CASCADE"); err != nil {
			t.Errorf("dropping the test's schema: %v", err)
		}
	})
	return server.url(name)
}

func (c *cluster) url(schema string) string {
	return "postgres://luodi@/postgres?" + url.Values{"host": {c.dir}, "sslmode": {"disable"}, "search_path": {schema}}.Encode()
}

// Programs returns the folder of initdb and postgres, or "".
func Programs() string {
	if p, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(p)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	best, newest := "", -1
	for _, f := range found {
		bin := filepath.Dir(f)
		if v, err := strconv.Atoi(filepath.Base(filepath.Dir(bin))); err == nil && v > newest {
			best, newest = bin, v
		}
	}
	return best
}

func (c *cluster) run() {
	bin := Programs()
	if bin == "" {
		c.skip = "PostgreSQL's programs (initdb, postgres) are not installed"
		return
	}
	c.err = c.boot(bin)
	if c.err != nil {
		c.stop()
	}
}

func (c *cluster) boot(bin string) error {
	dir, err := os.MkdirTemp("/tmp", "luodi-pg-") // a socket's path has at most 107 bytes
	if err != nil {
		return err
	}
	c.dir = dir
	attr, err := owner(dir)
	if err != nil {
		return err
	}
	data := filepath.Join(dir, "data")
	args := []string{"-D", data, "-U", "luodi", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"}
	if err := initdb(bin, dir, attr, append(args, "--locale-provider=icu", "--icu-locale=en-US")...); err != nil {
		os.RemoveAll(data) // older than 15, or built without ICU
		if err := initdb(bin, dir, attr, args...); err != nil {
			return err
		}
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	c.cmd = exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-h", "",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=32MB", "-c", "max_connections=200")
	c.cmd.Dir, c.cmd.SysProcAttr, c.cmd.Stdout, c.cmd.Stderr = dir, attr, log, log
	if err := start(c.cmd); err != nil {
		return err
	}
	if c.db, err = sql.Open("pgx", c.url("public")); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for err = c.db.PingContext(ctx); err != nil; err = c.db.PingContext(ctx) {
		if ctx.Err() != nil {
			text, _ := os.ReadFile(log.Name())
			return fmt.Errorf("the server does not answer: %w\n%s", err, text)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil
}

func initdb(bin, dir string, attr *syscall.SysProcAttr, args ...string) error {
	cmd := exec.Command(filepath.Join(bin, "initdb"), args...)
	var out bytes.Buffer
	cmd.Dir, cmd.SysProcAttr, cmd.Stdout, cmd.Stderr = dir, attr, &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, &out)
	}
	return nil
}

// owner gives dir to a user who is not root, which PostgreSQL refuses to run
// as, and returns how to start a program as that user.
func owner(dir string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, os.Chown(dir, uid, gid)
}

func (c *cluster) stop() {
	if c.db != nil {
		c.db.Close()
	}
	if c.cmd != nil && c.cmd.Process != nil {
		c.cmd.Process.Signal(syscall.SIGQUIT) // at once: nothing is kept
		c.cmd.Wait()
	}
	if c.dir != "" {
		os.RemoveAll(c.dir)
	}
}
