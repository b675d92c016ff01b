package connect

import (
	"slices"
	"strings"
)

// suggest is the parameter that was meant by an unknown name, or "" when none is near.
func suggest(name string) string {
	if synonym, known := synonyms[strings.ToLower(name)]; known {
		return synonym
	}
	squeezed := squeeze(name)
	const tolerance = 3   // letters, of which one may be wrong
	const tellingPart = 4 // letters from which on the beginning of a name is enough
	best, least := "", max(2, len(squeezed)/tolerance)+1
	for _, p := range parameters {
		if len(squeezed) >= tellingPart && best == "" && strings.HasPrefix(squeeze(p.name), squeezed) {
			best = p.name
		}
		if d := distance(squeezed, squeeze(p.name)); d < least {
			best, least = p.name, d
		}
	}
	return best
}

// squeeze removes what is often written differently.
func squeeze(name string) string {
	return strings.NewReplacer(" ", "", "-", "", "_", "", ".", "").Replace(strings.ToLower(name))
}

// distance is the number of letters to insert, delete or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = slices.Min([]int{replaced, row[j] + 1, row[j+1] + 1})
		}
	}
	return row[len(b)]
}
