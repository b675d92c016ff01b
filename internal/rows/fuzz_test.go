package rows

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"mcis/internal/document"
	"mcis/internal/mapping"
)

// FuzzRows maps any document by the mapping that is built in, with all of its collections.
func FuzzRows(f *testing.F) {
	f.Add([]byte(manyForms)) // whole bookings are too long: the fuzzer would do nothing but shorten them
	f.Add([]byte(`{"id":1,"refs":[{"id":7,"customer":{"id":"8.0"}},null,"x",[{}]],"invalidFields":["a",{"field":{}}],"customer":[]}`))
	f.Add([]byte(`{"id":1,"consumers":{"id":2},"lat":1e-99,"location":{"id":1,"lat":-0.00000049,"uuid":"{}"},"visit":{"id":null}}`))
	f.Add([]byte(`[1]`))
	f.Add([]byte(`{"id":1,"enrichmentGaps":[{"relation":"visit","status":404}],"jobOfferItems":[{"id":2,"status":"x","rate":[1]},{"id":2},7]}`))
	m := allCollections(f)
	mapper := NewMapper(m, nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := document.Parse(data)
		if err != nil {
			return
		}
		rec := recordOf(t, `{}`)
		rec.Document = doc
		rec.Observed = map[string]time.Time{"customer": observed}
		set, err := mapper.Rows(rec)
		if err != nil {
			if !keyError(err) {
				t.Fatal(err)
			}
			return
		}
		for _, table := range m.Tables {
			for _, row := range set.Tables[table.Index] {
				checkRow(t, table, row)
			}
		}
		for _, rejected := range set.Rejected {
			checkRejected(t, rejected)
		}
	})
}

func checkRow(t *testing.T, table *mapping.Table, row Row) {
	t.Helper()
	if row.Key == "" || len(row.Values) != len(table.Columns) {
		t.Fatalf("%s: key %q and %d values", table.Name, row.Key, len(row.Values))
	}
	for i, column := range table.Columns {
		value := row.Values[i]
		if (value == nil && column.NotNull()) || (value != nil && !holds(column.Type, value)) {
			t.Errorf("%s.%s, %s, is %T %v", table.Name, column.Name, column.Type, value, value)
		}
	}
	for _, c := range row.Children {
		met := make(map[string]bool)
		for _, child := range c.Rows {
			if c.Table.Parent != table || met[child.Key] {
				t.Errorf("%s: child %s of %s", table.Name, child.Key, c.Table.Name)
			}
			met[child.Key] = true
			checkRow(t, c.Table, child)
		}
	}
}

var (
	decimalText = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)
	uuidText    = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
)

// holds reports whether a value is as mapping.Kind documents it for the type.
func holds(kind mapping.Type, value any) bool {
	switch v := value.(type) {
	case int64:
		return kind.Kind == mapping.BigInt || (kind.Kind == mapping.Int && v == int64(int32(v)))
	case bool:
		return kind.Kind == mapping.Bit
	case time.Time:
		return kind.Kind == mapping.DateTime && v.Location() == time.UTC && v.Equal(v.Truncate(time.Microsecond))
	case string:
		switch kind.Kind {
		case mapping.Decimal:
			digits := len(strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(v), "0"))
			return decimalText.MatchString(v) && digits <= kind.Precision
		case mapping.UUID:
			return uuidText.MatchString(v)
		case mapping.Text:
			return kind.Length == 0 || len(utf16.Encode([]rune(v))) <= kind.Length
		}
	}
	return false
}

func checkRejected(t *testing.T, r Rejected) {
	t.Helper()
	if r.Table == "" || r.Column == "" || r.Key == "" || r.Type == "" || r.Problem == nil || r.ObservedAt.IsZero() {
		t.Errorf("%+v is not complete", r)
	}
	if _, err := document.Parse([]byte(r.Raw)); err != nil {
		t.Errorf("%s.%s: the raw value %s is not JSON: %v", r.Table, r.Column, r.Raw, err)
	}
}
