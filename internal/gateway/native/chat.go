package native

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/luodi/luodi/internal/errs"
)

// chat is what is read of an OpenAI chat.
type chat struct {
	Model         string          `json:"model"`
	Messages      []turn          `json:"messages"`
	MaxTokens     *int64          `json:"max_tokens"`
	MaxCompletion *int64          `json:"max_completion_tokens"`
	Temperature   json.RawMessage `json:"temperature"`
	TopP          json.RawMessage `json:"top_p"`
	Seed          json.RawMessage `json:"seed"`
	Presence      json.RawMessage `json:"presence_penalty"`
	Frequency     json.RawMessage `json:"frequency_penalty"`
	Stop          words           `json:"stop"`
	Stream        bool            `json:"stream"`
	Replies       int64           `json:"n"`
	Tools         []tool          `json:"tools"`
	Choice        choice          `json:"tool_choice"`
	Parallel      *bool           `json:"parallel_tool_calls"`
	Format        *struct {
		Type   string `json:"type"`
		Schema *struct {
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	} `json:"response_format"`
}

type turn struct {
	Role    string `json:"role"`
	Content parts  `json:"content"`
	Calls   []call `json:"tool_calls"`
	CallID  string `json:"tool_call_id"`
}

type tool struct {
	Type     string   `json:"type"`
	Function function `json:"function"`
}

type function struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
}

// call is a function that a model wants called.
type call struct {
	Index    *int      `json:"index,omitempty"` // in a stream
	ID       string    `json:"id,omitempty"`
	Type     string    `json:"type,omitempty"`
	Function invoked   `json:"function"`
	Extra    *signedBy `json:"extra_content,omitempty"`
}

type invoked struct {
	Name      string `json:"name,omitempty"`
	Arguments string `json:"arguments"`
}

// signedBy carries a model's mark on its own call, which it wants back.
type signedBy struct {
	Google struct {
		Thought string `json:"thought_signature"`
	} `json:"google"`
}

// part is a text or, with a URL, a picture.
type part struct{ text, url string }

// parts is a message's content: a text, a list of parts, or null.
type parts []part

func (p *parts) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		var s string
		err := json.Unmarshal(b, &s)
		*p = parts{{text: s}}
		return err
	}
	var list []struct {
		Type  string `json:"type"`
		Text  string `json:"text"`
		Image struct {
			URL string `json:"url"`
		} `json:"image_url"`
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return errs.Invalid("a message's content is neither a text nor a list of parts")
	}
	for _, l := range list {
		switch l.Type {
		case "text":
			*p = append(*p, part{text: l.Text})
		case "image_url":
			*p = append(*p, part{url: l.Image.URL})
		default:
			return errs.Invalid("this model takes texts and pictures; the message has a part of type %q", l.Type)
		}
	}
	return nil
}

func (p parts) text() string {
	var out []string
	for _, x := range p {
		if x.url == "" {
			out = append(out, x.text)
		}
	}
	return strings.Join(out, "\n")
}

// data cuts a data: address into its type and its base64.
func (p part) data() (media, b64 string, ok bool) {
	rest, ok := strings.CutPrefix(p.url, "data:")
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, ";base64,")
}

// words is one word or a list.
type words []string

func (w *words) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		*w = words{""}
		return json.Unmarshal(b, &(*w)[0])
	}
	return json.Unmarshal(b, (*[]string)(w))
}

// choice is auto, none, required, or the name of one function.
type choice struct{ mode, name string }

func (c *choice) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		return json.Unmarshal(b, &c.mode)
	}
	var f struct{ Function function }
	err := json.Unmarshal(b, &f)
	c.name = f.Function.Name
	return err
}

func readChat(body []byte) (c chat, err error) {
	if err := json.Unmarshal(body, &c); err != nil {
		if e := errs.Of(err); e == errs.CodeInvalid {
			return c, err
		}
		return c, errs.Invalid("the body is no chat: %v", err)
	}
	switch {
	case len(c.Messages) == 0:
		return c, errs.Invalid(`"messages" is not a list of messages with a role and a content`)
	case c.Replies > 1:
		return c, errs.Invalid("this model gives one reply to a call, not n = %d", c.Replies)
	}
	for _, t := range c.Tools {
		if t.Type != "" && t.Type != "function" {
			return c, errs.Invalid("this model takes functions as tools, not %q", t.Type)
		}
	}
	return c, nil
}

func (c *chat) limit() *int64 {
	if c.MaxCompletion != nil {
		return c.MaxCompletion
	}
	return c.MaxTokens
}

// system is what the system and developer messages say; turns are the others.
func (c *chat) system() (system string, turns []turn) {
	var texts []string
	for _, t := range c.Messages {
		if t.Role == "system" || t.Role == "developer" {
			texts = append(texts, t.Content.text())
		} else {
			turns = append(turns, t)
		}
	}
	return strings.Join(texts, "\n\n"), turns
}

// jsonWish asks in words for what a shape has no parameter for; "" where the
// call does not ask for JSON.
func (c *chat) jsonWish() string {
	if c.Format == nil || c.Format.Type == "" || c.Format.Type == "text" {
		return ""
	}
	s := "Answer with one JSON object and nothing else: no words around it, no code fence."
	if c.Format.Schema != nil && len(c.Format.Schema.Schema) > 0 {
		s += " It must be valid under this JSON Schema:\n" + string(c.Format.Schema.Schema)
	}
	return s
}

// object leaves out members that are not given.
type object map[string]any

func (o object) put(name string, v json.RawMessage) {
	if len(v) > 0 && string(v) != "null" {
		o[name] = v
	}
}

// marshal is json.Marshal without the escapes that only HTML needs.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// arguments are a call's as an object; what is none becomes an empty one.
func arguments(s string) json.RawMessage {
	if b := []byte(s); json.Valid(b) && bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
		return b
	}
	return json.RawMessage("{}")
}
