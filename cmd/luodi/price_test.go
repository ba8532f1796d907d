package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/luodi/luodi/internal/openai/openaitest"
)

// status runs a command and returns its exit status and standard error.
func status(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var stderr strings.Builder
	cmd := exec.Command("luodi", args...)
	cmd.Stderr = &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), stderr.String()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0, stderr.String()
}

func TestExitStatusOfPricesAndSizing(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "luodi.yaml"), []byte("project: p\nmodels: [{name: fixed, endpoint: \"http://127.0.0.1:9/v1\", price: {in: 1, out: 1}}]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	set := []string{"price", "set", "dashscope/qwen-plus", "--in", "0.6", "--out", "1.8", "--from", "2026-01-01"}
	tests := []struct {
		name string
		args []string
		want int
		says string
	}{
		{"a price", append(set, "--source", "contract 2026-17"), 0, ""},
		{"a price without its source", set, 2, "source"},
		{"a price that is none", append(set, "--source", "x", "--in", "cheap"), 2, `--in "cheap"`},
		{"a model that states its price", []string{"price", "set", "fixed", "--in", "1", "--out", "1", "--from", "2026-01-01", "--source", "x"}, 1, "luodi.yaml"},
		{"what differs", []string{"price", "diff", "--json"}, 0, ""},
		{"what is old", []string{"price", "stale", "--days", "30", "--json"}, 0, ""},
		{"days that are none", []string{"price", "stale", "--days", "-1"}, 2, "--days -1"},
		{"a budget that is none", []string{"size", "--budget", "50"}, 2, "--budget"},
		{"a scenario that is none", []string{"size", "--scenario", "intent"}, 1, `no scenario "intent"`},
		{"two things at once", []string{"size", "--reprice", "--frontier"}, 2, "reprice"},
		{"a sign-off by nobody", []string{"size", "--sign", "dec_1"}, 2, "--as"},
		{"a sign-off of nothing", []string{"size", "--sign", "dec_1", "--as", "CIO"}, 1, "dec_1"},
		{"nothing to price anew", []string{"size", "--reprice"}, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, stderr := status(t, append(tt.args, "-C", dir)...)
			if got != tt.want || !strings.Contains(stderr, tt.says) {
				t.Errorf("exit status %d, want %d: %s", got, tt.want, stderr)
			}
		})
	}
}

// A price that is set while the gateway runs is that of the calls after it.
func TestServeTakesOverAPriceThatIsSet(t *testing.T) {
	vendor := openaitest.Start(t, openaitest.Config{Reply: func(string) string { return "one two three" }})
	dir := t.TempDir()
	text := fmt.Sprintf("project: p\ndepartments: [{name: service}]\nmodels: [{name: m, endpoint: %q}]\n", vendor.BaseURL)
	if err := os.WriteFile(filepath.Join(dir, "luodi.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	set := func(in, from string) {
		luodi(t, "price", "set", "m", "-C", dir, "--in", in, "--out", in, "--from", from, "--source", "contract")
	}
	set("1", "2024-01-01")
	_, key := createKey(t, dir)
	g := serving(t, dir)
	paid := func() float64 {
		if status, body, err := g.do(http.MethodPost, "/v1/chat/completions", key, chatBody("m", "four words are these")); err != nil || status != http.StatusOK {
			t.Fatalf("%d %v %s", status, err, body)
		}
		if rows := costs(t, dir, "key"); len(rows) == 1 {
			return rows[0].Cost
		}
		return 0
	}
	const once = 7e-6 // 4 tokens in and 3 out at 1 CNY per million
	if got := paid(); got != once {
		t.Fatalf("the first call cost %v, want %v", got, once)
	}
	set("9", "2024-06-01")
	before := once
	for range 100 {
		now := paid()
		if step := now - before; step > 8.9*once && step < 9.1*once {
			return
		}
		before = now
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("calls are still paid at the old price")
}
