package convert_test

import (
	"encoding/json"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"mcis/internal/convert"
	"mcis/internal/mapping"
)

// The functions here judge a conversion by other means than package convert uses: math/big, regular expressions,
// encoding/json and time.Parse.

var (
	jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
	anyUUID    = regexp.MustCompile(`^(?:\{([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}|([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}))$`)
)

// reporter is what *testing.T and *rapid.T share: failing the latter lets rapid shrink the example.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
}

// judge fails t when value and problem are not what raw, a valid JSON value, must give.
func judge(t reporter, typ mapping.Type, raw string, value any, problem *convert.Problem) {
	t.Helper()
	reason := reasonOf(problem)
	raw = strings.Trim(raw, " \t\r\n")
	switch raw[0] {
	case 'n':
		expect(t, value == nil && reason == "", "null", value, problem)
		return
	case '{':
		expect(t, value == nil && reason == convert.Object, "no object", value, problem)
		return
	case '[':
		expect(t, value == nil && reason == convert.Array, "no array", value, problem)
		return
	}
	content := contentOf(t, raw)
	switch typ.Kind {
	case mapping.Int, mapping.BigInt:
		judgeInteger(t, typ, content, value, problem)
	case mapping.Decimal:
		judgeDecimal(t, typ, content, value, problem)
	case mapping.Bit:
		judgeTruth(t, raw, content, value, problem)
	case mapping.Text:
		judgeText(t, typ, raw, content, value, problem)
	case mapping.DateTime:
		judgeDateTime(t, raw, content, value, problem)
	case mapping.UUID:
		judgeUUID(t, raw, content, value, problem)
	}
}

func expect(t reporter, ok bool, want string, value any, problem *convert.Problem) {
	t.Helper()
	if !ok {
		t.Errorf("want %s, got %#v, %v", want, value, problem)
	}
}

// contentOf is a string's characters, or the literal of a number or truth value.
func contentOf(t reporter, raw string) string {
	t.Helper()
	if raw[0] != '"' {
		return raw
	}
	var content string
	if err := json.Unmarshal([]byte(raw), &content); err != nil {
		t.Fatal(err)
	}
	return content
}

// exact is the value of a number. It is nil for what is none; known is false when its exponent is too large to work out here.
func exact(content string) (value *big.Rat, known bool) {
	match := jsonNumber.FindStringSubmatch(content)
	if match == nil {
		return nil, true
	}
	if match[3] != "" {
		exponent, err := strconv.Atoi(match[3][1:])
		if err != nil || exponent > 500 || exponent < -500 {
			return nil, false
		}
	}
	value, ok := new(big.Rat).SetString(content)
	return value, ok
}

func judgeInteger(t reporter, typ mapping.Type, content string, value any, problem *convert.Problem) {
	t.Helper()
	bits := uint(63)
	if typ.Kind == mapping.Int {
		bits = 31
	}
	limit := new(big.Int).Lsh(big.NewInt(1), bits)
	want, known := exact(content)
	switch {
	case !known:
		return
	case want == nil:
		expect(t, value == nil && reasonOf(problem) == convert.NotNumber, "not a number", value, problem)
	case !want.IsInt():
		expect(t, value == nil && reasonOf(problem) == convert.NotWhole, "not whole", value, problem)
	case want.Num().Cmp(limit) >= 0 || want.Num().Cmp(new(big.Int).Neg(limit)) < 0:
		expect(t, value == nil && reasonOf(problem) == convert.OutOfRange, "out of range", value, problem)
	default:
		expect(t, value == any(want.Num().Int64()) && problem == nil, want.String(), value, problem)
	}
}

func judgeDecimal(t reporter, typ mapping.Type, content string, value any, problem *convert.Problem) {
	t.Helper()
	number, known := exact(content)
	if !known {
		return
	}
	if number == nil {
		expect(t, value == nil && reasonOf(problem) == convert.NotNumber, "not a number", value, problem)
		return
	}
	want := roundedTo(number, typ.Scale)
	limit := new(big.Rat).SetInt(power(typ.Precision - typ.Scale))
	if new(big.Rat).Abs(want).Cmp(limit) >= 0 {
		expect(t, value == nil && reasonOf(problem) == convert.OutOfRange, "out of range", value, problem)
		return
	}
	expect(t, value == any(want.FloatString(typ.Scale)), want.FloatString(typ.Scale), value, problem)
	if want.Cmp(number) == 0 {
		expect(t, problem == nil, "no problem", value, problem)
	} else {
		expect(t, reasonOf(problem) == convert.Rounded, "rounded", value, problem)
	}
}

