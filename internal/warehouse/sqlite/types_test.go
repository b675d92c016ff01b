package sqlite

import (
	"testing"

	"pgregory.net/rapid"

	"mcis/internal/mapping"
)

func TestDeclaredTypeHolds(t *testing.T) {
	cases := []struct {
		declared, wanted string
		want             bool
	}{
		{"", "text(max)", true},
		{"INT", "int", true}, {"INTEGER", "bigint", true}, {"INT", "bigint", false}, {"SMALLINT", "int", false},
		{"BIGINT", "int", true}, {"TEXT", "int", false}, {"REAL", "bigint", false}, {"DECIMAL(10,0)", "int", true},
		{"NUMERIC", "bigint", true}, {"DECIMAL(10,2)", "int", false},
		{"BIT", "bit", true}, {"TINYINT", "bit", true}, {"BOOLEAN", "bit", true}, {"TEXT", "bit", false},
		{"DECIMAL(9,6)", "decimal(9,6)", true}, {"DECIMAL(9,6)", "decimal(10,6)", false}, {"decimal( 9 , 6 )", "decimal(9,6)", true},
		{"DECIMAL(9,2)", "decimal(9,6)", false}, {"DECIMAL(12,6)", "decimal(9,4)", true}, {"NUMERIC", "decimal(9,6)", true},
		{"REAL", "decimal(9,6)", false}, {"INT", "decimal(9,0)", false},
		{"DECIMAL(38,10)", "decimal(38,10)", false}, {"TEXT", "decimal(38,10)", true}, {"VARCHAR(40)", "decimal(38,10)", true},
		{"VARCHAR(39)", "decimal(38,10)", false},
		{"NVARCHAR(255)", "text(255)", true}, {"VARCHAR(255)", "text(256)", false}, {"NVARCHAR(300)", "text(255)", true},
		{"TEXT", "text(255)", true}, {"NVARCHAR(4000)", "text(max)", false}, {"CLOB", "text(max)", true}, {"INT", "text(5)", false},
		{"NVARCHAR(MAX)", "text(max)", true}, {"POINT", "text(5)", false}, {"CHARINT", "text(5)", false}, {"DATETIME", "text(50)", false},
		{"DATETIME", "datetime", true}, {"DATETIME2(6)", "datetime", true}, {"TIMESTAMP", "datetime", true}, {"DATE", "datetime", false},
		{"TEXT", "datetime", true}, {"VARCHAR(26)", "datetime", true}, {"VARCHAR(19)", "datetime", false},
		{"TEXT", "uuid", true}, {"CHAR(36)", "uuid", true}, {"CHAR(32)", "uuid", false},
	}
	for _, c := range cases {
		kind, err := mapping.ParseType(c.wanted)
		if err != nil {
			t.Fatal(err)
		}
		if got := parseDeclared(c.declared).holds(kind); got != c.want {
			t.Errorf("a column declared %q holds %s: %v, want %v", c.declared, c.wanted, got, c.want)
		}
	}
}

// TestOwnTypesHold: a table that a migration created is never refused by the next one.
func TestOwnTypesHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		precision := rapid.IntRange(1, 38).Draw(t, "precision")
		kind := mapping.Type{
			Kind:      rapid.SampledFrom([]mapping.Kind{mapping.Int, mapping.BigInt, mapping.Bit, mapping.Decimal, mapping.Text, mapping.DateTime, mapping.UUID}).Draw(t, "kind"),
			Length:    rapid.IntRange(0, 4000).Draw(t, "length"),
			Precision: precision, Scale: rapid.IntRange(0, precision).Draw(t, "scale"),
		}
		if declared := columnType(kind); !parseDeclared(declared).holds(kind) {
			t.Fatalf("%s does not hold %s", declared, kind)
		}
	})
}

// FuzzParseDeclared: whatever a user's table declares, reading it does not panic.
func FuzzParseDeclared(f *testing.F) {
	for _, seed := range []string{"", "INT", "DECIMAL(9,6)", "NUMERIC(,)", "VARCHAR(-1", "DECIMAL(99999999999999999999)", ")("} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		declared := parseDeclared(text)
		for kind := mapping.Int; kind <= mapping.UUID; kind++ {
			declared.holds(mapping.Type{Kind: kind, Length: 10, Precision: 9, Scale: 2})
		}
	})
}
