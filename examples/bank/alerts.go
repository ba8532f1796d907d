package bank

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const alertRows = 960

// addAlerts writes the alerts of the fraud desk with the analysts' notes and
// verdicts. A note is made of findings that speak for or against fraud; the
// verdict also depends on what the analyst did not write down.
func addAlerts(b *Bank) error {
	const file = "data/fraud-alerts.csv"
	entries, order, err := sections("text/alerts.txt")
	if err != nil {
		return err
	}
	type finding struct {
		text string
		risk int
	}
	var against, open, fraud []finding // findings that speak against, for neither, and for fraud
	for _, heading := range order {
		risk, err := strconv.Atoi(heading)
		if err != nil {
			return fmt.Errorf("text/alerts.txt: heading %q is no number: %w", heading, err)
		}
		side := &open
		if risk < 0 {
			side = &against
		} else if risk > 2 {
			side = &fraud
		}
		for _, text := range entries[heading] {
			*side = append(*side, finding{text, risk})
		}
	}
	rules := []level{{"D-101", 20, -2}, {"D-102", 9, 3}, {"D-103", 8, 8}, {"D-105", 13, -1}, {"T-201", 14, 0}, {"T-202", 22, -1}, {"T-203", 5, 9}, {"T-204", 9, -3}}
	weights := make([]int, len(rules))
	for i, l := range rules {
		weights[i] = l.weight
	}
	r := stream(file)
	g := grammar{slots: map[string][]string{}}
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	w.Write([]string{"alert_id", "raised_at", "rule", "channel", "amount", "note", "verdict"})
	at := time.Date(2026, 3, 1, 0, 7, 0, 0, time.UTC)
	for i := range alertRows {
		at = at.Add(time.Duration(40+r.IntN(520)) * time.Minute)
		rule := rules[weighted(r, weights)]
		risk := rule.risk
		lean := against
		if chance(r, 42) {
			lean = fraud
		}
		var note []string
		for n := range 2 + r.IntN(3) {
			from := lean
			if n > 0 && chance(r, 55) {
				from = open
			}
			if chance(r, 6) {
				from = against
			}
			f := pick(r, from)
			text, err := g.expand(r, "zh", f.text)
			if err != nil {
				return fmt.Errorf("text/alerts.txt: %w", err)
			}
			if slices.Contains(note, text) {
				continue
			}
			note = append(note, text)
			risk += f.risk
		}
		verdict := "release"
		if risk+bell(r, 4) > 0 {
			verdict = "escalate"
		}
		amount := (1 + r.IntN(90)) * (100 + 900*r.IntN(2))
		w.Write([]string{fmt.Sprintf("A%05d", i+1), at.Format("2006-01-02 15:04"), rule.value,
			pick(r, []string{"手机银行", "手机银行", "网上银行", "ATM", "快捷支付"}), strconv.Itoa(amount), strings.Join(note, "；"), verdict})
	}
	w.Flush()
	b.Files[file] = buf.Bytes()
	b.Truth.Rows[file] = alertRows
	return w.Error()
}
