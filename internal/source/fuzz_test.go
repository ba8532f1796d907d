package source_test

import (
	"testing"
	"unicode/utf8"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source"
	"github.com/luodi/luodi/internal/source/charset"
)

// FuzzParse reads arbitrary bytes as each format that needs no library, and
// wants records whose places lie in the file, or a reason.
func FuzzParse(f *testing.F) {
	names := []string{"a.csv", "a.tsv", "a.json", "a.jsonl", "a.md", "a.txt"}
	for i, s := range []string{
		"id;text\r\n1;\"a \"\"b\"\"\n;c\"\r\n", "id\ttext\n1\ta", `[{"id":1,"text":"a"},{"id":2,"text":"\ud83d\ude00"}]`,
		"{\"id\":1,\"text\":\"a\"}\n\n{\"id\":2}\n", "# h\n\n| a | b |\n|---|---|\n| 1 | `c` |\n\n```\nx\n", "\xb8\xf6\xc8\xcb\xb4\xfb\xbf\xee\n",
	} {
		f.Add(i, []byte(s))
	}
	f.Fuzz(func(t *testing.T, i int, b []byte) {
		if i < 0 || i >= len(names) || len(b) > 64<<10 {
			return
		}
		records, err := source.Parse(nil, names[i], b, source.Columns{})
		if err != nil {
			if !errs.Is(err, errs.CodeInvalid) {
				t.Fatal(err)
			}
			return
		}
		for _, r := range records {
			if !utf8.ValidString(r.Text) || r.Start < 0 || r.End < r.Start || r.End > len(b) {
				t.Fatalf("%q at %d to %d of %d bytes", r.Text, r.Start, r.End, len(b))
			}
		}
	})
}

// FuzzCharset wants a text of valid UTF-8 whose every byte is accounted for.
func FuzzCharset(f *testing.F) {
	for _, s := range []string{"", "a", "\xff\xfea\x00", "\xb8\xf6\xc8\xcb\xb4\xfb\xbf\xee", "\x8e\xa2\xa1\xa1", "caf\xe9", "\x81\x30\x81\x30"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		text, err := charset.Decode(b)
		if err != nil {
			if !errs.Is(err, errs.CodeInvalid) {
				t.Fatal(err)
			}
			return
		}
		if !utf8.ValidString(text.String) || text.Map.Len() != len(text.String) || text.Map.InputLen() != len(b) {
			t.Fatalf("%q from %d of %d bytes", text.String, text.Map.InputLen(), len(b))
		}
		for _, r := range text.Lossy {
			if r.Start < 0 || r.End <= r.Start || r.End > len(b) {
				t.Fatalf("lossy %v of %d bytes", r, len(b))
			}
		}
	})
}
