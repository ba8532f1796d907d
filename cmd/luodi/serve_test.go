package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// gateway is a luodi serve under way.
type gateway struct {
	url string
	cmd *exec.Cmd
	log *logText
}

// logText collects what a process writes to standard error.
type logText struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// startGateway serves a project on a port that the system chooses, and returns
// once it says where.
func startGateway(dir string) (*gateway, error) {
	g := &gateway{cmd: exec.Command("luodi", "serve", "-C", dir, "--listen", "127.0.0.1:0"), log: &logText{}}
	pipe, err := g.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := g.cmd.Start(); err != nil {
		return nil, err
	}
	found := make(chan string, 1)
	go func() {
		defer close(found)
		lines := bufio.NewScanner(io.TeeReader(pipe, g.log))
		for lines.Scan() {
			if _, rest, ok := strings.Cut(lines.Text(), "http://"); ok && len(found) == 0 {
				found <- "http://" + strings.Fields(rest)[0]
			}
		}
	}()
	select {
	case url, ok := <-found:
		if g.url = url; ok {
			return g, nil
		}
		return nil, fmt.Errorf("luodi serve ended: %v: %s", g.cmd.Wait(), g.log)
	case <-time.After(time.Minute):
		g.kill()
		return nil, fmt.Errorf("luodi serve said no address for a minute: %s", g.log)
	}
}

// stop asks the gateway to end, as a service manager does, and returns its
// status.
func (g *gateway) stop() error {
	if err := g.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := g.cmd.Wait(); err != nil {
		return fmt.Errorf("luodi serve: %w: %s", err, g.log)
	}
	return nil
}

func (g *gateway) kill() {
	_ = g.cmd.Process.Kill()
	_ = g.cmd.Wait()
}

// do sends a request with a key and returns the status and the body.
func (g *gateway) do(method, path, key, body string) (int, string, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, g.url+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

type gatewayKey struct{}

// serveStart serves a project until the script ends:
//
//	serve bank
func serveStart(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 1, "serve DIR")
	g, err := startGateway(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Defer(g.kill)
	*ts.Value(gatewayKey{}).(*gateway) = *g
}

// serveStop ends the server as a service manager does; it must end with 0.
func serveStop(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 0, "stop")
	ts.Check(ts.Value(gatewayKey{}).(*gateway).stop())
}

// fetchCommand sends a request to the server, with the key $KEY where it is
// set, and checks the status; the body is standard output. With a file, its
// content is posted:
//
//	fetch 200 /healthz
//	fetch 200 /v1/chat/completions ask.json
func fetchCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2 || len(args) == 3, "fetch STATUS PATH [FILE]")
	method, body := http.MethodGet, ""
	if len(args) == 3 {
		method, body = http.MethodPost, ts.ReadFile(args[2])
	}
	status, reply, err := ts.Value(gatewayKey{}).(*gateway).do(method, args[1], ts.Getenv("KEY"), body)
	ts.Check(err)
	_, err = io.WriteString(ts.Stdout(), reply)
	ts.Check(err)
	if got := strconv.Itoa(status); got != args[0] {
		ts.Fatalf("%s %s: status %s, want %s: %s", method, args[1], got, args[0], clip(reply))
	}
}
