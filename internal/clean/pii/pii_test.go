package pii_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/luodi/luodi/internal/clean/pii"
)

// tagged writes what was found as "type value" lines, look-alikes with a "?".
func tagged(text string) []string {
	valid, alike := pii.Find(text)
	out := []string{}
	for _, t := range valid {
		out = append(out, t.Type+" "+text[t.Start:t.End])
	}
	for _, t := range alike {
		out = append(out, t.Type+"? "+text[t.Start:t.End])
	}
	return out
}

func TestFind(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"a resident ID", "身份证号：11010519491231002X，请核对", []string{"resident_id 11010519491231002X"}},
		{"a resident ID of digits", "我的证件440524188001010014。", []string{"resident_id 440524188001010014"}},
		{"a lower-case x", "id 11010519491231002x", []string{"resident_id 11010519491231002x"}},
		{"a wrong check digit", "身份证号：110105194912310021", []string{"resident_id? 110105194912310021"}},
		{"a date that does not exist", "单号 110105194913310021", nil},
		{"a region that does not exist", "单号 990105194912310021", nil},
		{"an ID of 15 digits with a word", "身份证 320311770706001", []string{"resident_id 320311770706001"}},
		{"15 digits alone in a cell", "320311770706001", []string{"resident_id 320311770706001"}},
		{"15 digits without a word", "流水 320311770706001 已入账", nil},
		{"a mobile number", "手机13800138000", []string{"mobile 13800138000"}},
		{"mobile numbers as they are written", "+86 138-0013-8000 或 139 1234 5678 或 8618612345678", []string{"mobile +86 138-0013-8000", "mobile 139 1234 5678", "mobile 18612345678"}},
		{"a segment that is not given", "12345678901", []string{"mobile? 12345678901"}},
		{"part of a longer number", "9138001380001 abc13800138000d x_13800138000", nil},
		{"a landline", "电话 010-65981234 转 8，传真(021)58881234", []string{"landline 010-65981234", "landline (021)58881234"}},
		{"a service line", "客服热线 400-820-8820、95588", []string{"landline 400-820-8820"}},
		{"a bank card", "卡号 6222021234567890128", []string{"bank_card 6222021234567890128"}},
		{"a bank card with a wrong check digit", "卡号 6222021234567890127", []string{"bank_card? 6222021234567890127"}},
		{"a card by Luhn", "card 4111 1111 1111 1111 or 5500-0000-0000-0004, amex 378282246310005", []string{"bank_card 4111 1111 1111 1111", "bank_card 5500-0000-0000-0004", "bank_card 378282246310005"}},
		{"a UnionPay card in groups", "6228 4800 1234 5678 913", nil},
		{"a number of no card", "单号 1234567812345670", nil},
		{"a credit code", "统一社会信用代码91350100M000100Y43", []string{"credit_code 91350100M000100Y43"}},
		{"a credit code with a wrong check digit", "91350100M000100Y44", []string{"credit_code? 91350100M000100Y44"}},
		{"an organisation code", "组织机构代码：D2143569-X", []string{"org_code D2143569-X"}},
		{"emails", "写信到 zhang.san+a@mail.example.com.cn。Or <a_b@x.io>, not a@b or @x.com", []string{"email zhang.san+a@mail.example.com.cn", "email a_b@x.io"}},
		{"a mobile number as a mailbox", "13800138000@139.com", []string{"email 13800138000@139.com"}},
		{"an email at the end of a sentence", "Mail bob@example.com.", []string{"email bob@example.com"}},
		{"addresses of machines", "服务器 192.168.10.25:8080 与 fe80::1ff:fe23:4567:890a", []string{"ip 192.168.10.25", "ip fe80::1ff:fe23:4567:890a"}},
		{"a section number is no address", "3.2.1.4 贷款条件", nil},
		{"a time is no address", "12:30:45", nil},
		{"plates", "车牌京A12345、粤B·D12345、沪AD12345、皖A1234学", []string{"plate 京A12345", "plate 粤B·D12345", "plate 沪AD12345", "plate 皖A1234学"}},
		{"a plate's letters without a province", "型号A12345", nil},
		{"a passport with a word", "护照 E12345678", []string{"passport E12345678"}},
		{"a passport's form without a word", "型号 E12345678", nil},
		{"a travel permit", "港澳通行证C12345678，回乡证H1234567890", []string{"travel_permit C12345678", "travel_permit H1234567890"}},
		{"QQ and WeChat", "QQ：123456789，微信号: zhang_2024 或加微信 abc12345", []string{"qq 123456789", "wechat abc12345"}},
		{"QQ without a space", "加我QQ12345678", []string{"qq 12345678"}},
		{"an IBAN", "IBAN DE89 3704 0044 0532 0130 00, GB82WEST12345698765432", []string{"iban DE89 3704 0044 0532 0130 00", "iban GB82WEST12345698765432"}},
		{"an IBAN with a wrong check number", "GB83WEST12345698765432", []string{"iban? GB83WEST12345698765432"}},
		{"an SSN", "SSN 536-22-1234", []string{"ssn 536-22-1234"}},
		{"no SSN", "666-12-1234 000-12-1234 2024-11-2031", nil},
		{"phones", "call +44 7700 900123, (415) 555-2671 or 415.555.2671", []string{"phone +44 7700 900123", "phone (415) 555-2671", "phone 415.555.2671"}},
		{"national numbers with their 0", "0680 298 70 63; 079 0442 1744; 01 42 68 53 00; 0171-555-0142", []string{"phone 0680 298 70 63", "phone 079 0442 1744", "phone 01 42 68 53 00", "phone 0171-555-0142"}},
		{"a run of small numbers is no phone", "01 02 03 04 05 06, 0123 456 789 012 345, 001 234 567 89, 05 06 2024", nil},
		{"groups after a word that leads to a phone", "They are not answering at 78 651 450; messages to 699 956 915", []string{"phone 78 651 450", "phone 699 956 915"}},
		{"groups that no word leads to", "the answer was 42 651 in 450 cases, paid 78 651 450", nil},
		{"a fax named behind", "3660170548-Fax", []string{"phone 3660170548"}},
		{"an address of a machine before a number", "::2671 (0)", []string{"ip ::2671"}},
		{"an organisation code needs its hyphen", "机构代码 ABCD1234，", nil},
		{"keys", "AKIAIOSFODNN7EXAMPLE sk-proj4f9Ab2Kq7Zx1Lm3Nv8T", []string{"secret AKIAIOSFODNN7EXAMPLE", "secret sk-proj4f9Ab2Kq7Zx1Lm3Nv8T"}},
		{"a password after its name", "password: Tr0ub4dor&3, 密码是abc12345x", []string{"secret Tr0ub4dor", "secret abc12345x"}},
		{"a hash is no password", "commit 9fceb02d0ae598e95dc970b74767f19372d61af8", nil},
		{"a private key", "x -----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY----- y", []string{"secret -----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"}},
		{"amounts, dates and rates", "2024年3月15日 转账 1,000,000.00元 利率3.85% 2024-03-15 12:00:00 第100条 20240315", nil},
		{"a transfer's number", "交易流水号 20240315123456789012", nil},
		{"nothing", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want == nil {
				tt.want = []string{}
			}
			if d := cmp.Diff(tt.want, tagged(tt.text)); d != "" {
				t.Errorf("%q (-want +got):\n%s", tt.text, d)
			}
		})
	}
}

// Generators of valid numbers. wrong changes one digit so that the check fails.

func residentID(r *rand.Rand) string {
	body := fmt.Sprintf("%d%02d%02d%04d%02d%02d%03d",
		[]int{11, 31, 44, 51, 65}[r.IntN(5)], 1+r.IntN(20), 1+r.IntN(30), 1940+r.IntN(70), 1+r.IntN(12), 1+r.IntN(28), 1+r.IntN(999))
	for _, c := range "0123456789X" {
		if pii.ResidentIDValid(body + string(c)) {
			return body + string(c)
		}
	}
	panic("no check digit")
}

func bankCard(r *rand.Rand) string {
	bin := []string{"622202", "621700", "4", "51", "35289"}[r.IntN(5)]
	n := 16
	if bin[0] == '6' {
		n = 19
	}
	for len(bin) < n-1 {
		bin += fmt.Sprint(r.IntN(10))
	}
	for c := range 10 {
		if s := bin + fmt.Sprint(c); pii.LuhnValid(s) {
			return s
		}
	}
	panic("no check digit")
}

func creditCode(r *rand.Rand) string {
	const set = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	body := "91" + fmt.Sprintf("%d%02d%02d", []int{11, 31, 44}[r.IntN(3)], 1+r.IntN(20), r.IntN(30)) + "MA"
	for len(body) < 17 {
		body += string(set[r.IntN(len(set))])
	}
	for _, c := range set {
		if pii.CreditCodeValid(body + string(c)) {
			return body + string(c)
		}
	}
	panic("no check digit")
}

func wrong(r *rand.Rand, s string) string {
	i := len(s) - 2
	c := s[i]
	for c == s[i] {
		c = byte('0' + r.IntN(10))
	}
	return s[:i] + string(c) + s[i+1:]
}

// TestGeneratedSet is precision and recall on numbers with right and wrong
// check digits among amounts, dates and serial numbers.
func TestGeneratedSet(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	makers := map[string]func(*rand.Rand) string{pii.ResidentID: residentID, pii.BankCard: bankCard, pii.CreditCode: creditCode}
	fill := []string{"客户 %s 来电咨询", "编号:%s", "(%s)", "转账给%s，金额 12,500.00 元", "account %s, please check", "%s"}
	right, found, false_ := map[string]int{}, map[string]int{}, map[string]int{}
	for _, kind := range []string{pii.ResidentID, pii.BankCard, pii.CreditCode} {
		for i := range 3000 {
			v := makers[kind](r)
			if bad := i%2 == 1; bad {
				v = wrong(r, v)
			} else {
				right[kind]++
			}
			text := fmt.Sprintf(fill[r.IntN(len(fill))], v)
			for _, tag := range pii.Scan(text) {
				if text[tag.Start:tag.End] == v && tag.Type == kind && i%2 == 0 {
					found[kind]++
				} else {
					false_[tag.Type]++
				}
			}
		}
	}
	serials := 0
	for range 20000 { // serial numbers of every length
		n := 10 + r.IntN(12)
		v := fmt.Sprint(1 + r.IntN(9))
		for len(v) < n {
			v += fmt.Sprint(r.IntN(10))
		}
		for _, tag := range pii.Scan("流水号 " + v + " 已处理") {
			if tag.Type != pii.Mobile { // eleven digits of a segment are a mobile number
				serials++
			}
		}
	}
	for kind, n := range right {
		recall, precision := float64(found[kind])/float64(n), float64(found[kind])/float64(found[kind]+false_[kind])
		t.Logf("%s: precision %.4f, recall %.4f on %d and as many look-alikes", kind, precision, recall, n)
		if recall < .98 || precision < .99 {
			t.Errorf("%s: precision %.4f, recall %.4f; the goals are .99 and .98", kind, precision, recall)
		}
	}
	t.Logf("20000 random serial numbers: %d tagged", serials)
	if serials > 200 {
		t.Errorf("%d of 20000 random serial numbers are tagged", serials)
	}
}

func TestTagsAreOrderedApartAndInside(t *testing.T) {
	pieces := []string{"13800138000", "11010519491231002X", "a@b.com", "4111 1111 1111 1111", "192.168.1.77", "-", " ", "中", "x", "1", "京A12345", "密码：abc12345", "QQ", "@", ".", "sk-proj4f9Ab2Kq7Zx1Lm3Nv8T", "+86"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "text"), "")
		at := 0
		for _, tag := range pii.Scan(text) {
			if tag.Start < at || tag.End <= tag.Start || tag.End > len(text) {
				t.Fatalf("%q: tag %+v after byte %d", text, tag, at)
			}
			at = tag.End
		}
		if m := pii.Mask(text, pii.Scan(text)); strings.Contains(m, "13800138000") && !strings.Contains(text, "13800138000@") && len(pii.Scan("13800138000 ")) == 0 {
			t.Fatalf("%q is masked as %q", text, m)
		}
	})
}

// TestFindLooksNear: what is found in a text does not depend on what stands far
// before or behind it, or on what was scanned last.
func TestFindLooksNear(t *testing.T) {
	pieces := []string{"1", "12", "1380", "13800138000", "11010519491231002X", "a@b.com", "4111 1111", " 1111 1111", "192.168.1.77", "-", " ", "中", "x", "京A12345", "密码：", "abc12345", "QQ", "@", ".",
		"sk-proj4f9Ab2Kq7Zx1Lm3Nv8T", "+86", "(", ")", "phone ", "call ", "客户", "张", "伟", "姓名：", "建国路", "号", "502室", "北京市", "微信", "_", "DE89", "3704", "0044 0532", "0130 00", "iban ",
		"fe80::1", ":", "::", "2001", "12:30:45", "0571", "card ", "=", "token", "password", ": ", "，", "组织机构代码", "\xe4"}
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 12).Draw(t, "pieces"), "")
	})
	apart := strings.Repeat("\n", 150)
	rapid.Check(t, func(t *rapid.T) {
		before, mid, after := text.Draw(t, "before")+apart, text.Draw(t, "text"), apart+text.Draw(t, "after")
		var want, got []pii.Tag
		valid, alike := pii.Find("\n" + mid + "\n")
		for _, tag := range append(valid, alike...) {
			tag.Start, tag.End = tag.Start+len(before)-1, tag.End+len(before)-1
			want = append(want, tag)
		}
		valid, alike = pii.Find(before + mid + after)
		for _, tag := range append(valid, alike...) {
			if tag.Start >= len(before)-1 && tag.End <= len(before)+len(mid)+1 {
				got = append(got, tag)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%q after %q (-alone +within):\n%s", mid, before, d)
		}
	})
}

