package pii

import (
	"strings"
	"unicode/utf8"
)

// gazetteer are provinces and the cities of most addresses, with and without
// their suffix; districts and below are known by theirs (区, 县, 镇).
const gazetteer = "北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|" +
	"石家庄|唐山|太原|大同|呼和浩特|包头|沈阳|大连|鞍山|长春|哈尔滨|大庆|南京|苏州|无锡|常州|徐州|南通|扬州|镇江|杭州|宁波|温州|嘉兴|绍兴|金华|台州|合肥|芜湖|福州|厦门|泉州|漳州|南昌|赣州|济南|青岛|烟台|潍坊|淄博|临沂|郑州|洛阳|武汉|宜昌|襄阳|长沙|株洲|衡阳|广州|深圳|佛山|东莞|珠海|中山|惠州|汕头|南宁|桂林|柳州|海口|三亚|成都|绵阳|贵阳|遵义|昆明|大理|拉萨|西安|咸阳|兰州|西宁|银川|乌鲁木齐|台北|高雄"

var places = strings.Split(gazetteer, "|")

// placesBy are the places by their first character.
var placesBy = func() map[rune][]string {
	m := map[rune][]string{}
	for _, p := range places {
		r, _ := utf8.DecodeRuneInString(p)
		m[r] = append(m[r], p)
	}
	return m
}()

var livingWords = wordsOf("地址", "住址", "住在", "位于", "家住")

// units follow the names of places, roads what a number follows, rooms what
// goes on after it.
var (
	units = []string{"省", "市", "自治区", "特别行政区", "区", "县", "镇", "乡", "旗", "街道", "村", "开发区", "新区"}
	roads = []string{"路", "街", "道", "巷", "弄", "里", "胡同", "大街", "村", "苑", "园", "小区", "大厦", "广场", "段", "號", "号"}
	rooms = []string{"号楼", "号院", "号", "號", "弄", "栋", "幢", "座", "楼", "层", "单元", "室", "院", "户", "门", "组", "-"}
)

// address looks at the digits [start, end) as the number of a house: a road
// before it and a unit after it, with the places before the road. A road and
// number that no place stands before count only with a room after them.
func (s *scanner) address(start, end int) int {
	text := s.text
	if end-start > 5 || end+3 > len(text) {
		return 0
	}
	switch text[end : end+3] {
	case "号", "弄", "號", "栋", "幢", "室":
	default:
		return 0
	}
	head := strings.TrimRight(text[max(0, start-120):start], " ")
	if !endsWithOne(head, roads[:len(roads)-2]) {
		return 0
	}
	from := len(head)
	for from > 0 {
		r, n := utf8.DecodeLastRuneInString(head[:from])
		if !isHan(r) && !(n == 1 && class[byte(r)]&(digit|letter) != 0) {
			break
		}
		from -= n
	}
	run := head[from:]
	at := placeIn(run)
	placed := at >= 0
	if !placed {
		at = roadStart(run)
		for _, u := range units[:8] {
			if i := strings.Index(run[at:], u); i > 0 && i+len(u) < len(run)-at {
				placed = true
			}
		}
	}
	to, tail := s.rooms(end)
	if !placed && tail < 2 && !s.before(start-len(run)+at, 24, livingWords) || len(run)-at < 6 {
		return 0
	}
	from = start - (len(text[max(0, start-120):start]) - len(head)) - len(run) + at
	s.add(Address, from, to, true)
	return to
}

// placeIn is where the first place of the gazetteer begins in run, -1 where
// there is none.
func placeIn(run string) int {
	for i, r := range run {
		if is(r, beginsPlace) && hasOne(run[i:], placesBy[r]) {
			return i
		}
	}
	return -1
}

// roadStart is where, in Han without a known place, the address begins: after
// a word that leads to it, else four characters before the road.
func roadStart(run string) int {
	at := 0
	for _, w := range [...]string{"地址是", "地址为", "地址", "住址", "居住在", "家住", "住在", "位于", "寄到", "寄往", "送到", "搬到", "在", "到", "往", "住"} {
		if i := strings.LastIndex(run, w); i >= 0 && i+len(w) < len(run)-3 {
			at = max(at, i+len(w))
		}
	}
	return at
}

// rooms returns where house, floor and room after the number at end end, and
// how many of them there are.
func (s *scanner) rooms(end int) (to, n int) {
	to = end
	for at := end; ; {
		matched := false
		for _, r := range rooms {
			if strings.HasPrefix(s.text[at:], r) {
				at += len(r)
				if r != "-" {
					to, n = at, n+1
				}
				matched = true
				break
			}
		}
		if !matched {
			return to, n
		}
		next := at
		for next < len(s.text) && next-at < 5 && class[s.text[next]]&(digit|letter) != 0 {
			next++
		}
		if next == at {
			return to, n
		}
		if to < at || next > at && hasOne(s.text[next:], rooms) {
			at = next
			continue
		}
		to = next
		return to, n
	}
}
