package archtest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/archtest"
)

const doc = `
<!-- layer: domain -->
| package | what | libraries |
| --- | --- | --- |
| ` + "`errs`" + ` | codes | |
| ` + "`yaml`" + ` | files | ` + "`example.org/yaml`" + ` |
| ` + "`source`" + ` | records | |
| ` + "`clean`" + ` | operators | |
<!-- end -->
text
<!-- layer: platform -->
| package | what | libraries |
| --- | --- | --- |
| ` + "`blob`" + ` | objects | |
| ` + "`store`" + ` | tables | |
<!-- end -->
`

func TestParse(t *testing.T) {
	got, err := archtest.Parse([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	want := archtest.Layers{
		Domain:   archtest.Layer{Names: []string{"errs", "yaml", "source", "clean"}, Libraries: map[string][]string{"yaml": {"example.org/yaml"}}},
		Platform: archtest.Layer{Names: []string{"blob", "store"}, Libraries: map[string][]string{}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for name, broken := range map[string]string{
		"no tables": "# Architecture",
		"no end":    strings.ReplaceAll(doc, "<!-- end -->", ""),
		"twice":     strings.Replace(doc, "`clean`", "`errs`", 1),
		"empty":     "<!-- layer: domain --><!-- end --><!-- layer: platform --><!-- end -->",
	} {
		if _, err := archtest.Parse([]byte(broken)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestCheck(t *testing.T) {
	layers, err := archtest.Parse([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	const m = "example.org/bank"
	tests := []struct {
		name, from, imports, want string
	}{
		{"the domain imports below", "internal/clean", m + "/internal/source", ""},
		{"the domain imports above", "internal/source", m + "/internal/clean", "listed later"},
		{"the domain imports the platform", "internal/clean", m + "/internal/store", "listed later"},
		{"a part belongs to its parent", "internal/source/charset", m + "/internal/clean", "listed later"},
		{"a part imports its parent", "internal/source/charset", m + "/internal/source", ""},
		{"the domain and the standard library", "internal/clean", "strings", ""},
		{"the domain and the text library", "internal/clean", "golang.org/x/text/width", ""},
		{"the domain and another library", "internal/clean", "example.org/yaml", "standard library"},
		{"the library that its row names", "internal/yaml", "example.org/yaml/ast", ""},
		{"a library whose name only begins so", "internal/yaml", "example.org/yamlx", "standard library"},
		{"the domain and SQL", "internal/clean", "database/sql", "no SQL"},
		{"the domain and HTTP", "internal/clean", "net/http", "no HTTP"},
		{"the platform imports the domain", "internal/store", m + "/internal/clean", ""},
		{"the platform imports below", "internal/store", m + "/internal/blob", ""},
		{"the platform imports above", "internal/blob", m + "/internal/store", "listed later"},
		{"the platform and libraries", "internal/store", "example.org/sql", ""},
		{"the platform imports app", "internal/store", m + "/internal/app", "only cmd imports app"},
		{"the platform imports cmd", "internal/store", m + "/cmd/bank", "do not import cmd"},
		{"app imports everything", "internal/app", m + "/internal/store", ""},
		{"cmd imports app", "cmd/bank", m + "/internal/app", ""},
		{"cmd and the domain's types", "cmd/bank", m + "/internal/errs", ""},
		{"cmd imports the platform", "cmd/bank", m + "/internal/store", "cmd calls app"},
		{"an example stands alone", "examples/x", m + "/internal/errs", "stand alone"},
		{"a package that is not listed", "internal/util", "strings", "in neither list"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := archtest.Check(m, layers, []archtest.Package{
				{ImportPath: m + "/" + tt.from, Imports: []string{tt.imports}},
				{ImportPath: "strings", Standard: true}, {ImportPath: "net/http", Standard: true}, {ImportPath: "database/sql", Standard: true},
			})
			if tt.want == "" && len(got) != 0 {
				t.Errorf("%v; want nothing", got)
			}
			if tt.want != "" && !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, tt.want) }) {
				t.Errorf("%v; want %q", got, tt.want)
			}
		})
	}
}
