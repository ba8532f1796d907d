package token

import "strings"

// questionZH are question phrases and pronouns of Chinese questions.
const questionZH = `
你好 您好 大家好 谢谢 感谢 多谢 非常感谢 十分感谢 麻烦您 麻烦你 麻烦帮我 麻烦帮忙 拜托 急急急 在线等 求解答 求助 请帮忙 帮帮忙 帮个忙 帮我看一下 帮我查查
我想咨询一下 想咨询一下 我想咨询 想咨询 咨询一下 咨询下 问一下 问下 请解答 请指教 请赐教 多多指教 有人知道 有谁知道 请告知 请回答 该怎么办 应该怎么 该怎么 要怎么
请问一下 请问 我想问一下 我想问 想问一下 我想知道 想知道 我想了解一下 我想了解 想了解 请告诉我 告诉我 麻烦问一下 请教一下 请教
请说明 请简述 请介绍 请解释 谁能告诉我 帮我查一下 帮我看看 能不能 可不可以 是不是 有没有 会不会 要不要 应不应该 需不需要
是什么意思 是什么样的 是什么时候 是什么 什么是 什么样的 被称为什么 称为什么 叫什么名字 叫做什么 叫什么 为什么会 为什么 为何 因何
什么时候 什么时间 什么地方 什么人 什么 何时 何地 何处 何为 何种 何人 有哪些 哪些 哪个 哪一个 哪一年 哪年 哪一天 哪天 哪一位 哪位 哪一种 哪种
哪一所 哪所 哪一座 哪座 哪一家 哪家 哪一条 哪条 哪一项 哪项 哪一部 哪部 哪几个 哪几种 哪里 哪儿 哪类 哪国 哪次 哪本 哪支 哪方面 哪
是谁 谁 怎么办 怎么样 怎样 怎么 如何 多少个 多少钱 多少 多久 多长时间 多长 多大 多远 几个 几种 几次 几年 几岁 是否 能否 可否
我们 你们 他们 她们 它们 咱们 自己 我的 你的 您的 我 你 您 他 她 它 吗 呢 吧 啊 呀 嘛
`

// keptZH are words that contain a phrase above and must stay whole.
const keptZH = `
感谢信 感谢费 自愿求助 求助信 求助者 救助 我国 自我 其他 他人 他项 他国 利他 吗啡 吧台 酒吧 贴吧 网吧 哪吒 自己人 呢绒 毛呢 他汀 吉他 维他 马耳他
`

// everydayZH are words with which people tell a story around a question: time
// without a date, feelings, thanks, what holds sentences together. They are
// taken off long questions only.
const everydayZH = `
今年 去年 明年 今天 昨天 明天 前几天 前两天 前段时间 最近 近来 目前 现在 当时 后来 之前 以前 之后 以后 刚才 刚刚 一直 已经 曾经 经常 有时 有时候 很久 好久 很长时间 一段时间 到现在
我是 我家 我们家 家里 家里人 家人 朋友 大家 别人 人家 有人 一名 一位 一个 一件 一些 一下 一点 这个 那个 这件 那件 这些 那些 这样 那样 这种 那种 这里 那里 这么 那么
事情 问题 情况 东西 方面 时候 地方 样子 原因 结果
觉得 感觉 认为 以为 想到 想了 看到 看见 听说 听到 说是 说的 告诉 知道 明白 清楚 了解 发现 遇到 碰到 打算 准备 希望 想要 想 担心 害怕 着急 困惑 苦恼 无奈 麻烦 头疼 急需
因为 由于 所以 因此 但是 可是 不过 然而 而且 并且 如果 要是 虽然 尽管 即使 然后 接着 于是 结果 其实 毕竟 到底 究竟 反正 总之 还是 或者 以及 关于 对于 按照
比较 非常 十分 特别 真的 真是 实在 确实 可能 也许 大概 应该 必须 一定 完全 根本 几乎 差不多 尽快 马上 赶紧 突然 居然 竟然 终于 只好 只能 只是 就是 都是 也是 不是 而是 还有 没有
处理 解决 办法 回复 答复 明确 帮助 帮忙 有经验 经验 来说 的话 什么的 之类 等等
`

