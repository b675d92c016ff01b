package encode_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/convert"
	"mcis/internal/mapping"
	"mcis/internal/warehouse/mssql/encode"
	"mcis/internal/warehouse/mssql/schema"
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

func plain(name string) schema.Type { return schema.Type{Name: name} }

func sized(name string, length int) schema.Type { return schema.Type{Name: name, Length: length} }

func scaled(name string, precision, scale int) schema.Type {
	return schema.Type{Name: name, Precision: precision, Scale: scale}
}

func precise(name string, scale int) schema.Type { return schema.Type{Name: name, Scale: scale} }

func utf8Type(name string, length int) schema.Type {
	return schema.Type{Name: name, Length: length, Collation: "Latin1_General_100_CI_AS_SC_UTF8"}
}

func encoder(t testing.TB, actual schema.Type, wanted mapping.Type) encode.Encoder {
	t.Helper()
	e, err := encode.For(schema.Column{Name: "value", Type: actual}, wanted)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// fitting is a row of a table test. An empty reason expects no problem; a wire of nil expects the fitted value itself.
type fitting struct {
	value, want any
	reason      convert.Reason
	wire        any
}

func check(t *testing.T, actual schema.Type, wanted mapping.Type, cases []fitting) {
	t.Helper()
	t.Run(actual.String()+" for "+wanted.String(), func(t *testing.T) {
		e := encoder(t, actual, wanted)
		for _, c := range cases {
			got, problem := e.Fit(c.value)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", c.value, diff)
			}
			if reason := reasonOf(problem); reason != c.reason {
				t.Errorf("%v: problem %q, want %q", c.value, reason, c.reason)
			}
			if c.wire == nil {
				c.wire = c.want
			}
			wire, err := e.Wire(got)
			if diff := cmp.Diff(c.wire, wire); diff != "" || err != nil {
				t.Errorf("%v: on the wire %v (-want +got):\n%s", c.value, err, diff)
			}
		}
	})
}

func reasonOf(problem *convert.Problem) convert.Reason {
	if problem == nil {
		return ""
	}
	return problem.Reason
}

func utc(text string) time.Time {
	moment, err := time.Parse("2006-01-02 15:04:05.999999999", text)
	if err != nil {
		panic(err)
	}
	return moment
}

func TestNULLFitsWhatIsNullable(t *testing.T) {
	for _, p := range pairs() {
		for _, notNull := range []bool{false, true} {
			e, err := encode.For(schema.Column{Name: "value", Type: p.actual, NotNull: notNull}, p.wanted)
			if err != nil {
				t.Fatal(err)
			}
			if fitted, problem := e.Fit(nil); fitted != nil || problem != nil {
				t.Errorf("%v: NULL became %v, %v", p, fitted, problem)
			}
			wire, err := e.Wire(nil)
			if wire != nil || (err != nil) != notNull {
				t.Errorf("%v, not null %v: NULL on the wire is %v, %v", p, notNull, wire, err)
			}
		}
	}
}

