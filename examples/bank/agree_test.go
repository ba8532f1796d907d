package bank

import (
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/clean/pii"
	"github.com/luodi/luodi/internal/source/charset"
)

// What was planted is what the product finds: charsets, and identifiers by
// their check digits.
func TestCharsetsAreDetected(t *testing.T) {
	b := generated(t)
	for file, want := range map[string]string{
		"data/tickets.csv":                "utf-8",
		"data/tickets-branch-gb18030.csv": "gb18030",
		"data/tickets-hk-big5.csv":        "big5",
	} {
		got, err := charset.Decode(b.Files[file])
		if err != nil || !strings.EqualFold(got.Charset, want) || got.Doubtful {
			t.Errorf("%s: %s, doubtful %v, %v", file, got.Charset, got.Doubtful, err)
		}
	}
}

func TestIdentifiersAreFound(t *testing.T) {
	b := generated(t)
	found := map[string]int{}
	for _, row := range allTickets(t, b) {
		valid, _ := pii.Find(fold(row["text"]))
		for _, tag := range valid {
			found[tag.Type]++
		}
	}
	p := b.Truth.PII["tickets"]
	for kind, want := range map[string]int{"resident_id": p.ResidentIDRight, "bank_card": p.BankCardRight, "mobile": p.MobileRight} {
		if found[kind] != want {
			t.Errorf("%s: found %d, planted %d", kind, found[kind], want)
		}
	}
}
