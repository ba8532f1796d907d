package gateway_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
)

func TestScanRefuses(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"nothing", ``, "not a JSON object"},
		{"an array", `[1]`, "not a JSON object"},
		{"cut inside a string", `{"a":"b`, "does not end"},
		{"cut after a value", `{"a":1`, "ends inside"},
		{"no colon", `{"a" 1}`, "':' was expected"},
		{"two objects", `{} {}`, "something follows"},
		{"crossed brackets", `{"a":[{]}}`, "does not close"},
		{"a word", `{"a":nul}`, "a value was expected"},
		{"a trailing comma", `{"a":1,}`, "a member's name was expected"},
		{"too deep", `{"a":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`, "deeper"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := gateway.Scan([]byte(tt.body), nil)
			if !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want …%s…", err, tt.want)
			}
		})
	}
}

func TestApply(t *testing.T) {
	tests := []struct {
		name, body string
		changes    []gateway.Change
		want       string
	}{
		{"nothing to do keeps every byte", ` { "a" : 1 ,"b":"\u00e9" } `, nil, ` { "a" : 1 ,"b":"\u00e9" } `},
		{"a value in place", `{"model": "x" ,"n":1}`, []gateway.Change{{Name: "model", Value: `"y"`}}, `{"model": "y" ,"n":1}`},
		{"a missing member is added", `{"a":1 }`, []gateway.Change{{Name: "b", Value: "2"}}, `{"a":1,"b":2 }`},
		{"into an empty object", `{}`, []gateway.Change{{Name: "b", Value: "2"}}, `{"b":2}`},
		{"the first is dropped", `{"a":1, "b":2}`, []gateway.Change{{Name: "a", Drop: true}}, `{"b":2}`},
		{"the last is dropped", `{"a":1, "b":2}`, []gateway.Change{{Name: "b", Drop: true}}, `{"a":1}`},
		{"all are dropped and one is added", `{"a":1,"b":2}`, []gateway.Change{{Name: "a", Drop: true}, {Name: "b", Drop: true}, {Name: "c", Value: "3"}}, `{"c":3}`},
		{"the middle is dropped", `{"a":1,"b":2 , "c":3}`, []gateway.Change{{Name: "b", Drop: true}}, `{"a":1,"c":3}`},
		{"renamed", `{"max_tokens":5}`, []gateway.Change{{Name: "max_tokens", As: "max_completion_tokens"}}, `{"max_completion_tokens":5}`},
		{"a drop of what is missing", `{"a":1}`, []gateway.Change{{Name: "b", Drop: true}}, `{"a":1}`},
		{"an escaped name is still that member", `{"mod\u0065l":"x"}`, []gateway.Change{{Name: "model", Value: `"y"`}}, `{"mod\u0065l":"y"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, err := gateway.Scan([]byte(tt.body), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(o.Apply(nil, tt.changes)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestApplyAgainstDecoding compares splicing with decoding, changing and
// encoding, for random objects and changes.
func TestApplyAgainstDecoding(t *testing.T) {
	names := []string{"a", "b", "model", "stream", `q"uote`}
	values := rapid.SampledFrom([]string{"1", "true", "null", `"x\"\\"`, `[1,{"a":"]"}]`, `{"model":"inner"}`, `"中"`})
	rapid.Check(t, func(t *rapid.T) {
		want := map[string]json.RawMessage{}
		var b strings.Builder
		b.WriteString("{")
		for i, n := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 5, rapid.ID[string]).Draw(t, "members") {
			if i > 0 {
				b.WriteString(rapid.SampledFrom([]string{",", " , "}).Draw(t, "comma"))
			}
			v := values.Draw(t, "value")
			b.WriteString(gateway.Quote(n) + rapid.SampledFrom([]string{":", " : "}).Draw(t, "colon") + v)
			want[n] = json.RawMessage(v)
		}
		b.WriteString("}")
		var changes []gateway.Change
		for _, n := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 5, rapid.ID[string]).Draw(t, "changed") {
			if rapid.Bool().Draw(t, "drop") {
				changes = append(changes, gateway.Change{Name: n, Drop: true})
				delete(want, n)
				continue
			}
			v := values.Draw(t, "new")
			changes = append(changes, gateway.Change{Name: n, Value: v})
			want[n] = json.RawMessage(v)
		}
		o, err := gateway.Scan([]byte(b.String()), nil)
		if err != nil {
			t.Fatal(err)
		}
		out := o.Apply(nil, changes)
		var got map[string]json.RawMessage
		if err := json.Unmarshal(out, &got); err != nil || len(got) != len(want) {
			t.Fatalf("%s with %+v gave %s: %v", b.String(), changes, out, err)
		}
		for k, v := range want {
			if !bytes.Equal(got[k], v) {
				t.Fatalf("%s with %+v gave %s: member %q", b.String(), changes, out, k)
			}
		}
	})
}

// FuzzRequest: no body makes the scanner panic, and one that it takes and
// that is valid JSON reads as encoding/json reads it.
func FuzzRequest(f *testing.F) {
	for _, s := range []string{
		`{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}`,
		`{"model":"m","input":["a","b"],"encoding_format":"base64","n":2,"max_tokens":5}`,
		`{"mod\u0065l":"x","a":[[],{}],"b":"\\\""}`, `{"model":""}`, `{"a":{"b":`, "{\"model\":\"\xff\"}", `{}`, ` `,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var r gateway.Request
		if r.Read(b) != nil {
			return
		}
		if out := r.Apply(nil, nil); !bytes.Equal(out, b) {
			t.Errorf("no change altered %q to %q", b, out)
		}
		if !json.Valid(b) {
			return
		}
		var m map[string]json.RawMessage
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatalf("%q is no object: %v", b, err)
		}
		var model string
		if json.Unmarshal(m["model"], &model); model != r.Model && model != string([]rune(r.Model)) {
			t.Errorf("model of %q is %q, not %q", b, model, r.Model)
		}
		out := r.Apply(nil, []gateway.Change{{Name: "model", Value: `"other"`}, {Name: "stream", Drop: true}, {Name: "max_tokens", Value: "7"}})
		var changed map[string]json.RawMessage
		if err := json.Unmarshal(out, &changed); err != nil {
			t.Fatalf("%q became %q: %v", b, out, err)
		}
		m["model"], m["max_tokens"] = json.RawMessage(`"other"`), json.RawMessage("7")
		if delete(m, "stream"); len(m) != len(changed) {
			t.Errorf("%q became %q", b, out)
		}
		for name, v := range m {
			if !bytes.Equal(v, changed[name]) {
				t.Errorf("%q became %q: %s", b, out, name)
			}
		}
	})
}

func BenchmarkRequestRead32K(b *testing.B) {
	body := []byte(`{"model":"m","messages":[{"role":"user","content":"` + strings.Repeat("lorem ipsum dolor ", 1820) + `"}],"temperature":0.2}`)
	var r gateway.Request
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Read(body); err != nil {
			b.Fatal(err)
		}
	}
}
