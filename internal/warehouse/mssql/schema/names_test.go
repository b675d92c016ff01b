package schema

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestFreeNames: every name is another, fits, and is the same in every run.
func TestFreeNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"A", "a_b", "B_C", "c", strings.Repeat("x", 100), strings.Repeat("X", 99)})
		asked := rapid.SliceOfN(rapid.SliceOfN(part, 2, 2), 1, 30).Draw(t, "names")
		first, second := make(names), make(names)
		seen := make(map[string]bool)
		for _, parts := range asked {
			name := first.free(append([]string{"FK"}, parts...)...)
			if again := second.free(append([]string{"FK"}, parts...)...); again != name {
				t.Fatalf("%v is %q, then %q", parts, name, again)
			}
			if len(name) > mostName || seen[strings.ToLower(name)] {
				t.Fatalf("%v got %q (%d characters), seen: %v", parts, name, len(name), seen[strings.ToLower(name)])
			}
			seen[strings.ToLower(name)] = true
		}
	})
}
