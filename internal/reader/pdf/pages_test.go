package pdf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/source"
)

// TestRunningHeadersAreCleaned: pages are parted, so that the operators of
// pages find what is repeated on them; a page's own text stays.
func TestRunningHeadersAreCleaned(t *testing.T) {
	const pages, lines = 5, 16
	var c canvas
	for p := 1; p <= pages; p++ {
		c.text(60, 40, 9, "某某银行股份有限公司 2025 年年度报告")
		for l := range lines {
			c.text(60, 110+40*float64(l), 11, fmt.Sprintf("客户%d的第%d笔贷款余额为%d万元。", p, l+1, 100*p+l))
		}
		c.text(280, 815, 9, fmt.Sprintf("第 %d 页 共 %d 页", p, pages))
		c.next()
	}
	doc, _ := read(t, testReader(t), c.bytes(""))
	if n := strings.Count(doc.Text, "\f"); n != pages-1 {
		t.Errorf("%d form feeds part %d pages:\n%q", n, pages, doc.Text)
	}
	got := clean.NewPlan(nil).Clean(source.Record{Class: source.ClassDocument, Format: "pdf", Path: "a.pdf", Text: doc.Text})
	for _, gone := range []string{"年年度报告", "共 5 页", "\f"} {
		if strings.Contains(got.Text, gone) {
			t.Errorf("%q is still there:\n%s", gone, got.Text)
		}
	}
	for p := 1; p <= pages; p++ {
		for l := range lines {
			if want := fmt.Sprintf("客户%d的第%d笔贷款余额为%d万元。", p, l+1, 100*p+l); !strings.Contains(got.Text, want) {
				t.Errorf("%q is lost", want)
			}
		}
	}
}
