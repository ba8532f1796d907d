package report

import (
	"fmt"
	"strings"

	"github.com/luodi/luodi/internal/sizing"
)

// priceText is a candidate's price row in words: per million tokens, with the
// rate and its date where the row is in another currency than the study.
func priceText(p sizing.Price, t texts) string {
	parts := []string{fmt.Sprintf("%s %s", t["price_in"], p.In)}
	if p.Cached != p.In {
		parts = append(parts, fmt.Sprintf("%s %s", t["price_cached"], p.Cached))
	}
	parts = append(parts, fmt.Sprintf("%s %s", t["price_out"], p.Out))
	text := strings.Join(parts, " · ") + " " + string(p.Currency) + " " + t["price_million"]
	if p.Tiered {
		text += " (" + t["price_tiers"] + ")"
	}
	if p.Rate != nil {
		text += "; " + t.fill("price_rate", "from", string(p.Currency), "rate", fmt.Sprint(p.Rate.Value), "date", p.Rate.Date, "source", p.Rate.Source)
	}
	return text
}

// priced reports whether a candidate has a price row to show.
func priced(p sizing.Price) bool { return p.Row != "" && p.Row != "free" && !p.Unknown }

// studiesText says how many studies stand and what they may err by together;
// "" where none does.
func studiesText(s Studies, t texts) string {
	if s.Standing == 0 {
		return ""
	}
	return t.fill("studies", "standing", count(s.Standing), "run", count(s.Run), "alpha", percent(s.Alpha))
}

func percent(f float64) string { return number(f*100) + " %" }

// why is the reason of a repriced decision in the language of the page.
func why(text sizing.Text, code string) string {
	if code == "en" {
		return text.En
	}
	return text.Zh
}

func signedText(s sizing.Signature, t texts) string {
	text := t.fill("signed", "by", s.By, "at", s.At.Format("2006-01-02 15:04 UTC"))
	if s.Note != "" {
		text += ": " + s.Note
	}
	return text
}

// armCost is what 1,000 requests of a candidate cost, with its interval where
// cost has a bar.
func armCost(a sizing.ArmResult, currency string) string {
	text := cost(a.CostPer1000, currency)
	if t := a.CostTest; t != nil && t.Interval[1] > t.Interval[0] {
		text += fmt.Sprintf(" [%s – %s]", number(t.Interval[0]), number(t.Interval[1]))
	}
	return text
}
