package app_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/sizing"
)

// complaints are texts that name up to three topics of four, as csv.
func complaints(n int) string {
	words := map[string][]string{
		"card": {"my card is blocked", "the card was swallowed"}, "fee": {"a fee was charged twice", "why this fee"},
		"loan": {"the loan is late", "about my home loan"}, "transfer": {"the transfer is stuck", "a transfer went wrong"},
	}
	topics := []string{"card", "fee", "loan", "transfer"}
	rng := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString("text,topics\n")
	for i := range n {
		var said, labels []string
		for _, k := range rng.Perm(4)[:rng.IntN(4)] {
			labels = append(labels, topics[k])
			said = append(said, words[topics[k]][rng.IntN(2)])
		}
		text := fmt.Sprintf("letter %d%d%d: %s, thank you", i, rng.IntN(1e6), rng.IntN(1e6), strings.Join(said, " and "))
		cell := strings.Join(labels, ";") // not sorted
		if len(labels) == 0 {
			cell = "-"
		}
		fmt.Fprintf(&b, "%q,%s\n", text, cell)
	}
	return b.String()
}

const complaintsProject = `- name: topics
  department: service
  task: tag
  items: {source: letters}
  bar: {metric: %s, at_least: 0.9, slack: 0.05}
  drift: {sample: 1}
  candidates: [small, writer]
sources:
- {name: letters, path: letters.csv, text: text, label: topics}
departments:
- {name: service}
`

func TestAllLabelsOfAText(t *testing.T) {
	file := complaints(1500)
	for _, tt := range []struct{ metric, scorer string }{{"label_f1", "label_f1/1"}, {"exact_set", "exact_set/1"}} {
		t.Run(tt.metric, func(t *testing.T) {
			o := openOffice(t, fmt.Sprintf(complaintsProject, tt.metric), map[string]string{"letters.csv": file})
			r := o.up(t)
			s := arm(t, r, "small")
			if r.Status != sizing.StatusCertified || r.Scorer != tt.scorer || s.Name != "small" || *s.Quality < .9 {
				t.Fatalf("%s by %s: %+v", r.Status, r.Scorer, s)
			}
			if tt.metric == "label_f1" {
				servesTags(t, o)
			}
		})
	}
}

// up runs all stages and returns the first scenario's result.
func (o *office) up(t *testing.T) sizing.Result {
	t.Helper()
	a, err := app.Open(context.Background(), o.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if _, err := a.Up(context.Background(), ""); err != nil {
		t.Fatal(err)
	}
	rep, err := a.Report(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return *rep.Scenarios[0].Result
}

// served sends a chat request for the first scenario and returns the choices'
// first message, and the whole reply.
func (o *office) served(t *testing.T, scenario string, texts ...string) (replies []map[string]any) {
	t.Helper()
	a, err := app.Open(context.Background(), o.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	ctx, stop := context.WithCancel(context.Background())
	addr, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Serve(ctx, "127.0.0.1:0", func(s string) { addr <- s }) }()
	key, err := a.CreateKey(ctx, app.KeyRequest{Name: "k", Department: "service"})
	if err != nil {
		t.Fatal(err)
	}
	at := "http://" + <-addr + "/v1/chat/completions"
	for _, text := range texts {
		body, _ := json.Marshal(map[string]any{"model": "scenario/" + scenario, "messages": []any{map[string]string{"role": "user", "content": text}}})
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, at, bytes.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+key.Key)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var reply map[string]any
		if err := json.NewDecoder(res.Body).Decode(&reply); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %v %v", res.Status, reply, err)
		}
		_ = res.Body.Close()
		replies = append(replies, reply)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return replies
}

func servesTags(t *testing.T, o *office) {
	replies := o.served(t, "topics", "letter 1: why this fee and the transfer is stuck, thank you", "letter 2: , thank you")
	for i, want := range []string{"fee; transfer", "-"} {
		message := replies[i]["choices"].([]any)[0].(map[string]any)["message"].(map[string]any)
		labels := replies[i]["luodi"].(map[string]any)["labels"].([]any)
		if message["content"] != want || len(labels) != []int{2, 0}[i] {
			t.Errorf("served %v with %v, want %q", message["content"], labels, want)
		}
	}
	a, err := app.Open(context.Background(), o.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	rep, err := a.Report(context.Background())
	if err != nil || len(rep.Scenarios[0].Classes) == 0 || len(rep.Scenarios[0].Classes[0].Classes) != 4 || rep.Scenarios[0].Classes[0].MacroF1 < .9 {
		t.Errorf("%+v, %v", rep.Scenarios[0].Classes, err)
	}
	label := func(entry string) (app.LabelResult, error) {
		file := relabel(t, a, "topics", "sample,time,input,label", func([]string) string { return entry })
		return a.ReadLabels(context.Background(), "topics", "f.csv", strings.NewReader(file))
	}
	if _, err := label("fee; pets"); err == nil || !strings.Contains(err.Error(), `label "pets" is none of scenario topics`) {
		t.Errorf("%v", err)
	}
	if res, err := label("transfer;fee"); err != nil || res.Labelled != 2 || res.Mean != .5 {
		t.Errorf("%+v, %v", res, err)
	}
}

// relabel fills the last column of the samples that wait.
func relabel(t *testing.T, a *app.App, scenario, head string, entry func(row []string) string) string {
	t.Helper()
	var file, out bytes.Buffer
	if _, err := a.WriteSamples(context.Background(), scenario, &file); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&file).ReadAll()
	if err != nil || strings.Join(rows[0], ",") != head {
		t.Fatalf("%v, %v", rows, err)
	}
	w := csv.NewWriter(&out)
	for i, row := range rows {
		if i > 0 {
			row[len(row)-1] = entry(row)
		}
		_ = w.Write(row)
	}
	w.Flush()
	return out.String()
}

// Where the label's own column is the strata, its shares are the class priors
// of the small model, and another mix trains another model.
func TestSharesOfLabelsAreClassPriors(t *testing.T) {
	var b strings.Builder
	b.WriteString("text,topic\n")
	for i := range 900 {
		topic, other := "card", "fee"
		if i%3 == 0 {
			topic, other = other, topic
		}
		if i%5 == 0 { // wrongly said: what prior decides
			topic, other = other, topic
		}
		fmt.Fprintf(&b, "note %d%d about %s,%s\n", i, i*7919%1000, topic, map[bool]string{true: other, false: topic}[i%7 == 0])
	}
	model := func(strata string) (string, sizing.Result) {
		o := openOffice(t, `- {name: topic, task: classify, items: {source: notes`+strata+`}, bar: {at_least: 0.5, slack: 0.1}, candidates: [small]}
sources:
- {name: notes, path: notes.csv, text: text, label: topic}
`, map[string]string{"notes.csv": b.String()})
		r := o.up(t)
		return r.Arms[0].Configuration.Revision, r
	}
	plain, _ := model("")
	even, r := model(", strata: {column: topic, shares: {card: 0.05, fee: 0.95}}")
	if plain == even || r.Arms[0].Items == 0 {
		t.Errorf("the shares change nothing: %s, %+v", even, r.Arms[0])
	}
}
