package score_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/score"
)

func TestObjectIsReadStrictly(t *testing.T) {
	tests := []struct{ name, reply, want string }{ // want: the object, or part of the error
		{"whole", `{"a": 1}`, `{"a":1}`},
		{"fence", "Here it is:\n```json\n{\"a\": 1}\n```\nDone {really}.", `{"a":1}`},
		{"fence without a name", "```\n{\"a\": 1}\n```", `{"a":1}`},
		{"a fence of something else", "```\nhello\n```\n{\"a\": 1}", `{"a":1}`},
		{"text around", `The fields: {"a": 1}. Done.`, `{"a":1}`},
		{"thinking before", `<think>{"a": 2}</think>{"a": 1}`, `{"a":1}`},
		{"nested", `{"a": {"b": [1, {"c": null}]}}`, `{"a":{"b":[1,{"c":null}]}}`},
		{"numbers stay as written", `{"a": 18.00, "b": 12345678901234567890}`, `{"a":18.00,"b":12345678901234567890}`},
		{"cut off", `{"a": {"b": 1}`, "cut off"},
		{"cut off in a text", `{"a": "b`, "cut off"},
		{"single quotes", `{'a': 1}`, "wrong"},
		{"no quotes", `{a: 1}`, "wrong"},
		{"a comma too many", `{"a": 1,}`, "wrong"},
		{"a comment", "{\"a\": 1 // one\n}", "wrong"},
		{"wrong around right", `{oops {"a": 1}}`, "wrong"},
		{"twice a key", `{"a": 1, "a": 2}`, "comes twice"},
		{"twice a key within", `{"a": {"b": 1, "b": 1}}`, "comes twice"},
		{"two objects", `{"a": 1} {"a": 2}`, "more than one"},
		{"two fences", "```json\n{\"a\": 1}\n```\n```json\n{\"a\": 2}\n```", "more than one"},
		{"an open fence", "```json\n{\"a\": 1}", "not closed"},
		{"a list", `[{"a": 1}]`, "list"},
		{"none", "refund 18 yuan", "no JSON object"},
		{"deep", strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100), "deeply"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, err := score.Object(tt.reply)
			if err != nil {
				if !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%v, want %q", err, tt.want)
				}
				return
			}
			if b, _ := json.Marshal(o); string(b) != tt.want {
				t.Errorf("%s, want %s", b, tt.want)
			}
		})
	}
}

const letterSchema = `{"type": "object", "required": ["date", "amount"], "properties": {
	"date": {"type": "string", "format": "date"},
	"amount": {"type": ["string", "number"], "format": "money", "currency": "CNY"},
	"request": {"enum": ["refund", "apology", null]},
	"tags": {"type": "array", "items": {"type": "string"}}}}`

func TestFieldMatch(t *testing.T) {
	s, err := score.ParseSchema([]byte(letterSchema))
	if err != nil {
		t.Fatal(err)
	}
	given := score.FieldMatch{Schema: s, Given: true}
	gold := `{"date":"2026-03-05","amount":"12000.00","request":"refund","tags":["费用","短信"]}`
	tests := []struct {
		name, reply string
		want        float64
		note        string
	}{
		{"as gold", gold, 1, ""},
		{"written otherwise", `{"date":"2026年3月5日","amount":"1.2万元","request":"refund","tags":["短信","费用","费用"]}`, 1, ""},
		{"a number", `{"date":"5 March 2026","amount":12000,"request":"refund","tags":["费用","短信"]}`, 1, ""},
		{"another day", `{"date":"2026-03-06","amount":12000,"request":"refund","tags":["费用","短信"]}`, .75, "date is"},
		{"another currency", `{"date":"2026-03-05","amount":"$12000","request":"refund","tags":["费用","短信"]}`, .75, "amount is"},
		{"another unit", `{"date":"2026-03-05","amount":"1.2","request":"refund","tags":["费用","短信"]}`, .75, "amount is"},
		{"a key left out", `{"date":"2026-03-05","amount":12000}`, .5, "left out"},
		{"a required key left out", `{"date":"2026-03-05","request":"refund","tags":["费用","短信"]}`, 0, "amount is missing"},
		{"a wrong type", `{"date":20260305,"amount":12000,"request":"refund","tags":["费用","短信"]}`, 0, "date is integer, not string"},
		{"none of the enum", `{"date":"2026-03-05","amount":12000,"request":"退款","tags":[]}`, 0, "none of the values"},
		{"wrong JSON", `{"date":"2026-03-05","amount":12,000}`, 0, "wrong"},
		{"not JSON", "date: 2026-03-05", 0, "no JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := given.Score(sizing.Item{Gold: json.RawMessage(gold)}, sizing.Output{Text: tt.reply})
			if got.Value != tt.want || !strings.Contains(got.Note, tt.note) {
				t.Errorf("%+v, want %v %q", got, tt.want, tt.note)
			}
		})
	}
	if given.Name() == (score.FieldMatch{}).Name() {
		t.Error("a schema of the user's must be part of the name")
	}
}