// roundedTo rounds half away from zero: the whole part of |number| × 10^scale + 1/2, with number's sign.
func roundedTo(number *big.Rat, scale int) *big.Rat {
	scaled := new(big.Rat).Mul(new(big.Rat).Abs(number), new(big.Rat).SetInt(power(scale)))
	scaled.Add(scaled, big.NewRat(1, 2))
	units := new(big.Int).Quo(scaled.Num(), scaled.Denom())
	if number.Sign() < 0 {
		units.Neg(units)
	}
	return new(big.Rat).SetFrac(units, power(scale))
}

func power(exponent int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil)
}

func judgeTruth(t reporter, raw, content string, value any, problem *convert.Problem) {
	t.Helper()
	var want any
	if raw[0] == '"' || raw[0] == 't' || raw[0] == 'f' {
		switch strings.Map(asciiLower, content) {
		case "true":
			want = true
		case "false":
			want = false
		}
	} else if number, known := exact(content); !known {
		return
	} else if number.Cmp(big.NewRat(1, 1)) == 0 || number.Sign() == 0 {
		want = number.Sign() != 0
	}
	expect(t, value == want && (problem == nil) == (want != nil), "a truth value or none", value, problem)
}

func asciiLower(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

func judgeText(t reporter, typ mapping.Type, raw, content string, value any, problem *convert.Problem) {
	t.Helper()
	long := typ.Length > 0 && units(content) > typ.Length
	if long && raw[0] != '"' {
		expect(t, value == nil && reasonOf(problem) == convert.OutOfRange, "out of range", value, problem)
		return
	}
	got, ok := value.(string)
	expect(t, ok && utf8.ValidString(got), "valid text", value, problem)
	if !long {
		expect(t, got == content, "the whole text", value, problem)
		expect(t, problem == nil || reasonOf(problem) == convert.NotText, "not cut", value, problem)
		return
	}
	expect(t, strings.HasPrefix(content, got) && units(got) <= typ.Length, "a beginning within the limit", value, problem)
	const mostGivenUp = 70 // bytes: what keeping a character whole may cost, and the character itself
	expect(t, units(got) >= typ.Length-mostGivenUp, "no more cut than needed", value, problem)
	expect(t, reasonOf(problem) == convert.Cut || reasonOf(problem) == convert.NotText, "cut", value, problem)
}

func units(text string) int { return len(utf16.Encode([]rune(text))) }

func judgeDateTime(t reporter, raw, content string, value any, problem *convert.Problem) {
	t.Helper()
	got, ok := value.(time.Time)
	if !ok {
		expect(t, value == nil && reasonOf(problem) == convert.NotDate, "not a date", value, problem)
		return
	}
	want, err := time.Parse(time.RFC3339Nano, completed(content))
	expect(t, raw[0] == '"' && err == nil && got.Equal(want.Truncate(time.Microsecond)), want.String(), value, problem)
	expect(t, got.Location() == time.UTC && got.Year() >= 1 && got.Year() <= 9999, "UTC, years 1 to 9999", value, problem)
	if want.Nanosecond()%1000 != 0 {
		expect(t, reasonOf(problem) == convert.Rounded, "rounded", value, problem)
	}
}

// completed turns the shorter forms of a time into RFC 3339.
func completed(text string) string {
	text = strings.ToUpper(strings.Replace(text, " ", "T", 1))
	switch {
	case len(text) == len("2006-01-02"):
		return text + "T00:00:00Z"
	case strings.HasSuffix(text, "Z") || strings.ContainsAny(text[10:], "+-"):
		return text
	default:
		return text + "Z"
	}
}

func judgeUUID(t reporter, raw, content string, value any, problem *convert.Problem) {
	t.Helper()
	match := anyUUID.FindStringSubmatch(content)
	if raw[0] != '"' || match == nil {
		expect(t, value == nil && reasonOf(problem) == convert.NotUUID, "not a uuid", value, problem)
		return
	}
	want := strings.ToLower(match[1] + match[2])
	expect(t, value == any(want) && problem == nil, want, value, problem)
}
