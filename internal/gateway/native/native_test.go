package native

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/gateway"
	"github.com/luodi/luodi/internal/meter"
)

var now = time.Unix(1764000000, 0)

func named(t *testing.T, name string) Shape {
	t.Helper()
	s, err := Named(name, map[string]string{"service": "hunyuan", "action": "ChatCompletions", "version": "2023-09-01"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const turns = `{"model":"m","messages":[
 {"role":"system","content":"be brief"},
 {"role":"user","content":[{"type":"text","text":"what <is> it?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"image_url","image_url":{"url":"https://h/p.png"}}]},
 {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"at\":1}"},"extra_content":{"google":{"thought_signature":"c2ln"}}}]},
 {"role":"tool","tool_call_id":"c1","content":"a cat"},
 {"role":"user","content":"sure?"}],
 "max_completion_tokens":9,"temperature":0.2,"top_p":0.9,"stop":"END","stream":true,"seed":7,
 "tools":[{"type":"function","function":{"name":"look","description":"looks","parameters":{"type":"object"}}}],"tool_choice":{"type":"function","function":{"name":"look"}}}`

func TestWrite(t *testing.T) {
	want := map[string]string{
		"anthropic": `{"model":"m","max_tokens":9,"system":"be brief","stream":true,"temperature":0.2,"top_p":0.9,"stop_sequences":["END"],"messages":[
			{"role":"user","content":[{"type":"text","text":"what <is> it?"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},{"type":"image","source":{"type":"url","url":"https://h/p.png"}}]},
			{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"look","input":{"at":1}}]},
			{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"a cat"},{"type":"text","text":"sure?"}]}],
			"tools":[{"name":"look","description":"looks","input_schema":{"type":"object"}}],"tool_choice":{"type":"tool","name":"look"}}`,
		"gemini": `{"systemInstruction":{"parts":[{"text":"be brief"}]},"contents":[
			{"role":"user","parts":[{"text":"what <is> it?"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}},{"fileData":{"fileUri":"https://h/p.png"}}]},
			{"role":"model","parts":[{"functionCall":{"name":"look","args":{"at":1}},"thoughtSignature":"c2ln"}]},
			{"role":"user","parts":[{"functionResponse":{"name":"look","response":{"result":"a cat"}}},{"text":"sure?"}]}],
			"generationConfig":{"temperature":0.2,"topP":0.9,"seed":7,"maxOutputTokens":9,"stopSequences":["END"]},
			"tools":[{"functionDeclarations":[{"name":"look","description":"looks","parametersJsonSchema":{"type":"object"}}]}],
			"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["look"]}}}`,
		"tc3": `{"Model":"m","Stream":true,"EnableEnhancement":false,"Temperature":0.2,"TopP":0.9,"Seed":7,"Stop":["END"],"Messages":[
			{"Role":"system","Content":"be brief"},
			{"Role":"user","Contents":[{"Type":"text","Text":"what <is> it?"},{"Type":"image_url","ImageUrl":{"Url":"data:image/png;base64,AAAA"}},{"Type":"image_url","ImageUrl":{"Url":"https://h/p.png"}}]},
			{"Role":"assistant","Content":"","ToolCalls":[{"Id":"c1","Type":"function","Function":{"Name":"look","Arguments":"{\"at\":1}"}}]},
			{"Role":"tool","Content":"a cat","ToolCallId":"c1"},{"Role":"user","Content":"sure?"}],
			"Tools":[{"Type":"function","Function":{"Name":"look","Description":"looks","Parameters":"{\"type\":\"object\"}"}}],
			"ToolChoice":"custom","CustomTool":{"Type":"function","Function":{"Name":"look","Description":"looks","Parameters":"{\"type\":\"object\"}"}}}`,
	}
	for name, w := range want {
		b, err := named(t, name).Write([]byte(turns))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if d := cmp.Diff(decode(t, w), decode(t, string(b))); d != "" || strings.Contains(string(b), `\u003c`) {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func decode(t *testing.T, s string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%v: %s", err, s)
	}
	return v
}

func TestWriteJSONMode(t *testing.T) {
	const ask = `{"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}}`
	for name, want := range map[string]string{
		"anthropic": `"system":"Answer with one JSON object`,
		"gemini":    `"generationConfig":{"responseJsonSchema":{"type":"object"},"responseMimeType":"application/json"}`,
		"tc3":       `{"Content":"Answer with one JSON object`,
	} {
		if b, err := named(t, name).Write([]byte(ask)); err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%s: %s, %v", name, b, err)
		}
	}
}

func TestWhatHasNoPlace(t *testing.T) {
	tests := map[string]string{
		"two replies":   `{"model":"m","messages":[{"role":"user","content":"x"}],"n":2}`,
		"sound":         `{"model":"m","messages":[{"role":"user","content":[{"type":"input_audio"}]}]}`,
		"no messages":   `{"model":"m","messages":[]}`,
		"a server tool": `{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"web_search"}]}`,
		"no chat":       `[]`,
		"a number":      `{"model":"m","messages":[{"role":"user","content":5}]}`,
	}
	for what, body := range tests {
		for _, name := range []string{"anthropic", "gemini", "tc3"} {
			if _, err := named(t, name).Write([]byte(body)); !errs.Is(err, errs.CodeInvalid) {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
	if _, err := Named("other", nil); !errs.Is(err, errs.CodeInvalid) {
		t.Error(err)
	}
}

// The published example of Tencent Cloud, "Signature v3": its secrets are
// printed with stars, and signed as printed.
func TestPublishedSignature(t *testing.T) {
	got := tc3("AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******", "Gu5t9xGARNpq86cd98joQYCN3*******", "cvm", time.Unix(1551113065, 0),
		[]byte(`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`),
		[][2]string{{"content-type", "application/json; charset=utf-8"}, {"host", "cvm.tencentcloudapi.com"}})
	const want = "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, " +
		"Signature=2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAddressesAndHeaders(t *testing.T) {
	tests := []struct{ name, base, address, header, want string }{
		{"anthropic", "https://a/v1/messages", "https://a/v1/messages", "X-Api-Key", "id:key"},
		{"anthropic", "https://a/v1", "https://a/v1/messages", "Anthropic-Version", "2023-09-01"},
		{"gemini", "https://g/v1beta/", "https://g/v1beta/models/m%2F1:streamGenerateContent?alt=sse", "X-Goog-Api-Key", "id:key"},
		{"tc3", "https://h.example", "https://h.example/", "X-TC-Timestamp", "1764000000"},
	}
	for _, tt := range tests {
		s := named(t, tt.name)
		at := s.Address(tt.base, "m/1", true)
		got := ""
		for _, h := range s.Headers("id:key", at, []byte("{}"), now) {
			if h[0] == tt.header {
				got = h[1]
			}
			if strings.Contains(h[1], "key") && tt.name == "tc3" {
				t.Errorf("the secret is in %s", h[0])
			}
		}
		if at != tt.address || got != tt.want {
			t.Errorf("%s: %s, %s: %s", tt.name, at, tt.header, got)
		}
	}
}

var whatVendorsSay = []struct {
	name, whole, stream string
	text                string // of both
	usage               meter.Usage
	finish              string
	has                 string // in both
}{
	{
		name: "anthropic", text: "Hi 你", usage: meter.Usage{Input: 12, CachedInput: 4, Output: 5}, finish: "tool_calls", has: `"name":"look"`,
		whole: `{"id":"msg_1","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":"Hi 你"},{"type":"tool_use","id":"t1","name":"look","input":{"a":1}}],"stop_reason":"tool_use","usage":{"input_tokens":6,"cache_creation_input_tokens":2,"cache_read_input_tokens":4,"output_tokens":5}}`,
		stream: "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"model\":\"c\",\"content\":[],\"usage\":{\"input_tokens\":6,\"cache_creation_input_tokens\":2,\"cache_read_input_tokens\":4,\"output_tokens\":1}}}\n\n" +
			"event: ping\ndata: {\"type\":\"ping\"}\n\n" +
			"data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n" +
			"data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi \"}}\n\n" +
			"data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"你\"}}\n\n" +
			"data: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"look\",\"input\":{}}}\n\n" +
			"data: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\":1}\"}}\n\n" +
			"data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{\"output_tokens\":5}}\n\n" +
			"data: {\"type\":\"message_stop\"}\n\n",
	},
	{
		name: "gemini", text: "Hi 你", usage: meter.Usage{Input: 12, CachedInput: 4, Output: 8, Reasoning: 3}, finish: "stop", has: `"reasoning_content":"hm"`,
		whole: `{"candidates":[{"content":{"parts":[{"text":"hm","thought":true},{"text":"Hi 你"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":12,"candidatesTokenCount":5,"thoughtsTokenCount":3,"cachedContentTokenCount":4},"modelVersion":"c","responseId":"r"}`,
		stream: `data: {"candidates":[{"content":{"parts":[{"text":"hm","thought":true}]}}],"usageMetadata":{"promptTokenCount":12,"thoughtsTokenCount":3,"cachedContentTokenCount":4},"modelVersion":"c","responseId":"r"}` + "\r\n\r\n" +
			`data: {"candidates":[{"content":{"parts":[{"text":"Hi "}]}}],"usageMetadata":{"promptTokenCount":12,"candidatesTokenCount":2,"thoughtsTokenCount":3,"cachedContentTokenCount":4}}` + "\r\n\r\n" +
			`data: {"candidates":[{"content":{"parts":[{"text":"你"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":12,"candidatesTokenCount":5,"thoughtsTokenCount":3,"cachedContentTokenCount":4}}`,
	},
	{
		name: "tc3", text: "Hi 你", usage: meter.Usage{Input: 12, Output: 5}, finish: "content_filter", has: `"reasoning_content":"hm"`,
		whole: `{"Response":{"RequestId":"q","Choices":[{"Message":{"Role":"assistant","Content":"Hi 你","ReasoningContent":"hm"},"FinishReason":"sensitive"}],"Created":5,"Id":"h","Usage":{"PromptTokens":12,"CompletionTokens":5}}}`,
		stream: `data: {"Choices":[{"Delta":{"Role":"assistant","ReasoningContent":"hm"},"FinishReason":""}],"Usage":{"PromptTokens":12,"CompletionTokens":1}}` + "\n\n" +
			`data: {"Choices":[{"Delta":{"Content":"Hi "},"FinishReason":""}],"Usage":{"PromptTokens":12,"CompletionTokens":2}}` + "\n\n" +
			`data: {"Choices":[{"Delta":{"Content":"你"},"FinishReason":"sensitive"}],"Usage":{"PromptTokens":12,"CompletionTokens":5}}` + "\n\n",
	},
}

// readStream is what the gateway sees of a translated stream.
func readStream(t *testing.T, b []byte) (text, finish string, s gateway.Stream) {
	t.Helper()
	for i := 0; i < len(b); {
		n := gateway.NextFrame(b[i:])
		if n == 0 {
			t.Fatalf("no frame at %q", b[i:])
		}
		data := gateway.FrameData(b[i : i+n])
		i += n
		if data == nil || string(data) == "[DONE]" {
			continue
		}
		var r struct {
			Choices []struct {
				Delta  struct{ Content string }
				Finish string `json:"finish_reason"`
			}
		}
		if err := json.Unmarshal(data, &r); err != nil {
			t.Fatalf("%v: %s", err, data)
		}
		for _, c := range r.Choices {
			text, finish = text+c.Delta.Content, finish+c.Finish
		}
	}
	s.Pass(append([]byte(nil), b...))
	return text, finish, s
}

func TestReplies(t *testing.T) {
	for _, tt := range whatVendorsSay {
		s := named(t, tt.name)
		b := s.Read([]byte(tt.whole), now)
		var r struct {
			ID, Model string
			Created   int64
			Choices   []struct {
				Message struct{ Content string }
				Finish  string `json:"finish_reason"`
			}
		}
		if err := json.Unmarshal(b, &r); err != nil || len(r.Choices) != 1 || r.Created == 0 || r.ID == "" {
			t.Fatalf("%s: %v %s", tt.name, err, b)
		}
		usage, ok := gateway.FindUsage(b)
		if usage.CacheWrite = 0; r.Choices[0].Message.Content != tt.text || r.Choices[0].Finish != tt.finish || usage != tt.usage || !ok || !strings.Contains(string(b), tt.has) {
			t.Errorf("%s: %s (%+v)", tt.name, b, usage)
		}
		for _, size := range []int{1, 7, 1 << 20} {
			got, err := io.ReadAll(Body(s, io.NopCloser(&slow{[]byte(tt.stream), size}), true, now))
			if err != nil {
				t.Fatal(err)
			}
			text, finish, st := readStream(t, got)
			if st.Usage.CacheWrite = 0; text != tt.text || finish != tt.finish || st.Usage != tt.usage || !st.Exact || !st.Done || !strings.Contains(string(got), tt.has) {
				t.Errorf("%s in pieces of %d: %q %q %+v %s", tt.name, size, text, finish, st, got)
			}
		}
	}
}

// slow gives at most size bytes at once.
type slow struct {
	b    []byte
	size int
}

func (s *slow) Read(p []byte) (int, error) {
	if len(s.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), s.size)], s.b)
	s.b = s.b[n:]
	return n, nil
}

func TestStreamsThatAreCut(t *testing.T) {
	cut := errors.New("reset")
	for _, tt := range whatVendorsSay {
		for name, end := range map[string]error{"reset": cut, "closed": io.EOF} {
			half := io.MultiReader(strings.NewReader(tt.stream[:strings.LastIndex(tt.stream, "你")]), iotest.ErrReader(end))
			got, err := io.ReadAll(Body(named(t, tt.name), io.NopCloser(half), true, now))
			if end == cut && !errors.Is(err, cut) || end == io.EOF && err != nil {
				t.Errorf("%s %s: %v", tt.name, name, err)
			}
			if _, _, s := readStream(t, got); s.Done || s.Finished() || strings.Contains(string(got), "[DONE]") {
				t.Errorf("%s %s passes for a whole reply: %s", tt.name, name, got)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	tests := map[string][]string{
		"anthropic": {`{"type":"error","error":{"type":"overloaded_error","message":"busy now"}}`},
		"gemini":    {`{"error":{"code":429,"message":"busy now","status":"RESOURCE_EXHAUSTED"}}`, `[{"error":{"code":429,"message":"busy now","status":"X"}}]`},
		"tc3":       {`{"Response":{"Error":{"Code":"LimitExceeded","Message":"busy now"},"RequestId":"q"}}`, `{"ErrorMsg":{"Msg":"busy now","Code":2003}}`},
	}
	var rules gateway.Rules
	for name, bodies := range tests {
		s := named(t, name)
		for _, body := range bodies {
			if e, bad := rules.FindError(s.Read([]byte(body), now)); !bad || e.Message != "busy now" || e.Code == "" {
				t.Errorf("%s: %s is %+v", name, body, e)
			}
		}
		stream, err := io.ReadAll(Body(s, io.NopCloser(strings.NewReader("data: "+bodies[0]+"\n\n")), true, now))
		if e, bad := rules.FirstFrameError(stream); err != nil || !bad || e.Message != "busy now" {
			t.Errorf("%s: %q, %v", name, stream, err)
		}
		if got := s.Read([]byte("<html>"), now); string(got) != "<html>" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func FuzzNative(f *testing.F) {
	for i, tt := range whatVendorsSay {
		f.Add(i, []byte(tt.whole))
		f.Add(i, []byte(tt.stream))
		f.Add(i, []byte(turns))
	}
	f.Fuzz(func(t *testing.T, i int, b []byte) {
		s := named(t, []string{"anthropic", "gemini", "tc3"}[uint(i)%3])
		if out, err := s.Write(b); err == nil && !json.Valid(out) {
			t.Errorf("%q is no JSON", out)
		}
		s.Read(b, now)
		out, err := io.ReadAll(Body(s, io.NopCloser(strings.NewReader(string(b))), true, now))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(out); {
			n := gateway.NextFrame(out[i:])
			if n == 0 {
				t.Fatalf("half a frame: %q", out)
			}
			if d := gateway.FrameData(out[i : i+n]); d != nil && string(d) != "[DONE]" && !json.Valid(d) {
				t.Fatalf("%q is no JSON", d)
			}
			i += n
		}
	})
}
