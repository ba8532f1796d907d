package charset_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/errs"
	"github.com/luodi/luodi/internal/source/charset"
)

var encoders = map[string]encoding.Encoding{
	charset.UTF8:        unicode.UTF8,
	charset.GB18030:     simplifiedchinese.GB18030,
	charset.Big5:        traditionalchinese.Big5,
	charset.UTF16LE:     unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	charset.UTF16BE:     unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	charset.UTF32LE:     utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM),
	charset.UTF32BE:     utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM),
	charset.Windows1252: charmap.Windows1252,
}

// Repertoires: what each charset can write.
const (
	gbRunes   = "客户的银行卡１２％（），。abc 019\n\"𠮷龘€"
	big5Runes = "客戶的銀行卡１２％（），。abc 019\n\""
	latin     = "café naïve Zürich 12 €\n"
)

func encode(t interface{ Fatal(...any) }, cs, s string) []byte {
	out, err := encoders[cs].NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(cs, s, err)
	}
	return out
}

func TestEveryCharacterTracesToItsBytes(t *testing.T) {
	for cs := range encoders {
		t.Run(cs, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				set := []rune(gbRunes)
				switch cs {
				case charset.Big5:
					set = []rune(big5Runes)
				case charset.Windows1252:
					set = []rune(latin)
				}
				s := string(rapid.SliceOf(rapid.SampledFrom(set)).Draw(t, "text"))
				raw := encode(t, cs, s)
				got, err := charset.DecodeAs(raw, charset.Guess{Charset: cs})
				if err != nil || got.String != s || len(got.Lossy) > 0 {
					t.Fatalf("decoded %q (%v, lossy %v), want %q", got.String, err, got.Lossy, s)
				}
				if got.Map.Len() != len(s) || got.Map.InputLen() != len(raw) {
					t.Fatalf("map of %d from %d bytes, want %d from %d", got.Map.Len(), got.Map.InputLen(), len(s), len(raw))
				}
				for i, r := range s {
					from, to := got.Map.Source(i, i+utf8.RuneLen(r))
					if want := encode(t, cs, string(r)); string(raw[from:to]) != string(want) {
						t.Fatalf("%q traces to % x, its bytes are % x", r, raw[from:to], want)
					}
				}
			})
		})
	}
}

func TestArbitraryBytesAreNeverLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOf(rapid.Byte()).Draw(t, "raw")
		for cs := range encoders {
			got, err := charset.DecodeAs(raw, charset.Guess{Charset: cs})
			if err != nil {
				t.Fatal(err)
			}
			if !utf8.ValidString(got.String) || got.Map.InputLen() != len(raw) {
				t.Fatalf("%s: text %q from %d of %d bytes", cs, got.String, got.Map.InputLen(), len(raw))
			}
			at := 0 // every byte stands in some character
			for i, r := range got.String {
				from, to := got.Map.Source(i, i+utf8.RuneLen(r))
				if from != at {
					t.Fatalf("%s: character %d begins at byte %d, the one before ended at %d", cs, i, from, at)
				}
				at = to
			}
			if at != len(raw) {
				t.Fatalf("%s: %d of %d bytes are in the text", cs, at, len(raw))
			}
		}
	})
}

