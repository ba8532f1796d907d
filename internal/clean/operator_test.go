package clean

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/source/offset"
)

func TestOperators(t *testing.T) {
	space, indented := spaceOperator(false), spaceOperator(true)
	tests := []struct {
		name     string
		op       Operator
		in, want string
	}{
		{"nothing to do", widthOperator, "转账100元", "转账100元"},
		{"full-width digits, letters and per cent", widthOperator, "１００万元，利率３．８５％ＡＢｃ", "100万元，利率3．85%ABc"},
		{"punctuation stays", widthOperator, "（一）！：；“”、～", "（一）！：；“”、～"},
		{"half-width kana and signs stay", widthOperator, "ｱ￥＠＋", "ｱ￥＠＋"},

		{"a letter and its accent", nfcOperator, "cafe\u0301", "café"},
		{"circled numbers and exponents stay", nfcOperator, "①②³½Ⅳ㎡", "①②³½Ⅳ㎡"},
		{"rare Han stay", nfcOperator, "𠮷龘㐂", "𠮷龘㐂"},
		{"Hangul is put together", nfcOperator, "\u1112\u1161\u11ab", "한"},

		{"controls go, tabs and lines stay", controlOperator, "a\x00b\x07\tc\r\nd\x7f", "ab\tc\r\nd"},
		{"zero-width and direction marks go", controlOperator, "\uFEFF1\u200b3\u200e8\u202a0\u2060", "1380"},
		{"soft hyphens go", controlOperator, "Kre\u00addit", "Kredit"},
		{"joiners between digits go", controlOperator, "138\u200d0013\u200c8000", "13800138000"},
		{"joiners in emoji stay", controlOperator, "👨\u200d👩\u200d👧 🏳\ufe0f\u200d🌈", "👨\u200d👩\u200d👧 🏳\ufe0f\u200d🌈"},
		{"joiners in Persian stay", controlOperator, "می\u200cخواهم", "می\u200cخواهم"},

		{"blanks are single", space, "a  b\t\tc\u00a0\u3000d", "a b c d"},
		{"line ends are one kind", space, "a\r\nb\rc\u2028d\fe", "a\nb\nc\nd\ne"},
		{"at most one empty line", space, "a\n\n\n \n\nb", "a\n\nb"},
		{"no blanks at the ends of lines", space, "a  \n  b\t\n", "a\nb"},
		{"nothing around", space, " \n\t a \n ", "a"},
		{"only white space", space, " \n\t\u3000", ""},
		{"a single blank between Han stays", space, "第一章 总 则", "第一章 总 则"},
		{"indents stay in markdown", indented, "- a\n  - b\n\n\n    code  x\n", "- a\n  - b\n\n    code x"},
		{"an ideographic indent goes", indented, "一\n\u3000\u3000二", "一\n二"},
		{"an indent at the start", indented, "\n\n  - a", "  - a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, m := tt.op.Apply(tt.in)
			if got != tt.want || m.Len() != len(got) || m.InputLen() != len(tt.in) {
				t.Errorf("%q, map of %d from %d; want %q", got, m.Len(), m.InputLen(), tt.want)
			}
		})
	}
}

// text draws what departments write: Han, rare Han, both widths, controls.
var text = rapid.Custom(func(t *rapid.T) string {
	pieces := rapid.SampledFrom([]string{
		"中", "𠮷", "a", "Ｚ", "１", "0", "％", "，", " ", "　", "\u00a0", "\t", "\n", "\r\n", "\r", "\x00", "\x1b", "\u200b", "\u200d", "\ufeff",
		"e\u0301", "\u0301", "①", "\u2028", "\u1112\u1161\u11ab", "\uFFFD", "👨", ".", "|", "#", "\u0085", "\u00ad", "\uF900",
	})
	return strings.Join(rapid.SliceOfN(pieces, 0, 40).Draw(t, "pieces"), "")
})

func allOperators() []Operator {
	ops := []Operator{spaceOperator(false), spaceOperator(true)}
	for _, name := range OperatorNames() {
		if op, ok := plainOperators[name]; ok {
			ops = append(ops, op)
		} else if name != "space" {
			ops = append(ops, PlanStep{Do: name}.operator("txt"), PlanStep{Do: name, Remove: true}.operator("txt"))
		}
	}
	return ops
}

