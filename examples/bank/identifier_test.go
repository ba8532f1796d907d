package bank

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

var digits = regexp.MustCompile(`[0-9]+X?`)

// rightResidentID checks ISO 7064 MOD 11-2 by Horner's rule, and the date.
func rightResidentID(id string) bool {
	if _, err := time.Parse("20060102", id[6:14]); err != nil {
		return false
	}
	sum := 0
	for _, c := range id {
		v := int(c - '0')
		if c == 'X' {
			v = 10
		}
		sum = (sum*2 + v) % 11
	}
	return sum == 1
}

// rightCard checks Luhn's formula by its table of doubled digits.
func rightCard(number string) bool {
	sum, double := 0, false
	for i := len(number) - 1; i >= 0; i-- {
		d := int(number[i] - '0')
		if double {
			d = [10]int{0, 2, 4, 6, 8, 1, 3, 5, 7, 9}[d]
		}
		sum, double = sum+d, !double
	}
	return sum%10 == 0
}

// The identifiers that a reader finds are those that the generator counted,
// and their check digits are right or wrong as claimed.
func TestIdentifiersAreAsCounted(t *testing.T) {
	b := generated(t)
	texts := map[string][]string{}
	for _, row := range allTickets(t, b) {
		texts["tickets"] = append(texts["tickets"], row["text"])
	}
	for _, l := range jsonLines[letter](t, b.Files["data/complaint-letters.jsonl"]) {
		texts["letters"] = append(texts["letters"], l.Input)
	}
	group := regexp.MustCompile(`(62[0-9]{2}) ([0-9]{4}) ([0-9]{4}) ([0-9]{1,4})(?: ([0-9]{1,3}))?`)
	for source, list := range texts {
		var got PIICount
		for _, text := range list {
			text = group.ReplaceAllString(text, "$1$2$3$4$5")
			for _, run := range digits.FindAllString(text, -1) {
				n := len(run)
				switch {
				case n < 11:
				case strings.HasPrefix(run, "2026") && n >= 13:
					got.Lookalikes++
					if rightCard(run) {
						t.Errorf("%s passes for a card", run)
					}
				case n == 11:
					count(run[0] == '1' && run[1] > '2', &got.MobileRight, &got.MobileWrong)
				case strings.HasPrefix(run, "62"):
					if n != 16 && n != 19 {
						t.Errorf("card %s has %d digits", run, n)
					}
					count(rightCard(run), &got.BankCardRight, &got.BankCardWrong)
				case n == 18:
					count(rightResidentID(run), &got.ResidentIDRight, &got.ResidentIDWrong)
				default:
					t.Errorf("what is %s in %q?", run, text)
				}
			}
		}
		if want := b.Truth.PII[source]; got != want {
			t.Errorf("%s: found %+v, planted %+v", source, got, want)
		}
	}
}

func TestKnownCheckDigits(t *testing.T) {
	// The example of GB 11643-1999, and of ISO/IEC 7812-1.
	if got := residentCheck("11010519491231002"); got != 'X' {
		t.Errorf("check character %c", got)
	}
	if !luhn("79927398713") || luhn("79927398710") || luhn("7992739871x") {
		t.Error("luhn")
	}
	if got := spaced("6299881234567890123"); got != "6299 8812 3456 7890 123" {
		t.Error(got)
	}
}
