package pii

import (
	"strings"
	"unicode/utf8"
)

// The hundred most frequent surnames cover 85 % of Chinese people (Ministry of
// Public Security, report of 2020); these are some 260, with the compound ones.
const (
	surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文施洪季辛柯庄温芦梅盛童颜郁耿岳苗齐殷尤祝欧章管焦冉游骆路兰舒纪柳邢涂倪申鲁詹聂解关费左凌柏霍裴柴樊阮阎葛牛甘车鲍靳席屈项娄敖邬边卞翟佟伍喻植麦储宁荣桂党池臧鞠蒲" +
		"張劉陳楊黃趙吳孫馬羅鄭謝許韓鄧馮蕭葉魏蘇呂盧鐘譚陸範賈鄒齊顧賀龔邵萬錢戴嚴湯喬賴莊溫顏"
	compound = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|端木|夏侯|长孙|宇文|南宫|独孤|歐陽|司馬"

	// given are characters of given names. A word that begins with a surname
	// is hardly ever made of them, which tells 方小红 from 方面.
	given = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华建国文辉志红玉梅玲宇浩欣怡子轩梓涵雨泽晨博思佳嘉琪雪婷慧莹颖倩雯琳晶洁燕萍蓉凤珍春秋冬夏海波江山林森鹏飞龙虎云峰东南北西斌彬鑫淼宏鸿洪亮光福贵财德仁义礼智信成功立安永庆祥瑞吉利民生俊豪宝乐天一小大中正新阳晓晴岚锋锐毅坚凯旋翔羽宁康健诚朝晖旭昊然若诗语梦瑶萱芸薇蕾菲菊莲荷竹松柏青翠美媛姝妍妮悦岩磐川振兴邦帅良才学书翰墨卿芬香淑惠爱仙巧银金铁钢铭钧长少伯仲叔季元贞亚彦逸睿哲煜灿炜烨焕柔韵歌琴瑾瑜璐璇珊珠卫" +
		"偉麗強軍藝傑濤蘭剛華國輝紅鳳鵬飛龍雲東義禮寶樂陽曉鋒銳凱寧誠詩語夢蓮愛銀鐵鋼銘長亞衛"
)

// labels stand before a name and say that it is one; weak ones stand before
// much else too.
var (
	labels = []string{"姓名", "户名", "戶名", "联系人", "聯絡人", "持卡人", "收款人", "付款人", "申请人", "申請人", "借款人", "担保人", "开户人", "投保人", "受益人", "被保险人",
		"法定代表人", "经办人", "负责人", "我叫", "名叫", "委托人", "当事人", "寄件人", "收件人", "紧急联系人"}
	weakLabels = []string{"客户", "客戶", "我是", "本人", "用户", "柜员", "同事", "家属", "配偶", "丈夫", "妻子", "儿子", "女儿", "父亲", "母亲"}
	titles     = []string{"先生", "女士", "小姐", "同志", "经理", "老师", "律师", "医生", "師傅", "师傅", "太太"}
)

// particles are surnames that are much more often a word: 申请人向中国证监会.
const particles = "向于关和常任时应连安包管支水从"

// stops are words that begin as a name does; boundary the characters that
// follow one.
const (
	stops    = "高兴|安全|安心|方便|方式|方法|方面|明白|成功|平安|金额|金卡|金融|白天|白金|万元|万一|石化|关于|关联|于是|向上|向下|常年|常用|文件|文书|文明|文字|路上|路东|江南|江西|江山|海南|武汉|宁波|宁夏|康复|温州|田地|夏天|秋天|应该|时间|时候|任何|任意|查询|余额|付款|别人|安排|方案|马上|高度|高级|严重|严格|包括|包含|左右|申请|章程|章节|易于|管理|解决|解除|费用|温馨|党员|荣誉|盛大|池塘|童年|充值|童书|和平|黄金|白银|黄山|白云|金华|石家庄"
	boundary = "的在于和与来已向说办因是有将对为把从到及或本同手身电证性男女年于，。、；：？！（）《》“”　去被给也要想需了还没未不曾就都才共等先生女士小经理询咨反投致称申请表拨打通，户账卡名下"
)

var (
	compounds = strings.Split(compound, "|")
	stopWords = func() map[string]bool {
		m := map[string]bool{}
		for _, w := range strings.Split(stops, "|") {
			m[w] = true
		}
		return m
	}()

	// han says of characters what a name or address may have of them, so that
	// the words around are looked at only where it is worth the time.
	han = func() *[1 << 16]uint8 {
		var h [1 << 16]uint8
		all := func(text string, bit uint8) {
			for _, r := range text {
				h[r] |= bit
			}
		}
		first := func(list []string, bit uint8) {
			for _, w := range list {
				r, _ := utf8.DecodeRuneInString(w)
				h[r] |= bit
			}
		}
		all(surnames, isSurname)
		all(given, isGiven)
		all(boundary, isBoundary)
		first(compounds, beginsCompound)
		first(titles, beginsTitle)
		first(places, beginsPlace)
		for r := range labelled {
			h[r] |= endsLabel
		}
		return &h
	}()

	// labelled are the labels by their last character.
	labelled = func() map[rune][]label {
		m := map[rune][]label{}
		add := func(words []string, strong bool) {
			for _, w := range words {
				r, n := utf8.DecodeLastRuneInString(w)
				m[r] = append(m[r], label{w[:len(w)-n], strong})
			}
		}
		add(labels, true)
		add(weakLabels, false)
		return m
	}()
)

