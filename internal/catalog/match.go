package catalog

import "strings"

// Match reports whether a model's name fits a pattern: * stands for any
// characters, none included, and case does not count.
func Match(pattern, model string) bool {
	parts := strings.Split(strings.ToLower(pattern), "*")
	s := strings.ToLower(model)
	if len(parts) == 1 {
		return s == parts[0]
	}
	first, last := parts[0], parts[len(parts)-1]
	if !strings.HasPrefix(s, first) {
		return false
	}
	s = s[len(first):]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return strings.HasSuffix(s, last)
}

// weight orders patterns that fit the same model: the more it spells out the
// better, a name without * best of all.
func weight(pattern string) int {
	n := 2 * len(strings.ReplaceAll(pattern, "*", ""))
	if !strings.Contains(pattern, "*") {
		n++
	}
	return n
}
