package gateway

import "bytes"

// ReasoningOnToolTurns says that a vendor takes its reasoning back only with
// the message that called a tool.
const ReasoningOnToolTurns = "tool_turns"

// shapes appends changes inside the messages or the input, for vendors that
// take fewer shapes of them than OpenAI. What needs no change stays as it is.
func (ru *Rules) shapes(dst []Change, r *Request) []Change {
	if ru.InputList {
		if v := r.Value("input"); v != nil && v[0] == '"' {
			dst = Put(dst, Change{Name: "input", Value: "[" + string(v) + "]"})
		}
	}
	if !ru.FlattenContent && ru.ReasoningBack == "" {
		return dst
	}
	v := r.Value("messages")
	if v == nil || v[0] != '[' {
		return dst
	}
	out, changed := []byte{'['}, false
	for i, m := range elements(v) {
		if i > 0 {
			out = append(out, ',')
		}
		o, err := Scan(m, nil)
		var ch []Change
		if err == nil {
			ch = ru.messageChanges(&o)
		}
		if len(ch) == 0 {
			out = append(out, m...)
			continue
		}
		out, changed = o.Apply(out, ch), true
	}
	if !changed {
		return dst
	}
	return Put(dst, Change{Name: "messages", Value: string(append(out, ']'))})
}

func (ru *Rules) messageChanges(o *Object) (ch []Change) {
	if c := o.Value("content"); ru.FlattenContent && c != nil && c[0] == '[' {
		if text, err := contentText(c); err == nil { // an image is left to the vendor to judge
			ch = append(ch, Change{Name: "content", Value: Quote(text)})
		}
	}
	if ru.ReasoningBack == ReasoningOnToolTurns && o.Value("reasoning_content") != nil && o.Value("tool_calls") == nil {
		ch = append(ch, Change{Name: "reasoning_content", Drop: true})
	}
	return ch
}

// elements cuts an array at its top level.
func elements(v []byte) (out [][]byte) {
	for i := space(v, 1); i < len(v) && v[i] != ']'; {
		end, err := skipValue(v, i)
		if err != nil {
			return nil
		}
		out = append(out, bytes.TrimSpace(v[i:end]))
		if i = space(v, end); i < len(v) && v[i] == ',' {
			i = space(v, i+1)
		}
	}
	return out
}