func TestDetect(t *testing.T) {
	zh := "编号,内容\n1,我的信用卡还没有收到，请问什么时候可以寄出？\n"
	tw := "編號,內容\n1,我的信用卡還沒有收到，請問什麼時候可以寄出？\n"
	tests := []struct {
		name string
		raw  []byte
		want string
	}{
		{"an empty file", nil, charset.UTF8},
		{"plain ASCII", []byte("id,text\n1,hello\n"), charset.UTF8},
		{"UTF-8", []byte(zh), charset.UTF8},
		{"UTF-8 with a mark", append([]byte("\xef\xbb\xbf"), zh...), charset.UTF8},
		{"UTF-8 with one broken byte", []byte(zh + "\xff" + zh), charset.UTF8},
		{"UTF-8 cut in its last character", []byte(zh)[:len(zh)-3], charset.UTF8},
		{"GB18030", encode(t, charset.GB18030, zh), charset.GB18030},
		{"GB18030, one word", encode(t, charset.GB18030, "开户,Opening\n"), charset.GB18030},
		{"GB18030 with rare Han", encode(t, charset.GB18030, zh+"客户𠮷先生"), charset.GB18030},
		{"Big5", encode(t, charset.Big5, tw), charset.Big5},
		{"Big5, one word", encode(t, charset.Big5, "開戶,Opening\n"), charset.Big5},
		{"UTF-16LE with a mark", append([]byte("\xff\xfe"), encode(t, charset.UTF16LE, zh)...), charset.UTF16LE},
		{"UTF-16LE without", encode(t, charset.UTF16LE, zh), charset.UTF16LE},
		{"UTF-16BE without, Han only", encode(t, charset.UTF16BE, "我的信用卡还没有收到"), charset.UTF16BE},
		{"UTF-32BE without", encode(t, charset.UTF32BE, zh), charset.UTF32BE},
		{"Windows-1252", encode(t, charset.Windows1252, "Le café de Zürich est fermé\n"), charset.Windows1252},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := charset.Decode(tt.raw)
			if err != nil || got.Charset != tt.want {
				t.Errorf("decided %q (%v), want %q", got.Charset, err, tt.want)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	noise := make([]byte, 4096)
	for i := range noise {
		noise[i] = byte(i*i*31 + i*7)
	}
	tests := []struct {
		name string
		raw  []byte
		say  string
	}{
		{"an office document", []byte("PK\x03\x04rest"), "zip archive"},
		{"a PDF", []byte("%PDF-1.7\n"), "PDF"},
		{"noise", noise, "binary"},
		{"control characters", []byte(strings.Repeat("\x01\x02ab", 100)), "control characters"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := charset.Decode(tt.raw)
			if !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), tt.say) {
				t.Errorf("error %v, want an invalid one that says %q", err, tt.say)
			}
		})
	}
	if _, err := charset.DecodeAs(nil, charset.Guess{Charset: "ebcdic"}); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("an unknown charset: %v", err)
	}
}

func TestUndecodableBytesAreMarked(t *testing.T) {
	raw := append(encode(t, charset.GB18030, "我的账户"), 0xFF)
	raw = append(raw, encode(t, charset.GB18030, "没有收到。")...)
	got, err := charset.DecodeAs(raw, charset.Guess{Charset: charset.GB18030})
	if err != nil {
		t.Fatal(err)
	}
	if want := "我的账户\uFFFD没有收到。"; got.String != want {
		t.Errorf("text %q, want %q", got.String, want)
	}
	if len(got.Lossy) != 1 || got.Lossy[0] != (charset.Range{Start: 8, End: 9}) {
		t.Errorf("lossy %v, want byte 8", got.Lossy)
	}
}

// TestShortCells: a table often holds no more than a few words of Chinese.
func TestShortCells(t *testing.T) {
	words := []string{"信用卡", "转账失败", "查询余额", "贷款利率", "挂失补办", "理财产品到期", "忘记密码", "开通网上银行"}
	for _, w := range words {
		got, err := charset.Decode(encode(t, charset.GB18030, "id,intent\n1,"+w+"\n"))
		if err != nil || got.Charset != charset.GB18030 {
			t.Errorf("%s in GB18030 was taken for %s (%v)", w, got.Charset, err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	text := strings.Repeat("第一条 为了规范银行卡业务，保护持卡人的合法权益 (2024)。\n", 2000)
	for _, cs := range []string{charset.UTF8, charset.GB18030, charset.UTF16LE} {
		raw := encode(b, cs, text)
		b.Run(cs, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				if _, err := charset.Decode(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func ExampleDecode() {
	raw := []byte{'1', ',', 0xbf, 0xaa, 0xbb, 0xa7, 0xc9, 0xea, 0xc7, 0xeb} // as a desktop in Beijing saves it
	text, _ := charset.Decode(raw)
	from, to := text.Map.Source(2, 8)
	fmt.Println(text.Charset, text.String, "- 开户 is bytes", from, "to", to)
	// Output: gb18030 1,开户申请 - 开户 is bytes 2 to 6
}
