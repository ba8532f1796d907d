package typed_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/sizing/score/typed"
)

func TestCanonical(t *testing.T) {
	tests := []struct {
		kind  typed.Kind
		value string
		want  string // "" where it cannot be read
	}{
		{typed.Number, "1,234.50", "number:2469/2"},
		{typed.Number, "１２３４．５", "number:2469/2"},
		{typed.Number, "1.2万", "number:12000"},
		{typed.Number, "-3", "number:-3"},
		{typed.Number, "−3", "number:-3"},
		{typed.Number, "2.5 million", "number:2500000"},
		{typed.Number, "三千五百", "number:3500"},
		{typed.Number, "3千5百", "number:3500"},
		{typed.Number, "一百零五", "number:105"},
		{typed.Number, "十二", "number:12"},
		{typed.Number, "二十五", "number:25"},
		{typed.Number, "一点二万", "number:12000"},
		{typed.Number, "壹万贰仟", "number:12000"},
		{typed.Number, "两万零三十", "number:20030"},
		{typed.Number, "1万800", "number:10800"},
		{typed.Number, "1亿2000万", "number:120000000"},
		{typed.Number, "三万亿", "number:3000000000000"},
		{typed.Number, "1,2", ""},
		{typed.Number, "1,2345", ""},
		{typed.Number, "2万5", ""},
		{typed.Number, "一百五", ""},
		{typed.Number, "一千万百", ""},
		{typed.Number, "1亿2万亿", ""},
		{typed.Number, "5%", ""},
		{typed.Number, "1e3", ""},
		{typed.Number, "10²", ""},
		{typed.Number, "①", ""},
		{typed.Number, "", ""},
		{typed.Number, "-", ""},
		{typed.Number, "万", ""},
		{typed.Money, "1.2万元", "money:CNY:12000"},
		{typed.Money, "人民币12,000元整", "money:CNY:12000"},
		{typed.Money, "¥12,000.00", "money:CNY:12000"},
		{typed.Money, "RMB 12000", "money:CNY:12000"},
		{typed.Money, "12,000 yuan", "money:CNY:12000"},
		{typed.Money, "12元5角2分", "money:CNY:313/25"},
		{typed.Money, "叁元伍角整", "money:CNY:7/2"},
		{typed.Money, "-¥5", "money:CNY:-5"},
		{typed.Money, "$1.2 million", "money:USD:1200000"},
		{typed.Money, "1.2万美元", "money:USD:12000"},
		{typed.Money, "HK$50", "money:HKD:50"},
		{typed.Money, "50", "money:XYZ:50"},
		{typed.Money, "¥5 USD", ""},
		{typed.Money, "元", ""},
		{typed.Money, "--5", ""},
		{typed.Money, "5 euroyen", ""},
		{typed.Percent, "5 %", "percent:5"},
		{typed.Percent, "百分之五点五", "percent:11/2"},
		{typed.Percent, "5‰", "percent:1/2"},
		{typed.Percent, "万分之五", "percent:1/20"},
		{typed.Percent, "4.35 percent", "percent:87/20"},
		{typed.Percent, "0.05", ""},
		{typed.Date, "2026-03-05", "date:2026-03-05"},
		{typed.Date, "2026年3月5日", "date:2026-03-05"},
		{typed.Date, "2026 年 03 月 05 号", "date:2026-03-05"},
		{typed.Date, "2026.3.5", "date:2026-03-05"},
		{typed.Date, "2026/3/5", "date:2026-03-05"},
		{typed.Date, "20260305", "date:2026-03-05"},
		{typed.Date, "5 March 2026", "date:2026-03-05"},
		{typed.Date, "March 5th, 2026", "date:2026-03-05"},
		{typed.Date, "Thursday, 5 Mar 2026", "date:2026-03-05"},
		{typed.Date, "二〇二六年三月五日", "date:2026-03-05"},
		{typed.Date, "2026年3月5日（星期四）", "date:2026-03-05"},
		{typed.Date, "2026-03-05T00:00:00Z", "date:2026-03-05"},
		{typed.Date, "2026-03-05T14:30:00Z", ""},
		{typed.Date, "03/04/2026", ""},
		{typed.Date, "2026-02-30", ""},
		{typed.Date, "2026-3/5", ""},
		{typed.Date, "3月5日", ""},
		{typed.Date, "5 Marchember 2026", ""},
		{typed.Phone, "+86 158-0000-6768", "phone:15800006768"},
		{typed.Phone, "8615800006768", "phone:15800006768"},
		{typed.Phone, "010-8888 1234", "phone:01088881234"},
		{typed.Phone, "+86 10 8888 1234", "phone:01088881234"},
		{typed.Phone, "0755-26001234转801", "phone:075526001234x801"},
		{typed.Phone, "+1 (415) 555-0100", "phone:+14155550100"},
		{typed.Phone, "none", ""},
		{typed.Quantity, "24小时", "quantity:time:86400"},
		{typed.Quantity, "1天", "quantity:time:86400"},
		{typed.Quantity, "三个工作日", "quantity:working days:3"},
		{typed.Quantity, "3 business days", "quantity:working days:3"},
		{typed.Quantity, "2年", "quantity:months:24"},
		{typed.Quantity, "1.5 kg", "quantity:mass:1500"},
		{typed.Quantity, "3斤", "quantity:mass:1500"},
		{typed.Quantity, "3", ""},
	}
	for _, tt := range tests {
		form, ok := typed.Canonical(tt.kind, "xyz", tt.value)
		if ok != (tt.want != "") || ok && form != tt.want {
			t.Errorf("%s %q: %q %v, want %q", tt.kind, tt.value, form, ok, tt.want)
		}
	}
}

