package strictyaml

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCaretStandsBelowTheColumn(t *testing.T) {
	tests := []struct {
		name string
		p    Problem
		want string
	}{
		{"plain", Problem{"f", 1, 3, "m", "abcd"}, "f:1:3: m\n  abcd\n    ^"},
		{"wide characters take two columns", Problem{"f", 1, 3, "m", "票据x"}, "f:1:3: m\n  票据x\n      ^"},
		{"tabs stay tabs", Problem{"f", 1, 2, "m", "\tx"}, "f:1:2: m\n  \tx\n  \t^"},
		{"beyond the end", Problem{"f", 1, 9, "m", "ab"}, "f:1:9: m\n  ab\n    ^"},
		{"no source line", Problem{"f", 1, 1, "m", ""}, "f:1:1: m"},
		{"control characters are not printed", Problem{"f", 1, 1, "m", "a\x1b[31m"}, "f:1:1: m\n  a [31m\n  ^"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.p.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLongLinesAndLongListsAreCut(t *testing.T) {
	long := Problem{"f", 1, 500, "m", strings.Repeat("x", 499) + "!" + strings.Repeat("y", 499)}
	lines := strings.Split(long.String(), "\n")
	if len(lines[1]) > maxWidth+2 || lines[1][strings.IndexByte(lines[2], '^')] != '!' {
		t.Errorf("the caret is not below the column:\n%s", long)
	}
	many := make(Problems, maxPrinted+7)
	if !strings.HasSuffix(many.Error(), "\nand 7 more") {
		t.Errorf("no count at the end: %s", many.Error())
	}
}

func TestMask(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"a variable is no secret", `key: "${DASHSCOPE_API_KEY}"`, `key: "${DASHSCOPE_API_KEY}"`},
		{"a key in quotes", `{name: a, key: "sk-1,2", x: y}`, `{name: a, key: "******", x: y}`},
		{"a bare key", `{key: sk-12, x: y}`, `{key: *****, x: y}`},
		{"api_key", `api_key: sk-12`, `api_key: *****`},
		{"a password in an address", `url: postgres://u:pass@h/db`, `url: postgres://u:****@h/db`},
		{"several on a line", `{key: a1, token: 'b2', password: c}`, `{key: **, token: '**', password: *}`},
		{"other words", `keyboard: qwerty`, `keyboard: qwerty`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := mask(tt.in); got != tt.want {
				t.Errorf("mask(%s) = %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestClosest(t *testing.T) {
	known := []string{"name", "department", "path", "id", "text", "label", "split_by", "at_least"}
	tests := []struct{ in, want string }{
		{"departmnt", "department"},
		{"departments", "department"},
		{"Name", "name"},
		{"nmae", "name"},
		{"lable", "label"},
		{"split-by", "split_by"},
		{"atLeast", "at_least"},
		{"in", ""},
		{"departmental_name", "department"},
		{"labelling", "label"},
		{"colour", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got := Closest(tt.in, known); got != tt.want {
			t.Errorf("Closest(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
