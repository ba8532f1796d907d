package token_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/knowledge/token"
)

// list collects terms in order.
type list []string

func (l *list) Gram(a, b rune) {
	if b == 0 {
		*l = append(*l, string(a))
		return
	}
	*l = append(*l, string([]rune{a, b}))
}
func (l *list) Word(w []byte) { *l = append(*l, string(w)) }

func terms(text string) string {
	var l list
	token.Each(text, &l)
	return strings.Join(l, " ")
}

func TestEach(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"Han gives unigrams and bigrams", "存款利率", "存 款 存款 利 款利 率 利率"},
		{"punctuation and spaces break bigrams", "存，款 利\n率", "存 款 利 率"},
		{"words break bigrams", "用ETF买", "用 etf 买"},
		{"words are lower case", "Straße ÉCOLE naïve", "straße ecole naive"},
		{"full width is half width", "ＡＢＣ　１２３", "abc 123"},
		{"possessives go, other apostrophes join", "customer's don't O’Brien’s", "customer dont obrien"},
		{"thousands are one number", "1,000,000 and 1,00", "1000000 and 1 00"},
		{"decimals are one number", "3.5% of 12.", "3.5 of 12"},
		{"codes are whole and in parts", "INV-2024-01", "inv-2024-01 inv 2024 01"},
		{"words joined without a digit are only parts", "e-mail and/or", "e mail and or"},
		{"identifiers", "open_account_4821()", "open_account_4821 open account 4821"},
		{"section codes in any numerals", "第十二条 第12条 第１２条", "第12条 第12条 第12条"},
		{"inserted articles", "第一百二十条之一规定", "第120条之1 规 定 规定"},
		{"chapters and clauses", "第三章第二款", "第3章 第2款"},
		{"large numerals", "第一千二百六十条 第二〇二四条 第十条", "第1260条 第2024条 第10条"},
		{"traditional characters are the simplified ones", "銀行貸款 憑證號碼", "银 行 银行 贷 行贷 款 贷款 凭 证 凭证 号 证号 码 号码"},
		{"section codes in traditional characters", "第一萬兩千條之二 第三節", "第12000条之2 第3节"},
		{"no section", "第三方 第一次", "第 三 第三 方 三方 第 一 第一 次 一次"},
		{"kana and hangul are like Han", "カード 한국", "カ ー カー ド ード 한 국 한국"},
		{"other scripts are words", "Привет мир", "привет мир"},
		{"nothing", "。，!? ", ""},
		{"broken UTF-8 is no term", "a\xffb", "a b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, terms(tt.text)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestStrip(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a question word", "请问什么是合伙企业？", "合伙企业?"},
		{"the longest phrase first", "开户需要多少钱", "开户需要"},
		{"pronouns", "我的卡丢了怎么办", "卡丢了"},
		{"a pronoun inside a word stays", "我国的其他规定", "我国的其他规定"},
		{"a question word in traditional characters", "請問什麼是合夥企業？", "合伙企业?"},
		{"greetings and thanks", "您好，我想咨询一下定期存款，谢谢！", ", 定期存款, !"},
		{"thanks that are a thing stay", "感谢信怎么写", "感谢信 写"},
		{"English", "How do I close my account?", "close account?"},
		{"whole words only", "whatever itself hero", "whatever itself hero"},
		{"acronyms stay", "Does IT support US cards?", "does it support us cards?"},
		{"Latin in a Han question stays", "哪所大学的it专业好", "大学的it专业好"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(strings.Fields(token.Strip(tt.text)), " ")
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestQuery(t *testing.T) {
	names := func(ts []token.Term) (out []string) {
		for _, t := range ts {
			out = append(out, fmt.Sprintf("%s:%d:%d", t.Text, t.Count, t.Gram))
		}
		return out
	}
	if d := cmp.Diff([]string{"利:2:1", "利率:1:2", "率:1:1", "lpr:1:0"}, sorted(names(token.Query("什么是LPR利率，利")))); d != "" {
		t.Error(d)
	}
	if got := names(token.Query("这是什么？")); len(got) == 0 {
		t.Error("a question of question words alone must keep terms")
	}
	if got := names(token.Query("什么")); len(got) != 3 {
		t.Errorf("a question that is a question phrase is taken as it is; got %v", got)
	}
	if d := cmp.Diff([]string{"card:1:0", "fee:1:0"}, names(token.Query("the fee of the card"))); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"here:1:0"}, names(token.Query("here"))); d != "" {
		t.Error(d)
	}
}

// What is told around a long question goes; in a short one it may be the
// question.
func TestQueryInAStory(t *testing.T) {
	has := func(text, term string) bool {
		return slices.ContainsFunc(token.Query(text), func(t token.Term) bool { return t.Text == term })
	}
	const story = "我是一名职工，最近遇到了一件比较麻烦的事情，想了很久也不知道应该怎么处理，因为已经拖了很长时间，家里人都非常着急。信用卡逾期之后协商分期还款，利息和违约金还要不要继续支付？希望有经验的朋友尽快回复，谢谢大家。"
	for _, term := range []string{"信用", "用卡", "逾期", "分期", "利息"} {
		if !has(story, term) {
			t.Errorf("the story's question lost %q", term)
		}
	}
	for _, term := range []string{"最近", "事情", "着急", "大家", "谢谢"} {
		if has(story, term) {
			t.Errorf("the story kept %q", term)
		}
	}
	if !has("事情处理办法", "事情") {
		t.Error("a short question lost a word")
	}
}

func sorted(s []string) []string {
	slices.SortFunc(s, func(a, b string) int {
		return strings.Compare(fmt.Sprint(len([]byte(a)) == len(a) && a[0] < 128, a), fmt.Sprint(len([]byte(b)) == len(b) && b[0] < 128, b))
	})
	return s
}

func TestSectionLabel(t *testing.T) {
	for _, tt := range []struct{ text, written, term string }{
		{"第四百六十三条 本编", "第四百六十三条", "第463条"},
		{"第12条之1　甲", "第12条之1", "第12条之1"},
		{"第三方", "", ""},
		{"第十二條　甲", "第十二條", "第12条"},
		{"条", "", ""},
		{"第", "", ""},
		{"第十", "", ""},
		{"", "", ""},
	} {
		if w, term := token.SectionLabel(tt.text); w != tt.written || term != tt.term {
			t.Errorf("SectionLabel(%q) = %q, %q; want %q, %q", tt.text, w, term, tt.written, tt.term)
		}
	}
}

// What a text is compared as does not change its terms.
func TestFoldIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.RuneFrom([]rune("存款利率第十二条之，。aZ1,.-_'’ Ａ")))).Draw(t, "text")
		folded := token.FoldString(text)
		if token.FoldString(folded) != folded {
			t.Fatalf("folding %q twice differs", text)
		}
		if a, b := terms(text), terms(folded); a != b {
			t.Fatalf("terms %q, folded %q", a, b)
		}
	})
}

func ExampleQuery() {
	for _, t := range token.Query("请问信用卡年费是多少？") {
		if t.Gram != 1 {
			fmt.Print(t.Text, " ")
		}
	}
	// Output: 信用 卡年 年费 用卡 费是
}

func BenchmarkEach(b *testing.B) {
	text := strings.Repeat("合同编通则：依法成立的合同，受法律保护。第四百六十五条 ", 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		token.Each(text, discard{})
	}
}

type discard struct{}

func (discard) Gram(a, b rune) {}
func (discard) Word(w []byte)  {}
