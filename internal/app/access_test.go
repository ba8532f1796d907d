package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/openai/openaitest"
)

const (
	rightsDocs        = 10
	rightsDepartments = 4
)

// mayRead says whether a department may read a document in a round of changes.
// Department 0 reads document 0 always: the route was measured on it.
func mayRead(round, doc, department int) bool {
	x := uint64(round)*0x9E3779B97F4A7C15 ^ uint64(doc)*0xBF58476D1CE4E5B9 ^ uint64(department)*0x94D049BB133111EB
	x ^= x >> 31
	x *= 0x7FB5D329728EA185
	return (x>>40)%2 == 0 || doc == 0 && department == 0
}

// rightsYAML is a project whose sources, a document each, have these readers.
// Departments stand below another one, as in most enterprises.
func rightsYAML(round int, model string) string {
	var b strings.Builder
	b.WriteString("project: p\ndepartments: [{name: top}")
	for d := range rightsDepartments {
		fmt.Fprintf(&b, ", {name: d%d, parent: top}", d)
	}
	b.WriteString("]\nsources:\n")
	var names []string
	for i := range rightsDocs {
		readers := []string{`"user:nobody@x.example"`} // an empty list would be all of the base's
		for d := range rightsDepartments {
			if mayRead(round, i, d) {
				readers = append(readers, fmt.Sprint("d", d))
			}
		}
		names = append(names, fmt.Sprint("s", i))
		fmt.Fprintf(&b, "  - {name: s%d, department: top, path: docs/%d.md, readers: [%s]}\n", i, i, strings.Join(readers, ", "))
	}
	fmt.Fprintf(&b, "knowledge: [{name: kb, sources: [%s], readers: [d0, d1, d2]}]\n", strings.Join(names, ", "))
	fmt.Fprintf(&b, "models: [{name: echo, vendor: local, endpoint: %q, price: {in: 0, out: 0, currency: CNY}}]\n", model)
	for _, candidate := range []string{"extractive", "echo"} {
		fmt.Fprintf(&b, "%s  - {name: by-%s, department: d0, task: answer, knowledge: kb, items: {file: items.jsonl}, bar: {metric: answer_and_citation, at_least: 0.1}, candidates: [%s]}\n",
			map[string]string{"extractive": "scenarios:\n"}[candidate], candidate, candidate)
	}
	return b.String()
}

func rightsFiles(model string) map[string]string {
	files := map[string]string{"luodi.yaml": rightsYAML(0, model)}
	for i := range rightsDocs {
		files[fmt.Sprintf("docs/%d.md", i)] = fmt.Sprintf("# 第%d号利率办法\n\n个人贷款的利率与限额按机密%dX号文执行，逾期另计。\n", i, i)
	}
	rng := rand.New(rand.NewPCG(6, 0))
	for i := range 60 { // what the routes are measured on: questions that are not alike
		var words strings.Builder
		for range 8 {
			words.WriteRune(rune(0x4e00 + rng.IntN(5000)))
		}
		files["docs/0.md"] += fmt.Sprintf("\n%s按机密0X号文执行。\n", &words)
		files["items.jsonl"] += fmt.Sprintf(`{"id":"q%d","question":"%s按什么执行？","answers":["机密0X"],"citations":["docs/0.md"],"answerable":true}`+"\n", i, &words)
	}
	return files
}

// rightsReader is a department at the gateway: an HTTP client and one of tools.
type rightsReader struct {
	at, key string
	tools   *sdk.ClientSession
}

func (r rightsReader) RoundTrip(q *http.Request) (*http.Response, error) {
	q = q.Clone(q.Context())
	q.Header.Set("Authorization", "Bearer "+r.key)
	return http.DefaultTransport.RoundTrip(q)
}

// ask puts a question one of the ways that there are, and returns all that
// comes back.
func (r rightsReader) ask(ctx context.Context, way int, question string) (string, error) {
	if way < 2 {
		tool := []string{"search", "ask"}[way]
		res, err := r.tools.CallTool(ctx, &sdk.CallToolParams{Name: tool, Arguments: map[string]any{[]string{"query", "question"}[way]: question}})
		if err != nil {
			return "", err
		}
		b, err := json.Marshal(res)
		return string(b), err
	}
	body, err := json.Marshal(map[string]any{"model": []string{"scenario/by-extractive", "scenario/by-echo"}[way-2], "messages": []map[string]string{{"role": "user", "content": question}}})
	if err != nil {
		return "", err
	}
	res, err := (&http.Client{Transport: r}).Post(r.at+"/v1/chat/completions", "application/json", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", res.StatusCode, b)
	}
	return string(b), err
}