// TestEveryOutputCharacterTraces: what an operator writes is made of the input
// that its map says: the same bytes, or bytes that it makes the same of alone.
func TestEveryOutputCharacterTraces(t *testing.T) {
	for _, op := range allOperators() {
		t.Run(op.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				in := text.Draw(t, "in")
				out, m := op.Apply(in)
				traced(t, in, out, m, func(piece string) string {
					switch op.Name {
					case "mojibake", "s2t", "t2s", "punctuation": // tested by what they make
						return out
					}
					if op.Name == "width" || op.Name == "nfc" {
						return norm.NFC.String(foldAll(piece))
					}
					return piece
				})
			})
		})
	}
}

// traced checks a map character by character: same says what a piece of input
// may have become.
func traced(t *rapid.T, in, out string, m offset.Map, same func(string) string) {
	if m.Len() != len(out) || m.InputLen() != len(in) || !utf8.ValidString(out) {
		t.Fatalf("%q became %q with a map of %d from %d", in, out, m.Len(), m.InputLen())
	}
	at := 0
	for i, r := range out {
		from, to := m.Source(i, i+utf8.RuneLen(r))
		if from < at || to <= from {
			t.Fatalf("%q became %q: character %d traces to %d-%d after %d", in, out, i, from, to, at)
		}
		at = from
		piece := in[from:to]
		white := unicode.IsSpace(r) && strings.TrimFunc(piece, unicode.IsSpace) == ""
		if piece != string(r) && !white && !strings.ContainsRune(same(piece), r) {
			t.Fatalf("%q became %q: %q traces to %q", in, out, r, piece)
		}
	}
}

func foldAll(s string) string {
	out, _ := widthOperator.Apply(s)
	return out
}

// planOf are the operators that a document or row of a format gets.
func planOf(format string) []Operator {
	p := NewPlan(nil)
	class := "office"
	if format == "csv" {
		class = "table"
	}
	return p.operators(class, format)
}

func TestOperatorsAreIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := text.Draw(t, "in")
		for _, op := range allOperators() {
			once, _ := op.Apply(in)
			if twice, m := op.Apply(once); twice != once || !m.IsIdentity() {
				t.Fatalf("%s: %q became %q and then %q", op.Name, in, once, twice)
			}
		}
		for _, format := range []string{"md", "csv"} {
			once := in
			for _, op := range planOf(format) {
				once, _ = op.Apply(once)
			}
			for _, op := range planOf(format) {
				if twice, _ := op.Apply(once); twice != once {
					t.Fatalf("%s after the plan: %q became %q", op.Name, once, twice)
				}
			}
		}
	})
}

func TestLanguage(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"Chinese", "我的卡还没有收到", LangChinese},
		{"traditional Chinese", "我的卡還沒有收到", LangChinese},
		{"Chinese with English words", "我的 iPhone 无法登录 App", LangChinese},
		{"English", "I still have not received my card", LangEnglish},
		{"English with a Chinese name", "Please transfer the money to Mr 王 before the end of this week", LangEnglish},
		{"English with a loan word", "The café charged my card twice and I want my money back", LangEnglish},
		{"German", "Die Karte ist für mich gesperrt, können Sie prüfen, warum", LangOther},
		{"Japanese", "カードがまだ届いていません", LangOther},
		{"Korean", "카드가 아직 도착하지 않았습니다", LangOther},
		{"Russian", "Карта ещё не пришла", LangOther},
		{"numbers", "100.00 2024-01-01", LangOther},
		{"nothing", "", LangOther},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := language(tt.text); got != tt.want {
				t.Errorf("language %q, want %q", got, tt.want)
			}
		})
	}
}

func BenchmarkPlan(b *testing.B) {
	for name, in := range map[string]string{
		"zh clean": strings.Repeat("第十二条 商业银行应当按照规定向客户披露信息，金额为人民币100万元。\n", 2000),
		"zh wide":  strings.Repeat("第１２条　商业银行应当按照规定披露信息，金额为人民币１００万元。\r\n", 2000),
		"en":       strings.Repeat("I still have not received my new card, I ordered it over a week ago.\n", 2000),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				s := in
				for _, op := range planOf("txt") {
					s, _ = op.Apply(s)
				}
			}
		})
	}
}