func TestEqualText(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"Ｏｕyang Xiulan", "ouyang  xiulan", true},
		{"欧阳 秀兰", "欧阳秀兰", true},
		{"é", "e\u0301", true},
		{"10²", "102", false},
		{"㎏", "kg", false},
		{"a b", "ab", false},
		{"refund", "refund.", false},
	} {
		if got := typed.Equal(typed.Text, "", tt.a, tt.b); got != tt.want {
			t.Errorf("%q and %q: %v", tt.a, tt.b, got)
		}
	}
}

func TestOf(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []string
		want   typed.Kind
	}{
		{"dates in several forms", []string{"2026-03-05", "2026年3月5日", ""}, typed.Date},
		{"amounts", []string{"1.2万元", "¥5"}, typed.Money},
		{"amounts without a mark are numbers", []string{"18.00", "0.5"}, typed.Number},
		{"leading zeros are an identifier", []string{"0012", "15"}, typed.Text},
		{"so are long ones", []string{"6222021234567890"}, typed.Text},
		{"mobiles", []string{"15800006768", "+86 15800006768"}, typed.Phone},
		{"percentages", []string{"5%", "百分之六"}, typed.Percent},
		{"units", []string{"3 个工作日", "24小时"}, typed.Quantity},
		{"mixed", []string{"5%", "2026-03-05"}, typed.Text},
		{"nothing", []string{"", ""}, typed.Text},
		{"names", []string{"开发区支行"}, typed.Text},
		{"eight digits may be anything", []string{"20260305"}, typed.Number},
	} {
		if got := typed.Of(tt.values); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// write writes a number of hundredths in one of several ways.
func write(r *rapid.T, cents int64) string {
	plain := fmt.Sprintf("%d.%02d", cents/100, cents%100)
	switch rapid.IntRange(0, 6).Draw(r, "form") {
	case 0:
		return "¥" + plain
	case 1:
		return plain + "元"
	case 2:
		return "CNY " + grouped(cents/100) + fmt.Sprintf(".%02d", cents%100)
	case 3:
		return "人民币" + grouped(cents/100) + fmt.Sprintf(".%02d元整", cents%100)
	case 4: // in 万
		return fmt.Sprintf("%d.%06d万元", cents/1_000_000, cents%1_000_000)
	case 5:
		return fmt.Sprintf("%d元%d角%d分", cents/100, cents/10%10, cents%10)
	}
	return "  " + plain + " RMB "
}

func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func TestAmountsAreEqualOnlyWhenTheyAre(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		a := rapid.Int64Range(0, 1_000_000_000_00).Draw(r, "a")
		b := a
		if rapid.Bool().Draw(r, "other") {
			b = rapid.OneOf(rapid.Int64Range(0, 1_000_000_000_00), rapid.Just(a*10), rapid.Just(a*10_000), rapid.Just(a+1)).Draw(r, "b")
		}
		x, y := write(r, a), write(r, b)
		if got := typed.Equal(typed.Money, "", x, y); got != (a == b) {
			r.Fatalf("%q and %q: equal %v", x, y, got)
		}
		if a != b && typed.Equal(typed.Number, "", fmt.Sprint(a), fmt.Sprint(b)) {
			r.Fatalf("%d and %d are equal", a, b)
		}
		if typed.Equal(typed.Money, "CNY", fmt.Sprint(a), "USD "+fmt.Sprint(a)) {
			r.Fatalf("%d in two currencies is equal", a)
		}
	})
}

