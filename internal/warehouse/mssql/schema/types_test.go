package schema

import (
	"testing"

	"pgregory.net/rapid"

	"mcis/internal/mapping"
)

func parsedType(t *testing.T, spelled string) Type {
	t.Helper()
	c, err := parseColumn("[c] " + spelled)
	if err != nil {
		t.Fatal(err)
	}
	return c.Type
}

func TestHolds(t *testing.T) {
	cases := []struct {
		actual, wanted string
		want           bool
	}{
		{"INT", "int", true}, {"BIGINT", "int", true}, {"SMALLINT", "int", false}, {"DECIMAL(10,0)", "int", true},
		{"NUMERIC(12,2)", "int", true}, {"DECIMAL(10,2)", "int", false}, {"FLOAT", "int", false}, {"NVARCHAR(20)", "int", false},
		{"BIGINT", "bigint", true}, {"INT", "bigint", false}, {"DECIMAL(19,0)", "bigint", true}, {"DECIMAL(18,0)", "bigint", false},
		{"MONEY", "bigint", false}, {"FLOAT", "bigint", false},
		{"BIT", "bit", true}, {"TINYINT", "bit", true}, {"INT", "bit", true}, {"NVARCHAR(5)", "bit", false},
		{"DECIMAL(9,6)", "decimal(9,6)", true}, {"NUMERIC(9,6)", "decimal(9,6)", true}, {"DECIMAL(12,6)", "decimal(9,4)", true},
		{"DECIMAL(9,2)", "decimal(9,6)", false}, {"DECIMAL(9,7)", "decimal(9,6)", false}, {"DECIMAL(10,7)", "decimal(9,6)", true},
		{"FLOAT", "decimal(9,6)", false}, {"REAL", "decimal(3,1)", false}, {"MONEY", "decimal(9,4)", false}, {"INT", "decimal(9,0)", false},
		{"NVARCHAR(255)", "text(255)", true}, {"NVARCHAR(300)", "text(255)", true}, {"NVARCHAR(254)", "text(255)", false},
		{"NVARCHAR(MAX)", "text(255)", true}, {"NVARCHAR(MAX)", "text(max)", true}, {"NVARCHAR(4000)", "text(max)", false},
		{"VARCHAR(255)", "text(255)", false}, {"VARCHAR(MAX)", "text(255)", false}, {"NCHAR(255)", "text(255)", false},
		{"CHAR(255)", "text(255)", false}, {"NTEXT", "text(max)", false}, {"TEXT", "text(10)", false}, {"XML", "text(max)", false},
		{"SQL_VARIANT", "text(10)", false}, {"INT", "text(20)", false},
		{"DATETIME", "datetime", true}, {"DATETIME2(6)", "datetime", true}, {"DATETIME2(0)", "datetime", true},
		{"DATETIMEOFFSET(7)", "datetime", true}, {"SMALLDATETIME", "datetime", false}, {"DATE", "datetime", false}, {"NVARCHAR(40)", "datetime", false},
		{"UNIQUEIDENTIFIER", "uuid", true}, {"NVARCHAR(36)", "uuid", true}, {"VARCHAR(50)", "uuid", true}, {"VARCHAR(MAX)", "uuid", true},
		{"CHAR(36)", "uuid", true}, {"NCHAR(36)", "uuid", true}, {"CHAR(40)", "uuid", false}, {"VARCHAR(32)", "uuid", false},
		{"VARBINARY(16)", "uuid", false},
	}
	for _, c := range cases {
		wanted, err := mapping.ParseType(c.wanted)
		if err != nil {
			t.Fatal(err)
		}
		if got := Holds(parsedType(t, c.actual), wanted); got != c.want {
			t.Errorf("%s holds %s: %v, want %v", c.actual, c.wanted, got, c.want)
		}
	}
}

func TestTypeIsSpeltAsItIsRead(t *testing.T) {
	for _, spelled := range []string{
		"INT", "BIT", "DECIMAL(9,6)", "NUMERIC(38,0)", "NVARCHAR(255)", "NVARCHAR(MAX)", "VARCHAR(8000)", "CHAR(3)", "NCHAR(4)",
		"NVARCHAR(20) COLLATE Latin1_General_100_BIN2", "DATETIME", "DATETIME2(6)", "DATETIMEOFFSET(0)", "VARBINARY(MAX)", "UNIQUEIDENTIFIER",
	} {
		if got := parsedType(t, spelled).String(); got != spelled {
			t.Errorf("%s is spelt %s", spelled, got)
		}
	}
}

func anyType(t *rapid.T) mapping.Type {
	precision := rapid.IntRange(1, 38).Draw(t, "precision")
	kinds := []mapping.Kind{mapping.Int, mapping.BigInt, mapping.Bit, mapping.Decimal, mapping.Text, mapping.DateTime, mapping.UUID}
	return mapping.Type{
		Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Length: rapid.IntRange(0, mostNVarChar).Draw(t, "length"),
		Precision: precision, Scale: rapid.IntRange(0, precision).Draw(t, "scale"),
	}
}

// TestDeclaredTypesHold: a table that a migration created is never refused by the next one.
func TestDeclaredTypesHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if kind := anyType(t); !Holds(Declared(kind), kind) {
			t.Fatalf("%s does not hold %s", Declared(kind), kind)
		}
	})
}

// TestWidenedTypesHold: what a person is told to run makes the column hold what is wanted, and all that it held.
func TestWidenedTypesHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		former, wanted := anyType(t), anyType(t)
		kind, possible := widened(Declared(former), column{holds: wanted, declared: Declared(wanted)})
		if !possible {
			return
		}
		if !Holds(kind, wanted) {
			t.Fatalf("%s, from %s, does not hold %s", kind, Declared(former), wanted)
		}
		exact := former.Kind == wanted.Kind && former.Kind != mapping.Bit
		if exact && !Holds(kind, former) {
			t.Fatalf("%s does not hold the values of %s any more", kind, former)
		}
	})
}

func TestKeyWidths(t *testing.T) {
	for spelled, want := range map[string]int{
		"INT": 8, "NVARCHAR(450)": 900, "NVARCHAR(MAX)": 0, "VARCHAR(20)": 20, "DECIMAL(38,10)": 17, "DECIMAL(9,6)": 5,
		"DECIMAL(19,0)": 9, "DECIMAL(20,0)": 13, "UNIQUEIDENTIFIER": 16, "DATETIME2(6)": 8, "DATETIMEOFFSET(7)": 10, "NTEXT": 0,
	} {
		if got := parsedType(t, spelled).keyWidth(); got != want {
			t.Errorf("%s takes %d bytes in a key, want %d", spelled, got, want)
		}
	}
}

func TestCollations(t *testing.T) {
	for collation, want := range map[string][2]bool{ // binary, case-sensitive
		"Latin1_General_100_BIN2": {true, true}, "Latin1_General_BIN": {true, true}, "Latin1_General_100_BIN2_UTF8": {true, true},
		"unicode_bin2": {true, true}, "SQL_Latin1_General_CP1_CI_AS": {false, false}, "Latin1_General_CS_AS": {false, true}, "": {false, false},
	} {
		if got := [2]bool{isBinary(collation), isCaseSensitive(collation)}; got != want {
			t.Errorf("%s: binary and case-sensitive %v, want %v", collation, got, want)
		}
	}
}
