package convert_test

import (
	"math"
	"strings"
	"testing"

	"mcis/internal/convert"
)

func TestIntegers(t *testing.T) {
	for _, typ := range everyType()[:2] { // int and bigint
		check(t, typ, []conversion{
			{raw: `0`, want: int64(0)},
			{raw: `-0`, want: int64(0)},
			{raw: `-0.0e5`, want: int64(0)},
			{raw: `0e999999999999999999999`, want: int64(0)},
			{raw: `3`, want: int64(3)},
			{raw: ` 3 `, want: int64(3)},
			{raw: `3.0`, want: int64(3)},
			{raw: `3e2`, want: int64(300)},
			{raw: `3E+2`, want: int64(300)},
			{raw: `300e-2`, want: int64(3)},
			{raw: `-1.50e1`, want: int64(-15)},
			{raw: `0.00012e5`, want: int64(12)},
			{raw: `"12"`, want: int64(12)},
			{raw: `"-12.0"`, want: int64(-12)},
			{raw: `"\u0031\u0032"`, want: int64(12)},
			{raw: `2147483647`, want: int64(math.MaxInt32)},
			{raw: `-2147483648`, want: int64(math.MinInt32)},
			{raw: `3.5`, reason: convert.NotWhole},
			{raw: `"3.5"`, reason: convert.NotWhole},
			{raw: `1e-1`, reason: convert.NotWhole},
			{raw: `1e-999999999999999999999`, reason: convert.NotWhole},
			{raw: `99999999999999999999.5`, reason: convert.NotWhole},
			{raw: `1e999999999999999999999`, reason: convert.OutOfRange},
			{raw: `1e18446744073709551617`, reason: convert.OutOfRange}, // 1e1 if the exponent wrapped round 64 bits
			{raw: `9223372036854775808`, reason: convert.OutOfRange},
			{raw: `-9223372036854775809`, reason: convert.OutOfRange},
			{raw: `9999999999999999999`, reason: convert.OutOfRange},
			{raw: `18446744073709551617`, reason: convert.OutOfRange}, // 1 if it wrapped round 64 bits
			{raw: `true`, reason: convert.NotNumber},
			{raw: `false`, reason: convert.NotNumber},
		})
	}
	check(t, intType, []conversion{
		{raw: `2147483648`, reason: convert.OutOfRange},
		{raw: `-2147483649`, reason: convert.OutOfRange},
		{raw: `4294967297`, reason: convert.OutOfRange}, // 1 if it wrapped round 32 bits
	})
	check(t, bigIntType, []conversion{
		{raw: `2147483648`, want: int64(math.MaxInt32 + 1)},
		{raw: `9007199254740993`, want: int64(1<<53 + 1)}, // float64 has no such number
		{raw: `9223372036854775807`, want: int64(math.MaxInt64)},
		{raw: `-9223372036854775808`, want: int64(math.MinInt64)},
		{raw: `9223372036854775807.000`, want: int64(math.MaxInt64)},
		{raw: `922337203685477580.7e1`, want: int64(math.MaxInt64)},
	})
}

func TestStringsThatAreNotExactlyNumbers(t *testing.T) {
	var cases []conversion
	for _, text := range []string{
		" 12", "12 ", "\\n12", "\\u00a012", "+12", "- 12", "--1", "-", "012", "00", "-01", ".5", "5.", "1.e2", "1e", "1e+", "1e1.5", "1e5x",
		"0x10", "1_000", "1,5", "1,000", "NaN", "Infinity", "-inf", "12a", "a", "true", "null", "1.2.3", "١٢", "1\\u0000", "\\ud800",
	} {
		cases = append(cases, conversion{raw: `"` + text + `"`, reason: convert.NotNumber})
	}
	check(t, intType, cases)
	check(t, bigIntType, cases)
	check(t, decimalType(9, 2), cases)
}

func TestDecimals(t *testing.T) {
	check(t, decimalType(5, 2), []conversion{
		{raw: `0`, want: "0.00"},
		{raw: `-0`, want: "0.00"},
		{raw: `-0.00`, want: "0.00"},
		{raw: `0e-999999999999999999999`, want: "0.00"},
		{raw: `3`, want: "3.00"},
		{raw: `-12.5`, want: "-12.50"},
		{raw: `2.0`, want: "2.00"},
		{raw: `1.500`, want: "1.50"},
		{raw: `1.50000000000000000000000000000000000000000000000000`, want: "1.50"},
		{raw: `0.01`, want: "0.01"},
		{raw: `10`, want: "10.00"},
		{raw: `1e2`, want: "100.00"},
		{raw: `1.5E-2`, reason: convert.Rounded, want: "0.02"},
		{raw: `1.5E-1`, want: "0.15"},
		{raw: `12345e-2`, want: "123.45"},
		{raw: `0.0012345e5`, want: "123.45"},
		{raw: `"12.5"`, want: "12.50"},
		{raw: `"-1e1"`, want: "-10.00"},
		{raw: `999.99`, want: "999.99"},
		{raw: `-999.99`, want: "-999.99"},
		{raw: `1000`, reason: convert.OutOfRange},
		{raw: `-1000.00`, reason: convert.OutOfRange},
		{raw: `1e3`, reason: convert.OutOfRange},
		{raw: `1e999999999999999999999`, reason: convert.OutOfRange},
		{raw: `true`, reason: convert.NotNumber},
	})
	check(t, decimalType(9, 0), []conversion{
		{raw: `12.0`, want: "12"},
		{raw: `0.5`, want: "1", reason: convert.Rounded},
		{raw: `0.49`, want: "0", reason: convert.Rounded},
		{raw: `-2.5`, want: "-3", reason: convert.Rounded},
		{raw: `999999999`, want: "999999999"},
		{raw: `999999999.5`, reason: convert.OutOfRange},
	})
	check(t, decimalType(2, 2), []conversion{
		{raw: `0.5`, want: "0.50"},
		{raw: `0.994`, want: "0.99", reason: convert.Rounded},
		{raw: `0.995`, reason: convert.OutOfRange},
		{raw: `1`, reason: convert.OutOfRange},
	})
}

