package encode_test

import (
	"database/sql"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"mcis/internal/convert"
	"mcis/internal/mapping"
	"mcis/internal/warehouse/mssql/mssqltest"
	"mcis/internal/warehouse/mssql/schema"
)

// typeOf builds any type that a mapping may have from four numbers.
func typeOf(kind, length, precision, scale int) mapping.Type {
	t := mapping.Type{Kind: mapping.Kind(1 + kind%int(mapping.UUID))}
	switch t.Kind {
	case mapping.Text:
		t.Length = length % 4001
	case mapping.Decimal:
		t.Precision = 1 + precision%38
		t.Scale = scale % (t.Precision + 1)
	}
	return t
}

// FuzzAgainstServer compares the converter with the server's own parser, of any JSON scalar as any type:
//
//   - What the converter makes of it, the column that is declared for the type holds as it is.
//   - What the server's parser takes in the very form in which it was sent, it takes for the same value, but for the
//     exceptions below.
//
// Where only one of them takes a form (see TestFormsThatOnlyOneParserTakes) there is nothing to compare.
func FuzzAgainstServer(f *testing.F) {
	db := mssqltest.Open(f, mssqltest.URL(f))
	for _, seed := range differentialSeeds {
		for kind := range int(mapping.UUID) {
			f.Add(uint8(kind), uint16(3), uint8(8), uint8(2), seed)
			f.Add(uint8(kind), uint16(0), uint8(37), uint8(19), seed)
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, length uint16, precision, scale uint8, raw string) {
		judgeAgainstServer(t, db, typeOf(int(kind), int(length), int(precision), int(scale)), raw)
	})
}

var differentialSeeds = []string{
	`true`, `false`, `"true"`, `"FALSE"`, `0`, `1`, `-0`, `2`, `12`, `"12"`, `-7`, `2147483647`, `-2147483648`, `2147483648`,
	`9223372036854775807`, `-9223372036854775808`, `9223372036854775808`, `12.5`, `-12.345`, `12.344`, `0.005`, `-0.005`, `0.001`, `999999.995`,
	`99999999999999999999999999999999999999`, ` 1 `, `"text"`, `"😀😀"`, `"é你😀"`, `"\u202eabc"`, `"e\u0301x"`, `"a\u0000b"`, `"   "`, `"123456789012"`,
	`"2024-01-31"`, `"2024-01-31T10:00:00"`, `"2024-01-31 10:00:00.1"`, `"2024-01-31T10:00:00Z"`, `"2024-01-31T10:00:00.123456Z"`, `"2024-01-31T10:00:00.1234567Z"`,
	`"2024-01-31T23:30:00+05:30"`, `"2024-01-31T00:30:00-08:00"`, `"0001-01-01"`, `"9999-12-31T23:59:59.999999"`, `"2024-02-29"`, `"1500-03-01"`,
	`"0A1B2C3D-4E5F-6789-ABCD-EF0123456789"`, `"{0a1b2c3d-4e5f-6789-abcd-ef0123456789}"`,
}

// exceptions are the values that converter and server both take and differ in.
var exceptions = map[mapping.Kind]map[convert.Reason]string{
	mapping.DateTime: {convert.Rounded: "the converter cuts what is beyond the microsecond, the server rounds, perhaps into the next day"},
	mapping.Text:     {convert.Cut: "the converter cuts between the characters that readers see, a CAST of the server anywhere"},
}

// oneSided are forms that the converter takes and SQL Server does not, or the other way round. Other servers may take more.
var oneSided = []struct {
	typ       mapping.Type
	raw       string
	converter bool
	why       string
}{
	{intType, `3.0`, true, "JSON has one type of number: SQL Server reads whole numbers without a point only"},
	{intType, `3e2`, true, "and without an exponent"},
	{decimalType(9, 2), `"1e3"`, true, "SQL Server reads exponents as FLOAT only"},
	{bitType, `1.0`, true, "a number in another notation"},
	{dateType, `"2024-01-31t10:00:00z"`, true, "RFC 3339 allows small letters"},
	{dateType, `"2024-01-31T10:00:00.12345678Z"`, true, "SQL Server reads seven digits of a fraction"},
	{intType, `""`, false, "the server reads an empty text as 0"},
	{dateType, `""`, false, "and as the first of January 1900"},
	{intType, `" 1 "`, false, "the server drops spaces"},
	{decimalType(9, 2), `"+1"`, false, "a plus sign is not JSON's"},
	{decimalType(9, 2), `"007"`, false, "nor are leading zeros"},
	{decimalType(9, 2), `"$1"`, false, "MONEY takes a currency's sign"},
	{decimalType(9, 2), `"1,000"`, false, "and commas, which are points elsewhere"},
	{bitType, `2`, false, "to the server every number but 0 is true"},
	{dateType, `"20240131"`, false, "dates of other styles: the order of day and month is the session's"},
	{dateType, `"31.01.2024"`, false, "the same"},
	{dateType, `"Jan 31 2024"`, false, "the same, and its language is the session's"},
	{dateType, `"2024-01-31T10:00"`, false, "a time without seconds is not RFC 3339"},
	{dateType, `"2024-01-31 10:00:00 +02:00"`, false, "nor is a space before the zone"},
	{dateType, `"10:00"`, false, "a time without a day is of 1900-01-01 to the server"},
	{uuidType, `"0a1b2c3d-4e5f-6789-abcd-ef0123456789 and more"`, false, "the server drops what is behind a uuid"},
}

