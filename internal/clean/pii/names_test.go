package pii_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"after a label", "姓名：张伟，性别男", []string{"name 张伟"}},
		{"three characters", "联系人: 李小红 电话", []string{"name 李小红"}},
		{"a rare given name after a label and a colon", "户名：王翀翯", []string{"name 王翀翯"}},
		{"a compound surname", "申请人：欧阳明华。", []string{"name 欧阳明华"}},
		{"before a title", "请联系王建国先生办理", []string{"name 王建国"}},
		{"a surname before a title", "感谢李女士来电", []string{"name 李"}},
		{"after a weak label", "客户陈秀英来电咨询", []string{"name 陈秀英"}},
		{"I am called", "我叫刘洋，想查询余额", []string{"name 刘洋"}},
		{"traditional", "戶名：陳美玲", []string{"name 陳美玲"}},
		{"a fund manager has no name", "基金经理应当披露", nil},
		{"words that begin as surnames do", "客户方便时联系，客户金额不符，客户高兴，客户关于费用的意见，用户安全", nil},
		{"a particle that is a surname too", "申请人向中国证监会申请", nil},
		{"the same as a surname", "申请人：向中国", []string{"name 向中国"}},
		{"no label", "张伟昨天去了北京", nil},
		{"a label without a name", "姓名：      性别", nil},
		{"a job", "客户经理负责人应当签字", nil},
	} {
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

func TestAddresses(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"from the province to the room", "家住北京市朝阳区建国路88号院3号楼1502室，请上门", []string{"address 北京市朝阳区建国路88号院3号楼1502室"}},
		{"a city without its suffix", "地址：上海浦东新区世纪大道100号", []string{"address 上海浦东新区世纪大道100号"}},
		{"a district only", "寄到海淀区中关村大街27号", []string{"address 海淀区中关村大街27号"}},
		{"a lane", "上海市徐汇区漕溪北路41弄5号602室。", []string{"address 上海市徐汇区漕溪北路41弄5号602室"}},
		{"a road after a label", "住址：人民路12号", []string{"address 人民路12号"}},
		{"no road", "第12号公告，文件3号", nil},
		{"a road in a rule", "本办法所称道路12条", nil},
	} {
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
