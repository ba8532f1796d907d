package native

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/meter"
)

// signed is a PascalCase API whose calls are signed with TC3-HMAC-SHA256. A
// key is SecretId:SecretKey. Errors come under status 200; every chunk of a
// stream carries the usage so far. It has no limit of a reply's length, so that
// none is sent.
type signed struct{ service, action, version, region string }

func (signed) Address(base, _ string, _ bool) string { return strings.TrimRight(base, "/") + "/" }

const signedType = "application/json"

func (s signed) Headers(key, address string, body []byte, now time.Time) [][2]string {
	id, secret, _ := strings.Cut(key, ":")
	host := ""
	if u, err := url.Parse(address); err == nil {
		host = u.Host
	}
	stamp := strconv.FormatInt(now.Unix(), 10)
	head := [][2]string{
		{"X-TC-Action", s.action}, {"X-TC-Version", s.version}, {"X-TC-Timestamp", stamp},
		{"Authorization", tc3(id, secret, s.service, now, body, [][2]string{
			{"content-type", signedType}, {"host", host}, {"x-tc-action", strings.ToLower(s.action)},
		})},
	}
	if s.region != "" {
		head = append(head, [2]string{"X-TC-Region", s.region})
	}
	return head
}

// tc3 is the Authorization of a POST of body to / (Tencent Cloud, "Signature
// v3"). headers are those that are signed: lower case, in order of name.
func tc3(id, secret, service string, now time.Time, body []byte, headers [][2]string) string {
	var lines, names []string
	for _, h := range headers {
		lines, names = append(lines, h[0]+":"+h[1]+"\n"), append(names, h[0])
	}
	list := strings.Join(names, ";")
	request := "POST\n/\n\n" + strings.Join(lines, "") + "\n" + list + "\n" + digest(body)
	day := now.UTC().Format(time.DateOnly)
	scope := day + "/" + service + "/tc3_request"
	text := "TC3-HMAC-SHA256\n" + strconv.FormatInt(now.Unix(), 10) + "\n" + scope + "\n" + digest([]byte(request))
	key := []byte("TC3" + secret)
	for _, part := range []string{day, service, "tc3_request"} {
		key = mac(key, part)
	}
	return "TC3-HMAC-SHA256 Credential=" + id + "/" + scope + ", SignedHeaders=" + list + ", Signature=" + hex.EncodeToString(mac(key, text))
}

func digest(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func mac(key []byte, s string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(s))
	return m.Sum(nil)
}

func (signed) Write(body []byte) ([]byte, error) {
	c, err := readChat(body)
	if err != nil {
		return nil, err
	}
	system, turns := c.system()
	if wish := c.jsonWish(); wish != "" {
		system = strings.TrimSpace(system + "\n\n" + wish)
	}
	var list []any
	if system != "" {
		list = append(list, object{"Role": "system", "Content": system})
	}
	for _, t := range turns {
		list = append(list, t.pascal())
	}
	// Searching the web, its default, is not what a chat asks for.
	out := object{"Model": c.Model, "Messages": list, "Stream": c.Stream, "EnableEnhancement": false}
	out.put("Temperature", c.Temperature)
	out.put("TopP", c.TopP)
	out.put("Seed", c.Seed)
	if len(c.Stop) > 0 {
		out["Stop"] = c.Stop
	}
	if len(c.Tools) == 0 {
		return marshal(out)
	}
	var tools []any
	for _, t := range c.Tools {
		o := pascalTool(t)
		tools = append(tools, o)
		if t.Function.Name == c.Choice.name {
			out["ToolChoice"], out["CustomTool"] = "custom", o
		}
	}
	out["Tools"] = tools
	switch c.Choice.mode {
	case "auto", "none":
		out["ToolChoice"] = c.Choice.mode
	case "required":
		if len(c.Tools) != 1 {
			return nil, errs.Invalid(`this model can be made to call one tool by name; "required" with several is not known to it`)
		}
		out["ToolChoice"], out["CustomTool"] = "custom", tools[0]
	}
	return marshal(out)
}

func pascalTool(t tool) object {
	f := object{"Name": t.Function.Name, "Parameters": or(string(t.Function.Parameters), "{}")}
	if t.Function.Description != "" {
		f["Description"] = t.Function.Description
	}
	return object{"Type": "function", "Function": f}
}

