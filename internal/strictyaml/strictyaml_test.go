package strictyaml_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/strictyaml"
)

type share float64

func (s *share) UnmarshalText(b []byte) error {
	var f float64
	if _, err := fmt.Sscanf(string(b), "%g%%", &f); err != nil {
		return errors.New("not a share; write it as 30%")
	}
	*s = share(f / 100)
	return nil
}

// split may be written as a share or as {source: NAME}.
type split struct {
	Share  share
	Source string `yaml:"source"`
}

func (s *split) UnmarshalText(b []byte) error { return s.Share.UnmarshalText(b) }

type entry struct {
	Name       string            `yaml:"name"`
	Department string            `yaml:"department"`
	Count      int64             `yaml:"count"`
	Ratio      float64           `yaml:"ratio"`
	On         bool              `yaml:"on"`
	Split      *split            `yaml:"split"`
	Share      share             `yaml:"share"`
	Wait       time.Duration     `yaml:"wait"`
	Notes      []string          `yaml:"notes"`
	Labels     map[string]string `yaml:"labels"`
	Inner      *entry            `yaml:"inner"`
	internal   int               //nolint:unused // unexported fields are passed over
}

type file struct {
	Project string  `yaml:"project"`
	Entries []entry `yaml:"entries"`
}

func TestDecode(t *testing.T) {
	const in = "\ufeffproject: 银行 # the bank\r\nentries:\r\n" +
		"  - {name: \"a b\", count: 3, ratio: 0.80, on: true, split: 30%, share: 5%, wait: 1.5s}\r\n" +
		"  - name: b\r\n    split: {source: c}\r\n    notes: [x, 'y']\r\n    labels: {k: v}\r\n    department:\r\n" +
		"  - name: |\r\n      two\r\n      lines\r\n    inner: &in {name: d, count: 1}\r\n" +
		"  - name: e\r\n    inner: *in\r\n"
	var got file
	if err := strictyaml.Decode("f.yaml", []byte(in), &got); err != nil {
		t.Fatal(err)
	}
	d := &entry{Name: "d", Count: 1}
	want := file{Project: "银行", Entries: []entry{
		{Name: "a b", Count: 3, Ratio: .8, On: true, Split: &split{Share: .3}, Share: .05, Wait: 1500 * time.Millisecond},
		{Name: "b", Split: &split{Source: "c"}, Notes: []string{"x", "y"}, Labels: map[string]string{"k": "v"}},
		{Name: "two\nlines\n", Inner: d},
		{Name: "e", Inner: d},
	}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(entry{})); diff != "" {
		t.Error(diff)
	}
}

