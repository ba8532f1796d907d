package score_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/sizing"
	"github.com/luodi/luodi/internal/sizing/score"
)

func TestPoints(t *testing.T) {
	tests := []struct {
		point, text string
		want        bool
	}{
		{"mentions 三个工作日", "应在三个 工作日内办理", true},
		{"mentions Refund", "Your REFUND is on its way", true},
		{"mentions art", "start", false},
		{"mentions 100", "1100 yuan", false},
		{"提到：退款", "我们会退款", true},
		{"omits guarantee", "We cannot guarantee it", false},
		{"omits guarantee", "It will be done", true},
		{"不提 保证", "我们会尽力", true},
		{`matches (?i)^dear \w+`, "Dear Anna,\n", true},
		{`matches \d{4}-\d{2}`, "in March", false},
		{"states 1.2万元", "退还人民币 12,000.00 元。", true},
		{"states 1.2万元", "退还人民币 112,000.00 元。", false},
		{"states 12000元", "共计壹万贰仟元整", true},
		{"states ¥5", "-¥5", false},
		{"states 12元", "12元5角", false},
		{"states 12.5元", "合计12元5角", true},
		{"states 5%", "the rate is 5 percent", true},
		{"states 5", "the rate is 5%", false},
		{"states 5", "the rate is 5 %", false},
		{"states 1.2", "1.2 million", false},
		{"states 3", "3-5 天", false},
		{"states 12", "12.5", false},
		{"states 12", "1,012", false},
		{"states 12", "It takes 12.", true},
		{"states 2026-03-05", "于2026年3月5日受理", true},
		{"states 2026-03-05", "于2026年3月15日受理", false},
		{"states 3个工作日", "within 3 business days.", true},
		{"写明 15800006768", "电话 158-0000-6768", true},
		{"judge is polite", "whatever", false},
	}
	for _, tt := range tests {
		p, err := score.ParsePoint(tt.point)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Met(tt.text); got != tt.want {
			t.Errorf("%s in %q: %v", tt.point, tt.text, got)
		}
	}
	for _, bad := range []string{"", "polite", "mentions", "mentionsx y", "matches (", "states something"} {
		if _, err := score.ParsePoint(bad); err == nil {
			t.Errorf("%q is no point", bad)
		}
	}
}

func TestRubric(t *testing.T) {
	it := sizing.Item{Gold: json.RawMessage(`["mentions 退款","states 18元","omits 保证","judge 语气得体"]`)}
	for text, want := range map[string]float64{
		"已为您退款18.00元。": .75, "已为您退款。": .5, "保证办妥": 0, "": 0, "<think>退款18元</think>好的": .25, "退款180元": .5,
	} {
		if got := (score.Rubric{}).Score(it, sizing.Output{Text: text}); got.Value != want {
			t.Errorf("%q: %+v, want %v", text, got, want)
		}
	}
}

func TestAStatedAmountIsThatAmount(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		a := rapid.Int64Range(0, 10_000_000).Draw(r, "a")
		b := rapid.OneOf(rapid.Just(a), rapid.Just(a*10), rapid.Just(a/10), rapid.Int64Range(0, 10_000_000)).Draw(r, "b")
		p, err := score.ParsePoint(fmt.Sprintf("states ¥%d.%02d", a/100, a%100))
		if err != nil {
			r.Fatal(err)
		}
		form := rapid.SampledFrom([]string{"¥%d.%02d", "人民币%d.%02d元整", "CNY %d.%02d", "%d.%02d 元"}).Draw(r, "form")
		text := "合计 " + fmt.Sprintf(form, b/100, b%100) + "，请查收。"
		if got := p.Met(text); got != (a == b) {
			r.Fatalf("¥%d.%02d in %q: %v", a/100, a%100, text, got)
		}
	})
}

func ExampleRubric() {
	it := sizing.Item{Gold: json.RawMessage(`["states 1.2万元", "mentions apologise", "omits guarantee"]`)}
	got := score.Rubric{}.Score(it, sizing.Output{Text: "We apologise and return CNY 12,000.00 to you."})
	fmt.Println(got.Value)
	// Output: 1
}
