package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/report"
	"github.com/luodi/luodi/internal/source"
)

func dataReport() report.Report {
	low, high := -3.5, 12000.0
	histogram := make([]int, len(clean.LengthLimits)+1)
	histogram[1], histogram[3], histogram[len(histogram)-1] = 4, 8, 1
	return report.Report{Project: "bank", Sources: []report.Source{{
		Name: "loans", Department: "risk", Ingest: &source.Report{Files: 1, Records: 13},
		Clean: &clean.Report{
			Source: "loans", Files: 1, Records: 13, Kept: 12, Histogram: histogram, Lengths: clean.Lengths{P10: 15, P50: 70, P90: 90, Max: 60000},
			Formats: map[string]int{"csv": 13}, Languages: map[string]int{"zh": 12}, Dropped: map[string]int{"policy": 1},
			PII: map[string]clean.Findings{"mobile": {Records: 2, Found: 3}}, Spans: map[string]int{"lossy": 2}, Values: map[string]int{"amount": 5},
			Repairs: clean.Repairs{Operators: map[string]int{"mojibake": 1, "width": 4}, Charsets: map[string]int{"gb18030": 1}},
			Labels:  map[string]int{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8, "i": 9, "j": 10, "k": 11, "l": 12},
			Columns: []clean.Column{{Name: "金额", Rows: 13, Empty: 1, Numbers: 12, Distinct: 9, Min: &low, Max: &high}},
			Checks: []clean.CheckResult{
				{Column: "金额", Check: "range", Want: "0 … ", Bad: 1, Rows: 12, Examples: []string{"loans.csv#7<b>"}},
				{Column: "金额", Check: "null_share", Want: "≤ 0.1", OK: true, Bad: 1, Rows: 13},
			},
			Samples: []clean.Sample{{Address: "loans.csv#2", Operators: []string{"width"}, Before: "１００万元<script>", After: "100万元<script>"}},
		},
	}}}
}

func TestDataSection(t *testing.T) {
	page, err := report.HTML(dataReport())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"手机号", "mobile", "方案规则", "乱码修复", "无法还原", "cannot be restored", // kinds, in both languages
		`style="width:100%"`, `style="width:33%"`, "&lt; 20", "≥ 50000",
		"不通过", "fails", "holds", "loans.csv#7&lt;b&gt;", "-3.5", "12,000",
		"１００万元&lt;script&gt;", "100万元&lt;script&gt;", "others", "其他",
	} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page does not hold %q", want)
		}
	}
	for _, never := range []string{"<b>\"", "万元<script>", "ZgotmplZ"} {
		if bytes.Contains(page, []byte(never)) {
			t.Errorf("the page holds %q", never)
		}
	}
}

func TestDataOnATerminal(t *testing.T) {
	for language, want := range map[string][]string{
		"en":    {"lengths (characters): p10 15 · p50 70 · p90 90 · max 60,000", "repairs: full-width letters, digits 4 · mojibake 1", "check 金额 range (0 … ): fails, bad rows 1 / 12"},
		"zh-CN": {"长度（字符）: p10 15", "文中结构: 无法还原 2", "检查 金额 空值占比 (≤ 0.1): 通过"},
	} {
		var b strings.Builder
		if err := report.Data(&b, dataReport(), language); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(b.String(), w) {
				t.Errorf("%s: no %q in\n%s", language, w, b.String())
			}
		}
	}
}