// questionEN are question phrases, politeness and pronouns of English
// questions.
const questionEN = `
can you please tell me, could you please tell me, can you tell me, could you tell me, please tell me, tell me about, tell me,
i would like to know, i'd like to know, i want to know, i would like to, i'd like to, i want to, i need to know, i need to, i am trying to,
i'm trying to, i was wondering if, i was wondering, i wonder, do you know, does anyone know, is there a way to, is there any way to,
is it possible to, how do i, how do you, how do we, how does one, how can i, how can you, how can we, how should i, how would i, how to,
how many, how much, how long, how often, how far, how old, how does, how did, how is, how are, how was, how were, how,
what is the, what are the, what was the, what were the, what is a, what is an, what is, what are, what was, what were, what's,
what does, what do, what did, what kind of, what type of, what sort of, what happens if, what happens when, what happens, what if, what,
which one of, which of the, which of, which one, which, who is, who was, who are, who were, who did, who's, who, whom, whose,
where is, where are, where was, where were, where can i, where do i, where does, where did, where,
when is, when was, when were, when did, when does, when do, when can i, when, why is, why are, why was, why were, why did, why does, why do, why,
is there, are there, was there, were there, am i, can i, may i, do i, should i, will i, can you, could you, would you, please, thanks, thank you,
in what, at what, on what, of what, for what, by what, to what, from what, with what, about what,
i've, i'm, i'd, i'll, i, me, my, mine, myself, you, your, yours, you're, we, us, our, ours, he, him, his, she, her, hers, they, them, their, it, its
`

// functionWords are English articles, pronouns, auxiliaries and the commonest
// prepositions and conjunctions. Where hardly any text is English they are
// rare, and would count as telling. Those that are acronyms too (it, us, who)
// are left to the question phrases, which see capitals.
var functionWords = set(`
a an the this that these those i my mine we our ours you your yours his him she her hers its they them their theirs
am is are was were be been being do does did doing have has had having can could may might must shall should will would
and or but if of to in on at by for from with as so than then there here not no
`)

// stops are English function words and the verbs and adverbs of everyday
// speech: articles, pronouns, prepositions, conjunctions, auxiliaries.
var stops = set(`
a an the this that these those some any each every either neither both all few many much more most several such other another same own
i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its itself
they them their theirs themselves one ones someone somebody something anyone anybody anything everyone everybody everything nobody nothing none
who whom whose which what where when why how whatever whichever whoever wherever whenever however
am is are was were be been being do does did doing done have has had having can could may might must shall should will would ought
cannot cant couldnt dont doesnt didnt isnt arent wasnt werent wont wouldnt shouldnt havent hasnt hadnt im ive ill id youre youve youll youd
hes shes theyre theyve theyll theyd weve well wed lets thats theres whats
about above across after again against along already also although always among an and around as at away back because before behind below
beneath beside besides between beyond but by despite down during else even ever except for from further here hence if in indeed inside instead into
just least less like maybe meanwhile moreover near nearly never nevertheless next no nor not now of off often on once only onto or otherwise
out outside over own per perhaps please quite rather really regarding since so soon still than then there thereby therefore though through
throughout thus till to together too toward towards under unless unlike until up upon usually versus very via was whether while with within
without yes yet
ask asked asking asks become becomes begin came come comes coming continue continues feel feels felt find finds found gave get gets getting
give given gives giving go goes going gone got happen happened happens happy hear heard help helped helping helps keep keeps kept knew know
known knows leave left let look looked looking looks made make makes making mean means mention mentioned need needed needs provide provided
provides put puts said saw say saying says see seem seemed seems seen sees show showed shown shows start started starts stop sure take
taken takes taking talk talked talking tell telling tells thank thanks thing things think thinks thought told took tried tries try trying
use used uses using want wanted wanting wants went wish wishes work would able actually almost already anyway available bit certain certainly
clear clearly current currently different due early easily enough especially etc exact exactly example extremely fact few fine first following
general generally good great hand high how important kind large last later likely little long lot lots main new nice number obviously ok okay old
part particular particularly point possible possibly probably quick quickly ready real recent recently reason right second simply single small
specific specifically still suddenly time times total truly two three way ways whole willing words yeah
know well may also person people
`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
