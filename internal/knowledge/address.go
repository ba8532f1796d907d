package knowledge

import (
	"strings"

	"github.com/luodi/luodi/internal/knowledge/token"
)

// Is reports whether the hit lies at an address: a document's address, its
// path, or path#label where the chunk, or a sibling found with it, overlaps
// that section.
func (h Hit) Is(address string) bool {
	doc := h.At
	if address == doc || address == h.Address {
		return true
	}
	path, fragment, ok := strings.Cut(address, "#")
	docPath, _, _ := strings.Cut(doc, "#")
	if path != docPath {
		return false
	}
	if !ok {
		return true
	}
	if path != doc { // a row: its key was compared above
		return false
	}
	want := fragmentTerm(fragment)
	for _, l := range h.Labels {
		if fragmentTerm(l) == want {
			return true
		}
	}
	return false
}

// fragmentTerm is what a section label is compared as: 第十二条 and 第12条 are
// the same, "Fees and limits" and fees-and-limits too.
func fragmentTerm(label string) string {
	if _, term := token.SectionLabel(label); term != "" {
		return term
	}
	var b strings.Builder
	dash := false
	for _, r := range token.FoldString(label) {
		if token.IsGram(r) || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r)
			dash = false
			continue
		}
		dash = true
	}
	return b.String()
}

// folderOf is the first folder of an address; "" where it has none.
func folderOf(address string) string {
	file, _, _ := strings.Cut(address, "#")
	folder, _, deep := strings.Cut(file, "/")
	if !deep {
		return ""
	}
	return folder
}
