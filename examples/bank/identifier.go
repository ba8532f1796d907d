package bank

import (
	"fmt"
	"math/rand/v2"
)

// Identifiers are synthetic. Resident IDs take their sequence number from the
// very end of the range, bank cards a prefix made up for this bank, and
// mobiles have 0000 as their exchange.

// residentID returns an 18-character number in the shape of GB 11643, with the
// right check character or a wrong one. It never passes the Luhn test, so that
// it can not be taken for a bank card.
func residentID(r *rand.Rand, right bool) string {
	regions := []string{"110105", "120104", "310110", "320105", "330106", "370102", "420106", "440106", "500103", "510104", "610113"}
	for {
		body := fmt.Sprintf("%s%d%02d%02d%d", pick(r, regions), 1955+r.IntN(50), 1+r.IntN(12), 1+r.IntN(28), 990+r.IntN(6))
		check := residentCheck(body)
		if !right {
			other := "10X98765432"[r.IntN(11)]
			if other == check {
				continue
			}
			check = other
		}
		if id := body + string(check); !luhn(id) {
			return id
		}
	}
}

// residentCheck computes the check character of the first 17 digits (GB 11643,
// ISO 7064 MOD 11-2).
func residentCheck(body string) byte {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(body[i]-'0')
	}
	return "10X98765432"[sum%11]
}

// bankCard returns a 19-digit debit or 16-digit credit card number whose Luhn
// digit (ISO/IEC 7812-1) is right or wrong.
func bankCard(r *rand.Rand, right bool) string {
	number := "629988"
	length := 19
	if chance(r, 35) {
		number, length = "629966", 16
	}
	for len(number) < length-1 {
		number += string(rune('0' + r.IntN(10)))
	}
	for digit := r.IntN(10); ; digit = (digit + 1) % 10 {
		if card := number + string(rune('0'+digit)); luhn(card) == right {
			return card
		}
	}
}

// luhn reports whether a string of digits passes ISO/IEC 7812-1. A string with
// another character does not.
func luhn(number string) bool {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if d < 0 || d > 9 {
			return false
		}
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// mobile returns an 11-digit number; a wrong one has a prefix (10, 11, 12)
// that mobile numbers do not have.
func mobile(r *rand.Rand, right bool) string {
	prefix := pick(r, []string{"138", "139", "150", "151", "158", "176", "186", "188", "199"})
	if !right {
		prefix = pick(r, []string{"108", "110", "120", "126"})
	}
	return fmt.Sprintf("%s0000%04d", prefix, r.IntN(10000))
}

// lookalike returns a serial number that looks like an identifier and is none:
// it fails the Luhn test, has no card prefix and no valid birth date.
func lookalike(r *rand.Rand) string {
	for {
		serial := fmt.Sprintf("2026%02d%02d%0*d", 1+r.IntN(12), 1+r.IntN(28), 6+2*r.IntN(3), r.IntN(1000000))
		if !luhn(serial) && (len(serial) != 18 || residentCheck(serial) != serial[17]) {
			return serial
		}
	}
}

// spaced writes a card number in groups of four as customers copy it.
func spaced(number string) string {
	out := ""
	for i := 0; i < len(number); i += 4 {
		if i > 0 {
			out += " "
		}
		out += number[i:min(i+4, len(number))]
	}
	return out
}
