package bank

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"sort"
	"strconv"
	"time"
)

const loanCases = 660

// loanCase walks one application through the loan process and notes what
// happens when, and who does it.
type loanCase struct {
	id     string
	amount int
	at     time.Time
	rows   [][]string
	done   map[string]int
	r      *rand.Rand
}

func (c *loanCase) do(activity, resource string, minutes int) {
	c.at = c.at.Add(time.Duration(minutes/2+c.r.IntN(minutes+1)) * time.Minute)
	if h := c.at.Hour(); resource != "系统" && h >= 18 {
		c.at = c.at.Add(time.Duration(33-h) * time.Hour)
	} else if resource != "系统" && h < 9 {
		c.at = c.at.Add(time.Duration(9-h) * time.Hour)
	}
	c.rows = append(c.rows, []string{c.id, activity, c.at.Format("2006-01-02T15:04:05"), resource, strconv.Itoa(c.amount)})
	c.done[activity]++
}

// addEvents writes the event log of the loan process, in the order of time.
// Planted: rework (papers asked for again, offers negotiated), applications
// that are withdrawn, and cases in which one person both checks and approves.
func addEvents(b *Bank) error {
	const file = "data/loan-events.csv"
	r := stream(file)
	var rows [][]string
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	for i := range loanCases {
		c := &loanCase{id: fmt.Sprintf("A2026%05d", i+1), r: r, done: map[string]int{},
			amount: (1 + r.IntN(30)) * 10000,
			at:     start.Add(time.Duration(i)*7*time.Hour + time.Duration(r.IntN(600))*time.Minute)}
		if chance(r, 15) {
			c.amount *= 10
		}
		if c.walk() {
			b.Truth.FourEyes++
		}
		b.Truth.Cases++
		for _, n := range c.done {
			if n > 1 {
				b.Truth.ReworkCases++
				break
			}
		}
		rows = append(rows, c.rows...)
	}
	sort.SliceStable(rows, func(i, j int) bool { return rows[i][2] < rows[j][2] })
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	w.Write([]string{"case_id", "activity", "timestamp", "resource", "amount"})
	w.WriteAll(rows)
	b.Files[file] = buf.Bytes()
	b.Truth.Rows[file] = len(rows)
	return w.Error()
}

// walk plays one case and tells whether the same person checked and approved.
func (c *loanCase) walk() (sameHand bool) {
	r := c.r
	clerk := pick(r, []string{"客户经理-陆", "客户经理-谭", "客户经理-费", "客户经理-庄", "客户经理-汪"})
	checker := pick(r, []string{"审查-葛", "审查-孟", "审查-纪"})
	approver := pick(r, []string{"审批-严", "审批-邹", "审批-柏"})
	c.do("提交申请", "客户", 30)
	if chance(r, 4) {
		c.do("客户撤回", "客户", 2000)
		return false
	}
	c.do("资料审核", clerk, 240)
	for range weighted(r, []int{62, 26, 9, 3}) {
		c.do("补充资料通知", clerk, 20)
		c.do("收到补充资料", "客户", 2600)
		c.do("资料审核", clerk, 300)
	}
	c.do("征信查询", "系统", 3)
	switch {
	case c.amount <= 100000 && chance(r, 70):
		c.do("系统自动审批", "系统", 2)
		if chance(r, 24) {
			c.do("通知拒绝", "系统", 5)
			return false
		}
	default:
		if c.amount > 300000 || chance(r, 20) {
			c.do("现场调查", clerk, 1500)
		}
		c.do("审查", checker, 900)
		if chance(r, 17) {
			c.do("退回补充调查", checker, 60)
			c.do("现场调查", clerk, 1600)
			c.do("审查", checker, 700)
		}
		if c.amount > 1000000 {
			c.do("审贷会", "授信审批委员会", 4300)
		}
		if sameHand = chance(r, 4); sameHand {
			approver = checker
		}
		c.do("审批", approver, 1100)
		if chance(r, 19) {
			c.do("通知拒绝", clerk, 200)
			return sameHand
		}
	}
	c.do("生成报价", clerk, 90)
	for range weighted(r, []int{71, 21, 8}) {
		c.do("客户议价", "客户", 1500)
		c.do("生成报价", clerk, 120)
	}
	if chance(r, 9) {
		c.do("客户放弃", "客户", 6000)
		return sameHand
	}
	c.do("签订合同", clerk, 1400)
	if c.amount > 300000 {
		c.do("抵押登记", "放款中心", 4000)
	}
	if chance(r, 8) {
		c.do("放款条件核对不通过", "放款中心", 300)
		c.do("签订合同", clerk, 900)
	}
	c.do("放款", "放款中心", 500)
	return sameHand
}
