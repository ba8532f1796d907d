package gateway

import "testing"

func TestReplyCalls(t *testing.T) {
	for _, tt := range []struct{ name, reply, want string }{
		{"text", `{"choices":[{"index":0,"message":{"content":"hi"}}]}`, ""},
		{"whole", `{"choices":[{"index":0,"message":{"content":null,"tool_calls":[
			{"id":"a","type":"function","function":{"name":"get_rate","arguments":"{\"currency\":\"USD\"}"}},
			{"id":"b","type":"function","function":{"name":"notify","arguments":"{}"}}]}}]}`,
			`[{"name":"get_rate","arguments":{"currency":"USD"}},{"name":"notify","arguments":{}}]`},
		{"another choice", `{"choices":[{"index":1,"message":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}]}`, ""},
		{"arguments cut off", `{"choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":"{\"a"}}]}}]}`, `[{"name":"f","arguments":"{\"a"}]`},
		{"streamed", "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"get_rate\",\"arguments\":\"\"}}]}}]}\n\n" +
			"data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"currency\\\":\"}}]}}]}\n\n" +
			"data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"USD\\\"}\"}},{\"index\":1,\"function\":{\"name\":\"notify\",\"arguments\":\"{}\"}}]}}]}\n\n" +
			"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n",
			`[{"name":"get_rate","arguments":{"currency":"USD"}},{"name":"notify","arguments":{}}]`},
		{"nothing", "", ""},
		{"no JSON", "<html>", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := ReplyCalls([]byte(tt.reply)); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
