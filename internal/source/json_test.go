package source

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
)

func TestJSONScannerAgreesWithEncodingJSON(t *testing.T) {
	pieces := []string{"{", "}", "[", "]", ",", ":", `"a"`, `"中\n\u4e2d\ud842\udfb7"`, `"\x"`, "1", "-0.5e+3", "01", "1.", "true", "null", "nul", " ", "\n", `"`, "\\", "\x01"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "text"), "")
		s := &jsonScanner{text: text}
		s.space()
		err := s.value()
		s.space()
		if got, want := err == nil && s.pos == len(text), json.Valid([]byte(text)); got != want {
			t.Fatalf("%q: valid %v (%v), want %v", text, got, err, want)
		}
	})
}

func TestJSONValuesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "value")
		if strings.ContainsRune(s, 0) {
			t.Skip("a NUL becomes U+FFFD")
		}
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "ascii") {
			b = escapeAll(s)
		}
		got, m, err := jsonValue(string(b))
		if err != nil || got != s || m.Len() != len(s) || m.InputLen() != len(b) {
			t.Fatalf("%s is %q, want %q (%v)", b, got, s, err)
		}
		for i, r := range s {
			from, to := m.Source(i, i+utf8.RuneLen(r))
			var back string
			if err := json.Unmarshal([]byte(`"`+string(b[from:to])+`"`), &back); err != nil || back != string(r) {
				t.Fatalf("%q traces to %q (%v)", r, b[from:to], err)
			}
		}
	})
}

// escapeAll writes s with \u escapes only.
func escapeAll(s string) []byte {
	out := []byte{'"'}
	for _, r := range s {
		b, _ := json.Marshal(string(r))
		if r >= 0x10000 {
			r -= 0x10000
			for _, half := range []rune{0xd800 + r>>10, 0xdc00 + r&0x3ff} {
				out = append(out, '\\', 'u')
				out = append(out, hexDigits(half)...)
			}
			continue
		}
		if r >= 0x80 {
			out = append(append(out, '\\', 'u'), hexDigits(r)...)
			continue
		}
		out = append(out, b[1:len(b)-1]...)
	}
	return append(out, '"')
}

func hexDigits(r rune) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15]})
}

func TestJSON(t *testing.T) {
	tests := []struct {
		name, text string
		lines      bool
		want       []string // class number name=value
	}{
		{"one object is a document", ` {"id": "d1", "n": 1.50, "tags": ["a", {"b": 2}], "none": null, "yes": true} `, false,
			[]string{`document 0 id=d1 n=1.50 tags=["a", {"b": 2}] none= yes=true`}},
		{"an array has rows", "[{\"a\":\"x\\ny\"},\n {\"a\":\"\\u4e2d\"}]", false, []string{"row 1 a=x\ny", "row 2 a=中"}},
		{"an empty array", "[ ]", false, nil},
		{"an empty object", "{}", false, []string{"document 0"}},
		{"lines", "{\"a\":1}\n\n{\"a\":2}\r\n  {\"a\":3}", true, []string{"row 1 a=1", "row 3 a=2", "row 4 a=3"}},
		{"no lines", "\n", true, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := rows(jsonReader{lines: tt.lines}, tt.text, Columns{})
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, r := range got {
				line := r.Class + " " + string(rune('0'+r.Number))
				for _, f := range r.Fields {
					line += " " + f.Name + "=" + f.Value
					if raw := tt.text[f.Start:f.End]; f.Value != "" && !strings.Contains(raw, f.Value) && !strings.HasPrefix(raw, `"`) {
						t.Errorf("field %s is at %q", f.Name, raw)
					}
				}
				lines = append(lines, line)
				if raw := tt.text[r.Start:r.End]; raw[0] != '{' || raw[len(raw)-1] != '}' {
					t.Errorf("a row is at %q", raw)
				}
			}
			if d := cmp.Diff(tt.want, lines); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestBrokenJSON(t *testing.T) {
	deep := strings.Repeat("[", 3000)
	tests := []struct {
		name, text string
		lines      bool
		columns    Columns
		want       string
	}{
		{"cut off", `[{"a": "x`, false, Columns{}, "line 1, byte 7: a string begins here and never ends"},
		{"a missing comma", "[{\"a\": 1}\n{\"a\": 2}]", false, Columns{}, "line 2, byte 10: a comma or ] is expected here, not '{'"},
		{"not an object", `[1, 2]`, false, Columns{}, "line 1, byte 1: an object ({…}) is expected here, not '1'"},
		{"an empty file", ``, false, Columns{}, "the end of the file"},
		{"lines in a json file", "{\"a\":1}\n{\"a\":2}", false, Columns{}, "line 2, byte 8: text after the end of the object"},
		{"two objects on a line", "{\"a\":1} {\"a\":2}", true, Columns{}, "line 1, byte 7: text after the object"},
		{"a broken line", "{\"a\":1}\n{\"a\":}\n", true, Columns{}, "line 2, byte 13: a value is expected here, not '}'"},
		{"nesting without end", `{"a": ` + deep, false, Columns{}, "nested more than 1000 deep"},
		{"a column that no row has", "{\"a\":1}\n{\"b\":2}\n", true, Columns{Text: "text"}, `there is no column "text", which the source names as text; the columns are "a", "b"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := rows(jsonReader{lines: tt.lines}, tt.text, tt.columns)
			if !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestAColumnThatSomeRowsLackIsEmptyThere(t *testing.T) {
	got, _, err := rows(jsonReader{lines: true}, "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\"}\n", Columns{Text: "text", Label: "label"})
	if err != nil || len(got) != 2 {
		t.Fatalf("%v, %v", got, err)
	}
	if r := (File{Columns: Columns{Text: "text", Label: "label"}}).record(got[1]); r.Text != "b" || r.Label != "" || r.Key != "2" {
		t.Errorf("record %+v", r)
	}
}

func TestJSONMember(t *testing.T) {
	for _, tt := range []struct {
		name, line, want string
		found            bool
		fails            string
	}{
		{"a member", ` {"id": 1, "text": "a\n中", "texts": "b"} `, "a\n中", true, ""},
		{"twice: the last", `{"text": "a", "text": "b"}`, "b", true, ""},
		{"no such member", `{"Text": "a"}`, "", false, ""},
		{"not an object", `[1]`, "", false, "expected"},
		{"broken", `{"text": "a"`, "", false, "byte 12"},
		{"more than one", `{"text": "a"} {}`, "", false, "text after"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, found, err := JSONMember(tt.line, "text")
			if tt.fails != "" {
				if !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), tt.fails) {
					t.Errorf("error %v, want %q", err, tt.fails)
				}
				return
			}
			if err != nil || got != tt.want || found != tt.found {
				t.Errorf("%q, %v, %v; want %q, %v", got, found, err, tt.want, tt.found)
			}
		})
	}
}
