package mapping_test

import (
	"strings"
	"testing"

	"mcis/internal/mapping"
)

// TestErrorsShowNothingOfTheFile: what is taken for a mapping may be any file, such as one with passwords. Where the mistake is they say.
func TestErrorsShowNothingOfTheFile(t *testing.T) {
	for text, want := range map[string]string{
		"NATS_PASSWORD=Sesame\nSECRET=Sesame\n":                 "[1:1]",
		"# settings\n\nNATS_PASSWORD: Sesame\n":                 "[3:1] unknown field",
		"SECRET=Sesame: 1\n":                                    "[1:1] unknown field",
		"\"a \\\" Sesame\": 1\n":                                "[1:1] unknown field",
		"schema: 1\ncolums: Sesame\n":                           `[2:1] unknown field "colums"`,
		"schema: Sesame\n":                                      "[1:9]",
		"schema: 1\ntables:\n  - name: *sesame\n":               "[3:12]",
		"schema: 1\nSESAME: 1\nSESAME: 2\n":                     "[3:1] mapping key … already defined at [2:1]",
		"a: &a\n  <<: *sesame\n":                                "anchor",
		"schema: 1\ntables:\n  - name: A\n    key: a: Sesame\n": "[4:10]",
		"SECRET='Sesame":                                        "[1:",
		"schema: 9999999999999999999\nSECRET: Sesame\n":         "[",
		"[Sesame":         "[1:1]",
		"a: \"\\Sesame\"": "[1:",
	} {
		_, err := mapping.Load(".env", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(strings.ToLower(err.Error()), "sesame") {
			t.Errorf("%q: got %v, want %q and nothing of the file", text, err, want)
		}
	}
}