// The converter's side of them, and that no server that takes them after all takes them for another value.
func TestFormsThatOnlyOneParserTakes(t *testing.T) {
	for _, form := range oneSided {
		value, _ := convert.Convert(form.typ, jsontext.Value(form.raw))
		if (value != nil) != form.converter {
			t.Errorf("%v: the converter makes %v of %s; %s", form.typ, value, form.raw, form.why)
		}
	}
	db := mssqltest.Open(t, mssqltest.URL(t))
	for _, form := range oneSided {
		judgeAgainstServer(t, db, form.typ, form.raw)
	}
}

// The fuzz target's claims, of random values of every type.
func TestTheServersParserAgrees(t *testing.T) {
	db := mssqltest.Open(t, mssqltest.URL(t))
	seed := rand.IntN(1 << 30)
	t.Logf("seed %d", seed)
	for kind := mapping.Int; kind <= mapping.UUID; kind++ {
		generator := anyRaw(kind)
		for i := range 100 {
			typ := typeOf(int(kind)-1, i, i, i/3)
			judgeAgainstServer(t, db, typ, generator.Example(seed+i))
		}
	}
}

// judgeAgainstServer checks the fuzz target's claims for one JSON value.
func judgeAgainstServer(t *testing.T, db *sql.DB, typ mapping.Type, raw string) {
	t.Helper()
	literal := jsontext.Value(strings.Trim(raw, " \t\r\n"))
	if !literal.IsValid() || strings.ContainsRune("{[n", rune(literal[0])) {
		return
	}
	value, problem := convert.Convert(typ, literal)
	if value == nil {
		return
	}
	judgeDeclared(t, db, typ, value)
	if problem == nil || exceptions[typ.Kind][problem.Reason] == "" {
		judgeSameMeaning(t, db, typ, literal, value)
	}
}

// judgeDeclared: the declared column takes the canonical text of a converted value, and holds it as it is.
func judgeDeclared(t *testing.T, db *sql.DB, typ mapping.Type, value any) {
	t.Helper()
	declared := pair{schema.Declared(typ), typ}
	text := canonical(value)
	got, err := serverCast(t, db, declared, text)
	if err != nil && strings.ContainsRune(text, 0) {
		return // SQL Server holds U+0000, another server may refuse it
	}
	if err != nil {
		t.Fatalf("%v: the server refuses %q: %v", typ, text, err)
	}
	if diff := cmp.Diff(value, got); diff != "" {
		t.Fatalf("%v: the server changes %q (-converter +server): %s", typ, text, diff)
	}
	if typ.Kind == mapping.Text {
		judgeSize(t, db, typ, text)
	}
}

// judgeSize: the server counts text as the converter does. As many units hold it, one less does not.
func judgeSize(t *testing.T, db *sql.DB, typ mapping.Type, text string) {
	t.Helper()
	const mostSized = 4000 // beyond is NVARCHAR(MAX)
	units := len(utf16.Encode([]rune(text)))
	for _, length := range []int{units, units - 1} {
		if length < 1 || length > mostSized {
			continue
		}
		got, err := serverCast(t, db, pair{sized("nvarchar", length), typ}, text)
		if kept := err == nil && got == any(text); kept != (length == units) {
			t.Fatalf("nvarchar(%d) holds %q of %q, which has %d units, %v", length, got, text, units, err)
		}
	}
}

// judgeSameMeaning: if the server's parser takes what was sent, it takes it for the value that it was converted to.
func judgeSameMeaning(t *testing.T, db *sql.DB, typ mapping.Type, literal jsontext.Value, value any) {
	t.Helper()
	content := string(literal)
	if literal.Kind() == jsontext.KindString {
		unquoted, err := jsontext.AppendUnquote(nil, literal)
		if err != nil {
			t.Fatal(err)
		}
		content = string(unquoted)
	}
	parsed := pair{schema.Declared(typ), typ}
	if typ.Kind == mapping.DateTime { // DATETIME2 would drop the zone
		parsed.actual = precise("datetimeoffset", 6)
	}
	got, err := serverCast(t, db, parsed, content)
	if err != nil {
		return
	}
	if diff := cmp.Diff(value, got); diff != "" {
		t.Fatalf("%v: %q (-converter +server): %s", typ, content, diff)
	}
}
