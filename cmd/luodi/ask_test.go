package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/luodi/luodi/internal/openai/openaitest"
)

type asked struct {
	ID, Answer, Kind, Model string
	Refused                 bool
	Citations               []struct{ Quote string }
	Dropped                 []struct{ Claim, Reason string }
}

func askJSON(t *testing.T, args ...string) asked {
	t.Helper()
	var a asked
	if err := json.Unmarshal(luodi(t, append([]string{"ask", "--json"}, args...)...), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// With a model the answer is in its words; what it makes up is dropped, every
// call is in the ledger, and thin evidence costs none.
func TestAskWithAModel(t *testing.T) {
	var calls atomic.Int32
	vendor := openaitest.Start(t, openaitest.Config{Reply: func(sent string) string {
		calls.Add(1)
		_, passage, _ := strings.Cut(sent, "[1]")
		_, passage, _ = strings.Cut(passage, "\n") // without its title
		quote := ""
		for _, line := range strings.FieldsFunc(passage, func(r rune) bool { return strings.ContainsRune("。；\n", r) }) {
			if len([]rune(line)) > 10 {
				quote = line
				break
			}
		}
		return quote + " [1] “" + quote + "”\n客户可申请提高到九百万元 [1] “客户可申请提高到九百万元”"
	}})
	dir := bankCopy(t) // brought up without the endpoint: no route asks a model
	t.Setenv("LUODI_LOCAL_ENDPOINT", vendor.BaseURL)
	const question = "个人客户每日转账限额是多少"
	a := askJSON(t, "-C", dir, question, "--model", "local-small")
	if a.Kind != "generated" || a.Model != "local-small" || a.Refused || len(a.Citations) != 1 || len(a.Dropped) != 1 {
		t.Errorf("%+v", a)
	}
	if strings.Contains(a.Answer, "九百万") {
		t.Errorf("a made-up claim is in the answer: %s", a.Answer)
	}
	luodi(t, "trace", "-C", dir, a.ID)
	if rows := costs(t, dir, "key"); len(rows) != 1 || rows[0].Key != "ask" || rows[0].Requests != 1 {
		t.Errorf("the ledger: %+v", rows)
	}
	before := calls.Load()
	if a := askJSON(t, "-C", dir, "量子色动力学里胶子的自旋", "--model", "local-small"); !a.Refused || calls.Load() != before {
		t.Errorf("thin evidence: %+v after %d calls", a, calls.Load()-before)
	}
	if a := askJSON(t, "-C", dir, question); a.Kind != "extractive" || calls.Load() != before {
		t.Errorf("without a model: %+v", a)
	}
	if b, err := exec.Command("luodi", "ask", "-C", dir, question, "--model", "gpt-9").CombinedOutput(); err == nil || !strings.Contains(string(b), "no such model") {
		t.Errorf("an unknown model: %v %s", err, b)
	}
}