func TestColumnsThatCannotTakeSuchValues(t *testing.T) {
	number, text, table := plain("int"), sized("nvarchar", 100), "column value is of type "
	tests := []struct {
		name   string
		actual schema.Column
		wanted mapping.Type
		want   string
	}{
		{"text for int", schema.Column{Type: text}, intType, table + "nvarchar(100), which cannot hold values of type int"},
		{"int for text", schema.Column{Type: number}, textType(9), table + "int, which cannot hold values of type text(9)"},
		{"int for decimal", schema.Column{Type: number}, decimalType(9, 2), table + "int, which cannot hold values of type decimal(9,2)"},
		{"bit for int", schema.Column{Type: plain("bit")}, intType, table + "bit, which cannot hold values of type int"},
		{"text for bit", schema.Column{Type: text}, bitType, table + "nvarchar(100), which cannot hold values of type bit"},
		{"no digit for bit", schema.Column{Type: scaled("decimal", 2, 2)}, bitType, table + "decimal(2,2), which cannot hold values of type bit"},
		{"int for datetime", schema.Column{Type: number}, dateType, table + "int, which cannot hold values of type datetime"},
		{"time for datetime", schema.Column{Type: precise("time", 7)}, dateType, table + "time(7), which cannot hold values of type datetime"},
		{"short text for datetime", schema.Column{Type: sized("varchar", 26)}, dateType, table + "varchar(26), which cannot hold values of type datetime"},
		{"short text for uuid", schema.Column{Type: sized("nvarchar", 35)}, uuidType, table + "nvarchar(35), which cannot hold values of type uuid"},
		{"uniqueidentifier for text", schema.Column{Type: plain("uniqueidentifier")}, textType(36), table + "uniqueidentifier, which cannot hold values of type text(36)"},
		{"float", schema.Column{Type: plain("float")}, decimalType(9, 2), table + "float, which cannot hold values of type decimal(9,2)"},
		{"money", schema.Column{Type: plain("money")}, decimalType(9, 2), table + "money, which cannot hold values of type decimal(9,2)"},
		{"ntext", schema.Column{Type: plain("ntext")}, textType(0), table + "ntext, which cannot hold values of type text(max)"},
		{"varchar(max)", schema.Column{Type: sized("varchar", schema.Max)}, intType, table + "varchar(max), which cannot hold values of type int"},
		{"a collation", schema.Column{Type: utf8Type("varchar", 9)}, intType, table + "varchar(9), which cannot hold values of type int"},
		{"no kind", schema.Column{Type: number}, mapping.Type{}, table + "int, which cannot hold values of type unknown"},
		{"identity", schema.Column{Type: number, Identity: true}, intType, "column value is an identity: the server gives its values"},
		{"computed", schema.Column{Type: number, Computed: true}, intType, "column value is computed: the server gives its values"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.actual.Name = "value"
			_, err := encode.For(test.actual, test.wanted)
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
}

// What the schema says that a column holds can be encoded, and but for dates without loss: see property_test.go.
func TestWhatTheSchemaHoldsIsEncoded(t *testing.T) {
	var wanted []mapping.Type
	actual := map[schema.Type]bool{}
	for _, p := range pairs() {
		wanted = append(wanted, p.wanted)
		actual[p.actual] = true
	}
	held := 0
	for typ := range actual {
		for _, w := range wanted {
			if !schema.Holds(typ, w) {
				continue
			}
			held++
			if _, err := encode.For(schema.Column{Name: "value", Type: typ}, w); err != nil {
				t.Error(err)
			}
		}
	}
	if held < len(wanted)/2 {
		t.Errorf("only %d types are held", held)
	}
}

func TestMessages(t *testing.T) {
	tests := []struct {
		actual schema.Type
		wanted mapping.Type
		value  any
		want   string
	}{
		{plain("tinyint"), intType, int64(256), "out of range of tinyint"},
		{scaled("numeric", 5, 2), bigIntType, int64(1000), "out of range of decimal(5,2)"},
		{scaled("decimal", 5, 1), decimalType(9, 2), "1.25", "more than 1 fraction digits: rounded to decimal(5,1)"},
		{scaled("decimal", 3, 2), decimalType(9, 2), "10.00", "out of range of decimal(3,2)"},
		{sized("nvarchar", 3), textType(9), "ab😀", "text of 4 units is longer than nvarchar(3): cut"},
		{sized("nvarchar", 3), textType(9), "1234", "text of 4 units is longer than nvarchar(3)"},
		{utf8Type("varchar", 3), textType(9), "é你", "text of 5 bytes is longer than varchar(3): cut"},
		{sized("varchar", 3), textType(9), "é", "text with characters other than ASCII: varchar(3) is sure of these alone, as its collation is not UTF-8"},
		{plain("datetime"), dateType, utc("1752-12-31 00:00:00"), "out of range of datetime"},
		{precise("datetime2", 3), dateType, utc("2024-01-31 10:00:00.0001"), "more precise than datetime2(3): rounded"},
		{precise("datetimeoffset", 0), dateType, utc("2024-01-31 10:00:00.1"), "more precise than datetimeoffset(0): rounded"},
	}
	for _, test := range tests {
		_, problem := encoder(t, test.actual, test.wanted).Fit(test.value)
		if problem == nil || problem.Message != test.want {
			t.Errorf("%v from %v: %v, want %q", test.actual, test.value, problem, test.want)
		}
	}
}

func TestAValueOfAnotherGoTypePanics(t *testing.T) {
	for _, p := range pairs() {
		e := encoder(t, p.actual, p.wanted)
		for name, call := range map[string]func(){
			"fit":  func() { _, _ = e.Fit(struct{}{}) },
			"wire": func() { _, _ = e.Wire(struct{}{}) },
		} {
			if !panics(call) {
				t.Errorf("%v: %s takes a struct", p, name)
			}
		}
	}
}

func panics(call func()) (did bool) {
	defer func() { did = recover() != nil }()
	call()
	return false
}

func TestNothingAllocatesWhatFits(t *testing.T) {
	moment := any(utc("2024-01-31 10:00:00.123456"))
	tests := []struct {
		actual schema.Type
		wanted mapping.Type
		value  any
	}{
		{plain("int"), intType, int64(1 << 20)}, {plain("bit"), bitType, true},
		{sized("nvarchar", 255), textType(255), strings.Repeat("x", 100)}, {precise("datetime2", 6), dateType, moment},
	}
	for _, test := range tests {
		e := encoder(t, test.actual, test.wanted)
		if n := testing.AllocsPerRun(100, func() {
			fitted, _ := e.Fit(test.value)
			_, _ = e.Wire(fitted)
		}); n > 0 {
			t.Errorf("%v: %v allocations", test.actual, n)
		}
	}
}
