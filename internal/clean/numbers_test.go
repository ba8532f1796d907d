package clean_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/luodi/luodi/internal/clean"
	"github.com/luodi/luodi/internal/source"
)

// TestNumbersAreSacred puts random amounts, dates and identifiers, half of them
// in full-width digits, through each default plan: no digit is altered, lost or
// moved. LUODI_LONG=1 takes a million for each.
func TestNumbersAreSacred(t *testing.T) {
	rows := 100
	if os.Getenv("LUODI_LONG") != "" {
		rows = 1000
	}
	for _, class := range clean.Classes {
		t.Run(class, func(t *testing.T) { numbers(t, class, rows) })
	}
}

func numbers(t *testing.T, class string, rows int) {
	r := rand.New(rand.NewPCG(11, 1))
	plan, err := clean.NewPlan(nil).As(class)
	if err != nil {
		t.Fatal(err)
	}
	around := []string{"金额%s元", "於%s辦理", "%s", "(%s)", "　%s　", "利率%s％", "account %s\u200b", "a\t%s\r\n", "①%s²"}
	makers := []func() string{
		func() string { return fmt.Sprintf("%d,%03d.%02d", r.IntN(1000), r.IntN(1000), r.IntN(100)) },
		func() string { return fmt.Sprintf("%.4f", r.Float64()*1e6) },
		func() string { return fmt.Sprintf("%04d-%02d-%02d", 1949+r.IntN(100), 1+r.IntN(12), 1+r.IntN(28)) },
		func() string { return fmt.Sprintf("%04d年%d月%d日", 1949+r.IntN(100), 1+r.IntN(12), 1+r.IntN(28)) },
		func() string { return fmt.Sprintf("%018d", r.Uint64()%1e18) },
		func() string { return fmt.Sprintf("-%d", r.Uint32()) },
	}
	const each = 1000
	altered := 0
	for range rows {
		var text, want strings.Builder
		for range each {
			n := makers[r.IntN(len(makers))]()
			for _, c := range n {
				if c >= '0' && c <= '9' {
					want.WriteRune(c)
				}
			}
			if r.IntN(2) == 0 {
				n = strings.Map(func(c rune) rune {
					if c >= '0' && c <= '9' {
						return c + 0xFEE0
					}
					return c
				}, n)
			}
			fmt.Fprintf(&text, around[r.IntN(len(around))], n)
			text.WriteString([]string{"", "", "\n", "\f"}[r.IntN(4)])
		}
		c := plan.Clean(source.Record{Class: source.ClassRow, Format: "csv", Text: text.String()})
		got := strings.Map(func(c rune) rune {
			switch {
			case c >= '0' && c <= '9':
				return c
			case c >= '０' && c <= '９': // the plan of logs leaves widths
				return c - 0xFEE0
			}
			return -1
		}, c.Text)
		if got != want.String() {
			altered++
		}
	}
	t.Logf("%d numbers, %d rows with altered digits", rows*each, altered)
	if altered > 0 {
		t.Errorf("digits were altered in %d of %d rows", altered, rows)
	}
}
