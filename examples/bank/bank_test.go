package bank

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/project"
)

var update = flag.Bool("update", false, "rewrite testdata")

// The digest of all files is kept, so that a bank that differs on another
// machine, or after a change that was not meant to change it, is noticed.
func TestSameBytesEverywhere(t *testing.T) {
	first, second := generated(t), generated(t)
	if first.Digest() != second.Digest() {
		t.Fatal("two calls differ")
	}
	const golden = "testdata/digest.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(first.Digest()+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := first.Digest(); got != strings.TrimSpace(string(want)) {
		t.Errorf("digest %s, expected %s; if the change is meant: go test ./examples/bank -update, and mention it in the changelog", got, want)
	}
}

func TestWriteTouchesOnlyWhatDiffers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "bank")
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	b := generated(t)
	for _, name := range b.Names() {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(data) != string(b.Files[name]) {
			t.Fatalf("%s: %v, or other content", name, err)
		}
	}
	kept := filepath.Join(dir, "data/tickets.csv")
	before, err := os.Stat(kept)
	if err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(dir, "data/credit.csv")
	mine := filepath.Join(dir, "data/mine.txt")
	for _, file := range []string{changed, mine} {
		if err := os.WriteFile(file, []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(kept); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("an unchanged file was written again (%v)", err)
	}
	if data, _ := os.ReadFile(changed); string(data) != string(b.Files["data/credit.csv"]) {
		t.Error("a changed file was not restored")
	}
	if data, _ := os.ReadFile(mine); string(data) != "mine" {
		t.Error("a file that is not the bank's was touched")
	}
}

func TestWriteSaysWhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(file, "bank")); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("writing below a file: %v", err)
	}
}

// What the sample bank is expected to hold.
func TestSize(t *testing.T) {
	truth := generated(t).Truth
	tickets := 0
	for file, n := range truth.Rows {
		if strings.HasPrefix(file, "data/tickets") {
			tickets += n
		}
	}
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"ticket rows", tickets, 3000},
		{"intents", len(truth.Intents), 12},
		{"exact duplicates", truth.ExactDuplicates, 50},
		{"duplicates after folding", truth.FoldedDuplicates, 20},
		{"near-duplicates", truth.NearDuplicates, 50},
		{"wrong labels", len(truth.LabelNoise), tickets / 50},
		{"documents", truth.Documents, 60},
		{"superseded versions", len(truth.Superseded), 6},
		{"credit rows", truth.Rows["data/credit.csv"], 1200},
		{"missing cells", truth.MissingCells, 100},
		{"loan cases", truth.Cases, 600},
		{"cases with rework", truth.ReworkCases, 200},
		{"cases checked and approved by one person", truth.FourEyes, 10},
		{"questions", truth.Questions, 150},
		{"English questions", truth.English, 20},
		{"unanswerable questions", truth.Unanswerable, 15},
		{"letters", truth.Letters, 60},
		{"resident IDs, right", truth.PII["tickets"].ResidentIDRight, 30},
		{"resident IDs, wrong", truth.PII["tickets"].ResidentIDWrong, 10},
		{"bank cards, right", truth.PII["tickets"].BankCardRight, 30},
		{"bank cards, wrong", truth.PII["tickets"].BankCardWrong, 10},
	} {
		if c.got < c.want {
			t.Errorf("%s: %d, expected at least %d", c.what, c.got, c.want)
		}
	}
	if noise := len(truth.LabelNoise); noise*100 > tickets*3 {
		t.Errorf("%d of %d labels are wrong, expected at most 3 %%", noise, tickets)
	}
}

func TestProjectLoads(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"DASHSCOPE_API_KEY", "DEEPSEEK_API_KEY", "LUODI_LOCAL_ENDPOINT"} {
		t.Setenv(name, "")
		os.Unsetenv(name)
	}
	p, err := project.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Departments) < 3 || len(p.Scenarios) < 4 {
		t.Errorf("%d departments, %d scenarios", len(p.Departments), len(p.Scenarios))
	}
	for _, m := range p.Models {
		if len(m.Unset) == 0 {
			t.Errorf("model %s needs nothing from the environment: the demo would call it", m.Name)
		}
	}
	for _, s := range p.Scenarios {
		if s.Items.File == "" {
			continue
		}
		if _, err := os.Stat(p.Abs(s.Items.File)); err != nil {
			t.Errorf("scenario %s: %v", s.Name, err)
		}
	}
}

