package convert_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"mcis/internal/convert"
	"mcis/internal/mapping"
)

var (
	intType    = mapping.Type{Kind: mapping.Int}
	bigIntType = mapping.Type{Kind: mapping.BigInt}
	bitType    = mapping.Type{Kind: mapping.Bit}
	dateType   = mapping.Type{Kind: mapping.DateTime}
	uuidType   = mapping.Type{Kind: mapping.UUID}
)

func decimalType(precision, scale int) mapping.Type {
	return mapping.Type{Kind: mapping.Decimal, Precision: precision, Scale: scale}
}

func textType(length int) mapping.Type { return mapping.Type{Kind: mapping.Text, Length: length} }

func everyType() []mapping.Type {
	return []mapping.Type{intType, bigIntType, bitType, decimalType(9, 2), textType(0), textType(5), dateType, uuidType}
}

// conversion is a row of a table test. An empty reason expects no problem.
type conversion struct {
	raw    string
	want   any
	reason convert.Reason
}

func check(t *testing.T, typ mapping.Type, cases []conversion) {
	t.Helper()
	for _, c := range cases {
		t.Run(typ.String()+" "+shortened(c.raw), func(t *testing.T) {
			got, problem := convert.Convert(typ, jsontext.Value(c.raw))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
			if reason := reasonOf(problem); reason != c.reason {
				t.Errorf("problem is %q, want %q", reason, c.reason)
			}
		})
	}
}

func shortened(raw string) string { return raw[:min(len(raw), 60)] }

func reasonOf(problem *convert.Problem) convert.Reason {
	if problem == nil {
		return ""
	}
	return problem.Reason
}

func TestNullFitsEveryKind(t *testing.T) {
	for _, typ := range everyType() {
		check(t, typ, []conversion{{raw: "null"}, {raw: " null\n"}, {raw: ""}})
	}
}

func TestObjectsAndArraysFitNoKind(t *testing.T) {
	for _, typ := range everyType() {
		check(t, typ, []conversion{
			{raw: `{}`, reason: convert.Object},
			{raw: ` {"id": 1}`, reason: convert.Object},
			{raw: `[]`, reason: convert.Array},
			{raw: `[1]`, reason: convert.Array},
		})
	}
}

func TestEmptyStringFitsTextOnly(t *testing.T) {
	want := map[mapping.Kind]convert.Reason{
		mapping.Int: convert.NotNumber, mapping.BigInt: convert.NotNumber, mapping.Decimal: convert.NotNumber,
		mapping.Bit: convert.NotTruth, mapping.DateTime: convert.NotDate, mapping.UUID: convert.NotUUID,
	}
	for _, typ := range everyType() {
		if typ.Kind == mapping.Text {
			check(t, typ, []conversion{{raw: `""`, want: ""}})
			continue
		}
		check(t, typ, []conversion{{raw: `""`, reason: want[typ.Kind]}})
	}
}

func TestWhatIsNotJSONIsNotText(t *testing.T) {
	for _, typ := range everyType() {
		check(t, typ, []conversion{{raw: "x", reason: convert.NotText}, {raw: "]", reason: convert.NotText}})
	}
}

func TestMessages(t *testing.T) {
	cases := []struct {
		typ       mapping.Type
		raw, want string
	}{
		{textType(3), `"abcdef"`, "text of 6 units is longer than text(3): cut"},
		{textType(3), `12345`, "number of 5 units is longer than text(3)"},
		{textType(3), `true`, "truth value of 4 units is longer than text(3)"},
		{textType(3), `"\ud800"`, "not valid text: U+FFFD stands for what is not Unicode"},
		{textType(1), `"\ud800x"`, "not valid text: U+FFFD stands for what is not Unicode; text of 2 units is longer than text(1): cut"},
		{textType(3), `{}`, "an object where text belongs"},
		{textType(3), `?`, "not valid text: not a JSON value"},
		{intType, `[]`, "an array where a whole number belongs"},
		{intType, `3.5`, "not a whole number"},
		{intType, `2147483648`, "out of range of int"},
		{bigIntType, `"x"`, "not a number"},
		{bigIntType, `""`, "empty text: not a number"},
		{decimalType(5, 2), `{}`, "an object where a number belongs"},
		{decimalType(5, 2), `1000`, "out of range of decimal(5,2)"},
		{decimalType(5, 2), `1.234`, "more than 2 fraction digits: rounded to decimal(5,2)"},
		{bitType, `2`, "not a truth value"},
		{bitType, `{}`, "an object where a truth value belongs"},
		{dateType, `""`, "empty text: not a date"},
		{dateType, `[]`, "an array where a date belongs"},
		{dateType, `"2024-01-31T10:00:00.0000001Z"`, "more precise than a microsecond: rounded down"},
		{uuidType, `"x"`, "not a uuid"},
		{uuidType, `[]`, "an array where a uuid belongs"},
	}
	for _, c := range cases {
		_, problem := convert.Convert(c.typ, jsontext.Value(c.raw))
		if problem == nil || problem.Error() != c.want {
			t.Errorf("%v from %s: %v, want %q", c.typ, c.raw, problem, c.want)
		}
	}
}

func TestRawIsNeitherChangedNorKept(t *testing.T) {
	for _, raw := range []string{`"plain text"`, `"esc\u0061ped"`, `"ABCDEF00-0000-0000-0000-00000000000F"`, `12.5`} {
		for _, typ := range everyType() {
			buffer := jsontext.Value(raw)
			before, _ := convert.Convert(typ, buffer)
			if string(buffer) != raw {
				t.Fatalf("%v: raw became %s", typ, buffer)
			}
			copied, _ := convert.Convert(typ, jsontext.Value(raw))
			for i := range buffer {
				buffer[i] = '#'
			}
			if diff := cmp.Diff(copied, before); diff != "" {
				t.Errorf("%v from %s follows the buffer (-want +got):\n%s", typ, raw, diff)
			}
		}
	}
}

func TestUnknownKindPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic for a column of no kind")
		}
	}()
	_, _ = convert.Convert(mapping.Type{}, jsontext.Value(`1`))
}
