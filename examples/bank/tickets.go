package bank

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// ticketFile is one export of the service desk.
type ticketFile struct {
	path      string
	rows      int // drawn rows; planted duplicates come on top
	exact     int // planted exact duplicates
	folded    int // planted duplicates after width folding
	near      int // planted near-duplicates
	english   int // percent
	cantonese bool
	crlf      bool
	charset   encoding.Encoding // nil is UTF-8
	prefix    string            // of ticket ids
	branches  []string
	names     []string // with characters that only four bytes of GB18030 write
}

var ticketFiles = []ticketFile{
	{path: "data/tickets.csv", rows: 3060, exact: 54, folded: 24, near: 48, english: 18, prefix: "T",
		branches: []string{"松江路支行", "滨河支行", "梧桐街支行", "学府路支行", "开发区支行", "东湖支行"}},
	{path: "data/tickets-branch-gb18030.csv", rows: 380, exact: 8, folded: 6, near: 8, english: 2, prefix: "B",
		charset: simplifiedchinese.GB18030, crlf: true, branches: []string{"西岭支行", "北站支行"}, names: []string{"谭𠮷祥", "周䶮", "李㛃", "范𬎆"}},
	{path: "data/tickets-hk-big5.csv", rows: 300, exact: 6, near: 4, english: 12, prefix: "H",
		charset: traditionalchinese.Big5, cantonese: true, crlf: true, branches: []string{"中環分行", "旺角分行"}},
}

// intents with the weight of each in the traffic.
var intents = []struct {
	name   string
	weight int
}{
	{"account_freeze", 7}, {"card_activation", 5}, {"card_arrival", 6}, {"card_lost", 8},
	{"complaint_service", 6}, {"deposit_rate", 6}, {"early_repayment", 6}, {"fee_dispute", 7},
	{"fraud_report", 7}, {"fx_exchange", 5}, {"loan_rate", 6}, {"loan_repayment", 6},
	{"password_reset", 8}, {"statement", 6}, {"transfer_failed", 8}, {"transfer_limit", 7},
}

// ticket is one row before it is written.
type ticket struct {
	id, channel, branch, customer, language, text, category string
	at                                                      time.Time
	planted                                                 bool // a duplicate, ambiguous, or carries identifiers: not duplicated again
	fixed                                                   bool // its label is not made wrong
}

func addTickets(b *Bank) error {
	d, err := newDesk()
	if err != nil {
		return err
	}
	b.Truth.Rows = map[string]int{}
	for _, in := range intents {
		b.Truth.Intents = append(b.Truth.Intents, in.name)
	}
	seen, folded, labelled := map[string]bool{}, map[string]bool{}, map[[2]string]bool{}
	for _, file := range ticketFiles {
		rows, err := d.draw(file, &b.Truth)
		if err != nil {
			return fmt.Errorf("%s: %w", file.path, err)
		}
		for _, row := range rows {
			key := fold(row.text)
			if folded[key] && !labelled[[2]string{key, row.category}] {
				b.Truth.Conflicts++
			}
			switch {
			case seen[row.text]:
				b.Truth.ExactDuplicates++
			case folded[key]:
				b.Truth.FoldedDuplicates++
			}
			seen[row.text], folded[key], labelled[[2]string{key, row.category}] = true, true, true
		}
		data, err := file.encode(rows)
		if err != nil {
			return fmt.Errorf("%s: %w", file.path, err)
		}
		b.Files[file.path] = data
		b.Truth.Rows[file.path] = len(rows)
		b.Truth.NearDuplicates += file.near
	}
	b.Truth.PII["tickets"] = d.pii
	return nil
}

// draw makes all rows of a file in the order of their time.
func (d *desk) draw(file ticketFile, truth *Truth) ([]ticket, error) {
	r := stream(file.path)
	weights := make([]int, len(intents))
	for i, in := range intents {
		weights[i] = in.weight
	}
	var rows []ticket
	for range file.rows {
		row := ticket{
			customer: fmt.Sprintf("C%07d", 1000000+r.IntN(9000)*7),
			channel:  pick(r, []string{"app", "app", "app", "hotline", "web", "branch", "wechat"}),
			branch:   pick(r, file.branches),
			language: "zh",
			at:       ticketTime(r),
			category: intents[weighted(r, weights)].name,
		}
		switch {
		case chance(r, file.english):
			row.language = "en"
		case file.cantonese:
			row.language = "hk"
		}
		var err error
		if row.language != "hk" && chance(r, 9) {
			err = d.ambiguous(r, &row)
			truth.Ambiguous++
		} else {
			err = d.compose(r, &row)
		}
		if err != nil {
			return nil, err
		}
		if len(file.names) > 0 && row.language == "zh" && chance(r, 4) {
			row.text += "，户名" + pick(r, file.names) + "有个字系统里是问号"
			row.planted = true
			truth.RareNames++
		}
		rows = append(rows, row)
	}
	mislabel(r, rows)
	rows = plantDuplicates(r, rows, file)
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].at.Before(rows[j].at) })
	for i := range rows {
		rows[i].id = fmt.Sprintf("%s2026-%05d", file.prefix, i+1)
		if rows[i].category[0] == '!' {
			rows[i].category = rows[i].category[1:]
			truth.LabelNoise = append(truth.LabelNoise, rows[i].id)
		}
		if file.cantonese {
			rows[i].text = strings.ReplaceAll(rows[i].text, "¥", "HK$")
		}
		if rows[i].language == "hk" {
			rows[i].language = "zh-hk"
		}
	}
	return rows, nil
}