func TestNothingIsRightOnlyWhereGoldHasNothing(t *testing.T) {
	gold := []map[string]any{{"amount": "", "name": "张三"}, {"amount": "18.00", "name": "李四"}}
	m := score.FieldMatch{Schema: score.Derive(gold)}
	it := sizing.Item{Gold: json.RawMessage(`{"amount":"","name":"张三"}`)}
	for reply, want := range map[string]float64{
		`{"amount":null,"name":"张三"}`: 1, `{"amount":"","name":"张 三"}`: 1, `{"amount":[],"name":"张三"}`: 1,
		`{"name":"张三"}`: .5, `{"amount":"0","name":"张三"}`: .5, `{}`: 0, `{"amount":null,"name":null}`: .5,
	} {
		if got := m.Score(it, sizing.Output{Text: reply}); got.Value != want {
			t.Errorf("%s: %+v, want %v", reply, got, want)
		}
	}
}

func TestDerive(t *testing.T) {
	var gold []map[string]any
	for i := range 12 {
		o, err := score.Object(fmt.Sprintf(`{"date":"2026-03-%02d","amount":"%d.00","rate":"%d%%","request":%q,"name":"客户%d","paid":true,"n":%d,"id":"00%d","tags":["a"],"who":{"born":"1990-01-%02d"},"phone":"158000067%02d"}`,
			i+1, i, i, []string{"refund", "apology"}[i%2], i, i, i, i+1, i+10))
		if err != nil {
			t.Fatal(err)
		}
		gold = append(gold, o)
	}
	b, _ := json.Marshal(score.Derive(gold))
	want := `{"type":["object"],"properties":{"amount":{"format":"number"},"date":{"format":"date"},"id":{"format":"text"},"n":{"format":"number"},"name":{"format":"text"},"paid":{"format":"boolean"},` +
		`"phone":{"format":"phone"},"rate":{"format":"percent"},"request":{"format":"text","values":["apology","refund"]},"tags":{"items":{"format":"text","values":["a"]}},"who":{"properties":{"born":{"format":"date"}}}}}`
	var x, y any
	if json.Unmarshal(b, &x) != nil || json.Unmarshal([]byte(want), &y) != nil {
		t.Fatal("not JSON")
	}
	bx, _ := json.Marshal(x)
	by, _ := json.Marshal(y)
	if string(bx) != string(by) {
		t.Errorf("derived\n%s, want\n%s", bx, by)
	}
}

func TestParseSchemaRefusesWhatItWouldNotCheck(t *testing.T) {
	for name, tt := range map[string]struct{ schema, want string }{
		"pattern":            {`{"properties":{"a":{"pattern":"x"}}}`, "pattern"},
		"a reference":        {`{"properties":{"a":{"$ref":"#/x"}}}`, "$ref"},
		"an unknown type":    {`{"properties":{"a":{"type":"date"}}}`, `unknown type "date"`},
		"required and none":  {`{"properties":{"a":{}},"required":["b"]}`, `"b" is required`},
		"nothing to extract": {`{"type":"object"}`, "no properties"},
		"null":               {`{"properties":{"a":null}}`, "is null"},
		"no JSON":            {`nope`, "JSON Schema"},
	} {
		if _, err := score.ParseSchema([]byte(tt.schema)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestFieldMatchIsAShareAndSeesEveryOtherAmount(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(r, "fields")
		gold, reply := map[string]any{}, map[string]any{}
		right := 0
		for i := range n {
			name := fmt.Sprint("f", i)
			a := rapid.IntRange(0, 1_000_000).Draw(r, "gold")
			b := rapid.OneOf(rapid.Just(a), rapid.IntRange(0, 1_000_000)).Draw(r, "reply")
			gold[name] = fmt.Sprintf("¥%d.00", a)
			reply[name] = []string{"%d元", "CNY %d", "人民币%d元整"}[i%3]
			reply[name] = fmt.Sprintf(reply[name].(string), b)
			if a == b {
				right++
			}
		}
		g, _ := json.Marshal(gold)
		b, _ := json.Marshal(reply)
		m := score.FieldMatch{Schema: score.Derive([]map[string]any{gold})}
		if got := m.Score(sizing.Item{Gold: g}, sizing.Output{Text: string(b)}); got.Value != float64(right)/float64(n) {
			r.Fatalf("%+v, want %d of %d", got, right, n)
		}
	})
}

func ExampleFieldMatch() {
	s, _ := score.ParseSchema([]byte(`{"properties": {
		"date": {"format": "date"}, "amount": {"format": "money", "currency": "CNY"}}}`))
	it := sizing.Item{Gold: json.RawMessage(`{"date": "2026-03-05", "amount": "12000"}`)}
	got := score.FieldMatch{Schema: s}.Score(it, sizing.Output{Text: "```json\n{\"date\": \"2026年3月5日\", \"amount\": \"1.3万元\"}\n```"})
	fmt.Println(got.Value, got.Note)
	// Output: 0.5 amount is "1.3万元", gold "12000"
}
