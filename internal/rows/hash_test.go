package rows

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mcis/internal/mapping"
	"mcis/internal/record"
)

func TestSumIsFNV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOf(rapid.Byte()).Draw(t, "data")
		want := fnv.New64a()
		_, _ = want.Write(data) // never fails
		got := newSum
		for _, b := range data {
			got = got.byte(b)
		}
		if uint64(got) != want.Sum64() {
			t.Fatalf("%x, expected %x", uint64(got), want.Sum64())
		}
	})
}

// bookingHash is the hash of booking 1's row.
func bookingHash(t testing.TB, m *mapping.Mapping, document string) int64 {
	t.Helper()
	return mapped(t, m, document).table(m, "Booking")[0].Stamp.Hash
}

func TestHashIgnoresTheOrderOfChildren(t *testing.T) {
	m := load(t, collections)
	rapid.Check(t, func(rt *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.IntRange(1, 1000), 2, 8, rapid.ID[int]).Draw(rt, "ids")
		refs := make([]string, len(ids))
		for i, id := range ids {
			refs[i] = fmt.Sprintf(`{"id":%d,"name":"%d"}`, id, id%3)
		}
		document := func(refs []string) string { return `{"id":1,"refs":[` + strings.Join(refs, ",") + `]}` }
		shuffled := rapid.Permutation(refs).Draw(rt, "order")
		want := bookingHash(t, m, document(refs))
		if bookingHash(t, m, document(shuffled)) != want {
			rt.Fatal("another order gives another hash")
		}
		for name, other := range map[string][]string{
			"one less":    shuffled[1:],
			"one more":    append(slices.Clone(shuffled), `{"id":1001}`),
			"one other":   append(slices.Clone(shuffled[1:]), `{"id":1001}`),
			"one differs": append(slices.Clone(shuffled[1:]), strings.Replace(shuffled[0], `"name":"`, `"name":"x`, 1)),
		} {
			if bookingHash(t, m, document(other)) == want {
				rt.Fatalf("%s: the same hash", name)
			}
		}
	})
}

// anyValue draws a value as a column of the kind holds it, NULL included.
func anyValue(kind mapping.Kind) *rapid.Generator[any] {
	values := map[mapping.Kind]*rapid.Generator[any]{
		mapping.Int:      rapid.Int64().AsAny(),
		mapping.BigInt:   rapid.Int64().AsAny(),
		mapping.Bit:      rapid.Bool().AsAny(),
		mapping.Decimal:  rapid.StringMatching(`-?[0-9]{1,3}\.[0-9]{2}`).AsAny(),
		mapping.Text:     rapid.StringN(0, 5, -1).AsAny(),
		mapping.DateTime: rapid.Map(rapid.Int64Range(-1e15, 1e15), func(us int64) any { return time.UnixMicro(us).UTC() }),
		mapping.UUID:     rapid.StringMatching(`[0-9a-f]{8}`).AsAny(),
	}
	return rapid.OneOf(values[kind], rapid.Just[any](nil))
}

// A hash must change with any single value: it is how the warehouse finds the rows that differ.
func TestHashChangesWithAnyValue(t *testing.T) {
	m := mapping.Default()
	rapid.Check(t, func(t *rapid.T) {
		table := rapid.SampledFrom(m.Tables).Draw(t, "table")
		row := Row{Values: make([]any, len(table.Columns))}
		for i, column := range table.Columns {
			row.Values[i] = anyValue(column.Type.Kind).Draw(t, column.Name)
		}
		seed := tableSeed(table, nil)
		before := hashRow(seed, &row)
		column := rapid.SampledFrom(table.Columns).Draw(t, "column")
		old := row.Values[column.Index]
		row.Values[column.Index] = anyValue(column.Type.Kind).Filter(func(v any) bool { return v != old }).Draw(t, "other")
		if hashRow(seed, &row) == before {
			t.Fatalf("%s.%s: %v and %v have the same hash", table.Name, column.Name, old, row.Values[column.Index])
		}
		row.Values[column.Index] = old
		if hashRow(seed, &row) != before {
			t.Fatal("the same values have another hash")
		}
	})
}

