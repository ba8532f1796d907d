package pii_test

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/clean/pii"
)

// makers write right and wrong values of every type with the words that stand
// around them in a bank's texts. The wrong ones look alike: a check digit, a
// date, a length, a word that says something else.
var typeMakers = []struct {
	kind        string
	goal        float64 // recall
	right, fake func(r *rand.Rand) (text, value string)
}{
	{pii.ResidentID, .98, in(residentID, "身份证号%s", "客户 %s 来电", "(%s)"), in(func(r *rand.Rand) string { return wrong(r, residentID(r)) }, "流水%s", "单号 %s ")},
	{pii.BankCard, .98, in(bankCard, "卡号%s", "转入 %s，", "%s"), in(func(r *rand.Rand) string { return wrong(r, bankCard(r)) }, "订单%s", "编号 %s ")},
	{pii.CreditCode, .98, in(creditCode, "统一社会信用代码：%s", "%s", "企业 %s 申请"), in(func(r *rand.Rand) string { return wrong(r, creditCode(r)) }, "合同%s", "%s")},
	{pii.OrgCode, .98, in(orgCode, "组织机构代码：%s", "机构代码 %s"), in(orgCode, "规格%s", "批次 %s")},
	{pii.Mobile, .98, in(mobile, "手机%s", "电话：%s", "请回电 %s。", "%s"), in(func(r *rand.Rand) string { return "1" + mobile(r) }, "单号%s", "序列 %s")},
	{pii.Landline, .98, in(func(r *rand.Rand) string { return fmt.Sprintf("010-%d", 20000000+r.IntN(69999999)) }, "座机%s", "电话 %s"), in(func(r *rand.Rand) string { return fmt.Sprintf("%d-%d", 2020+r.IntN(9), 100+r.IntN(900)) }, "文号%s", "第 %s 号")},
	{pii.Passport, .98, in(func(r *rand.Rand) string { return fmt.Sprintf("E%08d", r.IntN(1e8)) }, "护照号%s", "护照：%s"), in(func(r *rand.Rand) string { return fmt.Sprintf("E%08d", r.IntN(1e8)) }, "型号%s", "订单 %s")},
	{pii.TravelPermit, .98, in(func(r *rand.Rand) string { return fmt.Sprintf("H%08d", r.IntN(1e8)) }, "港澳居民来往内地通行证%s", "回乡证：%s"), in(func(r *rand.Rand) string { return fmt.Sprintf("H%08d", r.IntN(1e8)) }, "型号%s", "合同 %s")},
	{pii.Plate, .98, in(plate, "车牌%s", "车辆 %s 抵押", "%s"), in(func(r *rand.Rand) string { return plate(r)[3:] }, "编号%s", "型号 %s")},
	{pii.Email, .98, in(func(r *rand.Rand) string { return fmt.Sprintf("user%d@example%d.com.cn", r.IntN(1e6), r.IntN(99)) }, "邮箱%s", "联系 %s ", "<%s>"), in(func(r *rand.Rand) string { return fmt.Sprintf("user%d@", r.IntN(1e6)) }, "账号%s", "@%s 你好")},
	{pii.QQ, .98, in(func(r *rand.Rand) string { return fmt.Sprint(10000 + r.IntN(999999999)) }, "QQ：%s", "QQ号%s"), in(func(r *rand.Rand) string { return fmt.Sprint(10000 + r.IntN(999999)) }, "金额%s", "共 %s 笔")},
	{pii.WeChat, .98, in(func(r *rand.Rand) string { return fmt.Sprintf("wxid_%d%s", r.IntN(1e6), "abcdefg") }, "微信：%s", "微信号%s"), in(func(r *rand.Rand) string { return fmt.Sprintf("abc%d", r.IntN(1e6)) }, "版本%s", "参数 %s")},
	{pii.Name, .9, in(person, "姓名：%s，", "客户%s来电", "请联系%s先生", "户名 %s ", "我叫%s，"), in(thing, "客户%s的意见", "关于%s的通知", "本行%s如下")},
	{pii.Address, .9, in(place, "家住%s，", "地址：%s。", "寄到%s "), in(func(r *rand.Rand) string { return fmt.Sprintf("第%d号", r.IntN(999)) }, "依据%s公告", "文件%s")},
	{pii.Secret, .98, in(func(r *rand.Rand) string { return "sk-" + token(r, 32) }, "key: %s", "密钥：%s", "%s"), in(func(r *rand.Rand) string { return strings.ToLower(token(r, 40)) }, "commit %s", "校验 %s")},
}

