package bank

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

const letterCount = 72

// letter is a line of data/complaint-letters.jsonl.
type letter struct {
	ID     string `json:"id"`
	Input  string `json:"input"`
	Fields fields `json:"fields"`
}

// fields are what the complaint desk types off a letter.
type fields struct {
	Customer string `json:"customer"`
	Product  string `json:"product"`
	Branch   string `json:"branch"`
	Date     string `json:"date"`   // of what happened, ISO 8601
	Amount   string `json:"amount"` // decimal, in CNY; empty where none is at issue
	Request  string `json:"request"`
	Phone    string `json:"phone"`
}

// addLetters writes the complaint letters with what is to be read from them.
// Dates and amounts are written in different ways, and most letters hold a
// second date or amount that is not the one at issue.
func addLetters(b *Bank) error {
	const file = "data/complaint-letters.jsonl"
	entries, order, err := sections("text/letters.txt")
	if err != nil {
		return err
	}
	g := grammar{slots: entries}
	var cases []string
	for _, heading := range order {
		if strings.HasPrefix(heading, "case ") {
			cases = append(cases, heading)
		}
	}
	r := stream(file)
	var buf bytes.Buffer
	to := json.NewEncoder(&buf)
	to.SetEscapeHTML(false)
	var pii PIICount
	for i := range letterCount {
		l, err := g.letter(r, entries, cases[i%len(cases)])
		if err != nil {
			return fmt.Errorf("text/letters.txt: %w", err)
		}
		l.ID = fmt.Sprintf("CL-%03d", i+1)
		if err := to.Encode(l); err != nil {
			return err
		}
		pii.MobileRight++
		b.Truth.Letters++
	}
	b.Truth.PII["letters"] = pii
	b.Files[file] = buf.Bytes()
	b.Truth.Rows[file] = letterCount
	return nil
}

// letter writes one letter about a case. The heading reads
// "case LANG REQUEST AMOUNT PRODUCT", AMOUNT being a range or a dash; entries
// of the case are its paragraphs.
func (g grammar) letter(r *rand.Rand, entries map[string][]string, heading string) (letter, error) {
	parts := strings.SplitN(heading, " ", 5)
	lang := parts[1]
	day := time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(240))
	low, high := 0, 1
	if _, err := fmt.Sscanf(parts[3], "%d-%d", &low, &high); err != nil && parts[3] != "-" {
		return letter{}, fmt.Errorf("%q: the amount is neither a range nor a dash", heading)
	}
	yuan := low + r.IntN(high-low)
	name := pick(r, entries[lang+" surname"]) + pick(r, entries[lang+" given"])
	if lang == "en" {
		name = pick(r, entries["en given"]) + " " + pick(r, entries["en surname"])
	}
	f := fields{Customer: name, Request: parts[2], Product: parts[4], Date: day.Format("2006-01-02"),
		Branch: pick(r, entries[lang+" branch"]), Phone: mobile(r, true)}
	body := pick(r, entries[heading])
	if strings.Contains(body, "{amount}") {
		f.Amount = fmt.Sprintf("%d.00", yuan)
	}
	g.extra = map[string]string{
		"name": name, "branch": f.Branch, "phone": f.Phone,
		"amount": writtenAmount(r, lang, yuan), "date": writtenDate(r, lang, day),
		"later": writtenDate(r, lang, day.AddDate(0, 0, 3+r.IntN(20))),
	}
	text, err := g.expand(r, lang, "{open}\n\n"+body+"\n\n{demand "+parts[2]+"}\n\n{close}")
	return letter{Input: text, Fields: f}, err
}

func writtenDate(r *rand.Rand, lang string, day time.Time) string {
	if lang == "en" {
		return day.Format(pick(r, []string{"2 January 2006", "January 2, 2006", "2006-01-02"}))
	}
	return day.Format(pick(r, []string{"2006年1月2日", "2006年01月02日", "2006-01-02", "2006.1.2"}))
}

func writtenAmount(r *rand.Rand, lang string, yuan int) string {
	grouped := fmt.Sprint(yuan)
	if yuan >= 1000 {
		grouped = fmt.Sprintf("%d,%03d", yuan/1000, yuan%1000)
	}
	if lang == "en" {
		return pick(r, []string{"CNY " + grouped, "RMB " + fmt.Sprint(yuan), grouped + " yuan", "¥" + grouped + ".00"})
	}
	return pick(r, []string{fmt.Sprint(yuan) + "元", grouped + "元", "¥" + grouped + ".00", "人民币" + fmt.Sprint(yuan) + "元整"})
}
