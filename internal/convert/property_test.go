package convert_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"mcis/internal/convert"
	"mcis/internal/mapping"
)

// typeOf builds any type that a mapping may have from four numbers.
func typeOf(kind, length, precision, scale int) mapping.Type {
	t := mapping.Type{Kind: mapping.Kind(1 + kind%int(mapping.UUID))}
	switch t.Kind {
	case mapping.Text:
		t.Length = length
	case mapping.Decimal:
		t.Precision = 1 + precision%38
		t.Scale = scale % (t.Precision + 1)
	}
	return t
}

func FuzzConvert(f *testing.F) {
	seeds := []string{
		`null`, `true`, `12`, `-12.50`, `1.5E-2`, `1e999999999`, `"12"`, `"true"`, `"text\u0000\ud83d\ude00\ud800"`, `"xe` + "\u0301" + `y"`,
		`"2024-01-31T10:00:00.1234567+02:00"`, `"2024-01-31 10:00:00"`, `"0A1B2C3D-4E5F-6789-ABCD-EF0123456789"`, `{}`, `[1]`, ` "" `,
		"\"\xff\"", `"`, `"\`, `"\u12"`, `-`, `1e`, `"👩🏻‍❤️‍💋‍👨🏽🇩🇪🇫🇷"`,
	}
	for _, seed := range seeds {
		for kind := range int(mapping.UUID) {
			f.Add(uint8(kind), uint16(3), uint8(8), uint8(2), []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, length uint16, precision, scale uint8, raw []byte) {
		typ := typeOf(int(kind), int(length), int(precision), int(scale))
		value, problem := convert.Convert(typ, raw)
		judgeShape(t, value, problem)
		if jsontext.Value(raw).IsValid(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)) {
			judge(t, typ, string(raw), value, problem)
		}
	})
}

// judgeShape checks what holds for every outcome, also of what is no JSON.
func judgeShape(t reporter, value any, problem *convert.Problem) {
	t.Helper()
	if problem == nil {
		return
	}
	lossy := []convert.Reason{convert.Cut, convert.Rounded, convert.NotText}
	other := []convert.Reason{
		convert.NotNumber, convert.NotWhole, convert.OutOfRange, convert.NotDate, convert.NotUUID, convert.NotTruth, convert.Object, convert.Array,
	}
	if !slices.Contains(lossy, problem.Reason) && !(slices.Contains(other, problem.Reason) && value == nil) {
		t.Errorf("%#v with %#v", value, problem)
	}
	if problem.Message == "" {
		t.Errorf("no message with %q", problem.Reason)
	}
}

func anyDecimalType(t *rapid.T) mapping.Type {
	precision := rapid.IntRange(1, 38).Draw(t, "precision")
	return decimalType(precision, rapid.IntRange(0, precision).Draw(t, "scale"))
}

func TestNumbersAgainstBigRat(t *testing.T) {
	number := rapid.StringMatching(`-?(0|[1-9][0-9]{0,42})(\.[0-9]{1,42})?([eE][+-]?[0-9]{1,2})?`)
	rapid.Check(t, func(rt *rapid.T) {
		raw := number.Draw(rt, "number")
		if rapid.Bool().Draw(rt, "quoted") {
			raw = `"` + raw + `"`
		}
		for _, typ := range []mapping.Type{intType, bigIntType, bitType, anyDecimalType(rt)} {
			value, problem := convert.Convert(typ, jsontext.Value(raw))
			judge(rt, typ, raw, value, problem)
		}
	})
}

// Numbers near the rounding and range limits of a decimal are rare among random ones.
func TestDecimalsNearTheirLimits(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		typ := anyDecimalType(rt)
		nines := strings.Repeat("9", typ.Precision-typ.Scale)
		if nines == "" {
			nines = "0"
		}
		tail := rapid.SampledFrom([]string{"", "4", "49", "5", "50", "51", "9", "00", "05"}).Draw(rt, "tail")
		fraction := strings.Repeat(rapid.SampledFrom([]string{"9", "0"}).Draw(rt, "fraction"), typ.Scale) + tail
		raw := rapid.SampledFrom([]string{"", "-"}).Draw(rt, "sign") + nines
		if fraction != "" {
			raw += "." + fraction
		}
		value, problem := convert.Convert(typ, jsontext.Value(raw))
		judge(rt, typ, raw, value, problem)
	})
}

func TestCanonicalDecimalsConvertToThemselves(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		typ := anyDecimalType(rt)
		raw := rapid.StringMatching(`-?[0-9]{1,20}(\.[0-9]{1,20})?`).Draw(rt, "number")
		once, _ := convert.Convert(typ, jsontext.Value(`"`+raw+`"`))
		if once == nil {
			return
		}
		again, problem := convert.Convert(typ, jsontext.Value(once.(string)))
		if again != once || problem != nil {
			rt.Fatalf("%v: %v became %v, %v", typ, once, again, problem)
		}
	})
}

func TestTextsAgainstEncodingJSON(t *testing.T) {
	marks := []rune("ab é你😀👩🏽\u0301\u200d\ufe0f❤🇩🇫\r\n\x00\"\\ \u2028")
	characters := rapid.OneOf(rapid.SampledFrom(marks), rapid.Rune())
	rapid.Check(t, func(rt *rapid.T) {
		text := string(rapid.SliceOfN(characters, 0, 120).Draw(rt, "text"))
		raw, err := json.Marshal(text)
		if err != nil {
			rt.Fatal(err)
		}
		typ := textType(rapid.IntRange(0, 100).Draw(rt, "length"))
		value, problem := convert.Convert(typ, raw)
		judge(rt, typ, string(raw), value, problem)
		if reasonOf(problem) == convert.NotText {
			rt.Fatalf("%v from %q: %q, %v", typ, text, value, problem)
		}
	})
}

func TestTimesInEveryZoneComeBack(t *testing.T) {
	first, last := utc(1, 1, 2, 0, 0, 0, 0).UnixMicro(), utc(9999, 12, 30, 23, 59, 59, 999_999).UnixMicro()
	rapid.Check(t, func(rt *rapid.T) {
		moment := time.UnixMicro(rapid.Int64Range(first, last).Draw(rt, "micros")).UTC()
		minutes := rapid.IntRange(-23*60-59, 23*60+59).Draw(rt, "offset")
		local := moment.In(time.FixedZone("", minutes*60)).Format(time.RFC3339Nano)
		value, problem := convert.Convert(dateType, jsontext.Value(`"`+local+`"`))
		if problem != nil || value != any(moment) {
			rt.Fatalf("%s became %v, %v, want %v", local, value, problem, moment)
		}
	})
}

// Every day from 0 to 32 of every month: those that time.Date leaves as they are exist.
func TestEveryDayOfMonth(t *testing.T) {
	for _, year := range []int{1, 4, 100, 400, 1900, 2000, 2023, 2024, 9999} {
		for month := range 14 {
			for day := range 33 {
				want := utc(year, time.Month(month), day, 0, 0, 0, 0)
				exists := want.Year() == year && int(want.Month()) == month && want.Day() == day
				raw := fmt.Sprintf(`"%04d-%02d-%02d"`, year, month, day)
				value, problem := convert.Convert(dateType, jsontext.Value(raw))
				if exists != (problem == nil) || (exists && value != any(want)) {
					t.Errorf("%s: %v, %v", raw, value, problem)
				}
			}
		}
	}
}