// mislabel gives one row in forty a wrong category, marked with an exclamation
// mark until the row has its id.
func mislabel(r *rand.Rand, rows []ticket) {
	for i := range rows {
		if rows[i].fixed || !chance(r, 3) {
			continue
		}
		wrong := pick(r, intents).name
		if wrong != rows[i].category {
			rows[i].category = "!" + wrong
			rows[i].planted = true
		}
	}
}

// plantDuplicates adds rows that repeat earlier ones a little later: the same
// customer sent it twice, through another channel, or with small changes.
func plantDuplicates(r *rand.Rand, rows []ticket, file ticketFile) []ticket {
	var free []int
	for i, row := range rows {
		if !row.planted && len([]rune(row.text)) >= 16 {
			free = append(free, i)
		}
	}
	r.Shuffle(len(free), func(i, j int) { free[i], free[j] = free[j], free[i] })
	take := func(n int, change func(string) (string, bool)) {
		for n > 0 && len(free) > 0 {
			row := rows[free[0]]
			free = free[1:]
			text, ok := change(row.text)
			if !ok {
				continue
			}
			row.text, row.at, row.planted = text, row.at.Add(time.Duration(1+r.IntN(2000))*time.Minute), true
			row.channel = pick(r, []string{"app", "web", "hotline"})
			rows = append(rows, row)
			n--
		}
	}
	take(file.exact, func(s string) (string, bool) { return s, true })
	take(file.folded, widen)
	take(file.near, func(s string) (string, bool) { return nudge(r, s), true })
	return rows
}

// ticketTime draws a minute between January and September 2026, mostly in
// office hours.
func ticketTime(r *rand.Rand) time.Time {
	hour := 8 + r.IntN(12)
	if chance(r, 12) {
		hour = r.IntN(24)
	}
	day := time.Date(2026, 1, 4, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(268))
	return day.Add(time.Duration(hour)*time.Hour + time.Duration(r.IntN(60))*time.Minute)
}

// encode writes rows as csv in the file's charset. Simplified and traditional
// files are exports of Windows programs, hence the line ends.
func (f ticketFile) encode(rows []ticket) ([]byte, error) {
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	w.UseCRLF = f.crlf
	w.Write([]string{"ticket_id", "created_at", "channel", "branch", "customer_id", "language", "text", "category"})
	for _, t := range rows {
		w.Write([]string{t.id, t.at.Format("2006-01-02 15:04"), t.channel, t.branch, t.customer, t.language, t.text, t.category})
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return nil, err
	}
	if f.charset == nil {
		return buf.Bytes(), nil
	}
	if f.charset == traditionalchinese.Big5 {
		return big5(buf.String())
	}
	return f.charset.NewEncoder().Bytes(buf.Bytes())
}

// big5 encodes text as Big5 with HKSCS. Three common characters stand twice in
// the table of golang.org/x/text, which then writes the code that Windows and
// iconv do not know; they get their usual one.
func big5(text string) ([]byte, error) {
	usual := map[rune]string{'港': "\xb4\xe4", '包': "\xa5\x5d", '嘅': "\x9d\xef"}
	encoder := traditionalchinese.Big5.NewEncoder()
	var out []byte
	for _, c := range text {
		code := usual[c]
		if code == "" {
			var err error
			if code, err = encoder.String(string(c)); err != nil {
				return nil, fmt.Errorf("character %q: %w", c, err)
			}
		}
		out = append(out, code...)
	}
	return out, nil
}

// fold is the comparison behind FoldedDuplicates: full-width letters, digits,
// percent sign and space become half-width, whitespace collapses.
func fold(s string) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case c >= '０' && c <= '９', c >= 'Ａ' && c <= 'Ｚ', c >= 'ａ' && c <= 'ｚ', c == '％':
			return c - 0xFEE0
		case c == '　':
			return ' '
		}
		return c
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// widen writes letters and digits in full width, as some input methods do. It
// reports whether that changed anything.
func widen(s string) (string, bool) {
	wide := strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			return c + 0xFEE0
		}
		return c
	}, s)
	if strings.Contains(s, " ") {
		wide = strings.Replace(strings.ReplaceAll(wide, " ", "　"), "　", "  ", 1)
	}
	return wide + " ", wide != s
}

// nudge changes a text by a few characters.
func nudge(r *rand.Rand, s string) string {
	runes := []rune(s)
	switch r.IntN(3) {
	case 0:
		return s + pick(r, []string{"？", "!", "。。", "，急", " ok?"})
	case 1:
		at := 1 + r.IntN(len(runes)-2)
		return string(slices.Delete(runes, at, at+1))
	default:
		return pick(r, []string{"PS: ", "Re: ", "FW: "}) + s
	}
}