func TestDecimalsAreRoundedHalfAwayFromZero(t *testing.T) {
	check(t, decimalType(5, 2), []conversion{
		{raw: `1.004`, want: "1.00", reason: convert.Rounded},
		{raw: `1.005`, want: "1.01", reason: convert.Rounded},
		{raw: `1.015`, want: "1.02", reason: convert.Rounded},
		{raw: `-1.005`, want: "-1.01", reason: convert.Rounded},
		{raw: `1.00499999999999999999999999999999`, want: "1.00", reason: convert.Rounded},
		{raw: `0.999`, want: "1.00", reason: convert.Rounded},
		{raw: `9.995`, want: "10.00", reason: convert.Rounded},
		{raw: `99.999`, want: "100.00", reason: convert.Rounded},
		{raw: `999.994`, want: "999.99", reason: convert.Rounded},
		{raw: `999.995`, reason: convert.OutOfRange},
		{raw: `-999.999`, reason: convert.OutOfRange},
		{raw: `0.005`, want: "0.01", reason: convert.Rounded},
		{raw: `0.0049`, want: "0.00", reason: convert.Rounded},
		{raw: `0.0009`, want: "0.00", reason: convert.Rounded},
		{raw: `-0.004`, want: "0.00", reason: convert.Rounded},
		{raw: `-0.005`, want: "-0.01", reason: convert.Rounded},
		{raw: `9e-18446744073709551617`, want: "0.00", reason: convert.Rounded}, // 0.9 if the exponent wrapped
		{raw: `9e-999999999999999999999`, want: "0.00", reason: convert.Rounded},
		{raw: `0.` + strings.Repeat("0", 100_000) + `9`, want: "0.00", reason: convert.Rounded},
	})
}

func TestWidestDecimals(t *testing.T) {
	nines := strings.Repeat("9", 38)
	check(t, decimalType(38, 0), []conversion{
		{raw: nines, want: nines},
		{raw: `-` + nines + `.0`, want: "-" + nines},
		{raw: `1e38`, reason: convert.OutOfRange},
		{raw: nines + `.5`, reason: convert.OutOfRange},
	})
	check(t, decimalType(38, 38), []conversion{
		{raw: `-0.` + nines, want: "-0." + nines},
		{raw: `1e-38`, want: "0." + strings.Repeat("0", 37) + "1"},
		{raw: `0.` + nines + `5`, reason: convert.OutOfRange},
	})
	check(t, decimalType(9, 6), []conversion{
		{raw: `-122.419416`, want: "-122.419416"},
		{raw: `151.20699020000001`, want: "151.206990", reason: convert.Rounded},
	})
}

func TestTruthValues(t *testing.T) {
	check(t, bitType, []conversion{
		{raw: `true`, want: true},
		{raw: `false`, want: false},
		{raw: `1`, want: true},
		{raw: `0`, want: false},
		{raw: `-0`, want: false},
		{raw: `1.0`, want: true},
		{raw: `10e-1`, want: true},
		{raw: `0.0e9`, want: false},
		{raw: `"true"`, want: true},
		{raw: `"False"`, want: false},
		{raw: `"TRUE"`, want: true},
		{raw: `-1`, reason: convert.NotTruth},
		{raw: `2`, reason: convert.NotTruth},
		{raw: `10`, reason: convert.NotTruth},
		{raw: `0.1`, reason: convert.NotTruth},
		{raw: `11`, reason: convert.NotTruth},
		{raw: `1e999999999999`, reason: convert.NotTruth},
		{raw: `"1"`, reason: convert.NotTruth},
		{raw: `"0"`, reason: convert.NotTruth},
		{raw: `"yes"`, reason: convert.NotTruth},
		{raw: `" true"`, reason: convert.NotTruth},
		{raw: `"tru"`, reason: convert.NotTruth},
		{raw: `"truе"`, reason: convert.NotTruth}, // the last letter is Cyrillic
	})
}