func in(value func(*rand.Rand) string, around ...string) func(*rand.Rand) (string, string) {
	return func(r *rand.Rand) (string, string) {
		v := value(r)
		return fmt.Sprintf(around[r.IntN(len(around))], v), v
	}
}

func mobile(r *rand.Rand) string {
	return fmt.Sprintf("1%d%d%08d", []int{3, 5, 8}[r.IntN(3)], []int{0, 1, 2, 5, 6, 7, 8, 9}[r.IntN(8)], r.IntN(1e8))
}

func orgCode(r *rand.Rand) string {
	body := fmt.Sprintf("%08d", r.IntN(1e8))
	for _, c := range "0123456789X" {
		if pii.OrgCodeValid(body + string(c)) {
			return body + "-" + string(c)
		}
	}
	panic("no check digit")
}

func plate(r *rand.Rand) string {
	p := []rune("京沪粤浙苏川鄂")
	head := string(p[r.IntN(len(p))]) + string(rune('A'+r.IntN(7)))
	if r.IntN(2) == 0 {
		return head + fmt.Sprintf("D%05d", r.IntN(1e5)) // new energy
	}
	return head + fmt.Sprintf("%05d", r.IntN(1e5))
}

func person(r *rand.Rand) string {
	s, g := []rune("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"), []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英华文辉建国玉婷浩宇")
	n := string(s[r.IntN(len(s))])
	for range 1 + r.IntN(2) {
		n += string(g[r.IntN(len(g))])
	}
	return n
}

func thing(r *rand.Rand) string {
	return []string{"方便", "金额", "关于费用", "安全", "余额", "高度重视", "管理办法", "经理", "服务", "申请材料", "于本年度", "常见问题", "温馨提示", "任何一方", "方面"}[r.IntN(15)]
}

func place(r *rand.Rand) string {
	city := []string{"北京市朝阳区", "上海市浦东新区", "广州市天河区", "成都市武侯区", "江苏省南京市鼓楼区"}[r.IntN(5)]
	road := []string{"建国路", "世纪大道", "中山北路", "人民街", "解放东路"}[r.IntN(5)]
	s := fmt.Sprintf("%s%s%d号", city, road, 1+r.IntN(900))
	if r.IntN(2) == 0 {
		s += fmt.Sprintf("%d栋%d室", 1+r.IntN(30), 101+r.IntN(900))
	}
	return s
}

func token(r *rand.Rand, n int) string {
	const set = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = set[r.IntN(len(set))]
	}
	b[0], b[n-1] = 'a', '7'
	return string(b)
}

// TestChineseSet is precision and recall of every type on 2,000 right values
// and 2,000 look-alikes each, the whole value found from its first byte to its
// last:
//
//	go test -run TestChineseSet -v ./internal/clean/pii
func TestChineseSet(t *testing.T) {
	r := rand.New(rand.NewPCG(2024, 6))
	const each = 2000
	hit, found := map[string]int{}, map[string]int{}
	missed, wrongly := map[string]string{}, map[string]string{}
	count := func(text, value, kind string) {
		ok := false
		for _, tag := range pii.Scan(text) {
			v := text[tag.Start:tag.End]
			found[tag.Type]++
			switch {
			case tag.Type == kind && v == value && !ok:
				ok = true
				hit[kind]++
			default:
				wrongly[tag.Type] = v + " in " + text
			}
		}
		if !ok && kind != "" {
			missed[kind] = text
		}
	}
	for _, m := range typeMakers {
		for range each {
			text, value := m.right(r)
			count(text, value, m.kind)
			text, _ = m.fake(r)
			count(text, "", "")
		}
	}
	sort.Slice(typeMakers, func(i, j int) bool { return typeMakers[i].kind < typeMakers[j].kind })
	for _, m := range typeMakers {
		recall, precision := float64(hit[m.kind])/each, float64(hit[m.kind])/float64(max(1, found[m.kind]))
		t.Logf("%-14s precision %.4f  recall %.4f", m.kind, precision, recall)
		if recall < m.goal || precision < .97 || m.goal > .95 && precision < .99 {
			t.Errorf("%s: precision %.4f, recall %.4f; missed %q, wrongly %q", m.kind, precision, recall, missed[m.kind], wrongly[m.kind])
		}
	}
}
