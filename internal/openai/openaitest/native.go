package openaitest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// generate answers Gemini's generateContent. Its usage is in every chunk of a
// stream, as so far; a quarter of the prompt's words comes from the cache. A
// prompt that says "tool" is answered with a call.
func (v *Vendor) generate(w http.ResponseWriter, r *http.Request, body []byte, call *Call) {
	var q struct {
		Contents []struct {
			Role  string
			Parts []struct{ Text string }
		}
		System struct{ Parts []struct{ Text string } } `json:"systemInstruction"`
	}
	if err := json.Unmarshal(body, &q); err != nil || len(q.Contents) == 0 {
		fail(w, 400, `{"error":{"code":400,"message":"contents is not specified","status":"INVALID_ARGUMENT"}}`)
		return
	}
	last, prompt := "", 0
	for _, c := range q.Contents {
		for _, p := range c.Parts {
			last = p.Text
			prompt += len(strings.Fields(p.Text))
		}
	}
	for _, p := range q.System.Parts {
		prompt += len(strings.Fields(p.Text))
	}
	chunk := func(parts, finish string, out int) string {
		if finish != "" {
			finish = `,"finishReason":"` + finish + `"`
		}
		return fmt.Sprintf(`{"candidates":[{"content":{"parts":[%s],"role":"model"}%s,"index":0}],"usageMetadata":{"promptTokenCount":%d,"candidatesTokenCount":%d,"cachedContentTokenCount":%d,"totalTokenCount":%d},"modelVersion":"gemini-fake","responseId":"r1"}`,
			parts, finish, prompt, out, prompt/4, prompt+out)
	}
	text := v.say(last)
	whole := part("text", text)
	if strings.Contains(last, "tool") {
		whole = `{"functionCall":{"name":"look","args":{"at":"it"}},"thoughtSignature":"c2ln"}`
	}
	if !strings.Contains(r.URL.Path, ":stream") {
		fail(w, 200, chunk(whole, "STOP", len(strings.Fields(text))))
		return
	}
	var data []string
	if whole[2] == 'f' {
		data = append(data, chunk(whole, "STOP", 3))
	} else {
		words := strings.SplitAfter(text, " ")
		for i, word := range words {
			finish := ""
			if i == len(words)-1 {
				finish = "STOP"
			}
			data = append(data, chunk(part("text", word), finish, i+1))
		}
	}
	v.events(w, r, call, nil, data)
}

func part(name, text string) string {
	b, _ := json.Marshal(map[string]string{name: text})
	return string(b)
}

func (v *Vendor) say(last string) string {
	if v.cfg.Reply != nil {
		return v.cfg.Reply(last)
	}
	return "you said: " + last
}

// pascal answers a signed PascalCase API: usage in every chunk, errors under
// status 200. A prompt that says "tool" is answered with a call.
func (v *Vendor) pascal(w http.ResponseWriter, r *http.Request, body []byte, call *Call) {
	refuse := func(code, message string) {
		fail(w, 200, fmt.Sprintf(`{"Response":{"RequestId":"q1","Error":{"Code":%q,"Message":%q}}}`, code, message))
	}
	var q struct {
		Model    string
		Stream   bool
		Messages []struct {
			Role, Content string
			Contents      []struct{ Type, Text string }
		}
	}
	authorization := r.Header.Get("Authorization")
	switch {
	case !strings.HasPrefix(authorization, "TC3-HMAC-SHA256 Credential=") || v.cfg.Key != "" && !strings.Contains(authorization, "Credential="+v.cfg.Key+"/"):
		refuse("AuthFailure.SignatureFailure", "The provided credentials could not be validated")
		return
	case r.Header.Get("X-TC-Action") != "ChatCompletions" || r.Header.Get("X-TC-Version") == "" || r.Header.Get("X-TC-Timestamp") == "":
		refuse("InvalidAction", "The action is not valid")
		return
	case json.Unmarshal(body, &q) != nil || q.Model == "" || len(q.Messages) == 0:
		refuse("InvalidParameter", "Messages is required")
		return
	}
	last, prompt := "", 0
	for _, m := range q.Messages {
		last = m.Content
		for _, c := range m.Contents {
			last += c.Text
		}
		prompt += len(strings.Fields(last))
	}
	text := v.say(last)
	said := `"Role":"assistant",` + strings.Trim(part("Content", text), "{}")
	finish := "stop"
	if strings.Contains(last, "tool") {
		said = `"Role":"assistant","Content":"","ToolCalls":[{"Id":"c1","Type":"function","Function":{"Name":"look","Arguments":"{\"at\":\"it\"}"}}]`
		finish = "tool_calls"
	}
	reply := func(member, inner, finish string, out int) string {
		return fmt.Sprintf(`{"Note":"for reference only","Choices":[{"Index":0,%q:{%s},"FinishReason":%q}],"Created":1764000000,"Id":"h1","Model":%q,"Usage":{"PromptTokens":%d,"CompletionTokens":%d,"TotalTokens":%d}}`,
			member, inner, finish, q.Model, prompt, out, prompt+out)
	}
	n := len(strings.Fields(text))
	if !q.Stream {
		fail(w, 200, `{"Response":`+strings.TrimSuffix(reply("Message", said, finish, n), "}")+`,"RequestId":"q1"}}`)
		return
	}
	var data []string
	if finish == "stop" {
		for i, word := range strings.SplitAfter(text, " ") {
			data = append(data, reply("Delta", `"Role":"assistant",`+strings.Trim(part("Content", word), "{}"), "", i+1))
		}
		said = `"Role":"assistant","Content":""`
	}
	v.events(w, r, call, nil, append(data, reply("Delta", said, finish, n)))
}
