package strictyaml_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/strictyaml"
)

// tree nests without end, as far as the file does.
type tree struct {
	Text     string          `yaml:"text"`
	Children []tree          `yaml:"children"`
	ByName   map[string]tree `yaml:"by_name"`
}

func firstLine(err error) string {
	if err == nil {
		return ""
	}
	s, _, _ := strings.Cut(err.Error(), "\n")
	return s
}

func TestMappings(t *testing.T) {
	tests := []struct {
		name, in string
		want     string // the first problem
	}{
		{"anchors of anchors", "children:\n- &a {text: x}\n- &b\n  children: [*a]\n- *b\n", ""},
		{"an anchor on a list", "children: &l [{text: x}]\nby_name: {y: {children: *l}}\n", ""},
		{"a merge key", "children:\n- &a {text: x}\n- <<: *a\n", `f.yaml:3:3: this key is not a plain word; write out the keys`},
		{"a number as key", "12: x\n", `f.yaml:1:1: unknown key "12"; the keys here are text, children, by_name`},
		{"a key in quotes", "\"text\": x\n", ""},
		{"a map's key twice", "by_name: {a: {text: x}, a: {text: y}}\n", `f.yaml:1:25: key "a" again; it is set in line 1 already`},
		{"a map's value of a wrong type", "by_name: {a: [x]}\n", `f.yaml:1:14: expected a mapping with text, children, by_name, found a list`},
		{"an unknown key in a map's value", "by_name:\n  a: {txet: x}\n", `f.yaml:2:7: unknown key "txet" (did you mean "text"?)`},
		{"the suggestion is given already", "text: a\ntxet: b\n", `f.yaml:2:1: unknown key "txet" (did you mean "text"?)`},
		{"a null mapping", "by_name:\nchildren: ~\n", ""},
		{"the end of a document", "text: a\n...\n", ""},
		{"a document marker first", "---\ntext: a\n", ""},
		{"a text", "just text\n", `f.yaml:1:1: expected a mapping with text, children, by_name, found the text "just text"`},
		{"a long text", strings.Repeat("x", 50) + "\n", `f.yaml:1:1: expected a mapping with text, children, by_name, found the text "` + strings.Repeat("x", 40) + `…"`},
		{"too deep", strings.Repeat("children: [{", 40) + "text: x" + strings.Repeat("}]", 40) + "\n", "nested more than 32 levels deep"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := tt.in
			if strings.HasPrefix(tt.want, "nested") {
				in = "children: [" + strings.Repeat("{children: [", 40) + "{}" + strings.Repeat("]}", 40) + "]\n"
			}
			got := firstLine(strictyaml.Decode("f.yaml", []byte(in), new(tree)))
			if !strings.HasSuffix(got, tt.want) || (got == "") != (tt.want == "") {
				t.Errorf("problem %q, want %q", got, tt.want)
			}
		})
	}
}

// An alias is decoded anew wherever it stands, so aliases of aliases could
// unfold without end.
func TestAliasesOfAliases(t *testing.T) {
	levels := func(n int) string {
		var b strings.Builder
		b.WriteString("by_name:\n  l0: &l0 {text: x}\n")
		for i := 1; i <= n; i++ {
			fmt.Fprintf(&b, "  l%d: &l%d {children: [*l%d, *l%d, *l%d, *l%d]}\n", i, i, i-1, i-1, i-1, i-1)
		}
		return b.String()
	}
	var got tree
	if err := strictyaml.Decode("f.yaml", []byte(levels(4)), &got); err != nil {
		t.Fatal(err)
	}
	n := got.ByName["l4"]
	for range 4 {
		if len(n.Children) != 4 {
			t.Fatalf("%d children", len(n.Children))
		}
		n = n.Children[3]
	}
	if n.Text != "x" {
		t.Errorf("the leaf holds %q", n.Text)
	}
	err := strictyaml.Decode("f.yaml", []byte(levels(14)), new(tree))
	if err == nil || !strings.Contains(err.Error(), "values, aliases unfolded") {
		t.Errorf("a file that unfolds to 4^14 values: %v", err)
	}
}

func TestPath(t *testing.T) {
	p := strictyaml.Path("").Key("sources").Index(2).Key("path")
	if p != "sources[2].path" {
		t.Errorf("path %s", p)
	}
	var got tree
	doc := strictyaml.Read("f.yaml", []byte("children:\n- text: a\n- children:\n  - text: b\n"), &got)
	deep := strictyaml.Path("children").Index(1).Key("children").Index(0)
	if doc.Line(deep.Key("text")) != 4 || doc.Line(deep.Key("none")) != 0 {
		t.Errorf("lines %d and %d", doc.Line(deep.Key("text")), doc.Line(deep.Key("none")))
	}
}

func TestSuggest(t *testing.T) {
	many := strings.Fields("a1 b1 c1 d1 e1 f1 g1 h1 i1 j1 k1 l1 m1 n1")
	tests := []struct {
		name  string
		in    string
		known []string
		want  string
	}{
		{"a slip", "servce", []string{"service", "risk"}, ` (did you mean "service"?)`},
		{"nothing close", "x", []string{"service", "risk"}, "; there are service, risk"},
		{"nothing known", "x", nil, ""},
		{"a long list is cut", "zzzz", many, "; there are a1, b1, c1, d1, e1, f1, g1, h1, i1, j1, k1, l1, …"},
		{"Chinese names", "客户部", []string{"客服部", "风险部"}, ` (did you mean "客服部"?)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strictyaml.Suggest(tt.in, tt.known, "there are"); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestQuotedTextComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab 12:-#'\"{}[],&*!|>%@`$\\业务?~")), 1, 12, -1).Draw(t, "text")
		n := rapid.Int64().Draw(t, "n")
		in := "text: " + strconv.Quote(text) + "\nchildren: [{text: '" + strings.ReplaceAll(text, "'", "''") + "'}]\n"
		var got tree
		if err := strictyaml.Decode("f.yaml", []byte(in), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tree{Text: text, Children: []tree{{Text: text}}}, got); diff != "" {
			t.Fatal(diff)
		}
		var number struct {
			N int64 `yaml:"n"`
		}
		if err := strictyaml.Decode("f.yaml", fmt.Appendf(nil, "n: %d\n", n), &number); err != nil || number.N != n {
			t.Fatalf("%d came back as %d, %v", n, number.N, err)
		}
	})
}
