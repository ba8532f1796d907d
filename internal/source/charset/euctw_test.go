package charset_test

import (
	"testing"

	"github.com/luodi/luodi/internal/source/charset"
)

// What GNU iconv writes for the texts beside.
const (
	twRaw  = "\xee\xbe\xe6\xc0,\xc4\xf9\xd5\xa9\x0a1,\xca\xbc\xce\xfb\xcf\xea\xc6\xee\xc6\xa6\xf5\xe4\xca\xf4\xc8\xb4\xc8\xad\xcc\xaf\xa1\xa2\xee\xf9\xd9\xc2\xc4\xef\xeb\xfb\xd5\xeb\xd4\xb7\xc6\xab\xc5\xe8\xd9\xec\xc5\xf8\xa1\xa9\x0a"
	twText = "編號,內容\n1,我的信用卡還沒有收到，請問什麼時候可以寄出？\n"
	rareTW = "\x8e\xa2\xa1\xa1\x8e\xa2\xa1\xa2"
)

func TestEUCTW(t *testing.T) {
	got, err := charset.Decode([]byte(twRaw))
	if err != nil || got.Charset != charset.EUCTW || got.String != twText || len(got.Lossy) > 0 {
		t.Errorf("%q in %s (%v, lossy %v)", got.String, got.Charset, err, got.Lossy)
	}
	if from, to := got.Map.Source(len("編"), len("編號")); string(twRaw[from:to]) != twRaw[2:4] {
		t.Errorf("the second character is bytes %d to %d", from, to)
	}
	got, err = charset.DecodeAs([]byte(twRaw+rareTW+"\x8e\xa3\xa1\xa1x"), charset.Guess{Charset: charset.EUCTW})
	at := len(twRaw) + len(rareTW)
	if err != nil || got.String != twText+"乂乜\uFFFDx" || len(got.Lossy) != 1 || got.Lossy[0] != (charset.Range{Start: at, End: at + 4}) {
		t.Errorf("%q, lossy %v, %v", got.String, got.Lossy, err)
	}
}

// TestTwoCharsetsInOneFile: one of them is read wrongly, so the file is marked or refused.
func TestTwoCharsetsInOneFile(t *testing.T) {
	zh := encode(t, charset.GB18030, "编号,内容\n1,我的信用卡还没有收到，请问什么时候可以寄出？\n2,转账失败，请尽快处理\n")
	tests := []struct {
		name  string
		other string
	}{
		{"EUC-TW", twRaw},
		{"Big5", string(encode(t, charset.Big5, "1,我的信用卡還沒有收到，請問什麼時候可以寄出？\n"))},
		{"UTF-8", "3,我的信用卡还没有收到\n"},
		{"a name in UTF-8", "3,Antti Näyhä\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, raw := range []string{string(zh) + string(zh) + tt.other, tt.other + string(zh) + string(zh)} {
				got, err := charset.Decode([]byte(raw))
				if err == nil && !got.Doubtful && len(got.Lossy) == 0 {
					t.Errorf("%s without a mark: %q", got.Charset, got.String)
				}
			}
		})
	}
	if got, _ := charset.Decode(zh); got.Doubtful {
		t.Error("a file in one charset is marked")
	}
}
