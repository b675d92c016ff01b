package faults

import (
	"slices"
	"testing"
)

func TestNoNumberIsListedTwice(t *testing.T) {
	all := slices.Concat(transients, refusals, statements, barriers)
	seen := make(map[int32]bool)
	for _, entry := range all {
		if seen[entry.Number] {
			t.Errorf("%d is listed twice", entry.Number)
		}
		seen[entry.Number] = true
	}
	if len(table) != len(all) {
		t.Errorf("%d numbers in the table, %d listed", len(table), len(all))
	}
}
