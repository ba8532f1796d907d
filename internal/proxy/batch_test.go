package proxy_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/auth"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
	"github.com/luodi/luodi/internal/money"
	"github.com/luodi/luodi/internal/proxy"
)

// batchOutput has two models, a failed call and a line that is none.
func batchOutput(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"r","custom_id":"c%d","response":{"status_code":200,"body":{"model":"big-2026","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":100,"prompt_tokens_details":{"cached_tokens":200}}}},"error":null}`+"\n", i)
	}
	b.WriteString(`{"custom_id":"f","response":{"status_code":429,"body":{"error":{"message":"busy"}}}}` + "\nno json\n")
	b.WriteString(`{"custom_id":"s","response":{"status_code":200,"body":{"model":"small","usage":{"prompt_tokens":10,"completion_tokens":1}}}}`) // no line end
	return b.String()
}

func TestBatchesAreBilledOnce(t *testing.T) {
	cut := false
	v := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := batchOutput(10)
		if strings.Contains(r.URL.Path, "plain") {
			body = "just a file\n"
		}
		if cut {
			w.Header().Set("Content-Length", fmt.Sprint(len(body)+1))
		}
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(v.Close)
	model := func(name string, p meter.Price) gateway.Route {
		return route(name, gateway.Target{Upstream: &gateway.Upstream{Vendor: "fake", BaseURL: v.URL + "/v1", Key: "k", Model: name, Price: p}})
	}
	big := meter.Flat("big", money.CNY, 1_000_000, 500_000, 2_000_000)
	big.Batch = func(u meter.Usage) (money.Amount, error) { a, err := big.Cost(u); return a / 2, err }
	r := start(t, []gateway.Route{model("big", big), model("small", price)}, func(_ *proxy.Config, m *meter.Config) {
		m.Budgets = []meter.Budget{{Scope: meter.Scope{Kind: meter.Department, Name: "service"}, Limit: 1, Currency: money.CNY}} // none left
	})
	key := r.key(auth.Key{Name: "files", Files: true})
	fetch := func(file string) (string, error) {
		req, _ := http.NewRequest(http.MethodGet, r.url+"/v1/files/"+file+"/content?model=big", nil)
		req.Header.Set("Authorization", "Bearer "+key)
		res, err := r.client.Do(req)
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		return string(b), err
	}
	cut = true
	if _, err := fetch("file-1"); err == nil {
		t.Error("a reply that is cut is taken for whole")
	}
	cut = false
	for range 3 {
		if got, err := fetch("file-1"); err != nil || got != batchOutput(10) {
			t.Errorf("%v %.80s", err, got)
		}
	}
	if _, err := fetch("plain"); err != nil {
		t.Error(err)
	}
	billed := map[string]meter.Row{}
	for _, row := range r.rows(5 + 2) { // a row for each fetch, and two of the batch
		if row.Mark == meter.MarkBatch {
			billed[row.Model] = row
		}
	}
	// 10 × (800 × 1 + 200 × .5 + 100 × 2) millionths, halved; a call of 12 at the full price
	if b := billed["big-2026"]; b.Cost != 5_500_000 || b.Usage.Input != 10_000 || b.Usage.Output != 1000 || b.Estimated || b.PriceRow != "big" || len(b.Charges) != 1 {
		t.Errorf("%+v", b)
	}
	if s := billed["small"]; s.Cost != 12_000 || !s.Estimated {
		t.Errorf("%+v", s)
	}
}

// Batches in Anthropic's shape: the vendor's own key and version go with them,
// and the results are billed once, by line.
func TestMessageBatches(t *testing.T) {
	const results = `{"custom_id":"a","result":{"type":"succeeded","message":{"model":"claude","content":[],"usage":{"input_tokens":1000,"output_tokens":100}}}}` + "\n" +
		`{"custom_id":"b","result":{"type":"errored","error":{"type":"error"}}}` + "\n"
	var asked []string
	v := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.RequestURI())
		if r.Header.Get("X-Api-Key") != "k" || r.Header.Get("Anthropic-Version") == "" || r.Header.Get("Authorization") != "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/results") {
			_, _ = io.WriteString(w, results)
			return
		}
		_, _ = io.WriteString(w, `{"id":"msgbatch_1","processing_status":"in_progress"}`)
	}))
	t.Cleanup(v.Close)
	claude := price
	claude.Batch = func(u meter.Usage) (money.Amount, error) { a, err := price.Cost(u); return a / 2, err }
	native := gateway.Target{Upstream: &gateway.Upstream{Vendor: "anthropic", BaseURL: v.URL + "/v1", Messages: v.URL + "/v1/messages", MessagesHeader: "X-Api-Key", Key: "k", Model: "claude", Price: claude}}
	other := gateway.Target{Upstream: &gateway.Upstream{Vendor: "fake", BaseURL: v.URL + "/other/v1", Key: "k", Model: "q", Price: price}}
	r := start(t, []gateway.Route{route("c", native), route("q", other)}, nil)
	key := r.key(auth.Key{Name: "files", Files: true})
	do := func(method, path, key string) (int, string) {
		req, _ := http.NewRequest(method, r.url+path, strings.NewReader(`{"requests":[]}`))
		req.Header.Set("X-Api-Key", key)
		res, err := r.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(b)
	}
	for _, tt := range []struct {
		name, method, path, key string
		status                  int
		want                    string
	}{
		{"started", http.MethodPost, "/v1/messages/batches?model=c", key, 200, "msgbatch_1"},
		{"looked at", http.MethodGet, "/v1/messages/batches/msgbatch_1?model=c&limit=2", key, 200, "in_progress"},
		{"its results", http.MethodGet, "/v1/messages/batches/msgbatch_1/results?model=c", key, 200, results},
		{"its results again", http.MethodGet, "/v1/messages/batches/msgbatch_1/results?model=c", key, 200, results},
		{"of a vendor that has none", http.MethodGet, "/v1/messages/batches?model=q", key, 404, "Anthropic's shape"},
		{"by a key without files", http.MethodGet, "/v1/messages/batches?model=c", r.cancel, 403, "--files"},
	} {
		if status, body := do(tt.method, tt.path, tt.key); status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d %s", tt.name, status, body)
		}
	}
	if want := []string{"POST /v1/messages/batches", "GET /v1/messages/batches/msgbatch_1?limit=2", "GET /v1/messages/batches/msgbatch_1/results", "GET /v1/messages/batches/msgbatch_1/results"}; !slices.Equal(asked, want) {
		t.Errorf("the vendor was asked %q", asked)
	}
	var billed []meter.Row
	for _, row := range r.rows(4 + 1) {
		if row.Mark == meter.MarkBatch {
			billed = append(billed, row)
		}
	}
	full, _ := price.Cost(meter.Usage{Input: 1000, Output: 100})
	if len(billed) != 1 || billed[0].Cost != full/2 || billed[0].Model != "claude" || billed[0].Estimated {
		t.Errorf("%+v, want %d", billed, full/2)
	}
}

// A client that leaves before the end pays for the whole batch.
func TestABatchIsBilledWhenItsClientLeaves(t *testing.T) {
	v := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, batchOutput(20_000))
	}))
	t.Cleanup(v.Close)
	r := start(t, []gateway.Route{route("big", gateway.Target{Upstream: &gateway.Upstream{Vendor: "fake", BaseURL: v.URL + "/v1", Model: "big", Price: price}})}, nil)
	req, _ := http.NewRequest(http.MethodGet, r.url+"/v1/files/file-1/content", nil)
	req.Header.Set("Authorization", "Bearer "+r.key(auth.Key{Name: "files", Files: true}))
	res, err := r.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(res.Body, make([]byte, 100)); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	res.Body.Close()
	for _, row := range r.rows(3) {
		if row.Mark == meter.MarkBatch && row.Model == "big-2026" && row.Usage.Input != 20_000_000 {
			t.Errorf("%+v", row)
		}
	}
}

func TestCountTokens(t *testing.T) {
	v := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if r.URL.Path != "/v1/messages/count_tokens" || r.Header.Get("X-Api-Key") != "k" || !strings.Contains(string(b), `"model":"claude"`) {
			w.WriteHeader(400)
			return
		}
		_, _ = io.WriteString(w, `{"input_tokens":42}`)
	}))
	t.Cleanup(v.Close)
	native := gateway.Target{Upstream: &gateway.Upstream{Vendor: "anthropic", BaseURL: v.URL + "/v1", Messages: v.URL + "/v1/messages", MessagesHeader: "X-Api-Key", Key: "k", Model: "claude", Price: price}}
	other := gateway.Target{Upstream: &gateway.Upstream{Vendor: "fake", BaseURL: v.URL + "/v1", Model: "q", Price: price}}
	r := start(t, []gateway.Route{route("c", native), route("q", other)}, nil)
	ask := func(model string) (int, string) {
		res, body := r.post("/v1/messages/count_tokens", r.cancel, `{"model":"`+model+`","messages":[{"role":"user","content":"hello there, how are you today"}]}`)
		return res.StatusCode, strings.TrimSpace(body)
	}
	if status, body := ask("c"); status != 200 || body != `{"input_tokens":42}` {
		t.Errorf("%d %s", status, body)
	}
	if status, body := ask("q"); status != 200 || body != `{"input_tokens":13}` {
		t.Errorf("a model of another shape: %d %s", status, body)
	}
	if status, body := ask("z"); status != 404 || !strings.Contains(body, `"type":"not_found_error"`) {
		t.Errorf("no such model: %d %s", status, body)
	}
	for _, row := range r.rows(2) {
		if row.Cost != 0 || row.Outcome != meter.OK {
			t.Errorf("%+v", row)
		}
	}
}

// Whoever fetches the output, from whichever process: a batch is charged to the
// key that began it, and one that was not begun here to the key that fetches it.
func TestABatchIsChargedToWhoBeganIt(t *testing.T) {
	const line = `{"custom_id":"a","response":{"status_code":200,"body":{"model":"big","usage":{"prompt_tokens":1000,"completion_tokens":100}}}}` + "\n"
	const ant = `{"custom_id":"a","result":{"type":"succeeded","message":{"model":"big","usage":{"input_tokens":1000,"output_tokens":100}}}}` + "\n"
	v := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := map[string]string{
			"POST /v1/batches":                            `{"id":"batch_1","status":"validating","output_file_id":null}`,
			"POST /v1/messages/batches":                   `{"id":"msgbatch_1","processing_status":"in_progress"}`,
			"GET /v1/batches":                             `{"object":"list","data":[{"id":"batch_1","output_file_id":"file-1","error_file_id":"file-e"},{"id":"batch_0","output_file_id":"file-0"}]}`,
			"GET /v1/files/file-1/content":                line,
			"GET /v1/files/file-e/content":                line,
			"GET /v1/files/file-0/content":                line,
			"GET /v1/messages/batches/msgbatch_1/results": ant,
		}[r.Method+" "+r.URL.Path]
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(v.Close)
	r := start(t, []gateway.Route{route("big", gateway.Target{Upstream: &gateway.Upstream{Vendor: "fake", BaseURL: v.URL + "/v1", Messages: v.URL + "/v1/messages", Model: "big", Price: price}})}, nil)
	alice, bob := r.key(auth.Key{Name: "alice", Department: "risk", Files: true}), r.key(auth.Key{Name: "bob", Files: true})
	ask := func(method, path, key string) {
		t.Helper()
		req, _ := http.NewRequest(method, r.url+path+"?model=big", nil)
		req.Header.Set("Authorization", "Bearer "+key)
		res, err := r.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if b, _ := io.ReadAll(res.Body); res.StatusCode != 200 || len(b) == 0 {
			t.Fatalf("%s %s: %d %q", method, path, res.StatusCode, b)
		}
	}
	ask("POST", "/v1/batches", alice)
	ask("POST", "/v1/messages/batches", alice)
	ask("GET", "/v1/batches", bob) // who looks does not begin it
	for _, path := range []string{"/v1/files/file-1/content", "/v1/files/file-e/content", "/v1/messages/batches/msgbatch_1/results", "/v1/files/file-0/content"} {
		ask("GET", path, bob)
	}
	paid := map[string]int{}
	for _, row := range r.rows(7 + 4) {
		if row.Mark == meter.MarkBatch {
			paid[row.Department]++
		}
	}
	if paid["risk"] != 3 || paid["service"] != 1 {
		t.Errorf("charged by department: %v", paid)
	}
}
