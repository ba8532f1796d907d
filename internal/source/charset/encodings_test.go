package charset_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/source/charset"
)

// sharedData returns a folder of the shared real data, or skips the test.
func sharedData(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no real data at %s: skipped", dir)
	}
	return dir
}

// folders gives the charset that each folder's name stands for.
var folders = map[string]string{
	"Big5": charset.Big5, "GB2312": charset.GB18030, "EUC-TW": charset.EUCTW,
	"UTF-16BE": charset.UTF16BE, "UTF-16LE": charset.UTF16LE, "UTF-32BE": charset.UTF32BE, "UTF-32LE": charset.UTF32LE,
	"utf-8": charset.UTF8, "utf-8-sig": charset.UTF8,
}

// TestEncodingsFolder takes the folder names as truth; the goal is .97 right.
func TestEncodingsFolder(t *testing.T) {
	dir := sharedData(t, "encodings")
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	right, all := 0, 0
	for _, f := range files {
		folder := filepath.Base(filepath.Dir(f))
		want, ok := folders[folder]
		if folder == "UTF-16" || folder == "UTF-32" { // the mark tells the order
			end := f[len(f)-len("be.srt"):]
			want, ok = strings.ToLower(folder)+end[:2], true
		}
		if !ok {
			continue
		}
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all++
		text, err := charset.Decode(raw)
		if err == nil && text.Charset == want {
			right++
		} else {
			t.Logf("%s/%s: decided %q, lossy ranges %d, error %v", folder, filepath.Base(f), text.Charset, len(text.Lossy), err)
		}
	}
	t.Logf("charset by folder name: %d of %d right (%.4f)", right, all, float64(right)/float64(all))
	if float64(right) < 0.97*float64(all) {
		t.Errorf("%d of %d files decided right, the goal is .97", right, all)
	}
}

// TestNoGuessWithoutAMark cuts files after their first bytes, and mixes them:
// what is not decoded as its charset says bears a mark, or is refused.
func TestNoGuessWithoutAMark(t *testing.T) {
	dir := sharedData(t, "encodings")
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	raws := map[string][]byte{}
	wants := map[string]string{}
	for _, f := range files {
		want, ok := folders[filepath.Base(filepath.Dir(f))]
		if !ok {
			continue
		}
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(filepath.Dir(f)) + "/" + filepath.Base(f)
		raws[name], wants[name] = raw, want
	}
	decode := func(raw []byte, cs string) string {
		text, err := charset.DecodeAs(raw, charset.Guess{Charset: cs})
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimPrefix(text.String, "\ufeff")
	}
	for _, size := range []int{64, 256, 1024, 4096} {
		all, marked, refused, wrong := 0, 0, 0, 0
		for name, raw := range raws {
			for _, part := range windows(raw, size, wants[name]) {
				all++
				text, err := charset.Decode(part)
				switch {
				case err != nil:
					refused++
				case text.Doubtful || len(text.Lossy) > 0:
					marked++
				case strings.TrimPrefix(text.String, "\ufeff") != decode(part, wants[name]):
					wrong++
					t.Logf("%s, %d bytes: taken for %s: %.60q, is %.60q", name, size, text.Charset, text.String, decode(part, wants[name]))
				}
			}
		}
		t.Logf("%4d bytes: %d pieces, %d marked, %d refused, %d wrong without a mark", size, all, marked, refused, wrong)
		if wrong > 0 || marked*5 > all {
			t.Errorf("%d bytes: %d pieces are wrong without a mark, %d of %d are marked", size, wrong, marked, all)
		}
	}
	all, wrong := 0, 0
	for a, x := range raws {
		for b, y := range raws {
			if wants[a] == wants[b] || strings.HasPrefix(wants[a], "utf-16") || strings.HasPrefix(wants[a], "utf-32") || strings.HasPrefix(wants[b], "utf-16") || strings.HasPrefix(wants[b], "utf-32") {
				continue
			}
			x, y := windows(x, 3000, wants[a]), windows(y, 3000, wants[b])
			if len(x) == 0 || len(y) == 0 || decode(x[0], charset.UTF8) == decode(x[0], wants[a]) && wants[a] != charset.UTF8 || decode(y[0], charset.UTF8) == decode(y[0], wants[b]) && wants[b] != charset.UTF8 {
				continue // ASCII
			}
			all++
			text, err := charset.Decode([]byte(string(x[0]) + "\n" + string(y[0])))
			if err == nil && !text.Doubtful && len(text.Lossy) == 0 && text.String != decode(x[0], wants[a])+"\n"+decode(y[0], wants[b]) {
				wrong++
				if wrong < 10 {
					t.Logf("%s with %s: taken for %s", a, b, text.Charset)
				}
			}
		}
	}
	t.Logf("%d pairs of charsets in one file, %d wrong without a mark", all, wrong)
	if wrong*50 > all {
		t.Errorf("%d of %d pairs are wrong without a mark", wrong, all)
	}
}

// windows are a file's first bytes and those from its first and fifth line that
// is not ASCII, cut between two characters.
func windows(raw []byte, size int, cs string) (out [][]byte) {
	add := func(part []byte) {
		part = part[:min(size, len(part))]
		if strings.HasPrefix(cs, "utf-16") || strings.HasPrefix(cs, "utf-32") {
			part = part[:len(part)&^3]
		} else if i := strings.LastIndexByte(string(part), '\n'); i > size/3 {
			part = part[:i]
		}
		if len(part) > 0 {
			out = append(out, part)
		}
	}
	add(raw)
	if strings.HasPrefix(cs, "utf-16") || strings.HasPrefix(cs, "utf-32") {
		return out
	}
	at, n := 0, 0
	for line := range strings.Lines(string(raw)) {
		if strings.ContainsFunc(line, func(r rune) bool { return r > 0x7f }) {
			if n++; n == 1 || n == 5 {
				add(raw[at:])
			}
		}
		at += len(line)
	}
	return out
}
