package score

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Object reads the one JSON object of a reply: the whole reply, a ```json
// fence in it, or an object with prose around it. Wrong JSON is never mended:
// cut off, quoted singly, with keys that come twice, or two objects side by
// side, it is an error that says so, for then nobody knows what a program
// would have made of it. Numbers are json.Number.
func Object(reply string) (map[string]any, error) {
	text, err := jsonText(reply)
	if err != nil {
		return nil, err
	}
	at := strings.IndexByte(text, '{')
	if at < 0 {
		return nil, errors.New("the reply holds no JSON object")
	}
	if strings.HasSuffix(strings.TrimSpace(text[:at]), "[") {
		return nil, errors.New("the reply is a list, not an object")
	}
	v, rest, err := decode(text[at:])
	if err != nil {
		return nil, fmt.Errorf("the reply's JSON is wrong: %w", err)
	}
	if strings.ContainsAny(rest, "{") {
		return nil, errors.New("the reply holds more than one object")
	}
	return v.(map[string]any), nil
}

// jsonText is the part of a reply that holds its JSON: what follows the
// thinking, inside its only fence with a brace or bracket.
func jsonText(reply string) (string, error) {
	if i := strings.LastIndex(reply, "</think>"); i >= 0 {
		reply = reply[i+len("</think>"):]
	}
	parts := strings.Split(reply, "```")
	found := ""
	for i := 1; i < len(parts); i += 2 {
		if !strings.ContainsAny(parts[i], "{[") {
			continue
		}
		if i == len(parts)-1 {
			return "", errors.New("the reply's code fence is not closed")
		}
		if found != "" {
			return "", errors.New("the reply holds more than one block of JSON")
		}
		found = parts[i]
	}
	if found == "" {
		return reply, nil
	}
	if info, body, ok := strings.Cut(found, "\n"); ok && !strings.ContainsAny(info, "{[") {
		found = body
	}
	return found, nil
}

// decode reads one JSON value from the start of text and returns what follows.
func decode(text string) (v any, rest string, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if v, err = value(d, 0); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("it is cut off")
		}
		return nil, "", err
	}
	return v, text[d.InputOffset():], nil
}

// depth of nesting that is read.
const depth = 64

func value(d *json.Decoder, level int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	open, ok := t.(json.Delim)
	if !ok {
		return t, nil
	}
	if level > depth {
		return nil, errors.New("it is nested too deeply")
	}
	if open == '[' {
		out := []any{}
		for d.More() {
			v, err := value(d, level+1)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		_, err := d.Token()
		return out, err
	}
	out := map[string]any{}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return nil, err
		}
		name := k.(string)
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("the key %q comes twice", name)
		}
		if out[name], err = value(d, level+1); err != nil {
			return nil, err
		}
	}
	_, err = d.Token()
	return out, err
}
