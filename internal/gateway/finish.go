package gateway

import "bytes"

// Finish gives a reply's or whole frames' reasons to finish OpenAI's names where
// the vendor has others. b is returned as it is where there is none of them.
func (ru *Rules) Finish(b []byte) []byte {
	if len(ru.FinishReasons) == 0 {
		return b
	}
	var out []byte
	done := 0
	for i := 0; ; {
		n := bytes.Index(b[i:], finishKey)
		if n < 0 {
			break
		}
		at := i + n
		i = at + len(finishKey)
		if at < 1 || b[at-1] != '"' || at > 1 && b[at-2] == '\\' {
			continue // within a text
		}
		v := member(b, i)
		if len(v) < 2 || v[0] != '"' {
			continue
		}
		to, ok := ru.FinishReasons[string(v[1:len(v)-1])]
		if !ok {
			continue
		}
		start := i + bytes.IndexByte(b[i:], '"')
		out = append(append(out, b[done:start]...), Quote(to)...)
		done = start + len(v)
		i = done
	}
	if done == 0 {
		return b
	}
	return append(out, b[done:]...)
}
