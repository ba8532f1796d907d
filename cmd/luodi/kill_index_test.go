package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// passagesOf is a project with one base of rows that read like rules. From
// knowledge.StaticFrom rows on it gets a static space too.
func passagesOf(t *testing.T, rows int) (dir string, queries []string) {
	t.Helper()
	dir = t.TempDir()
	words := strings.Fields("利率 限额 贷款 存款 挂失 补卡 逾期 罚息 担保 抵押 信用卡 额度 审批 客户 经理 分行 网点 转账 汇款 外币 结算 票据 承兑 贴现 保函 风险 评级 合规 审计 年费 积分 分期 柜面 预约 证件 授权 印鉴 对账 冻结 解冻")
	rng := rand.New(rand.NewPCG(20, uint64(rows)))
	var b strings.Builder
	for i := range rows {
		var text strings.Builder
		for range 40 {
			text.WriteString(words[rng.IntN(len(words))])
			if rng.IntN(8) == 0 {
				fmt.Fprintf(&text, "第%d号，", rng.IntN(999))
			}
		}
		fmt.Fprintf(&b, `{"id":"r%d","title":"办法%d","text":"%s。"}`+"\n", i, i%97, &text)
	}
	for range 200 {
		queries = append(queries, words[rng.IntN(len(words))]+words[rng.IntN(len(words))]+words[rng.IntN(len(words))])
	}
	yaml := "project: p\ndepartments: [{name: ops}]\nsources: [{name: rows, department: ops, path: rows.jsonl, id: id, title: title, text: text}]\nknowledge: [{name: kb, sources: [rows], readers: [ops]}]\n"
	for name, text := range map[string]string{"rows.jsonl": b.String(), "luodi.yaml": yaml} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, queries
}

// found is what the tools of luodi mcp find for each query, to the byte but for
// places, which a busy machine leaves out after two seconds.
func found(t *testing.T, dir string, queries []string) (out []string) {
	t.Helper()
	c := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
	s, err := c.Connect(t.Context(), &sdk.CommandTransport{Command: exec.Command("luodi", "mcp", "-C", dir)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, q := range queries {
		r, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: "search", Arguments: map[string]any{"query": q}})
		if err != nil || r.IsError {
			t.Fatalf("searching %s: %v %+v", q, err, r)
		}
		b, err := json.Marshal(without(r.StructuredContent, "place"))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	return out
}

func same(t *testing.T, what string, got, want, queries []string) {
	t.Helper()
	differ := 0
	for i := range want {
		if got[i] != want[i] {
			if differ++; differ == 1 {
				t.Errorf("%s: %s finds\n%.600s\nwant\n%.600s", what, queries[i], got[i], want[i])
			}
		}
	}
	if differ > 0 {
		t.Errorf("%s: %d of %d queries differ", what, differ, len(want))
	}
}

// Killed at any moment of indexing and run again, luodi comes to a base that
// finds the same to the byte as one that was never disturbed; and so it does
// when all that is derived of the base was deleted. LUODI_LONG=1 kills at 20
// moments, and a base that learns a static space.
func TestKilledIndexFindsTheSame(t *testing.T) {
	rows, moments := 400, 2
	if os.Getenv("LUODI_LONG") != "" {
		rows, moments = 6000, 20
	}
	dir, queries := passagesOf(t, rows)
	luodi(t, "clean", "-C", dir)
	clean := filepath.Join(t.TempDir(), "clean")
	if err := copyTree(clean, dir); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	luodi(t, "up", "-C", dir)
	whole := time.Since(start)
	want := found(t, dir, queries)
	met := 0
	for i := range moments {
		again := filepath.Join(t.TempDir(), fmt.Sprint("killed", i))
		if err := copyTree(again, clean); err != nil {
			t.Fatal(err)
		}
		if killed(t, again, whole*time.Duration(2*i+1)/time.Duration(2*moments)) {
			met++
		}
		luodi(t, "up", "-C", again)
		same(t, fmt.Sprint("kill ", i), found(t, again, queries), want, queries)
		os.RemoveAll(again)
	}
	t.Logf("%d rows; %d of %d kills met a run of %s; %d queries each", rows, met, moments, whole.Round(time.Millisecond), len(queries))
	if met == 0 {
		t.Error("no kill met a run")
	}
	db := openState(t, dir)
	for _, table := range []string{"knowledge_segment", "knowledge_page", "space_vector", "space_doc"} {
		if _, err := db.Exec("DELETE FROM " + table); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	luodi(t, "up", "-C", dir)
	same(t, "derived index deleted", found(t, dir, queries), want, queries)
}
