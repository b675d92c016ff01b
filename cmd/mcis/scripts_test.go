package main

import (
	"strings"
	"testing"
	"unicode"

	"mcis/internal/oracletest"
)

// scripts are the characters that a warehouse with the wrong type of column or collation spoils.
var scripts = []struct {
	name    string
	belongs func(rune) bool
}{
	{"Arabic", func(r rune) bool { return unicode.Is(unicode.Arabic, r) }},
	{"Chinese", func(r rune) bool { return unicode.Is(unicode.Han, r) }},
	{"Cyrillic", func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }},
	{"emoji", isEmoji},
	{"right-to-left marks", isDirectionMark},
}

// isEmoji knows those beyond the basic plane, which take two units of UTF-16 each.
func isEmoji(r rune) bool {
	const first, last = 0x1F300, 0x1FAFF
	return r >= first && r <= last
}

// isDirectionMark knows the characters that only say in which direction to read.
func isDirectionMark(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }

// everyScriptIsHeld makes sure that cells in each script were compared, byte for byte, and in more than a column or two.
func everyScriptIsHeld(t *testing.T, want, held oracletest.Tables) {
	t.Helper()
	for _, script := range scripts {
		cells, columns := inScript(want, held, script.belongs)
		const leastColumns = 3
		if len(columns) < leastColumns {
			t.Errorf("%s: %d cells in the columns %v were compared, expected some in %d columns", script.name, cells, columns, leastColumns)
			continue
		}
		t.Logf("%s: %d cells of %d columns are the same byte for byte", script.name, cells, len(columns))
	}
}

// inScript counts the cells with such characters that are held as they are wanted.
func inScript(want, held oracletest.Tables, belongs func(rune) bool) (cells int, columns map[string]int) {
	columns = make(map[string]int)
	for table, rows := range want {
		for key, row := range rows {
			for column, value := range row {
				got := held[table][key][column]
				if value != nil && strings.ContainsFunc(*value, belongs) && got != nil && *got == *value {
					cells++
					columns[table+"."+column]++
				}
			}
		}
	}
	return cells, columns
}
