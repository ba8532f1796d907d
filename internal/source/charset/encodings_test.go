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
	"Big5": charset.Big5, "GB2312": charset.GB18030, "EUC-TW": "euc-tw",
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
