package project_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/luodi/luodi/internal/project"
)

var update = flag.Bool("update", false, "write docs/reference/luodi-yaml.md in both languages")

// paths are the keys that a type knows, in order.
func paths(t reflect.Type, prefix string) (out []string) {
	switch t.Kind() {
	case reflect.Pointer:
		return paths(t.Elem(), prefix)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Struct {
			return paths(t.Elem(), prefix+"[]")
		}
	case reflect.Struct:
		for i := range t.NumField() {
			if tag := t.Field(i).Tag.Get("yaml"); tag != "" && tag != "-" {
				out = append(out, paths(t.Field(i).Type, strings.TrimPrefix(prefix+"."+tag, "."))...)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return []string{prefix}
}

// scalars are keys that may also be a mapping, whose keys stand below them.
var scalars = []string{"scenarios[].items.test", "scenarios[].candidates", "scenarios[].candidates[].retrieval"}

func TestEveryKeyIsDocumented(t *testing.T) {
	keys, err := project.Keys()
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, k := range keys {
		if k.Type == "" || k.EN == "" || k.ZH == "" || strings.Contains(k.EN+k.ZH, "|") {
			t.Errorf("%s: type, en and zh are needed, without |", k.Path)
		}
		if !slices.Contains(scalars, k.Path) {
			documented = append(documented, k.Path)
		}
	}
	known := paths(reflect.TypeFor[project.Project](), "")
	slices.Sort(known)
	slices.Sort(documented)
	if diff := cmp.Diff(known, documented); diff != "" {
		t.Errorf("keys of the types (-) and of reference.yaml (+):\n%s", diff)
	}
}

func TestReferencePages(t *testing.T) {
	for language, file := range map[string]string{
		"en": "../../docs/reference/luodi-yaml.md",
		"zh": "../../docs/zh/reference/luodi-yaml.md",
	} {
		page, err := project.Reference(language)
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(page, string(have)); diff != "" {
			t.Errorf("%s is not what is generated; run go test ./internal/project -update\n%s", file, diff)
		}
		_, rest, _ := strings.Cut(page, "```yaml\n")
		example, _, found := strings.Cut(rest, "```")
		if !found {
			t.Fatalf("%s has no example", file)
		}
		mustParse(t, example)
	}
}

func TestChinesePageIsChinese(t *testing.T) {
	page, err := project.Reference("zh")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(page, "\n") {
		if cells := strings.Split(line, "|"); len(cells) == 6 && !strings.Contains(line, "---") && !strings.ContainsFunc(cells[4], isHan) {
			t.Errorf("not translated: %s", line)
		}
	}
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }
