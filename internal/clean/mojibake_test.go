package clean

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"
)

func TestMojibake(t *testing.T) {
	gbk := func(s string) string { // UTF-8 read as GBK
		out, err := simplifiedchinese.GBK.NewDecoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	latin := func(s string) string { // read as windows-1252
		var b strings.Builder
		for i := range len(s) {
			r := charmap.Windows1252.DecodeByte(s[i])
			if r == 0xFFFD {
				r = rune(s[i])
			}
			b.WriteRune(r)
		}
		return b.String()
	}
	asGBK := func(s string) string {
		b, err := simplifiedchinese.GBK.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, tt := range []struct {
		name, in, want string
		lossy          []string
	}{
		{"UTF-8 read as GBK", gbk("人民币汇率查"), "人民币汇率查", nil},
		{"in the middle of good text", "标题：" + gbk("人民币汇率查") + "。正常的文字在后面。", "标题：人民币汇率查。正常的文字在后面。", nil},
		{"UTF-8 read as Latin", latin("我的卡还没有收到"), "我的卡还没有收到", nil},
		{"GBK read as Latin", latin(asGBK("客户的账户")), "客户的账户", nil},
		{"twice", latin(latin("账户")), "账户", nil},
		{"accents", "Le cafÃ© est fermÃ©", "Le café est fermé", nil},
		{"a dash and quotes", "it â€” â€œsoâ€\u009d", "it — “so”", nil},
		{"C1 quotes", "don\u0092t", "don’t", nil},
		{"a character of which a byte was lost", gbk("人民币汇率查") + "鍗?end", "人民币汇率查鍗?end", []string{"鍗?"}},
		{"UTF-8 read as Latin, a byte lost", latin("账户") + "å·", "账户å·", []string{"å·"}},
		{"gone for good", "编号锟斤拷锟斤拷，名称\uFFFD", "编号锟斤拷锟斤拷，名称\uFFFD", []string{"锟斤拷锟斤拷", "\uFFFD"}},
		{"rare Han are no mojibake", "驫麤鱻龘靐齉爩鬱籲麣", "驫麤鱻龘靐齉爩鬱籲麣", nil},
		{"good Chinese", "鉴于浣熊与鎏金鎴缂，该行应予披露。", "鉴于浣熊与鎏金鎴缂，该行应予披露。", nil},
		{"Russian", "Рёбра и подъёмы; Её объём", "Рёбра и подъёмы; Её объём", nil},
		{"French capitals", "PARCE QUE L’ÉTÉ… À DÉJÀ ÉTÉ", "PARCE QUE L’ÉTÉ… À DÉJÀ ÉTÉ", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := mojibakeOperator.Run(tt.in)
			if e.Text != tt.want {
				t.Errorf("%q became %q, want %q", tt.in, e.Text, tt.want)
			}
			var lossy []string
			for _, s := range e.Spans {
				lossy = append(lossy, e.Text[s.Start:s.End])
			}
			if strings.Join(lossy, "|") != strings.Join(tt.lossy, "|") {
				t.Errorf("lossy %q, want %q", lossy, tt.lossy)
			}
			if e.Map.Len() != len(e.Text) || e.Map.InputLen() != len(tt.in) {
				t.Errorf("a map of %d from %d", e.Map.Len(), e.Map.InputLen())
			}
		})
	}
}

// TestMojibakeTraces: what is repaired is made of what its map says.
func TestMojibakeTraces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		good := rapid.StringOfN(rapid.SampledFrom([]rune("客户的账户余额不足请联系银行办理")), 4, 20, -1).Draw(t, "good")
		bad, err := simplifiedchinese.GBK.NewDecoder().String(good)
		if err != nil || strings.ContainsRune(bad, 0xFFFD) {
			t.Skip("cannot be read as GBK")
		}
		in := "头：" + bad + "，尾"
		e := mojibakeOperator.Run(in)
		for i, r := range e.Text {
			from, to := e.Map.Source(i, i+len(string(r)))
			if to <= from {
				t.Fatalf("%q of %q comes from nowhere", r, e.Text)
			}
			if piece := in[from:to]; piece != string(r) && !strings.Contains(bad, piece) {
				t.Fatalf("%q of %q is made of %q", r, e.Text, piece)
			}
		}
	})
}

type ftfyCase struct {
	Label, Original, Fixed string
	Encoding               string `json:"fixed-encoding"`
}

func (c ftfyCase) want() string {
	if c.Encoding != "" {
		return c.Encoding
	}
	return c.Fixed
}

// TestFTFY is the share of ftfy's cases that come out as its authors say; none
// of the negative ones may change.
func TestFTFY(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "data", "encodings", "ftfy")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no real data at %s: skipped", dir)
	}
	for _, tt := range []struct {
		name string
		goal float64
	}{{"negative", 1}, {"synthetic", .6}, {"in-the-wild", .55}} {
		b, err := os.ReadFile(filepath.Join(dir, tt.name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var cases []ftfyCase
		if err := json.Unmarshal(b, &cases); err != nil {
			t.Fatal(err)
		}
		right := 0
		for _, c := range cases {
			got, _ := mojibakeOperator.Apply(c.Original)
			if got == c.want() || got == c.Fixed || tt.name == "negative" && got == c.Original {
				right++
			} else {
				t.Logf("%s: %s\n  in   %q\n  got  %q\n  want %q", tt.name, c.Label, c.Original, got, c.want())
			}
		}
		t.Logf("%s: %d of %d", tt.name, right, len(cases))
		if float64(right) < tt.goal*float64(len(cases)) {
			t.Errorf("%s: %d of %d, the goal is %g", tt.name, right, len(cases), tt.goal)
		}
	}
}

// TestMojibakeLeavesLawsAlone: real Chinese texts hold nothing to repair.
func TestMojibakeLeavesLawsAlone(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "data", "cn-finance-law", "*", "*.md"))
	if err != nil || len(files) == 0 {
		t.Skip("no real data at ../shared/data/cn-finance-law: skipped")
	}
	n := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		n += len(b)
		if got, _ := mojibakeOperator.Apply(string(b)); got != string(b) {
			before, after := firstChange(string(b), got)
			t.Errorf("%s: %q became %q", f, before, after)
		}
	}
	t.Logf("%d files, %d bytes, nothing repaired", len(files), n)
}