func TestProblems(t *testing.T) {
	tests := []struct {
		name, in string
		want     string // the messages, one a line, without source lines
	}{
		{"nothing wrong", "project: a\n", ""},
		{"empty file", "", ""},
		{"only comments", "# x\n", ""},
		{"unknown key with a suggestion, decoded as meant", "entries:\n  - {name: a, departmnt: 3}\n",
			`f.yaml:2:15: unknown key "departmnt" (did you mean "department"?)
f.yaml:2:26: expected text, found the number 3; write "3"`},
		{"unknown key that resembles none", "colour: red\n",
			`f.yaml:1:1: unknown key "colour"; the keys here are project, entries`},
		{"columns are characters, not bytes", "entries:\n- {name: 票据中心, nmae: b}\n",
			`f.yaml:2:16: unknown key "nmae" (did you mean "name"?)`},
		{"wrong types, all reported", "project: [a]\nentries:\n- name: 12\n  count: many\n  ratio: .inf\n  on: yes\n  notes: a\n  labels: [b]\n- text\n",
			`f.yaml:1:10: expected text, found a list
f.yaml:3:9: expected text, found the number 12; write "12"
f.yaml:4:10: expected a whole number, found the text "many"
f.yaml:5:10: expected a number, found the number .inf
f.yaml:6:7: expected true or false, found the text "yes"
f.yaml:7:10: expected a list, found the text "a"; write each entry as "- …"
f.yaml:8:11: expected a mapping, found a list
f.yaml:9:3: expected a mapping with name, department, count, ratio, on, split, share, wait, notes, labels, inner, found the text "text"`},
		{"a list where the file must be a mapping", "- a\n", `f.yaml:1:1: expected a mapping with project, entries, found a list`},
		{"a custom scalar", "entries: [{share: a third}]\n", `f.yaml:1:19: not a share; write it as 30%`},
		{"a custom scalar that is a list", "entries: [{share: [1]}]\n", `f.yaml:1:19: expected a single value, found a list`},
		{"a struct that may be a scalar", "entries: [{split: {sorce: a}}]\n", `f.yaml:1:20: unknown key "sorce" (did you mean "source"?)`},
		{"a duration without unit", "entries: [{wait: 800}]\n", `f.yaml:1:18: expected a duration such as 800ms or 1.5s, found the number 800`},
		{"a share where a number is wanted", "entries: [{ratio: 85%}]\n", `f.yaml:1:19: expected a number, found the text "85%"; write 0.85`},
		{"a key twice", "project: a\nproject: b\n", `f.yaml:2:1: key "project" again; it is set in line 1 already`},
		{"two documents", "project: a\n---\nproject: b\n", `f.yaml:3:1: a second document; this file holds one, so remove the line ---`},
		{"no such anchor", "project: *x\n", `f.yaml:1:10: no anchor &x in this file`},
		{"a tag", "project: !!str 12\n", `f.yaml:1:10: tags such as !!str are not used here; write the value alone`},
		{"an alias that holds itself", "entries:\n- &a {name: x, inner: *a}\n", `f.yaml:2:23: an alias that holds itself`},
		{"a tab", "entries:\n\t- a\n", `f.yaml:2:1: a tab; indent with spaces`},
		{"not UTF-8", "project: a\nentries: \xd2\xf8\n", `f.yaml:2:10: not UTF-8 text; save the file as UTF-8`},
		{"a bracket left open", "entries: [a\nproject: b\n", `f.yaml:2:1: ',' or ']' must be specified; put a value that holds : , { } [ or ] in quotes`},
		{"a missing space", "project:a\nentries: []\n", `f.yaml:1:1: a key needs a colon and a space, as in name: value`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := strictyaml.Decode("f.yaml", []byte(tt.in), new(file))
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if !errs.Is(err, errs.CodeInvalid) {
				t.Errorf("code %q, want invalid", errs.Of(err))
			}
			var problems strictyaml.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("%v holds no Problems", err)
			}
			var got []string
			for _, p := range problems {
				got = append(got, fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message))
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNothingIsMissingFromWhatIsNoYAML(t *testing.T) {
	for name, text := range map[string]string{"a tab": "entries:\n\t- {name: a}\n", "indentation": "entries:\n- name: a\n   x: 1\n", "UTF-16": "\xff\xfee\x00"} {
		var f file
		doc := strictyaml.Read("f.yaml", []byte(text), &f)
		before := doc.Err().Error()
		doc.Errorf("", "entries is missing")
		if after := doc.Err().Error(); after != before {
			t.Errorf("%s: %s", name, after)
		}
	}
}

func TestErrorfAddsToTheSameList(t *testing.T) {
	var f file
	doc := strictyaml.Read("f.yaml", []byte("entries:\n- {name: a, count: 2, notes: \"x\"}\n- name:\n"), &f)
	entries := strictyaml.Path("entries")
	doc.Errorf(entries.Index(0).Key("notes"), "dropped: that place has its problem already")
	doc.Errorf(entries.Index(0).Key("count"), "count is %d", f.Entries[0].Count)
	doc.Errorf(entries.Index(1).Key("department").Key("x"), "reported at the nearest value above")
	if doc.Has(entries.Index(1).Key("name")) || !doc.Has(entries.Index(0).Key("name")) {
		t.Error("Has: a null is not a value")
	}
	if !doc.Quoted(entries.Index(0).Key("notes")) || doc.Quoted(entries.Index(0).Key("name")) {
		t.Error("Quoted")
	}
	const want = `f.yaml:2:20: count is 2
  - {name: a, count: 2, notes: "x"}
                     ^
f.yaml:2:30: expected a list, found the text "x"; write each entry as "- …"
  - {name: a, count: 2, notes: "x"}
                               ^
f.yaml:3:3: reported at the nearest value above
  - name:
    ^`
	if diff := cmp.Diff(want, doc.Err().Error()); diff != "" {
		t.Error(diff)
	}
}

func TestNeverPanicsAndPointsIntoTheFile(t *testing.T) {
	pieces := []string{"project", "entries", ": ", ":", "- ", "\n", "\n  ", "{", "}", "[", "]", ", ", "\"", "'", "&a ", "*a", "|", ">-", "# c", "票据", "12", ".5", "true", "~", "\t", "!!x ", "<<", "? ", "---", "...", "%", "@", "\r\n"}
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 30).Draw(t, "in"), "")
		err := strictyaml.Decode("f.yaml", []byte(in), new(file))
		var problems strictyaml.Problems
		if err == nil {
			return
		}
		if !errors.As(err, &problems) {
			t.Fatalf("%q: %v holds no Problems", in, err)
		}
		_ = problems.Error()
		for _, p := range problems {
			if lines := strings.Count(in, "\n") + 1; p.Line < 1 || p.Line > lines || p.Column < 0 {
				t.Fatalf("%q: %d:%d is outside of the file: %s", in, p.Line, p.Column, p.Message)
			}
		}
	})
}

func ExampleDecode() {
	var f struct {
		Project string `yaml:"project"`
	}
	err := strictyaml.Decode("luodi.yaml", []byte("projct: bank\n"), &f)
	fmt.Println(err)
	// Output:
	// luodi.yaml:1:1: unknown key "projct" (did you mean "project"?)
	//   projct: bank
	//   ^
}
