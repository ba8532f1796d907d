package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/openai/openaitest"
	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/cascade"
)

// desk is a project whose small model is sure of half the tickets, with two
// cheap models that are often right and a strong one that nearly always is.
type desk struct {
	dir    string
	gold   map[string]string // by case
	models map[string]*openaitest.Vendor
}

const deskYAML = `project: desk
departments: [{name: service}]
sources: [{name: tickets, department: service, path: tickets.csv, text: text, label: category}]
models:
  - {name: cheap, endpoint: "%s", price: {in: 1, out: 1, currency: CNY}}
  - {name: other, endpoint: "%s", price: {in: 1.2, out: 1.2, currency: CNY}}
  - {name: strong, endpoint: "%s", price: {in: 40, out: 40, currency: CNY}}
scenarios:
  - name: intent
    department: service
    task: classify
    items: {source: tickets, test: 0.6}
    bar: {within: 0.03, of: strong}
    candidates: [small, {name: cheap-v2, model: cheap, prompt: v2.txt, examples: 4}, other, strong]
    cascade: {}
`

var deskLabels = []string{"card", "loan", "fee", "login", "limit", "branch"}

var caseNumber = regexp.MustCompile(`case\d+`)

func openDesk(t *testing.T, tickets int) *desk {
	t.Helper()
	d := &desk{dir: t.TempDir(), gold: map[string]string{}, models: map[string]*openaitest.Vendor{}}
	var table strings.Builder
	table.WriteString("text,category\n")
	r := rand.New(rand.NewPCG(7, 7))
	for i := range tickets {
		id, label := fmt.Sprintf("case%04d", i), deskLabels[r.IntN(len(deskLabels))]
		words := []string{id}
		for range 8 {
			words = append(words, fmt.Sprintf("w%d", r.IntN(4000)))
		}
		if r.IntN(2) == 0 {
			words = append(words, "about", "my", label, "please")
		}
		d.gold[id] = label
		fmt.Fprintf(&table, "%s,%s\n", strings.Join(words, " "), label)
	}
	for name, right := range map[string]uint32{"cheap": 90, "other": 91, "strong": 97} {
		d.models[name] = openaitest.Start(t, openaitest.Config{Reply: func(prompt string) string { return d.says(name, right, prompt) }})
	}
	for name, text := range map[string]string{
		"tickets.csv": table.String(), "v2.txt": "You sort tickets into:\n{labels}\n---\nTicket: {input}\nCategory:",
		"luodi.yaml": fmt.Sprintf(deskYAML, d.models["cheap"].BaseURL, d.models["other"].BaseURL, d.models["strong"].BaseURL),
	} {
		if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// says is what a model answers to a case: the same every time.
func (d *desk) says(name string, right uint32, text string) string {
	id := caseNumber.FindString(text)
	h := fnv.New32a()
	h.Write([]byte(name + id))
	n := h.Sum32()
	if n%100 < right {
		return d.gold[id]
	}
	return deskLabels[n/100%uint32(len(deskLabels))]
}

func (d *desk) calls() (n int) {
	for _, m := range d.models {
		n += len(m.Calls())
	}
	return n
}

func (d *desk) open(t *testing.T) *app.App {
	t.Helper()
	a, err := app.Open(context.Background(), d.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func (d *desk) up(t *testing.T) (app.ScenarioSummary, *cascade.Record) {
	t.Helper()
	a := d.open(t)
	res, err := a.Up(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	rep, err := a.Report(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return res.Scenarios[0], rep.Scenarios[0].Cascade
}

func TestACascadeIsSizedServedAndVerified(t *testing.T) {
	d := openDesk(t, 1400)
	sum, rec := d.up(t)
	if rec == nil || rec.Status != cascade.StatusCertified {
		t.Fatalf("%+v", rec)
	}
	p, _ := rec.Wanted()
	if sum.Status != sizing.StatusCertified || *sum.Decision != rec.ID || *sum.CostPer1000 != p.CostPer1000 || !strings.Contains(*sum.Configuration, "small at margin") {
		t.Errorf("%+v", sum)
	}
	if p.Ratio > .5 || p.Loss != .03 || p.Difference < -.03 {
		t.Errorf("%+v", p)
	}
	for _, call := range d.models["cheap"].Calls()[:3] {
		if text := string(call.Body); !strings.Contains(text, "You sort tickets into:") || strings.Count(text, `"role":"assistant"`) != 4 {
			t.Errorf("cheap-v2 was sent %s", text)
		}
	}

	t.Run("no pair is paid twice", func(t *testing.T) {
		seen := map[string]bool{}
		for name, m := range d.models {
			for _, c := range m.Calls() {
				if pair := name + string(c.Body); seen[pair] {
					t.Fatalf("asked twice: %s", pair)
				} else {
					seen[pair] = true
				}
			}
		}
		before := d.calls()
		if again, _ := d.up(t); *again.Decision != rec.ID || d.calls() != before {
			t.Errorf("%d more calls, decision %s", d.calls()-before, *again.Decision)
		}
	})
	t.Run("reproduced, and a changed outcome is found", func(t *testing.T) {
		before := d.calls()
		v, err := d.open(t).Verify(context.Background(), rec.ID)
		if err != nil || !v.OK || d.calls() != before {
			t.Errorf("%+v, %v", v, err)
		}
		if err := d.open(t).Gate(context.Background(), "intent"); err != nil {
			t.Errorf("the gate: %v", err)
		}
	})
	t.Run("traced", func(t *testing.T) {
		tr, err := d.open(t).Trace(context.Background(), rec.ID)
		if err != nil || tr.Provenance["scenario"] != "intent" || len(tr.From) == 0 {
			t.Errorf("%+v, %v", tr, err)
		}
	})
	t.Run("served as certified", func(t *testing.T) { d.serve(t, rec) })
}

// serve asks the gateway for cases and follows each through the stages.
func (d *desk) serve(t *testing.T, rec *cascade.Record) {
	a := d.open(t)
	ctx, stop := context.WithCancel(context.Background())
	addr, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Serve(ctx, "127.0.0.1:0", func(s string) { addr <- s }) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	}()
	key, err := a.CreateKey(ctx, app.KeyRequest{Name: "k", Department: "service"})
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + <-addr + "/v1/chat/completions"
	rows, err := os.ReadFile(filepath.Join(d.dir, "tickets.csv"))
	if err != nil {
		t.Fatal(err)
	}
	measured := map[string]bool{} // what each model was sent for its items
	for _, m := range d.models {
		for _, c := range m.Calls() {
			measured[messagesOf(t, c.Body)] = true
		}
	}
	stages := map[string]int{}
	for _, row := range strings.Split(string(rows), "\n")[1:200] {
		text, _, _ := strings.Cut(row, ",")
		before := map[string]int{}
		for name, m := range d.models {
			before[name] = len(m.Calls())
		}
		content, extra := ask(t, url, key.Key, text)
		asked := 0
		for name, m := range d.models {
			for _, c := range m.Calls()[before[name]:] {
				asked++
				if strings.Contains(string(c.Body), `"temperature":0`) == false || !strings.Contains(string(c.Body), `"max_tokens":32`) {
					t.Errorf("%s was sent %s", name, c.Body)
				}
			}
		}
		switch stages[extra.Stage]++; extra.Stage {
		case "sure":
			if asked != 0 {
				t.Errorf("%q: the small model was sure, yet %d were asked", text, asked)
			}
		case "agreed":
			if asked == 0 || asked > len(extra.Asked) || content != extra.Label {
				t.Errorf("%q: %d asked, %+v", text, asked, extra)
			}
		default:
			if want := d.says("strong", 97, text); content != want || asked == 0 {
				t.Errorf("%q: answered %q after %d, the strong model says %q", text, content, asked, want)
			}
		}
	}
	p, _ := rec.Wanted()
	if len(stages) < 2 || p.Sure > 0 && stages["sure"] == 0 {
		t.Errorf("stages %v", stages)
	}
	sent := 0
	for _, m := range d.models {
		for _, c := range m.Calls() {
			if measured[messagesOf(t, c.Body)] {
				sent++
			}
		}
	}
	if sent <= len(measured) {
		t.Errorf("no case of the eval set was sent the same messages again: %d, measured %d", sent, len(measured))
	}
}

type stageExtra struct {
	Label, Stage string
	Asked        []string
}

func ask(t *testing.T, url, key, text string) (content string, extra stageExtra) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"model": "scenario/intent", "temperature": .7, "messages": []map[string]string{{"role": "user", "content": text}}})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%d %s %v", res.StatusCode, b, err)
	}
	var reply struct {
		Choices []struct{ Message struct{ Content string } }
		Luodi   stageExtra
	}
	if err := json.Unmarshal(b, &reply); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return reply.Choices[0].Message.Content, reply.Luodi
}

func messagesOf(t *testing.T, body []byte) string {
	t.Helper()
	var q struct{ Messages json.RawMessage }
	if err := json.Unmarshal(body, &q); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Compact(&out, q.Messages); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
