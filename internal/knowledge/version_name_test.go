package knowledge

import "testing"

// Names that are versions of one document, older first, and names that are not.
func TestVersionsByName(t *testing.T) {
	for _, c := range []struct {
		name, older, newer string
		same               bool
	}{
		{"year at the end", "rules/kyc-2022.md", "rules/kyc-2025.md", true},
		{"year in words", "转账限额（2023版）.md", "转账限额（2025版）.md", true},
		{"date", "合伙企业法(1997-02-23).md", "合伙企业法(2006-08-27).md", true},
		{"version number", "fees v2.html", "fees v10.html", true},
		{"other documents", "rules/kyc-2022.md", "rules/fees-2025.md", false},
		{"no version", "rules/kyc.md", "rules/kyc2.md", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, before := familyOf("rules", c.older, "")
			b, after := familyOf("rules", c.newer, "")
			if same := a == b && a != 0; same != c.same {
				t.Errorf("one family: %v", same)
			}
			if c.same && before >= after {
				t.Errorf("days %d, %d: the older is not older", before, after)
			}
		})
	}
}
