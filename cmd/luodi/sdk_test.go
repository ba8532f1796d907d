package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// nodeModules is the folder that holds the official client, or a skip.
func nodeModules(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("LUODI_NODE_MODULES")
	if dir == "" {
		t.Skip("LUODI_NODE_MODULES does not name a node_modules folder with the openai client")
	}
	if _, err := os.Stat(filepath.Join(dir, "openai", "package.json")); err != nil {
		t.Skipf("LUODI_NODE_MODULES holds no openai client: %v", err)
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skipf("node is not installed: %v", err)
	}
	return dir
}

type talk struct {
	Models []string
	Errors map[string]string
	Plain  struct {
		Object, Model, Content, Role, Finish string
		Usage                                usage3
	}
	Stream struct {
		Content, Finish, Final string
		Usage                  usage3
		Chunks                 int
	}
}

type usage3 struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

// The official openai client, unmodified, chats with the decided routes of the
// sample bank, plain and streaming, and every call is in the ledger.
func TestOfficialClient(t *testing.T) {
	modules := nodeModules(t)
	dir := bankCopy(t)
	// With a bar that passages alone meet, questions about rules have a route too.
	lowerBar(t, dir, "at_least: 0.9, slack: 0.03", "at_least: 0.45, slack: 0.03")
	luodi(t, "up", "-C", dir)
	id, key := createKey(t, dir)
	g := serving(t, dir)
	for _, tt := range []struct{ model, question, want string }{
		{"scenario/intent", "我的银行卡丢了，要挂失", ""},
		{"scenario/rule-questions", "个人客户每日转账限额是多少？", "["},
	} {
		t.Run(tt.model, func(t *testing.T) {
			cmd := exec.Command("node", "../../testdata/sdk/chat.mjs", modules, g.url+"/v1", key, tt.model, tt.question)
			var stderr strings.Builder
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s\n%s", err, &stderr, g.log)
			}
			var got talk
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if !slices.Contains(got.Models, tt.model) {
				t.Errorf("the list of models has no %s: %v", tt.model, got.Models)
			}
			p, s := got.Plain, got.Stream
			if p.Object != "chat.completion" || p.Role != "assistant" || p.Finish != "stop" || s.Finish != "stop" {
				t.Errorf("not the shape of a completion: %s", out)
			}
			if p.Content == "" || !strings.Contains(p.Content, tt.want) || p.Content != s.Content || p.Content != s.Final {
				t.Errorf("plain %q, streamed %q, by the helper %q", p.Content, s.Content, s.Final)
			}
			if p.Usage.Prompt < 1 || p.Usage.Total != p.Usage.Prompt+p.Usage.Completion || p.Usage != s.Usage {
				t.Errorf("usage is %+v, streamed %+v", p.Usage, s.Usage)
			}
			want := map[string]string{"unknown_model": "NotFoundError", "wrong_key": "AuthenticationError", "bad_request": "BadRequestError"}
			if d := cmp.Diff(want, got.Errors); d != "" {
				t.Errorf("errors that the client sees: %s", d)
			}
		})
	}
	if err := g.stop(); err != nil {
		t.Fatal(err)
	}
	seen, rows := map[string]int{}, costs(t, dir, "scenario,key,department")
	for _, r := range rows {
		if r.Key != id || r.Department != "retail/service" || r.Input == 0 || r.Currency == "" {
			t.Errorf("an odd row: %+v", r)
		}
		seen[r.Scenario] += r.Requests
	}
	if d := cmp.Diff(map[string]int{"intent": 3, "rule-questions": 3}, seen); d != "" {
		t.Errorf("requests in the ledger: %s\n%+v", d, rows)
	}
}