func TestLongTokensAreFoundWhole(t *testing.T) {
	jwt := "eyJ" + strings.Repeat("hbGciOiJ9IkpX-VCJ8.", 60) // longer than any window
	text := "Authorization: Bearer " + jwt + "Az next 12 words"
	tags := pii.Scan(text)
	if len(tags) != 1 || text[tags[0].Start:tags[0].End] != jwt+"Az" {
		t.Errorf("found %v in a text with a token of %d characters", tags, len(jwt)+2)
	}
}

func TestFindOnArbitraryText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pii.Find(rapid.String().Draw(t, "text"))
		pii.Find(string(rapid.SliceOf(rapid.SampledFrom([]byte("0123456789-. x@:)(+eE_"))).Draw(t, "digits")))
	})
}

func TestCheckDigits(t *testing.T) {
	for _, tt := range []struct {
		name string
		got  bool
		want bool
	}{
		{"the standard's resident ID", pii.ResidentIDValid("11010519491231002X"), true},
		{"a short ID", pii.ResidentIDValid("11010519491231002"), false},
		{"29 February of a common year", pii.ResidentIDValid("110105190102290023"), false},
		{"ISO's card", pii.LuhnValid("79927398713"), true},
		{"zeros only", pii.LuhnValid("0000000000000000"), false},
		{"the standard's credit code", pii.CreditCodeValid("91350100M000100Y43"), true},
		{"a credit code with an O", pii.CreditCodeValid("91350100O000100Y43"), false},
		{"the standard's organisation code", pii.OrgCodeValid("D2143569X"), true},
		{"the registry's IBAN", pii.IBANValid("GB29NWBK60161331926819"), true},
		{"a country without a known length", pii.IBANValid("XX29NWBK60161331926819"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("valid %v, want %v", tt.got, tt.want)
			}
		})
	}
}

func TestMask(t *testing.T) {
	for text, want := range map[string]string{
		"手机13800138000。":                  "手机138******00。",
		"身份证11010519491231002X":           "身份证110*************2X",
		"a card 4111 1111 1111 1111":      "a card 411* **** **** **11",
		"mail zhang@example.com":          "mail z****@example.com",
		"车牌京A12345":                       "车牌******5",
		"key sk-proj4f9Ab2Kq7Zx1Lm3Nv8T.": "key **-***********************.",
	} {
		if got := pii.Mask(text, pii.Scan(text)); got != want {
			t.Errorf("%q is masked as %q, want %q", text, got, want)
		}
	}
}

func ExampleScan() {
	text := "客户手机13800138000，证件11010519491231002X，订单110105194912310021。"
	for _, t := range pii.Scan(text) {
		fmt.Println(t.Type, text[t.Start:t.End])
	}
	fmt.Println(pii.Mask(text, pii.Scan(text)))
	// Output:
	// mobile 13800138000
	// resident_id 11010519491231002X
	// 客户手机138******00，证件110*************2X，订单110105194912310021。
}

// BenchmarkCorpora scans real texts: laws, customers' questions, a table of
// loans.
func BenchmarkCorpora(b *testing.B) {
	for name, pattern := range map[string]string{"laws zh": "cn-finance-law/*/*.md", "questions en": "banking77/*.csv", "evaluations zh": "fin-eva/*", "loans": "german-credit/*.csv"} {
		files, err := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "data", pattern))
		if err != nil || len(files) == 0 {
			b.Logf("no real data at ../shared/data/%s: skipped", pattern)
			continue
		}
		var text strings.Builder
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err == nil && utf8.Valid(raw) {
				text.Write(raw)
			}
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				pii.Find(text.String())
			}
		})
	}
}

func BenchmarkScan(b *testing.B) {
	for name, text := range map[string]string{
		"zh":      "第十二条 商业银行应当按照规定向客户披露信息，手机13800138000，身份证11010519491231002X，金额为人民币100万元（2024年3月）。\n",
		"en":      "I still have not received my new card, I ordered it on 2024-03-15 and paid $1,250.00; call me at (415) 555-2671.\n",
		"numbers": "T000123,app,6222021234567890128,1250.00,2024-03-15 12:30:45,13800138000\n",
		"prose":   strings.Repeat("商业银行应当依法经营并接受监督管理机构的检查，", 20) + "\n",
	} {
		text = strings.Repeat(text, 1+1<<20/len(text))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				pii.Find(text)
			}
		})
	}
}
