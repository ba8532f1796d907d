// Package pii finds personal data and secrets in text by what makes them what
// they are: check digits, valid dates and regions, card ranges, key prefixes.
//
// A number of eighteen digits is a resident ID only if its date exists and its
// last digit is right; with a wrong one it is a look-alike, which is counted
// and not tagged, as order and serial numbers are everywhere in a bank. What
// has no check digit (QQ, passport) needs a word beside it that says what it
// is. So tags are few and right, and whole columns of money stay readable.
//
// Text is expected to be cleaned: full-width digits are not looked for. The
// scan is driven by bytes: only digits, at signs, key headers and the Han that
// end a label are looked at closely, and what surrounds them once for all of
// them, so that its time is linear in the text, whatever the text is. Names and
// addresses need context: a label or title beside a surname, a road before a
// number. English names and addresses are not looked for. What is done with a
// finding is an Action; a Redactor does it.
package pii

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// The types of tags.
const (
	ResidentID   = "resident_id" // GB 11643-1999, 18 digits; 15 before
	Mobile       = "mobile"
	Landline     = "landline"
	Phone        = "phone" // international and North American
	BankCard     = "bank_card"
	CreditCode   = "credit_code"   // unified social credit code, GB 32100-2015
	OrgCode      = "org_code"      // organisation code, GB 11714-1997
	Passport     = "passport"      // with context
	TravelPermit = "travel_permit" // Hong Kong, Macau, Taiwan; with context
	Plate        = "plate"
	Email        = "email"
	IP           = "ip"
	QQ           = "qq"     // with context
	WeChat       = "wechat" // with context
	IBAN         = "iban"   // ISO 13616
	SSN          = "ssn"    // United States
	Name         = "name"   // Chinese names with context
	Address      = "address"
	Secret       = "secret" // keys, tokens, passwords
)

// Tag is a finding: bytes [Start, End) of the text. Valid is false for a
// look-alike.
type Tag struct {
	Type  string `json:"type"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	Valid bool   `json:"valid"`
}

// Scan returns the personal data and secrets of a text in order. Tags do not
// overlap: of two candidates the longer is taken.
func Scan(text string) []Tag {
	valid, _ := Find(text)
	return valid
}

// Find is Scan that also returns the look-alikes: what has the form of a type
// with check digits and the wrong ones.
func Find(text string) (valid, lookAlikes []Tag) {
	s := scanners.Get().(*scanner)
	defer scanners.Put(s)
	*s = scanner{text: text, found: s.found[:0]}
	s.run()
	byStart := func(a, b Tag) int { return cmp.Or(a.Start-b.Start, b.End-a.End) }
	if !slices.IsSortedFunc(s.found, byStart) {
		slices.SortStableFunc(s.found, byStart)
	}
	kept, right := s.found[:0], 0 // written no further than what was read
	for from := 0; from < len(s.found); {
		to, end := from+1, s.found[from].End
		for ; to < len(s.found) && s.found[to].Start < end; to++ {
			end = max(end, s.found[to].End)
		}
		for _, t := range apart(s.found[from:to]) {
			kept = append(kept, t)
			if t.Valid {
				right++
			}
		}
		from = to
	}
	valid, lookAlikes = room(right), room(len(kept)-right)
	for _, t := range kept {
		if t.Valid {
			valid = append(valid, t)
		} else {
			lookAlikes = append(lookAlikes, t)
		}
	}
	s.text = ""
	return valid, lookAlikes
}

// scanners keep the room for what is found from one text to the next.
var scanners = sync.Pool{New: func() any { return &scanner{} }}

func room(n int) []Tag {
	if n == 0 {
		return nil
	}
	return make([]Tag, 0, n)
}

// apart keeps, of tags that overlap, those that are valid before those that
// are not, and longer ones before shorter.
func apart(tags []Tag) []Tag {
	if len(tags) == 1 {
		return tags
	}
	slices.SortStableFunc(tags, func(a, b Tag) int {
		if a.Valid != b.Valid {
			if a.Valid {
				return -1
			}
			return 1
		}
		return cmp.Or((b.End-b.Start)-(a.End-a.Start), a.Start-b.Start)
	})
	kept := tags[:0]
	for _, t := range tags {
		if !slices.ContainsFunc(kept, func(k Tag) bool { return t.Start < k.End && k.Start < t.End }) {
			kept = append(kept, t)
		}
	}
	slices.SortFunc(kept, func(a, b Tag) int { return a.Start - b.Start })
	return kept
}

// Mask writes text with the tagged ranges masked. Enough stays to tell two
// values apart in a report, never enough to use one: the first three and last
// two characters of a number of eleven and more, the domain of an email, the
// last character of anything short, nothing of a secret. Tags must be ordered
// and lie within text, as Scan gives them.
func Mask(text string, tags []Tag) string {
	var b strings.Builder
	at := 0
	for _, t := range tags {
		if t.Start < at || t.End > len(text) || t.Start > t.End {
			continue
		}
		b.WriteString(text[at:t.Start])
		b.WriteString(masked(t.Type, text[t.Start:t.End]))
		at = t.End
	}
	b.WriteString(text[at:])
	return b.String()
}

func masked(kind, v string) string {
	head, tail := 0, 1
	n := utf8.RuneCountInString(v)
	switch {
	case kind == Secret:
		tail = 0
	case kind == Email:
		head, tail = 1, utf8.RuneCountInString(v[strings.LastIndexByte(v, '@'):])
	case n >= 11:
		head, tail = 3, 2
	}
	var b strings.Builder
	i := 0
	for _, r := range v {
		if i < head || i >= n-tail || r == '-' || r == ' ' {
			b.WriteRune(r)
		} else {
			b.WriteByte('*')
		}
		i++
	}
	return b.String()
}
