package clean

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestConversions(t *testing.T) {
	for _, tt := range []struct {
		name     string
		op       Operator
		in, want string
	}{
		{"to simplified", toSimplified, "銀行帳戶餘額不足，請聯繫客戶經理", "银行帐户余额不足，请联系客户经理"},
		{"to traditional", toTraditional, "银行账户余额不足，请联系客户经理", "銀行賬戶餘額不足，請聯繫客戶經理"},
		{"one character of two", toTraditional, "头发发展 皇后以后 面条", "頭髮發展 皇后以後 麪條"},
		{"one that stays", toSimplified, "乾隆 乾燥", "乾隆 干燥"},
		{"words of regions stay", toTraditional, "软件", "軟件"},
		{"numbers and Latin stay", toTraditional, "1,000 USD", "1,000 USD"},
		{"punctuation between Han", punctuationOperator, "你好,请问:贷款利率是多少?谢谢!", "你好，请问：贷款利率是多少？谢谢！"},
		{"punctuation of numbers", punctuationOperator, "金额1,000,时间12:30,比例3:1;共,3笔", "金额1,000,时间12:30,比例3:1;共,3笔"},
		{"punctuation at a line's end", punctuationOperator, "收到,\n好", "收到，\n好"},
		{"English", punctuationOperator, "Hi, there: ok?", "Hi, there: ok?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, m := tt.op.Apply(tt.in)
			if got != tt.want || m.Len() != len(got) || m.InputLen() != len(tt.in) {
				t.Errorf("%q, map of %d from %d; want %q", got, m.Len(), m.InputLen(), tt.want)
			}
		})
	}
}

// TestConversionTracesCharacterByCharacter: the n-th character comes from the
// n-th.
func TestConversionTracesCharacterByCharacter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := string(rapid.SliceOf(rapid.SampledFrom([]rune("头发后面里干系皇后发展台湾松了x1，𠮷"))).Draw(t, "in"))
		out, m := toTraditional.Apply(in)
		if utf8.RuneCountInString(out) != utf8.RuneCountInString(in) {
			t.Fatalf("%q became %q", in, out)
		}
		from := 0
		for i, r := range out {
			a, b := m.Source(i, i+utf8.RuneLen(r))
			_, n := utf8.DecodeRuneInString(in[from:])
			if a != from || b != from+n {
				t.Fatalf("%q of %q traces to %d-%d, want %d-%d", r, out, a, b, from, from+n)
			}
			from = b
		}
	})
}
