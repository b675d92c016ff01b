package encode_test

import (
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"mcis/internal/convert"
	"mcis/internal/mapping"
	"mcis/internal/warehouse/mssql/schema"
)

var asciiTable = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 1, Hi: 0x7f, Stride: 1}}, LatinOffset: 1}

// reporter is what *testing.T and *rapid.T share.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

// judge fails t when what the actual column keeps of a converted value is not what it must be.
func judge(t reporter, tb testing.TB, p pair, value any) {
	t.Helper()
	e := encoder(tb, p.actual, p.wanted)
	fitted, problem := e.Fit(value)
	judgeProblem(t, p, value, fitted, problem)
	again, problem := e.Fit(fitted)
	if problem != nil || again != fitted { // which tells times of different zones apart
		t.Errorf("%v: %#v became %#v when it was fitted again, %v", p, fitted, again, problem)
	}
	if _, err := e.Wire(fitted); err != nil {
		t.Errorf("%v: %#v does not go on the wire: %v", p, fitted, err)
	}
	if text, isText := fitted.(string); isText && p.wanted.Kind == mapping.Text {
		judgeLength(t, p, text)
	}
}

// judgeProblem: a value without a problem is the same as before, one with a problem is another or none.
func judgeProblem(t reporter, p pair, value, fitted any, problem *convert.Problem) {
	t.Helper()
	switch {
	case problem == nil && !equal(p, value, fitted):
		t.Errorf("%v: %#v became %#v without a problem", p, value, fitted)
	case problem != nil && slices.Contains([]convert.Reason{convert.Cut, convert.Rounded}, problem.Reason):
		if fitted == nil || equal(p, value, fitted) {
			t.Errorf("%v: %#v became %#v: %v", p, value, fitted, problem)
		}
	case problem != nil && fitted != nil:
		t.Errorf("%v: %#v became %#v: %v", p, value, fitted, problem)
	}
	if problem != nil && schema.Holds(p.actual, p.wanted) && p.wanted.Kind != mapping.DateTime {
		t.Errorf("%v: %#v does not fit (%v) though the schema says that the column holds it", p, value, problem)
	}
}

// equal reports whether two values mean the same: decimals of any scale, texts but for padding.
func equal(p pair, value, fitted any) bool {
	switch v := value.(type) {
	case string:
		f, isText := fitted.(string)
		switch {
		case !isText:
			return false
		case p.wanted.Kind == mapping.Decimal:
			a, _ := new(big.Rat).SetString(v)
			b, _ := new(big.Rat).SetString(f)
			return a.Cmp(b) == 0
		case strings.HasSuffix(p.actual.Name, "nchar") || p.actual.Name == "char":
			return strings.TrimRight(v, " ") == strings.TrimRight(f, " ")
		}
		return v == f
	case time.Time:
		f, isTime := fitted.(time.Time)
		return isTime && v.Equal(f)
	default:
		return value == fitted
	}
}

// judgeLength counts by other means than the encoder does.
func judgeLength(t reporter, p pair, text string) {
	t.Helper()
	length := len(text)
	if strings.HasPrefix(p.actual.Name, "n") {
		length = len(utf16.Encode([]rune(text)))
	}
	if p.actual.Length != schema.Max && length > p.actual.Length {
		t.Errorf("%v: %q is longer", p, text)
	}
	if p.actual.Name == "nchar" && length != p.actual.Length {
		t.Errorf("%v: %q is shorter", p, text)
	}
	if !utf8.ValidString(text) {
		t.Errorf("%v: %q is not valid", p, text)
	}
}

func TestWhatFitsFitsAgain(t *testing.T) {
	for _, p := range pairs() {
		raw := anyRaw(p.wanted.Kind)
		rapid.Check(t, func(rt *rapid.T) {
			value, _ := convert.Convert(p.wanted, jsontext.Value(raw.Draw(rt, "raw")))
			judge(rt, t, p, value)
		})
	}
}

func FuzzFit(f *testing.F) {
	all := pairs()
	seeds := []string{
		`null`, `true`, `0`, `255`, `256`, `-32769`, `2147483648`, `-9223372036854775808`, `12.345`, `-0.005`, `999.995`, `1e37`, `"text"`,
		`"é你😀"`, `"1234567890123"`, `"abcdefghij\u0301"`, `"a\u0000b"`, `"` + world + `"`, `"2024-01-31T23:59:59.999999Z"`, `"1752-12-31"`,
		`"9999-12-31T23:59:59.9999995Z"`, `"2079-06-06T23:59:30Z"`, `"0A1B2C3D-4E5F-6789-ABCD-EF0123456789"`,
	}
	for i := range all {
		for _, seed := range seeds {
			f.Add(uint8(i), []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, raw []byte) {
		if !jsontext.Value(raw).IsValid(jsontext.AllowInvalidUTF8(true)) {
			return // the converter is given valid values only
		}
		p := all[int(which)%len(all)]
		value, _ := convert.Convert(p.wanted, raw)
		judge(t, t, p, value)
	})
}