// label is a label without its last character.
type label struct {
	head   string
	strong bool
}

const (
	endsLabel = 1 << iota
	beginsTitle
	isSurname
	isGiven
	isBoundary
	beginsCompound
	beginsPlace
)

// is reports whether a character has one of the bits.
func is(r rune, bits uint8) bool { return r < 1<<16 && han[r]&bits != 0 }

// hanAt looks at the Han character of three bytes at i, where it may end a
// label or begin a title.
func (s *scanner) hanAt(i int, r rune) {
	if !utf8.ValidString(s.text[i : i+3]) {
		return
	}
	if is(r, endsLabel) {
		s.nameAfter(i, labelled[r])
	}
	if is(r, beginsTitle) && hasOne(s.text[i:], titles) {
		s.nameBefore(i)
	}
}

func hasOne(text string, words []string) bool {
	for _, w := range words {
		if strings.HasPrefix(text, w) {
			return true
		}
	}
	return false
}

func endsWithOne(text string, words []string) bool {
	for _, w := range words {
		if strings.HasSuffix(text, w) {
			return true
		}
	}
	return false
}

// nameAfter looks at the name after a label whose last character is at i.
func (s *scanner) nameAfter(i int, labels []label) {
	any, strong := false, false
	for _, l := range labels {
		if strings.HasSuffix(s.text[:i], l.head) {
			any, strong = true, strong || l.strong
		}
	}
	if !any {
		return
	}
	i += 3
	at := i
	for _, link := range [...]string{"是", "为", "：", ":", " ", "\t", "\""} {
		if strings.HasPrefix(s.text[at:], link) {
			at += len(link)
			strong = strong || link == "：" || link == ":"
		}
	}
	if n := s.name(at, strong && at > i); n > at {
		s.add(Name, at, n, true)
	}
}

// name returns where the name that begins at i ends, i where none does. sure
// is a name that is written after a label and a colon: any two or three
// characters after the surname, up to where the Han end.
func (s *scanner) name(i int, sure bool) int {
	first := surnameLen(s.text[i:])
	if first == 0 || !sure && strings.Contains(particles, s.text[i:i+3]) {
		return i
	}
	at, n, known := i+first, 0, true
	for n < 2 {
		r, size := utf8.DecodeRuneInString(s.text[at:])
		if size != 3 && size != 4 || !isHan(r) || is(r, isBoundary) && !(sure && is(r, isGiven)) {
			break
		}
		if !is(r, isGiven) && !sure && n > 0 {
			break
		}
		known = known && is(r, isGiven)
		at += size
		n++
	}
	r, size := utf8.DecodeRuneInString(s.text[at:])
	ends := size == 0 || !isHan(r) || is(r, isBoundary)
	switch {
	case n == 0, stopWords[s.text[i:at]], n == 2 && stopWords[s.text[i:at-3]] && !sure:
		return i
	case sure && (ends || known), known && ends:
		return at
	case n == 2 && is(lastRune(s.text[:at-3]), isGiven) && !sure && is(lastRune(s.text[:at]), isBoundary):
		return at - 3
	}
	return i
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

// nameBefore looks at the name before a title that begins at i: the longest of
// surname with two, one or no given character.
func (s *scanner) nameBefore(i int) {
	for n := 3; n >= 0; n-- {
		from := i - 3*(n+1)
		if from < 0 || !utf8.RuneStart(s.text[from]) {
			continue
		}
		first := surnameLen(s.text[from:i])
		if first == 0 || (n == 3) != (first == 6) && n == 3 {
			continue
		}
		ok := true
		for _, r := range s.text[from+first : i] {
			ok = ok && is(r, isGiven)
		}
		if !ok || stopWords[s.text[from:i]] {
			continue
		}
		if n == 0 && from >= 3 && isHan(lastRune(s.text[:from])) && !is(lastRune(s.text[:from]), isBoundary) && !strings.ContainsRune("请叫问找由谢见", lastRune(s.text[:from])) {
			continue // 金经理 of 基金经理
		}
		s.add(Name, from, i, true)
		return
	}
}

// surnameLen is the length of the surname that text begins with, 0 for none.
func surnameLen(text string) int {
	if len(text) < 3 {
		return 0
	}
	r, n := utf8.DecodeRuneInString(text)
	if len(text) >= 6 && is(r, beginsCompound) {
		for _, c := range compounds {
			if text[:6] == c {
				return 6
			}
		}
	}
	if n == 3 && is(r, isSurname) {
		return 3
	}
	return 0
}

func isHan(r rune) bool { return r >= 0x3400 && r <= 0x9FFF || r >= 0x20000 && r <= 0x323AF }
