package clean

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestValues(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"commas and a point", "合计1,250.00元整", []string{"amount 1250.00 CNY: 1,250.00元"}},
		{"ten thousands", "贷款100万元", []string{"amount 1000000 CNY: 100万元"}},
		{"a fraction of a hundred million", "约3.25亿美元", []string{"amount 325000000 USD: 3.25亿美元"}},
		{"a sign before", "¥12.5 和 US$30", []string{"amount 12.5 CNY: ¥12.5", "amount 30 USD: US$30"}},
		{"capitals", "人民币壹佰贰拾万零叁佰元伍角整", []string{"amount 1200300.50 CNY: 人民币壹佰贰拾万零叁佰元伍角整"}},
		{"capitals of a hundred million", "壹亿贰仟万元整", []string{}},
		{"no currency", "100 次，3.85%", []string{}},
		{"a date", "2024年3月15日", []string{"date 2024-03-15: 2024年3月15日"}},
		{"spaces in it", "2024 年", []string{}},
		{"ISO and slashes", "2024-03-15，2024/3/5", []string{"date 2024-03-15: 2024-03-15", "date 2024-03-05: 2024/3/5"}},
		{"Chinese digits", "二〇二四年十二月三十一日", []string{"date 2024-12-31: 二〇二四年十二月三十一日"}},
		{"no such day", "2024-02-30 2023年2月29日", []string{}},
		{"no year", "3月15日", []string{}},
		{"an identifier", "2024-03-152 T2024-03-15x", []string{"date 2024-03-15: 2024-03-15"}},
		{"both", "2024年3月15日转入1,250.00元", []string{"date 2024-03-15: 2024年3月15日", "amount 1250.00 CNY: 1,250.00元"}},
		{"a negative range", "50-100元", []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := []string{}
			for _, v := range values(tt.text, true, true) {
				s := v.Kind + " " + v.Value
				if v.Unit != "" {
					s += " " + v.Unit
				}
				got = append(got, s+": "+tt.text[v.Start:v.End])
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("%q (-want +got):\n%s", tt.text, d)
			}
		})
	}
}

func TestValuesAreOrderedAndApart(t *testing.T) {
	pieces := []string{"1", "2024", "年", "月", "日", "-", "万", "元", "壹", "佰", "拾", "角", "¥", ",", ".", "000", "三", "十", " ", "整", "人民币", "亿"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "text"), "")
		at := 0
		for _, v := range values(text, true, true) {
			if v.End <= v.Start || v.End > len(text) || v.End <= at || v.Value == "" {
				t.Fatalf("%q: %+v after %d", text, v, at)
			}
			at = v.End
		}
	})
}

func TestMeasures(t *testing.T) {
	for _, tt := range []struct {
		name, text, measure string
		least, most         float64
	}{
		{"a sentence", "商业银行应当依法经营并接受监督管理机构的检查。", "gibberish", 0, .05},
		{"English", "I still have not received my new card, I ordered it over a week ago.", "gibberish", 0, .1},
		{"German", "Sehr geehrte Damen und Herren, die Karte wurde noch nicht verschickt.", "gibberish", 0, .15},
		{"keys at random", "asdkjqwxz zxcvqw kjhqwe xzvbnq qwzxkj", "gibberish", .3, 1},
		{"replaced characters", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD", "gibberish", .9, 1},
		{"a rule of dashes", "----------- ===========", "gibberish", 0, 0},
		{"repeated", strings.Repeat("请尽快处理谢谢您的配合", 20), "character_repetition", .9, 1},
		{"not repeated", "第十二条 商业银行应当按照规定向客户披露信息", "character_repetition", 0, 0},
		{"words again", strings.Repeat("please call me back today ", 20), "word_repetition", .9, 1},
		{"Han", "我的卡", "han_ratio", 1, 1},
		{"half symbols", "ab!?", "symbol_ratio", .5, .5},
		{"characters", "中a 1", "characters", 4, 4},
		{"nothing", "", "han_ratio", 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := measured(tt.text, nil)[tt.measure]; got < tt.least || got > tt.most {
				t.Errorf("%s is %g, want %g to %g", tt.measure, got, tt.least, tt.most)
			}
		})
	}
	if got := measured("x", []Span{{Kind: SpanLossy, End: 1}})["lossy"]; got != 1 {
		t.Errorf("lossy %g", got)
	}
}