func TestDatesAreEqualOnlyWhenTheyAre(t *testing.T) {
	layouts := []string{"2006-01-02", "2006年1月2日", "2006.1.2", "2006/01/02", "2 January 2006", "January 2, 2006", "02 Jan 2006", "20060102", "Monday, 2 January 2006"}
	rapid.Check(t, func(r *rapid.T) {
		at := func(name string) time.Time {
			return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 20_000).Draw(r, name))
		}
		a := at("a")
		b := a
		if rapid.Bool().Draw(r, "other") {
			b = at("b")
		}
		x, y := a.Format(rapid.SampledFrom(layouts).Draw(r, "x")), b.Format(rapid.SampledFrom(layouts).Draw(r, "y"))
		if got := typed.Equal(typed.Date, "", x, y); got != a.Equal(b) {
			r.Fatalf("%q and %q: equal %v", x, y, got)
		}
	})
}

func TestChineseNumeralsReadBack(t *testing.T) {
	digits, places := []rune("零一二三四五六七八九"), []string{"", "十", "百", "千"}
	section := func(n int64) (s string) {
		zero := false
		for i := 3; i >= 0; i-- {
			d := n / [...]int64{1, 10, 100, 1000}[i] % 10
			switch {
			case d == 0:
				zero = s != ""
			default:
				if zero {
					s += "零"
				}
				s, zero = s+string(digits[d])+places[i], false
			}
		}
		return s
	}
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.Int64Range(1, 99_999_999).Draw(r, "n")
		s := ""
		if high := n / 10_000; high > 0 {
			s = section(high) + "万"
			if low := n % 10_000; low > 0 && low < 1000 {
				s += "零"
			}
		}
		s += section(n % 10_000)
		if got, ok := typed.Canonical(typed.Number, "", s); !ok || got != fmt.Sprintf("number:%d", n) {
			r.Fatalf("%d as %s: %s %v", n, s, got, ok)
		}
	})
}

func FuzzCanonical(f *testing.F) {
	f.Add("1.2万元")
	f.Add("2026年3月5日")
	f.Fuzz(func(t *testing.T, s string) {
		for _, k := range typed.Kinds {
			a, _ := typed.Canonical(k, "", s)
			b, _ := typed.Canonical(k, "", typed.Plain(s))
			if a != b {
				t.Errorf("%s %q: %q, plain %q", k, s, a, b)
			}
		}
	})
}

func ExampleEqual() {
	fmt.Println(typed.Equal(typed.Money, "", "1.2万元", "CNY 12,000.00"))
	fmt.Println(typed.Equal(typed.Date, "", "2026年3月5日", "5 March 2026"))
	fmt.Println(typed.Equal(typed.Money, "", "1.2万元", "$12,000"))
	// Output:
	// true
	// true
	// false
}