// While rights change all the time, no department is shown a document that it
// might not read at any moment of its request: not by the tools search and
// ask, not by an extractive route, and not by a model that repeats all it is
// given. The last department may not read the base at all. LUODI_LONG=1 asks
// 20,000 times instead of 400.
func TestNoLeakThroughTheGateway(t *testing.T) {
	cases := int64(400)
	if os.Getenv("LUODI_LONG") != "" {
		cases = 20_000
	}
	var given atomic.Int64 // times that the model was given a document
	echo := openaitest.Start(t, openaitest.Config{Reply: func(sent string) string {
		if strings.Contains(sent, "机密") {
			given.Add(1)
		}
		return sent + " [1]"
	}})
	files := rightsFiles(echo.BaseURL)
	a := opened(t, files)
	for _, s := range summaries(t, a) {
		if s.Decision == nil {
			t.Fatalf("scenario %s has no decision: %+v", s.Name, s)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	addr, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Serve(ctx, "127.0.0.1:0", func(at string) { addr <- at }) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	at := "http://" + <-addr
	var readers []rightsReader
	for d := range rightsDepartments {
		k, err := a.CreateKey(ctx, app.KeyRequest{Name: fmt.Sprint("k", d), Department: fmt.Sprint("d", d)})
		if err != nil {
			t.Fatal(err)
		}
		r := rightsReader{at: at, key: k.Key}
		c := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
		r.tools, err = c.Connect(ctx, &sdk.StreamableClientTransport{Endpoint: at + "/mcp", HTTPClient: &http.Client{Transport: r}, DisableStandaloneSSE: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer r.tools.Close()
		readers = append(readers, r)
	}
	var done, begun, n, leaks atomic.Int64
	var shown [4]atomic.Int64
	var searchers, changer sync.WaitGroup
	var over atomic.Bool
	changer.Go(func() {
		for round := 1; !over.Load(); round++ {
			begun.Store(int64(round))
			if err := changeRights(ctx, a.Project.Dir, rightsYAML(round, echo.BaseURL)); err != nil {
				t.Errorf("round %d: %v", round, err)
				return
			}
			done.Store(int64(round))
		}
	})
	for w := range 4 {
		searchers.Go(func() {
			rng := rand.New(rand.NewPCG(6, uint64(w)))
			for n.Add(1) <= cases && !t.Failed() {
				d, way := rng.IntN(rightsDepartments), rng.IntN(4)
				from := done.Load()
				got, err := readers[d].ask(ctx, way, fmt.Sprintf("第%d号利率办法中个人贷款的利率与限额按什么执行？", rng.IntN(rightsDocs)))
				to := begun.Load()
				if err != nil {
					t.Errorf("department %d, way %d: %v", d, way, err)
					return
				}
				for doc := range rightsDocs {
					if !strings.Contains(got, fmt.Sprintf("机密%dX", doc)) {
						continue
					}
					shown[way].Add(1)
					ok := false
					for round := from; round <= to && d < rightsDepartments-1; round++ {
						ok = ok || mayRead(int(round), doc, d)
					}
					if !ok && leaks.Add(1) < 5 {
						t.Errorf("department %d was shown document %d in rounds %d–%d by way %d: %s", d, doc, from, to, way, got)
					}
				}
			}
		})
	}
	searchers.Wait()
	over.Store(true)
	changer.Wait()
	t.Logf("%d requests, %d changes of rights, documents shown by search %d, ask %d, extractive route %d, chat route %d; %d leaks",
		cases, done.Load(), shown[0].Load(), shown[1].Load(), shown[2].Load(), shown[3].Load(), leaks.Load())
	if shown[0].Load()*shown[1].Load()*shown[2].Load()*shown[3].Load() == 0 || given.Load() == 0 || done.Load() == 0 {
		t.Error("nothing was tested")
	}
}

// changeRights puts another luodi.yaml in force, as its owner would.
func changeRights(ctx context.Context, dir, yaml string) error {
	tmp := filepath.Join(dir, "luodi.yaml.new")
	if err := os.WriteFile(tmp, []byte(yaml), 0o600); err != nil {
		return err
	}
	if err := os.Rename(tmp, filepath.Join(dir, "luodi.yaml")); err != nil {
		return err
	}
	a, err := app.Open(ctx, dir)
	if err != nil {
		return err
	}
	defer a.Close()
	_, err = a.Up(ctx, "index")
	return err
}

func summaries(t *testing.T, a *app.App) []app.ScenarioSummary {
	t.Helper()
	s, err := a.Summaries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}
