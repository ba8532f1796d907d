package proxy_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	openai "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/openai/openaitest"
	"github.com/luodi/luodi/internal/proxy"
)

// conformant is a gateway as the official clients' tests need it.
func conformant(t *testing.T) *rig {
	v := openaitest.Start(t, openaitest.Config{Floats: true})
	label := func(context.Context, gateway.Caller, []gateway.Message) (gateway.Reply, error) {
		return gateway.Reply{Text: "card_lost"}, nil
	}
	return start(t, []gateway.Route{
		route("qwen-plus", upstream(v, "qwen-plus")),
		route("embed", upstream(v, "embed")),
		{Name: "scenario/intent", Scenario: "intent", Configuration: "cfg_1", Targets: []gateway.Target{{Local: label}}},
	}, func(_ *proxy.Config, m *meter.Config) {
		m.Budgets = []meter.Budget{{Scope: meter.Scope{Kind: meter.Organisation}, Per: "month", Limit: money.Unit, Currency: money.CNY}}
	})
}

// TestOfficialGoClient runs the official client, unmodified, with its defaults.
func TestOfficialGoClient(t *testing.T) {
	r := conformant(t)
	c := openai.NewClient(option.WithBaseURL(r.url+"/v1"), option.WithAPIKey(r.cancel), option.WithHTTPClient(r.client))
	ctx := t.Context()
	for _, tt := range []struct{ model, want string }{{"qwen-plus", "you said: 你好 world"}, {"scenario/intent", "card_lost"}} {
		t.Run(tt.model, func(t *testing.T) {
			p := openai.ChatCompletionNewParams{Model: tt.model, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("你好 world")}}
			got, err := c.Chat.Completions.New(ctx, p)
			if err != nil || got.Choices[0].Message.Content != tt.want || got.Usage.TotalTokens == 0 || got.ID == "" {
				t.Fatalf("%+v, %v", got, err)
			}
			for _, usage := range []bool{false, true} {
				if usage {
					p.StreamOptions.IncludeUsage = openai.Bool(true)
				}
				s := c.Chat.Completions.NewStreaming(ctx, p)
				var acc openai.ChatCompletionAccumulator
				var total int64
				for s.Next() {
					acc.AddChunk(s.Current())
					total += s.Current().Usage.TotalTokens
				}
				if s.Err() != nil || acc.Choices[0].Message.Content != tt.want || acc.Choices[0].FinishReason != "stop" || (total > 0) != usage {
					t.Errorf("usage %v: %+v, %d tokens, %v", usage, acc.Choices, total, s.Err())
				}
			}
		})
	}
	t.Run("embeddings", func(t *testing.T) {
		e, err := c.Embeddings.New(ctx, openai.EmbeddingNewParams{Model: "embed", Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"ab", "a b c"}}})
		if err != nil || len(e.Data) != 2 || len(e.Data[1].Embedding) != 3 || e.Data[1].Embedding[0] != 5 || e.Usage.TotalTokens != 4 {
			t.Errorf("%+v, %v", e, err)
		}
	})
	t.Run("models", func(t *testing.T) {
		var names []string
		for pages := c.Models.ListAutoPaging(ctx); pages.Next(); {
			names = append(names, pages.Current().ID)
		}
		if strings.Join(names, " ") != "embed qwen-plus scenario/intent" {
			t.Errorf("%v", names)
		}
		m, err := c.Models.Get(ctx, "qwen-plus")
		if err != nil || m.OwnedBy != "fake" {
			t.Errorf("%+v, %v", m, err)
		}
	})
	t.Run("errors", func(t *testing.T) {
		expect := func(err error, status int, code string) {
			t.Helper()
			var e *openai.Error
			if !errors.As(err, &e) || e.StatusCode != status || e.Code != code {
				t.Errorf("%v; want %d %s", err, status, code)
			}
		}
		p := openai.ChatCompletionNewParams{Model: "gpt-9", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("x")}}
		_, err := c.Chat.Completions.New(ctx, p)
		expect(err, 404, "model_not_found")
		p.Model = "qwen-plus"
		_, err = c.Chat.Completions.New(ctx, p, option.WithAPIKey("sk-wrong"))
		expect(err, 401, "invalid_api_key")
		p.MaxTokens = openai.Int(1_000_000_000)
		_, err = c.Chat.Completions.New(ctx, p)
		expect(err, 429, "budget_exhausted")
	})
}

// TestOfficialNodeClient does the same with the npm package.
func TestOfficialNodeClient(t *testing.T) {
	modules := os.Getenv("LUODI_NODE_MODULES")
	node, err := exec.LookPath("node")
	if modules == "" || err != nil {
		t.Skip("skipped: needs node, and LUODI_NODE_MODULES naming a node_modules folder that has the package openai")
	}
	r := conformant(t)
	dir := t.TempDir()
	script, err := os.ReadFile(filepath.Join("testdata", "sdk.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sdk.mjs"), script, 0o600); err != nil {
		t.Fatal(err)
	}
	if modules, err = filepath.Abs(modules); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, filepath.Join(dir, "sdk.mjs"), r.url+"/v1", r.cancel)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var got, want map[string]string
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b, _ := os.ReadFile(filepath.Join("testdata", "sdk.json"))
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	for name, w := range want {
		if got[name] != w {
			t.Errorf("%s: %s\nwant %s", name, got[name], w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d results, want %d: %s", len(got), len(want), out)
	}
}
