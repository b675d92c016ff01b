package warehousetest

import (
	"math"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

// sample is a row of Sample: the values follow the key.
func (f *fixture) sample(at moment, id int64, values ...any) observation {
	t := f.m.Table("Sample")
	all := append([]any{id}, values...)
	for len(all) < len(t.Columns) {
		all = append(all, nil)
	}
	return f.row("Sample", at, all...)
}

// valuesAtLimits loads each kind's extremes, first as new rows, then as updates of rows of NULLs.
func valuesAtLimits(f *fixture) {
	samples := [][]any{
		{int64(math.MinInt32), int64(math.MinInt64), false, "-999.999999", "-9999999999999.99",
			"-9999999999999999999999999999.9999999999", "", "", time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC),
			"00000000-0000-0000-0000-000000000000"},
		{int64(math.MaxInt32), int64(math.MaxInt64), true, "999.999999", "9999999999999.99",
			"9999999999999999999999999999.9999999999", strings.Repeat("ж", 20), strings.Repeat("long ", 20000),
			time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff"},
		{int64(0), int64(0), false, "0", "0.01", "0.0000000001", "00123", "1e5",
			time.Date(2024, 2, 29, 23, 59, 59, 1000, time.UTC), uuidOne},
		{int64(-1), int64(1) << 53, true, "-0.000001", "123456789012.3", "12345678901234567890.5", "1", "007",
			time.Date(1969, 12, 31, 23, 59, 59, 500000000, time.FixedZone("", 2*60*60)), uuidTwo},
		{nil, nil, nil, nil, nil, nil, nil, nil, nil, nil},
	}
	for i, values := range samples {
		f.load(f.sample(moment{}, int64(i), values...), f.sample(moment{}, int64(100+i)))
		f.load(f.sample(moment{version: 1}, int64(100+i), values...))
	}
	found := f.rows("Sample")
	for i, values := range samples {
		f.wantSample(found[i], values)
		f.wantSample(found[len(samples)+i], values)
	}
}

func (f *fixture) wantSample(got stored, values []any) {
	f.Helper()
	for i, c := range f.m.Table("Sample").Columns[1:] {
		want := plainValue(c.Type, values[i])
		if diff := cmp.Diff(want, got[c.Name]); diff != "" {
			f.Errorf("%s of sample %v (-want +got):\n%s", c.Name, got["sample_id"], diff)
		}
	}
}

// textRoundTrip covers what VARCHAR columns and string building break.
func textRoundTrip(f *fixture) {
	texts := []string{
		"مترجم فوري", "手語翻譯", "переводчик", "emoji 👩‍👩‍👧 🏳️‍🌈", "\u200Fright\u200E to \u202Eleft\u202C",
		"'; DROP TABLE Sample; --", `"double" [bracket] \back`, "a\r\nb\tc\n", " leading and trailing ",
		"é and e\u0301", "\uFFFD\uFEFF", "?1 :a @b $c", "0x10", "1e5", "+5", "NULL", "true", "00123", "12.50",
	}
	for i, text := range texts {
		f.load(f.sample(moment{}, int64(i), nil, nil, nil, nil, nil, nil, short(text), text))
	}
	for i, row := range f.rows("Sample") {
		if row["a_long_text"] != texts[i] || row["a_text"] != short(texts[i]) {
			f.Errorf("stored %q and %q, want %q", row["a_text"], row["a_long_text"], texts[i])
		}
	}
}

// nulInText: U+0000 is a character like any other, though clients may show a text only up to it. A database that cannot
// hold it refuses the row; a text is never changed.
func nulInText(f *fixture) {
	for i, text := range []string{"nul\x00inside", "\x00first", "last\x00", "\x00"} {
		id := int64(i)
		_, err := f.w.Load(f.Context(), f.batch(f.sample(moment{}, id, nil, nil, nil, nil, nil, nil, short(text), text)))
		if err != nil && fault.AsPermanent(err) == nil {
			f.Errorf("%q: %v, want a permanent error", text, err)
		}
		want := []any{short(text), text}
		if err != nil {
			want = nil
		}
		var got []any
		for _, row := range f.rows("Sample") {
			if row["sample_id"] == id {
				got = []any{row["a_text"], row["a_long_text"]}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			f.Errorf("%q, loaded with the error %v (-want +got):\n%s", text, err, diff)
		}
	}
}

// short is the first 10 characters: at most the 20 UTF-16 units that a_text holds.
func short(text string) string {
	characters := []rune(text)
	return string(characters[:min(len(characters), 10)])
}

// nothingCut: what the converter should have caught is refused, or stored as it is; never changed.
func nothingCut(f *fixture) {
	long := strings.Repeat("0123456789", 3)
	cases := []struct {
		column string
		value  any
	}{
		{"a_text", long}, {"an_int", int64(1) << 40}, {"an_int", int64(-1) << 40},
	}
	for i, c := range cases {
		o := f.sample(moment{}, int64(i))
		o.row.Values[f.column("Sample", c.column).Index] = c.value
		_, err := f.w.Load(f.Context(), f.batch(o))
		if err != nil {
			if fault.AsPermanent(err) == nil {
				f.Errorf("%s = %v: %v, want a permanent error", c.column, c.value, err)
			}
			continue
		}
		for _, row := range f.rows("Sample") {
			if row["sample_id"] == int64(i) && row[c.column] != c.value {
				f.Errorf("%s: %v became %v", c.column, c.value, row[c.column])
			}
		}
	}
}

func (f *fixture) column(table, name string) *mapping.Column {
	for _, c := range f.m.Table(table).Columns {
		if c.Name == name {
			return c
		}
	}
	f.Fatalf("no column %s.%s", table, name)
	return nil
}

// lineage: every table, child tables too, says what wrote a row, when and from which observation.
func lineage(f *fixture) {
	before := time.Now().UTC().Truncate(time.Microsecond)
	booking := f.booking(moment{version: 4, minute: 2, short: true}, 7, "open", f.refs(7, 1, "one"))
	f.load(booking)
	after := time.Now().UTC()
	stamps := map[string]rows.Stamp{"Booking": booking.row.Stamp, "BookingRefs": booking.row.Children[0].Rows[0].Stamp}
	for table, stamp := range stamps {
		row := f.rows(table)[0]
		want := map[string]any{
			warehouse.ColumnVersion: int64(4), warehouse.ColumnFull: false, warehouse.ColumnHash: stamp.Hash,
			warehouse.ColumnObservedAt: "2026-03-01T08:02:00.123456Z", warehouse.ColumnExtractedAt: "2026-03-01T08:01:59.123456Z",
			warehouse.ColumnRun: "run-2", warehouse.ColumnMapping: stamp.Mapping,
		}
		for name, value := range want {
			if row[name] != value {
				f.Errorf("%s.%s = %v, want %v", table, name, row[name], value)
			}
		}
		at, err := time.Parse(time.RFC3339, row[warehouse.ColumnLoadedAt].(string))
		if err != nil || at.Before(before) || at.After(after) {
			f.Errorf("%s.%s = %v, want a time from %v to %v (%v)", table, warehouse.ColumnLoadedAt, at, before, after, err)
		}
	}
}
