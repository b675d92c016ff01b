package rows

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/convert"
	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/record"
)

var narrow = &convert.Problem{Reason: convert.OutOfRange, Message: "out of range of the actual column"}

// fitNarrowly fits values to columns that hold one digit, three characters and no truth.
func fitNarrowly(_ *mapping.Table, _ *mapping.Column, value any) (any, *convert.Problem) {
	switch v := value.(type) {
	case int64:
		if v > 9 {
			return nil, narrow
		}
	case string:
		if len(v) > 3 {
			return v[:3], &convert.Problem{Reason: convert.Cut, Message: "cut to the actual column"}
		}
	case bool:
		if v {
			return nil, narrow
		}
	}
	return value, nil
}

// fitted maps the document of booking 1 with a mapper that fits values.
func fitted(t testing.TB, m *mapping.Mapping, fit Fit, text string) *Set {
	t.Helper()
	set, err := NewMapper(m, []byte("key")).WithFit(fit).Rows(recordOf(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestValuesThatDoNotFit(t *testing.T) {
	const (
		number = "type: int, path: a"
		text   = "type: text(5), path: a"
		hashed = "type: text(64), path: a, hash: true"
		equal  = "type: bit, path: a, equals: x"
	)
	tests := []struct {
		name, column, members string
		want                  any
		rejected              []string
	}{
		{"fits", number, `,"a":7`, int64(7), nil},
		{"does not fit", number, `,"a":7e1`, nil, []string{"Booking|value|1|out of range|int|7e1"}},
		{"neither converts nor fits", number, `,"a":"x"`, nil, []string{`Booking|value|1|not a number|int|"x"`}},
		{"keeps a part", text, `,"a":"abcd"`, "abc", []string{`Booking|value|1|cut|text(5)|"abcd"`}},
		{"the converter's problem comes first", "type: 'decimal(5,1)', path: a", `,"a":1.225e1`, "12.",
			[]string{"Booking|value|1|rounded|decimal(5,1)|1.225e1"}},
		{"a part of a hash", hashed, `,"a":"GB33BUKB20201555555555"`, ibanHash[:3],
			[]string{`Booking|value|1|cut|text(64)|"` + keyedHash([]byte("key"), `"GB33BUKB20201555555555"`) + `"`}},
		{"a comparison", equal, `,"a":"x"`, nil, []string{`Booking|value|1|out of range|bit|"x"`}},
		{"a comparison that fits", equal, `,"a":"y"`, false, nil},
		{"null", number, `,"a":null`, nil, nil},
		{"absent", number, ``, nil, nil},
		{"a position", "type: int, path: '#'", ``, int64(0), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := load(t, oneColumn(test.column))
			set := fitted(t, m, fitNarrowly, `{"id":1`+test.members+`}`)
			if diff := cmp.Diff(test.want, set.table(m, "Booking")[0].Values[1]); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.rejected, rejections(set)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A position has no value in the document: it is kept as the number that it is.
func TestPositionsThatDoNotFit(t *testing.T) {
	m := load(t, `
  - name: Tag
    sources:
      - {path: tags.*}
    columns:
      - {name: id, type: int, path: id, key: true}
      - {name: position, type: int, path: '#'}
`)
	set := fitted(t, m, fitNarrowly, `{"tags":[`+strings.Repeat("null,", 10)+`{"id":1}]}`)
	if diff := cmp.Diff([]string{"Tag|position|1|out of range|int|10"}, rejections(set)); diff != "" {
		t.Error(diff)
	}
	if value := set.table(m, "Tag")[0].Values[1]; value != nil {
		t.Errorf("the position is %v", value)
	}
}

// Half of a key would be the key of something else.
func TestKeysThatDoNotFit(t *testing.T) {
	const yaml = `
  - name: Booking
    sources:
      - {path: $}
    columns:
      - {name: id, type: %, path: id, key: true}
`
	for kind, document := range map[string]string{"int": `{"id":10}`, "text(9)": `{"id":"abcd"}`, "bit": `{"id":true}`} {
		m := load(t, strings.Replace(yaml, "%", kind, 1))
		set, err := NewMapper(m, nil).WithFit(fitNarrowly).Rows(recordOf(t, document))
		permanent := fault.AsPermanent(err)
		if permanent == nil || permanent.Class != fault.ClassKey || permanent.Table != "Booking" || permanent.Column != "id" || set != nil {
			t.Errorf("%s: set %v, error %v", document, set, err)
		}
		var problem *convert.Problem
		if !errors.As(err, &problem) {
			t.Errorf("%s: %v does not say what is wrong", document, err)
		}
	}
}

// Two values of which a column keeps the same are the same to the warehouse: it must not be written again for ever.
func TestHashesAreOfWhatFits(t *testing.T) {
	m := load(t, oneColumn("type: text(5), path: a"))
	hash := func(mapper *Mapper, text string) int64 {
		t.Helper()
		set, err := mapper.Rows(recordOf(t, `{"id":1,"a":"`+text+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		return set.table(m, "Booking")[0].Stamp.Hash
	}
	plain := NewMapper(m, nil)
	narrow := plain.WithFit(fitNarrowly)
	if hash(narrow, "abcd") != hash(narrow, "abce") || hash(narrow, "abcd") != hash(narrow, "abc") {
		t.Error("rows of the same stored values have different hashes")
	}
	if hash(narrow, "abc") != hash(plain, "abc") {
		t.Error("a value that fits has another hash")
	}
	if hash(plain, "abcd") == hash(plain, "abce") {
		t.Error("WithFit changed the mapper that it was asked of")
	}
}

func TestFitIsToldTheColumn(t *testing.T) {
	asked := make(map[string]any)
	remember := func(table *mapping.Table, column *mapping.Column, value any) (any, *convert.Problem) {
		asked[table.Name+"."+column.Name] = value
		return value, nil
	}
	m := load(t, hidden)
	rec := recordOf(t, `{"id":1,"person":{"id":5,"iban":"GB33BUKB20201555555555","age":null},"guests":[{"id":7}]}`)
	set, err := NewMapper(m, []byte("key")).WithFit(remember).Rows(rec)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"Person.id": int64(5), "Person.iban": ibanHash, "Booking.id": int64(1), "Booking.person_id": int64(5),
		"Guest.booking_id": int64(1), "Guest.id": int64(7),
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Error(diff)
	}
	plain := mappedBy(t, NewMapper(m, []byte("key")), rec)
	if diff := cmp.Diff(plain, set); diff != "" {
		t.Errorf("a fit that changes nothing changed the rows: %s", diff)
	}
}

func mappedBy(t testing.TB, mapper *Mapper, rec *record.Record) *Set {
	t.Helper()
	set, err := mapper.Rows(rec)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
