package encode_test

import (
	"math"
	"strings"
	"testing"

	"mcis/internal/convert"
)

func TestWholeNumbers(t *testing.T) {
	out := func(value int64) fitting { return fitting{value: value, reason: convert.OutOfRange} }
	in := func(value int64) fitting { return fitting{value: value, want: value} }
	check(t, plain("tinyint"), intType, []fitting{in(0), in(255), out(-1), out(256), out(300), out(math.MaxInt32)})
	check(t, plain("smallint"), intType, []fitting{in(-32768), in(32767), out(-32769), out(32768)})
	check(t, plain("int"), intType, []fitting{in(math.MinInt32), in(math.MaxInt32)})
	check(t, plain("int"), bigIntType, []fitting{in(-5), out(math.MinInt32 - 1), out(math.MaxInt32 + 1), out(1 << 33)})
	check(t, plain("bigint"), intType, []fitting{in(math.MinInt32), in(math.MaxInt32)})
	check(t, plain("bigint"), bigIntType, []fitting{in(math.MinInt64), in(math.MaxInt64), in(0)})
}

func TestWholeNumbersInDecimals(t *testing.T) {
	out := func(value int64) fitting { return fitting{value: value, reason: convert.OutOfRange} }
	check(t, scaled("decimal", 10, 2), intType, []fitting{
		{value: int64(5), want: int64(5), wire: "5.00"},
		{value: int64(-5), want: int64(-5), wire: "-5.00"},
		{value: int64(0), want: int64(0), wire: "0.00"},
		{value: int64(99_999_999), want: int64(99_999_999), wire: "99999999.00"},
		out(100_000_000), out(-100_000_000),
	})
	check(t, scaled("numeric", 19, 0), bigIntType, []fitting{
		{value: int64(math.MinInt64), want: int64(math.MinInt64), wire: "-9223372036854775808"},
		{value: int64(math.MaxInt64), want: int64(math.MaxInt64), wire: "9223372036854775807"},
	})
	check(t, scaled("numeric", 18, 0), bigIntType, []fitting{out(math.MinInt64), out(math.MaxInt64)})
	check(t, scaled("decimal", 2, 2), intType, []fitting{{value: int64(0), want: int64(0), wire: "0.00"}, out(1)})
}

func TestTruths(t *testing.T) {
	check(t, plain("bit"), bitType, []fitting{{value: true, want: true}, {value: false, want: false}})
	for _, name := range []string{"tinyint", "smallint", "int", "bigint"} {
		check(t, plain(name), bitType, []fitting{
			{value: true, want: true, wire: int64(1)},
			{value: false, want: false, wire: int64(0)},
		})
	}
	check(t, scaled("decimal", 10, 2), bitType, []fitting{{value: true, want: true, wire: "1"}, {value: false, want: false, wire: "0"}})
}

func TestDecimals(t *testing.T) {
	check(t, scaled("decimal", 9, 2), decimalType(9, 2), []fitting{
		{value: "-12.50", want: "-12.50"},
		{value: "0.00", want: "0.00"},
		{value: "9999999.99", want: "9999999.99"},
	})
	check(t, scaled("numeric", 12, 4), decimalType(9, 2), []fitting{
		{value: "-12.50", want: "-12.5000"},
		{value: "0.01", want: "0.0100"},
	})
	check(t, scaled("decimal", 5, 2), decimalType(9, 3), []fitting{
		{value: "12.340", want: "12.34"},
		{value: "12.345", want: "12.35", reason: convert.Rounded},
		{value: "-12.345", want: "-12.35", reason: convert.Rounded},
		{value: "12.344", want: "12.34", reason: convert.Rounded},
		{value: "0.004", want: "0.00", reason: convert.Rounded},
		{value: "-0.004", want: "0.00", reason: convert.Rounded}, // zero has no sign
		{value: "-0.005", want: "-0.01", reason: convert.Rounded},
		{value: "9.999", want: "10.00", reason: convert.Rounded},
		{value: "999.990", want: "999.99"},
		{value: "999.994", want: "999.99", reason: convert.Rounded},
		{value: "999.995", reason: convert.OutOfRange}, // rounds to 1000.00
		{value: "-999.995", reason: convert.OutOfRange},
		{value: "1000.000", reason: convert.OutOfRange},
		{value: "12345.670", reason: convert.OutOfRange},
	})
	check(t, scaled("decimal", 3, 0), decimalType(9, 2), []fitting{
		{value: "12.00", want: "12"},
		{value: "0.49", want: "0", reason: convert.Rounded},
		{value: "-0.50", want: "-1", reason: convert.Rounded},
		{value: "999.50", reason: convert.OutOfRange},
	})
	check(t, scaled("decimal", 2, 2), decimalType(3, 2), []fitting{
		{value: "0.99", want: "0.99"},
		{value: "1.00", reason: convert.OutOfRange},
	})
	nines := strings.Repeat("9", 38)
	check(t, scaled("decimal", 38, 0), decimalType(38, 0), []fitting{{value: nines, want: nines}, {value: "-" + nines, want: "-" + nines}})
	check(t, scaled("decimal", 38, 38), decimalType(38, 38), []fitting{{value: "0." + nines, want: "0." + nines}})
	check(t, scaled("decimal", 38, 1), decimalType(38, 0), []fitting{{value: nines, reason: convert.OutOfRange}})
}
