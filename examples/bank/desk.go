package bank

import (
	"math/rand/v2"
	"strings"
	"unicode"
)

// desk composes ticket texts from the templates in text/tickets.
type desk struct {
	grammar
	vague []vagueTopic
	typos [][2]string // how it is typed, what is meant
	mixed [][2]string // Chinese word, English word
	pii   PIICount
}

// vagueTopic are texts that two teams would file differently.
type vagueTopic struct{ likely, other, heading string }

func newDesk() (*desk, error) {
	d := &desk{grammar: grammar{slots: map[string][]string{}}}
	lexicon, _, err := sections("text/tickets/lexicon.txt")
	if err != nil {
		return nil, err
	}
	for name, lines := range lexicon {
		d.slots[name] = lines
	}
	for _, in := range intents {
		entries, _, err := sections("text/tickets/" + in.name + ".txt")
		if err != nil {
			return nil, err
		}
		for name, lines := range entries {
			lang, part, _ := strings.Cut(name, " ")
			d.slots[lang+" "+in.name+"."+part] = lines
		}
	}
	vague, order, err := sections("text/tickets/ambiguous.txt")
	if err != nil {
		return nil, err
	}
	for _, heading := range order {
		likely, other, _ := strings.Cut(heading, " ")
		d.vague = append(d.vague, vagueTopic{likely, other, heading})
		for _, line := range vague[heading] {
			lang := "zh"
			if strings.IndexFunc(line, func(c rune) bool { return unicode.Is(unicode.Han, c) }) < 0 {
				lang = "en"
			}
			d.slots[lang+" "+heading] = append(d.slots[lang+" "+heading], line)
		}
	}
	if d.typos, err = pairs("text/tickets/typos.txt"); err != nil {
		return nil, err
	}
	d.mixed, err = pairs("text/tickets/mixed.txt")
	return d, err
}

// ambiguous gives a row a text of a vague topic; six times in ten the label is
// the likelier one.
func (d *desk) ambiguous(r *rand.Rand, row *ticket) error {
	topic := pick(r, d.vague)
	for len(d.slots[row.language+" "+topic.heading]) == 0 {
		topic = pick(r, d.vague)
	}
	row.category = topic.likely
	if chance(r, 40) {
		row.category = topic.other
	}
	row.fixed, row.planted = true, true
	text, err := d.expand(r, row.language, "{"+topic.heading+"}")
	if err != nil {
		return err
	}
	return d.finish(r, row, text)
}

// compose gives a row a text of its category.
func (d *desk) compose(r *rand.Rand, row *ticket) error {
	comma := "，"
	if row.language == "en" {
		comma = pick(r, []string{". ", ", ", " - ", "; ", ". "})
	}
	situation, ask := "{"+row.category+".situation}", "{"+row.category+".ask}"
	var template string
	switch weighted(r, []int{44, 14, 14, 10, 18}) {
	case 0:
		template = situation + comma + ask
	case 1:
		template = ask + comma + situation
	case 2:
		template = ask
	case 3:
		template = situation
	case 4:
		template = situation + comma + "{mood}" + comma + ask
		if row.language == "hk" {
			template = situation + comma + ask + comma + ask
		}
	}
	if row.language != "hk" && chance(r, 8) {
		other := pick(r, intents).name
		name, err := d.expand(r, row.language, "{"+other+".name}")
		if err != nil {
			return err
		}
		d.extra = map[string]string{"other": name}
		past, err := d.expand(r, row.language, "{past}")
		d.extra = nil
		if err != nil {
			return err
		}
		text, err := d.expand(r, row.language, template)
		if err != nil {
			return err
		}
		return d.finish(r, row, past+space(row.language)+text)
	}
	text, err := d.expand(r, row.language, template)
	if err != nil {
		return err
	}
	return d.finish(r, row, text)
}

// space is what stands between sentences.
func space(lang string) string {
	if lang == "en" {
		return " "
	}
	return ""
}

// finish adds what surrounds the matter: greeting, closing, identifiers,
// English words, typing errors.
func (d *desk) finish(r *rand.Rand, row *ticket, text string) error {
	lang := row.language
	if lang == "en" && text[0] < unicode.MaxASCII && chance(r, 70) {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	if lang == "zh" && chance(r, 8) {
		text = replaceOne(r, text, d.mixed, 0)
	}
	if chance(r, 11) {
		text = replaceOne(r, text, d.typos, 1)
	} else if lang != "hk" && chance(r, 4) {
		runes := []rune(text)
		if at := 1 + r.IntN(len(runes)); at+1 < len(runes) {
			runes[at], runes[at+1] = runes[at+1], runes[at]
			text = string(runes)
		}
	}
	if chance(r, 30) {
		greet, err := d.expand(r, lang, "{greet}")
		if err != nil {
			return err
		}
		gap := space(lang)
		if row.channel == "web" && chance(r, 40) {
			gap = "\n"
		}
		text = greet + gap + text
	}
	if chance(r, 12) {
		row.planted = true
		text += d.identify(r, lang)
	}
	if chance(r, 34) {
		tail, err := d.expand(r, lang, "{tail}")
		if err != nil {
			return err
		}
		if lang == "en" {
			text = strings.TrimRight(text, ".?") + pick(r, []string{". ", "? "})
		}
		text += tail
	}
	row.text = text
	return nil
}

// identify returns a clause with an identifier and counts it.
func (d *desk) identify(r *rand.Rand, lang string) string {
	clause := func(zh, hk, en, value string) string {
		return map[string]string{"zh": zh, "hk": hk, "en": en}[lang] + value
	}
	switch right := chance(r, 78); weighted(r, []int{26, 28, 30, 16}) {
	case 0:
		count(right, &d.pii.ResidentIDRight, &d.pii.ResidentIDWrong)
		return clause("，身份证号", "，內地身份證", ", my ID number is ", residentID(r, right))
	case 1:
		count(right, &d.pii.BankCardRight, &d.pii.BankCardWrong)
		card := bankCard(r, right)
		if chance(r, 30) {
			card = spaced(card)
		}
		return clause("，卡号", "，卡號", ", card number ", card)
	case 2:
		count(right, &d.pii.MobileRight, &d.pii.MobileWrong)
		return clause("，手机", "，內地手機", ", my mobile is ", mobile(r, right))
	default:
		d.pii.Lookalikes++
		return clause("，流水号", "，交易編號", ", reference no. ", lookalike(r))
	}
}

func count(right bool, yes, no *int) {
	if right {
		*yes++
	} else {
		*no++
	}
}

// replaceOne replaces the first occurrence of one drawn pair that occurs:
// column from becomes the other column.
func replaceOne(r *rand.Rand, text string, table [][2]string, from int) string {
	start := r.IntN(len(table))
	for i := range table {
		pair := table[(start+i)%len(table)]
		if strings.Contains(text, pair[from]) {
			return strings.Replace(text, pair[from], pair[1-from], 1)
		}
	}
	return text
}
