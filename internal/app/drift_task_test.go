package app_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/app"
	"github.com/luodi/luodi/internal/sizing"
)

const rateTools = `[{"type": "function", "function": {"name": "get_rate", "parameters": {"type": "object", "properties": {"currency": {"type": "string"}}}}}]`

// A client of a scenario with tools gets the model's own tool_calls where the
// functions went with the request, and text where the prompt listed them; what
// is drawn for people shows the calls, and they give the score.
func TestToolsAreServedAndWatched(t *testing.T) {
	for _, tt := range []struct {
		name, candidate string
		calls           bool
	}{{"functions", "writer", true}, {"prompt", "{name: text, model: writer, tools: prompt}", false}} {
		t.Run(tt.name, func(t *testing.T) {
			o := openOffice(t, fmt.Sprintf("- {name: rates, department: service, task: tools, tools: t.json, items: {file: q.jsonl}, bar: {at_least: 0.9, slack: 0.1}, drift: {sample: 1}, candidates: [%s]}\ndepartments: [{name: service}]\n", tt.candidate),
				map[string]string{"t.json": rateTools, "q.jsonl": lines(120, func(i int) string {
					return fmt.Sprintf(`{"question": "Rate of USD, %d?", "calls": [{"name": "get_rate", "arguments": {"currency": "USD"}}]}`, i)
				})})
			if r := o.up(t); r.Status != sizing.StatusCertified {
				t.Fatalf("%s: %+v", r.Status, r.Arms)
			}
			reply := o.served(t, "rates", "Rate of USD today?")[0]
			message := reply["choices"].([]any)[0].(map[string]any)["message"].(map[string]any)
			calls, _ := message["tool_calls"].([]any)
			text, _ := message["content"].(string)
			if tt.calls != (len(calls) == 1) || tt.calls != (text == "") || !strings.Contains(fmt.Sprint(calls, text), "get_rate") {
				t.Errorf("served %v", message)
			}
			watched(t, o, "rates", func(row []string) {
				if !strings.Contains(row[3], `"get_rate"`) || !strings.Contains(row[3], "USD") {
					t.Errorf("people see %q", row[3])
				}
			})
		})
	}
}

// Where a judge scored, people give the score of served replies themselves: no
// judge is asked again.
func TestJudgedScenariosAreWatchedByPeople(t *testing.T) {
	ctx := context.Background()
	o := openOffice(t, "- {name: letters, department: service, task: generate, items: {file: q.jsonl}, judge: {model: referee, sample: 0.9}, bar: {at_least: 0.9, slack: 0.2}, drift: {sample: 1}, candidates: [writer]}\ndepartments: [{name: service}]\n",
		map[string]string{"q.jsonl": lines(300, func(i int) string {
			return fmt.Sprintf(`{"question": "Letter %d", "rubric": ["mentions polite", "judge is polite"]}`, i)
		})})
	o.size(t, nil)
	o.size(t, func(a *app.App) {
		var file, filled bytes.Buffer
		if _, err := a.WritePoints(ctx, "letters", &file); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&file).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		w := csv.NewWriter(&filled)
		for i, row := range rows {
			if i > 0 {
				row[5] = "yes"
			}
			_ = w.Write(row)
		}
		w.Flush()
		if _, err := a.ReadPoints(ctx, "letters", &filled); err != nil {
			t.Fatal(err)
		}
	})
	if r := o.up(t); r.Status != sizing.StatusCertified {
		t.Fatalf("%s: %+v", r.Status, r.Arms)
	}
	asked := o.calls["glm-4"]
	o.served(t, "letters", "Letter to a customer")
	watched(t, o, "letters", func(row []string) {
		if !strings.HasPrefix(row[3], "polite words") {
			t.Errorf("people see %q", row[3])
		}
	})
	if o.calls["glm-4"] != asked {
		t.Error("the judge was asked about served calls")
	}
}

// watched labels the one served call with the score .5.
func watched(t *testing.T, o *office, scenario string, see func(row []string)) {
	t.Helper()
	ctx := context.Background()
	a, err := app.Open(ctx, o.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	const head = "sample,time,input,output,score"
	high := relabel(t, a, scenario, head, func(row []string) string { see(row); return "2" })
	if _, err := a.ReadLabels(ctx, scenario, "f.csv", strings.NewReader(high)); err == nil || !strings.Contains(err.Error(), `score "2": write a number from 0 to 1`) {
		t.Errorf("%v", err)
	}
	half := relabel(t, a, scenario, head, func([]string) string { return "0.5" })
	res, err := a.ReadLabels(ctx, scenario, "f.csv", strings.NewReader(half))
	if err != nil || res.Labelled != 1 || res.Mean != .5 {
		t.Errorf("%+v, %v", res, err)
	}
}