func (t *turn) pascal() object {
	out := object{"Role": t.Role}
	pictures := false
	var contents []any
	for _, p := range t.Content {
		if p.url != "" {
			pictures = true
			contents = append(contents, object{"Type": "image_url", "ImageUrl": object{"Url": p.url}})
		} else {
			contents = append(contents, object{"Type": "text", "Text": p.text})
		}
	}
	if pictures {
		out["Contents"] = contents
	} else {
		out["Content"] = t.Content.text()
	}
	if t.CallID != "" {
		out["ToolCallId"] = t.CallID
	}
	var calls []any
	for _, k := range t.Calls {
		calls = append(calls, object{"Id": k.ID, "Type": "function", "Function": object{"Name": k.Function.Name, "Arguments": k.Function.Arguments}})
	}
	if calls != nil {
		out["ToolCalls"] = calls
	}
	return out
}

type pascalReply struct {
	ID      string `json:"Id"`
	Created int64
	Model   string
	Choices []struct {
		Message, Delta pascalText
		FinishReason   string
	}
	Usage    struct{ PromptTokens, CompletionTokens int64 }
	Error    *struct{ Code, Message string }
	ErrorMsg *struct {
		Msg  string
		Code json.RawMessage
	}
}

type pascalText struct {
	Content, ReasoningContent string
	ToolCalls                 []struct {
		ID       string `json:"Id"`
		Function struct{ Name, Arguments string }
	}
}

func (t *pascalText) calls() (out []call) {
	for _, k := range t.ToolCalls {
		out = append(out, call{ID: k.ID, Type: "function", Function: invoked{k.Function.Name, k.Function.Arguments}})
	}
	return out
}

// failure is the error that a reply reports, in either of its places.
func (r *pascalReply) failure() (code, message string, bad bool) {
	switch {
	case r.Error != nil:
		return r.Error.Code, r.Error.Message, true
	case r.ErrorMsg != nil:
		return strings.Trim(string(r.ErrorMsg.Code), `"`), r.ErrorMsg.Msg, true
	}
	return "", "", false
}

// finish is OpenAI's word for a reason.
func pascalFinish(reason string) string {
	if reason == "sensitive" {
		return "content_filter"
	}
	return reason
}

func (r *pascalReply) usage() meter.Usage {
	return meter.Usage{Input: r.Usage.PromptTokens, Output: r.Usage.CompletionTokens}
}

// pascal reads a reply, with or without the envelope around it.
func pascal(b []byte) (r pascalReply, ok bool) {
	var env struct{ Response json.RawMessage }
	if json.Unmarshal(b, &env) != nil {
		return r, false
	}
	if len(env.Response) > 0 {
		b = env.Response
	}
	return r, json.Unmarshal(b, &r) == nil
}

func (signed) Read(b []byte, _ time.Time) []byte {
	r, ok := pascal(b)
	if !ok {
		return b
	}
	if code, message, bad := r.failure(); bad {
		return failed(code, message)
	}
	if len(r.Choices) == 0 {
		return b
	}
	ch := r.Choices[0]
	m := said{Content: &ch.Message.Content, Reasoning: ch.Message.ReasoningContent, Calls: ch.Message.calls()}
	return whole(r.ID, r.Model, r.Created, m, or(pascalFinish(ch.FinishReason), "stop"), r.usage())
}

func (signed) Stream(now time.Time) Stream {
	return &pascalStream{chunks{created: now.Unix()}}
}

type pascalStream struct{ chunks }

func (s *pascalStream) Frame(dst, data []byte) []byte {
	if bytes.Equal(data, []byte("[DONE]")) {
		return s.end(dst)
	}
	r, ok := pascal(data)
	if !ok {
		return dst
	}
	if code, message, bad := r.failure(); bad {
		return s.fail(dst, code, message)
	}
	s.id, s.model = or(s.id, r.ID), or(s.model, r.Model)
	if u := r.usage(); !u.IsZero() {
		s.chunks.usage = u
	}
	if len(r.Choices) == 0 {
		return dst
	}
	d := r.Choices[0].Delta
	dst = s.text(dst, "reasoning_content", d.ReasoningContent)
	dst = s.text(dst, "content", d.Content)
	for _, k := range d.calls() {
		dst = s.call(dst, k)
	}
	if f := pascalFinish(r.Choices[0].FinishReason); f != "" {
		s.chunks.finish = f
	}
	return dst
}

func (s *pascalStream) End(dst []byte) []byte { return s.end(dst) }

// Named is all that the last frame counted.
func (s *pascalStream) Named() meter.Usage { return s.chunks.usage }