// The readmes count what is planted; the counts must be those of the data.
func TestReadmesCountRight(t *testing.T) {
	b := generated(t)
	u := b.Truth
	p, l := u.PII["tickets"], u.PII["letters"]
	rows := func(en, zh string, n any) [2]string {
		return [2]string{fmt.Sprintf("| %s | %v |", en, n), fmt.Sprintf("| %s | %v |", zh, n)}
	}
	pair := func(right, wrong int) string { return fmt.Sprintf("%d / %d", right, wrong) }
	for _, row := range [][2]string{
		rows("`data/tickets.csv` (UTF-8)", "`data/tickets.csv`（UTF-8）", u.Rows["data/tickets.csv"]),
		rows("`data/tickets-branch-gb18030.csv` (GB18030)", "`data/tickets-branch-gb18030.csv`（GB18030）", u.Rows["data/tickets-branch-gb18030.csv"]),
		rows("`data/tickets-hk-big5.csv` (Big5)", "`data/tickets-hk-big5.csv`（Big5）", u.Rows["data/tickets-hk-big5.csv"]),
		rows("`data/rules/**` (documents)", "`data/rules/**`（篇）", u.Documents),
		rows("`data/questions.jsonl`", "`data/questions.jsonl`", u.Questions),
		rows("`data/credit.csv`", "`data/credit.csv`", u.Rows["data/credit.csv"]),
		rows("`data/fraud-alerts.csv`", "`data/fraud-alerts.csv`", u.Rows["data/fraud-alerts.csv"]),
		rows("`data/complaint-letters.jsonl`", "`data/complaint-letters.jsonl`", u.Letters),
		rows("`data/loan-events.csv` (events)", "`data/loan-events.csv`（事件）", u.Rows["data/loan-events.csv"]),
		rows("exact duplicates", "完全重复", u.ExactDuplicates),
		rows("equal after width folding and whitespace", "全半角与空白归一后重复", u.FoldedDuplicates),
		rows("of these, filed differently than their equals", "其中与相同工单标注不一", u.Conflicts),
		rows("near-duplicates", "近似重复", u.NearDuplicates),
		rows("wrong labels", "错误标注", len(u.LabelNoise)),
		rows("texts that two teams would file differently", "两可的工单", u.Ambiguous),
		rows("names that need four bytes of GB18030", "含 GB18030 四字节汉字的户名", u.RareNames),
		rows("resident IDs, right / wrong check digit", "身份证号：校验位正确 / 错误", pair(p.ResidentIDRight, p.ResidentIDWrong)),
		rows("bank cards, right / wrong check digit", "银行卡号：校验位正确 / 错误", pair(p.BankCardRight, p.BankCardWrong)),
		rows("mobiles, possible / impossible prefix", "手机号：号段存在 / 不存在", pair(p.MobileRight, p.MobileWrong)),
		rows("serial numbers that look like one of these", "形似而实非的流水号", p.Lookalikes),
		rows("mobiles in the letters", "投诉信中的手机号", l.MobileRight),
		rows("superseded rules", "已废止的旧版制度", len(u.Superseded)),
		rows("questions that no rule answers", "制度中没有答案的问题", u.Unanswerable),
		rows("questions in English", "英文问题", u.English),
		rows("empty cells in the credit table", "信贷表空单元格", u.MissingCells),
		rows("loan cases, with rework", "贷款流程案例 / 含返工", pair(u.Cases, u.ReworkCases)),
		rows("loan cases checked and approved by one person", "审查与审批同为一人的案例", u.FourEyes),
	} {
		for i, name := range []string{"README.md", "README.zh-CN.md"} {
			if !strings.Contains(string(b.Files[name]), row[i]) {
				t.Errorf("%s lacks: %s", name, row[i])
			}
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		if _, err := Generate(); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleGenerate() {
	b, err := Generate()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(b.Truth.Intents), "intents;", b.Truth.Superseded["data/rules/transfer/transfer-limits-2023.md"], "is in force")
	// Output: 16 intents; data/rules/transfer/transfer-limits-2025.md is in force
}
