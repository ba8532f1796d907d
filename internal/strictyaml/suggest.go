package strictyaml

import "strings"

// Closest is the known name that was probably meant by name: at most a third
// of its letters differ, swapped neighbours counting once (optimal string
// alignment distance), case not counting; or else the one that begins with the
// same five letters or more. It is "" where none is close.
func Closest(name string, known []string) string {
	best, bestDistance := "", -1
	for _, k := range known {
		longer := max(len([]rune(name)), len([]rune(k)))
		limit := max(1, longer/3)
		if longer <= 2 {
			limit = 0 // "in" is not a slip for "id"
		}
		if d := distance(fold(name), fold(k)); d <= limit && (bestDistance < 0 || d < bestDistance) {
			best, bestDistance = k, d
		}
	}
	longest := 4
	for _, k := range known {
		if n := prefix(fold(name), fold(k)); bestDistance < 0 && n > longest {
			best, longest = k, n
		}
	}
	return best
}

// prefix is the number of letters that both begin with.
func prefix(a, b []rune) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// fold makes slips in case and in word separators free.
func fold(s string) []rune {
	return []rune(strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(s)))
}

// Suggest is the end of a message about an unknown name: ` (did you mean
// "x"?)`, or what there is, such as `; the departments are a, b`, or "" where
// known is empty.
func Suggest(name string, known []string, thereAre string) string {
	return hint(Closest(name, known), thereAre, known)
}

func hint(meant, thereAre string, known []string) string {
	const few = 12
	switch {
	case meant != "":
		return ` (did you mean "` + meant + `"?)`
	case len(known) == 0:
		return ""
	case len(known) > few:
		return "; " + thereAre + " " + strings.Join(known[:few], ", ") + ", …"
	default:
		return "; " + thereAre + " " + strings.Join(known, ", ")
	}
}

// distance is the optimal string alignment distance: insertions, deletions,
// substitutions and swaps of neighbours.
func distance(a, b []rune) int {
	rows := [3][]int{}
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		prev, cur := rows[(i-1)%3], rows[i%3]
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], rows[(i-2)%3][j-2]+1)
			}
		}
	}
	return rows[len(a)%3][len(b)]
}