// Neighbours must not run into each other, nor types.
func TestHashTellsValuesApart(t *testing.T) {
	rows := [][]any{
		{"a", "b"}, {"a\x03", "b"}, {"a", "\x03b"}, {"ab", ""}, {"", "ab"}, {nil, "ab"}, {"ab", nil}, {int64(0), nil}, {false, nil}, {nil, nil},
		{nil, false}, {true, nil}, {int64(1), nil}, {"", nil}, {"1", nil}, {time.UnixMicro(0).UTC(), nil}, {time.UnixMicro(1).UTC(), nil},
	}
	hashes := make(map[int64][]any, len(rows))
	for _, values := range rows {
		hash := hashRow(newSum, &Row{Values: values})
		if same, twice := hashes[hash]; twice {
			t.Errorf("%v and %v have the same hash", values, same)
		}
		hashes[hash] = values
	}
}

func TestHashIgnoresLineage(t *testing.T) {
	m := load(t, collections)
	first := recordOf(t, `{"id":1,"note":"x","versionValue":1,"refs":[{"id":7}]}`)
	second := recordOf(t, `{"versionValue":2,"note":"\u0078","refs":[{"more":1,"id":7}],"id":1}`)
	second.Run, second.Window, second.Booking.Version = "run-2", "another", 9
	second.ExtractedAt, second.Observed = extracted.Add(time.Hour), map[string]time.Time{"refs": observed}
	mapper := NewMapper(m, nil)
	var hashes []int64
	for _, rec := range []*record.Record{first, second} {
		set, err := mapper.Rows(rec)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, set.table(m, "Booking")[0].Stamp.Hash)
	}
	if hashes[0] != hashes[1] {
		t.Error("the same values have another hash when they were seen later, by another run")
	}
}

func TestHashTellsCollectionsApart(t *testing.T) {
	m := load(t, collections)
	documents := []string{
		`{"id":1}`, `{"id":1,"refs":[]}`, `{"id":1,"tags":[]}`, `{"id":1,"refs":[],"tags":[]}`,
		`{"id":1,"refs":[{"id":7}]}`, `{"id":1,"refs":[{"id":7}],"tags":["a"]}`, `{"id":1,"refs":[{"id":7}],"tags":["b"]}`,
		`{"id":1,"tags":["a","b"]}`, `{"id":1,"tags":["b","a"]}`, `{"id":1,"tags":[null,"a","b"]}`,
	}
	hashes := make(map[int64]string, len(documents))
	for _, document := range documents {
		hash := bookingHash(t, m, document)
		if same, twice := hashes[hash]; twice {
			t.Errorf("%s and %s have the same hash", document, same)
		}
		hashes[hash] = document
	}
}

// With another column, type, path, option or source, every row counts as changed, so that a new column is filled.
func TestHashChangesWithTheTable(t *testing.T) {
	variants := []string{
		oneColumn("type: text(20), path: value"), oneColumn("type: text(21), path: value"), oneColumn("type: text(max), path: value"),
		strings.Replace(oneColumn("type: text(20), path: value"), "name: value", "name: other", 1),
		oneColumn("type: text(20), path: value") + "      - {name: more, type: int, path: more}\n",
		oneColumn("type: text(20), path: other"), oneColumn("type: text(20), path: [value, other]"),
		oneColumn("type: text(20), path: value, only: text"), oneColumn("type: text(64), path: value, hash: true"),
		oneColumn("type: text(64), path: value"), oneColumn("type: bit, path: value"), oneColumn("type: bit, path: value, equals: x"),
		strings.Replace(oneColumn("type: text(20), path: value"), "{path: $}", "{path: $}\n      - {path: next}", 1),
		strings.Replace(oneColumn("type: text(20), path: value"), "{path: $}", "{path: $}\n      - {path: next, short: true}", 1),
		strings.Replace(oneColumn("type: text(20), path: value"), "{path: $}", "{path: $}\n      - {path: next, detail: visit}", 1),
	}
	hashes, mappings := make(map[int64]string, len(variants)), make(map[int64]string, len(variants))
	for _, yaml := range variants {
		m := load(t, yaml)
		stamp := mapped(t, m, `{"id":1,"value":"x"}`).table(m, "Booking")[0].Stamp
		if same, twice := hashes[stamp.Hash]; twice {
			t.Errorf("%s and %s have the same hash", yaml, same)
		}
		if same, twice := mappings[stamp.Mapping]; twice || stamp.Mapping == 0 {
			t.Errorf("%s and %s count as the same mapping", yaml, same)
		}
		hashes[stamp.Hash], mappings[stamp.Mapping] = yaml, yaml
	}
}
