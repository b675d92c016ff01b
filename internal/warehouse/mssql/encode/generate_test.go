package encode_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"mcis/internal/mapping"
	"mcis/internal/warehouse/mssql/schema"
)

// pair is an actual type for values of a wanted one.
type pair struct {
	actual schema.Type
	wanted mapping.Type
}

// pairs are all actual types that can be encoded for, each with types that values may be wanted as.
func pairs() []pair {
	var all []pair
	add := func(actual schema.Type, wanted ...mapping.Type) {
		for _, w := range wanted {
			all = append(all, pair{actual, w})
		}
	}
	for _, name := range []string{"tinyint", "smallint", "int", "bigint"} {
		add(plain(name), intType, bigIntType, bitType)
	}
	add(plain("bit"), bitType)
	for _, d := range [][2]int{{1, 0}, {1, 1}, {5, 2}, {9, 2}, {10, 0}, {18, 4}, {19, 9}, {28, 27}, {29, 3}, {38, 0}, {36, 20}, {37, 0}, {38, 10}, {38, 37}, {38, 38}} {
		add(scaled("decimal", d[0], d[1]), intType, decimalType(9, 2), decimalType(38, 19), decimalType(d[0], d[1]))
	}
	add(scaled("numeric", 8, 3), bigIntType, bitType, decimalType(9, 6))
	for _, length := range []int{1, 10, 255, 4000, schema.Max} {
		add(sized("nvarchar", length), textType(0), textType(20))
		add(sized("varchar", length), textType(0))
		add(utf8Type("varchar", length), textType(0))
	}
	add(sized("nchar", 10), textType(20))
	add(sized("char", 10), textType(20))
	add(utf8Type("char", 10), textType(20))
	for scale := range 8 {
		add(precise("datetime2", scale), dateType)
		add(precise("datetimeoffset", scale), dateType)
	}
	for _, actual := range []schema.Type{
		plain("datetime"), plain("smalldatetime"), plain("date"), sized("nvarchar", 27), sized("varchar", schema.Max), sized("nchar", 30),
	} {
		add(actual, dateType)
	}
	for _, actual := range []schema.Type{
		plain("uniqueidentifier"), sized("nvarchar", 36), sized("varchar", 255), sized("nchar", 40), sized("char", 36), utf8Type("varchar", schema.Max),
	} {
		add(actual, uuidType)
	}
	return all
}

// anyRaw generates JSON values of which most convert to the kind, many of them near the limits of actual types.
func anyRaw(kind mapping.Kind) *rapid.Generator[string] {
	switch kind {
	case mapping.Int, mapping.BigInt:
		return rapid.Custom(func(t *rapid.T) string { return fmt.Sprint(anyInteger().Draw(t, "integer")) })
	case mapping.Bit:
		return rapid.SampledFrom([]string{"true", "false"})
	case mapping.Decimal:
		return rapid.StringMatching(`-?(0|[1-9][0-9]{0,36}|9{1,37})(\.([0-9]{1,37}|9{1,37}|0{0,5}[45]9?))?`)
	case mapping.DateTime:
		return rapid.Custom(func(t *rapid.T) string { return `"` + anyMoment(t).Format(time.RFC3339Nano) + `"` })
	case mapping.UUID:
		return rapid.StringMatching(`"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"`)
	default:
		return rapid.Custom(func(t *rapid.T) string { return quoted(anyText().Draw(t, "text")) })
	}
}

func anyInteger() *rapid.Generator[int64] {
	edges := rapid.Custom(func(t *rapid.T) int64 {
		edge := rapid.SampledFrom([]int64{0, 1 << 8, 1 << 15, -1 << 15, 1 << 31, -1 << 31, 1_000, 10_000_000}).Draw(t, "edge")
		return edge + rapid.Int64Range(-2, 2).Draw(t, "near")
	})
	return rapid.OneOf(edges, rapid.Int64(), rapid.Int64Range(-300, 300))
}

// anyMoment is a time with microseconds: often one at the end of something, with digits that no narrower type holds.
func anyMoment(t *rapid.T) time.Time {
	day := rapid.OneOf(
		rapid.Int64Range(0, 3_652_058), // of the years 1 to 9999
		rapid.SampledFrom([]int64{0, 639_905, 639_906, 693_594, 693_595, 759_130, 759_131, 738_916, 3_652_058}),
	).Draw(t, "day")
	const microsecondsADay = 86_400_000_000
	clock := rapid.OneOf(
		rapid.Int64Range(0, microsecondsADay-1),
		rapid.Int64Range(microsecondsADay-10_000, microsecondsADay-1),
		rapid.Custom(func(t *rapid.T) int64 { return rapid.Int64Range(0, 86_399).Draw(t, "second") * 1_000_000 }),
		rapid.Custom(func(t *rapid.T) int64 { return rapid.Int64Range(0, 86_399_999).Draw(t, "millisecond") * 1_000 }),
	).Draw(t, "clock")
	return midnight(1, 1, 1).AddDate(0, 0, int(day)).Add(time.Duration(clock) * time.Microsecond)
}

func midnight(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// anyText generates texts of many scripts and lengths, without U+0000.
func anyText() *rapid.Generator[string] {
	marks := []rune("ab 1é你😀👩🏽\u0301\u200d\ufe0f❤🇩🇫\r\n\t\"\\'؟مرحبا\u200f\u200e\u202e\u2066Привет汉字\u2028\ufeff\uffff\U0010ffff")
	other := rapid.Rune().Filter(func(r rune) bool { return r != 0 })
	mixed := rapid.StringOfN(rapid.OneOf(rapid.SampledFrom(marks), other), 0, 40, -1)
	ascii := rapid.StringOfN(rapid.RuneFrom(nil, asciiTable), 0, 40, -1)
	long := rapid.Custom(func(t *rapid.T) string {
		return strings.Repeat(mixed.Draw(t, "part"), rapid.SampledFrom([]int{1, 10, 200}).Draw(t, "times"))
	})
	return rapid.OneOf(mixed, ascii, long, rapid.SampledFrom([]string{world, "", " ", "123456789012", "0.5", "true"}))
}

func quoted(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(raw)
}
