package bank

import (
	"context"
	"encoding/csv"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"github.com/luodi/luodi/internal/small"
)

// records reads a csv of the bank, decoded by the charset in its name.
func records(t *testing.T, b *Bank, file string) []map[string]string {
	t.Helper()
	text := string(b.Files[file])
	var err error
	switch {
	case strings.Contains(file, "gb18030"):
		text, err = simplifiedchinese.GB18030.NewDecoder().String(text)
	case strings.Contains(file, "big5"):
		text, err = traditionalchinese.Big5.NewDecoder().String(text)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, name := range rows[0] {
			m[name] = row[i]
		}
		out = append(out, m)
	}
	return out
}

func allTickets(t *testing.T, b *Bank) []map[string]string {
	var out []map[string]string
	for _, f := range ticketFiles {
		out = append(out, records(t, b, f.path)...)
	}
	return out
}

func TestCharsets(t *testing.T) {
	b := generated(t)
	for _, c := range []struct {
		file    string
		phrases []string
		never   string
	}{
		{"data/tickets.csv", []string{"转账", "利率", "password"}, "嘅"},
		{"data/tickets-branch-gb18030.csv", []string{"转账", "挂失", "西岭支行", "𠮷"}, "嘅"},
		{"data/tickets-hk-big5.csv", []string{"轉賬", "嘅", "港幣", "銀包", "中環分行"}, "转"},
	} {
		t.Run(c.file, func(t *testing.T) {
			var all strings.Builder
			for _, row := range records(t, b, c.file) {
				all.WriteString(row["text"] + row["branch"] + "\n")
			}
			text := all.String()
			for _, p := range c.phrases {
				if !strings.Contains(text, p) {
					t.Errorf("no %q", p)
				}
			}
			if strings.Contains(text, c.never) || strings.ContainsRune(text, utf8.RuneError) {
				t.Errorf("%q or U+FFFD in it", c.never)
			}
			if utf8.Valid(b.Files[c.file]) != (c.file == "data/tickets.csv") {
				t.Error("it is UTF-8 where it should not be, or the other way round")
			}
		})
	}
}

func TestBig5WritesTheUsualCodes(t *testing.T) {
	for char, code := range map[string]string{"港": "\xb4\xe4", "包": "\xa5\x5d", "嘅": "\x9d\xef", "轉": "\xc2\xe0"} {
		got, err := big5(char)
		if err != nil || string(got) != code {
			t.Errorf("%s: % x, %v", char, got, err)
		}
	}
	if _, err := big5("转"); err == nil {
		t.Error("a character outside Big5 was encoded")
	}
}

func TestTicketRows(t *testing.T) {
	b := generated(t)
	ids, byIntent, byLanguage := map[string]bool{}, map[string]int{}, map[string]int{}
	last := ""
	for _, row := range allTickets(t, b) {
		if ids[row["ticket_id"]] {
			t.Errorf("%s twice", row["ticket_id"])
		}
		ids[row["ticket_id"]] = true
		if row["ticket_id"][0] == 'T' && row["created_at"] < last {
			t.Errorf("%s is earlier than the row before", row["ticket_id"])
		}
		last = row["created_at"]
		byIntent[row["category"]]++
		byLanguage[row["language"]]++
		if strings.ContainsAny(row["text"], "{}[]|") || strings.TrimSpace(row["text"]) == "" {
			t.Errorf("%s: %q", row["ticket_id"], row["text"])
		}
	}
	if len(byIntent) != len(b.Truth.Intents) {
		t.Errorf("labels %v", byIntent)
	}
	for intent, n := range byIntent {
		if n < 120 {
			t.Errorf("only %d rows of %s", n, intent)
		}
	}
	if byLanguage["zh"] < 2500 || byLanguage["en"] < 400 || byLanguage["zh-hk"] < 200 {
		t.Errorf("languages %v", byLanguage)
	}
	for _, id := range b.Truth.LabelNoise {
		if !ids[id] {
			t.Errorf("wrong label of %s, which does not exist", id)
		}
	}
}

func TestDuplicatesAreAsCounted(t *testing.T) {
	b := generated(t)
	exact, folded := 0, 0
	first, same := map[string]bool{}, map[string]bool{}
	wide := strings.NewReplacer("　", " ")
	for _, row := range allTickets(t, b) {
		text := row["text"]
		key := strings.Join(strings.Fields(strings.Map(func(c rune) rune {
			if c >= '！' && c <= '～' && regexp.MustCompile(`[0-9A-Za-z%]`).MatchString(string(c-0xFEE0)) {
				return c - 0xFEE0
			}
			return c
		}, wide.Replace(text))), " ")
		switch {
		case first[text]:
			exact++
		case same[key]:
			folded++
		}
		first[text], same[key] = true, true
	}
	if exact != b.Truth.ExactDuplicates || folded != b.Truth.FoldedDuplicates {
		t.Errorf("exact %d, folded %d; truth %d, %d", exact, folded, b.Truth.ExactDuplicates, b.Truth.FoldedDuplicates)
	}
}

// A linear classifier should find the tickets neither trivial nor hopeless:
// wrong labels and ambiguous texts keep it away from 1.
func TestIntentDifficulty(t *testing.T) {
	if testing.Short() {
		t.Skip("short: trains a classifier on 2,500 tickets")
	}
	b := generated(t)
	r := stream("difficulty")
	var train, test []small.Example
	seen := map[string]bool{}
	for _, row := range allTickets(t, b) {
		text := fold(row["text"])
		if seen[text] {
			continue
		}
		seen[text] = true
		if e := (small.Example{Text: text, Label: row["category"]}); chance(r, 30) {
			test = append(test, e)
		} else {
			train = append(train, e)
		}
	}
	if got := accuracy(t, train, test); got < .87 || got > .955 {
		t.Errorf("accuracy %.3f, expected .87 to .955", got)
	}
}

func accuracy(t *testing.T, train, test []small.Example) float64 {
	t.Helper()
	m, err := small.Train(context.Background(), train, small.Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for _, e := range test {
		if m.Predict(e.Text).Label == e.Label {
			right++
		}
	}
	t.Logf("accuracy %.4f over %d", float64(right)/float64(len(test)), len(test))
	return float64(right) / float64(len(test))
}
