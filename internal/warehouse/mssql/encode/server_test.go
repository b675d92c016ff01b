package encode_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	mssqldb "github.com/microsoft/go-mssqldb"

	"mcis/internal/convert"
	"mcis/internal/mapping"
	"mcis/internal/warehouse/mssql/encode"
	"mcis/internal/warehouse/mssql/mssqltest"
	"mcis/internal/warehouse/mssql/schema"
)

// target is a table in a server with one column a pair, c0 to cn, besides n, which numbers its rows.
type target struct {
	db       *sql.DB
	table    string
	pairs    []pair
	encoders []encode.Encoder
}

// isNotNull makes every second column NOT NULL: the driver sends some types differently then.
func isNotNull(column int) bool { return column%2 == 1 }

// newTarget creates the table in a database.
func newTarget(t *testing.T, db *sql.DB, table string, pairs ...pair) target {
	t.Helper()
	to := target{db: db, table: "dbo." + schema.Quote(table), pairs: pairs}
	columns := []string{"[n] INT NOT NULL"}
	for i, p := range pairs {
		column := schema.Column{Name: fmt.Sprintf("c%d", i), Type: p.actual, NotNull: isNotNull(i)}
		e, err := encode.For(column, p.wanted)
		if err != nil {
			t.Fatal(err)
		}
		to.encoders = append(to.encoders, e)
		null := map[bool]string{false: "NULL", true: "NOT NULL"}[column.NotNull]
		columns = append(columns, fmt.Sprintf("[%s] %v %s", column.Name, p.actual, null))
	}
	if _, err := to.db.ExecContext(t.Context(), "CREATE TABLE "+to.table+" ("+strings.Join(columns, ", ")+")"); err != nil {
		t.Fatal(err)
	}
	return to
}

// copyIn bulk copies fitted rows.
func (to target) copyIn(t *testing.T, rows [][]any) error {
	t.Helper()
	names := []string{"n"}
	for i := range to.pairs {
		names = append(names, fmt.Sprintf("c%d", i))
	}
	conn, err := to.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	return conn.Raw(func(c any) error {
		bulk := c.(*mssqldb.Conn).CreateBulkContext(t.Context(), to.table, names)
		for n, row := range rows {
			wire := []any{int64(n)}
			for i, value := range row {
				v, err := to.encoders[i].Wire(value)
				if err != nil {
					return err
				}
				wire = append(wire, v)
			}
			if err := bulk.AddRow(wire); err != nil {
				return err
			}
		}
		count, err := bulk.Done()
		if err == nil && count != int64(len(rows)) {
			err = fmt.Errorf("%d of %d rows arrived", count, len(rows))
		}
		return err
	})
}

// read returns a column's values in the order of the rows: as the driver gives them, and as the server writes them.
func (to target) read(t *testing.T, column int, rows int) (values []any, texts []sql.NullString) {
	t.Helper()
	name := fmt.Sprintf("[c%d]", column)
	text := "CONVERT(NVARCHAR(50), " + name + ")"
	switch actual := to.pairs[column].actual; {
	case isDateType(actual):
		text = "CONVERT(NVARCHAR(50), " + name + ", 121)"
	case actual.IsText():
		text = name
	}
	found, err := to.db.QueryContext(t.Context(), "SELECT "+name+", "+text+" FROM "+to.table+" ORDER BY [n]")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var value any
		var text sql.NullString
		if err := found.Scan(&value, &text); err != nil {
			t.Fatal(err)
		}
		values, texts = append(values, value), append(texts, text)
	}
	if err := found.Err(); err != nil || len(values) != rows {
		t.Fatalf("%d of %d rows: %v", len(values), rows, err)
	}
	return values, texts
}

func isDateType(t schema.Type) bool { return strings.Contains(t.Name, "date") }

// judgeStored compares what the server stored with what was fitted.
func (to target) judgeStored(t *testing.T, rows [][]any) {
	t.Helper()
	for i, p := range to.pairs {
		values, texts := to.read(t, i, len(rows))
		for n, row := range rows {
			if row[i] == nil {
				if values[n] != nil || texts[n].Valid {
					t.Errorf("%v: NULL became %#v", p, values[n])
				}
				continue
			}
			if got := meaning(t, p, values[n]); got != row[i] {
				t.Errorf("%v, row %d: stored %#v of %#v", p, n, got, row[i])
			}
			if got := textMeaning(t, p, texts[n].String); got != row[i] {
				t.Errorf("%v, row %d: the server writes %q of %#v", p, n, texts[n].String, row[i])
			}
		}
	}
}

// meaning is a value that the driver read, in the Go type of the wanted kind.
func meaning(t *testing.T, p pair, value any) any {
	t.Helper()
	switch v := value.(type) {
	case int64:
		return textMeaning(t, p, fmt.Sprint(v))
	case bool:
		return v
	case time.Time:
		return v.UTC()
	case []byte:
		if p.actual.Name == "uniqueidentifier" {
			var id mssqldb.UniqueIdentifier
			if err := id.Scan(v); err != nil {
				t.Fatal(err)
			}
			return strings.ToLower(id.String())
		}
		return textMeaning(t, p, string(v))
	default:
		return textMeaning(t, p, fmt.Sprint(v))
	}
}

// textMeaning is a text that the server wrote, in the Go type of the wanted kind.
func textMeaning(t *testing.T, p pair, text string) any {
	t.Helper()
	switch p.wanted.Kind {
	case mapping.Int, mapping.BigInt:
		whole, fraction, _ := strings.Cut(text, ".")
		var number int64
		if _, err := fmt.Sscan(whole, &number); err != nil || strings.Trim(fraction, "0") != "" {
			t.Errorf("%v: %q is no whole number: %v", p, text, err)
		}
		return number
	case mapping.Bit:
		return strings.TrimRight(strings.TrimRight(text, "0"), ".") == "1"
	case mapping.DateTime:
		return textTime(t, p, text)
	case mapping.UUID:
		return strings.ToLower(strings.TrimRight(text, " "))
	default:
		return text
	}
}

func textTime(t *testing.T, p pair, text string) any {
	t.Helper()
	layout := "2006-01-02 15:04:05.999999999"
	switch {
	case p.actual.Name == "date":
		layout = time.DateOnly
	case p.actual.Name == "datetimeoffset":
		layout += " -07:00"
	case p.actual.IsText():
		layout = "2006-01-02T15:04:05.000000Z"
	}
	moment, err := time.Parse(layout, strings.TrimRight(text, " "))
	if err != nil {
		t.Errorf("%v: %v", p, err)
	}
	return moment.UTC()
}

// storable are the pairs that any server stores. One may be without collations of UTF-8, and one that reads decimals as
// texts without room for 38 digits with a sign and a point.
func storable(t *testing.T, db *sql.DB) []pair {
	t.Helper()
	_, err := db.ExecContext(t.Context(), "CREATE TABLE dbo.[Probe] ([c] "+utf8Type("varchar", 9).String()+")")
	if err != nil {
		t.Logf("NOT TESTED: VARCHAR in UTF-8: %v", err)
	}
	var known []pair
	for _, p := range pairs() {
		if (p.actual.Collation == "" || err == nil) && p.actual.Precision < 38 {
			known = append(known, p)
		}
	}
	return known
}

// drawn fits random values to the columns of a row; NOT NULL columns that keep nothing of theirs get an ordinary one.
func (to target) drawn(seed int) []any {
	ordinary := map[mapping.Kind]string{mapping.Int: "0", mapping.BigInt: "0", mapping.Decimal: "0", mapping.DateTime: `"2024-01-31"`, mapping.Text: `""`}
	row := make([]any, len(to.pairs))
	for i, p := range to.pairs {
		value, _ := convert.Convert(p.wanted, jsontext.Value(anyRaw(p.wanted.Kind).Example(seed+1_000*i)))
		row[i], _ = to.encoders[i].Fit(value)
		if row[i] == nil && isNotNull(i) {
			value, _ = convert.Convert(p.wanted, jsontext.Value(ordinary[p.wanted.Kind]))
			row[i], _ = to.encoders[i].Fit(value)
		}
	}
	return row
}

// What is fitted is what the server stores, exactly: of random values of every type, in every column type.
func TestTheServerStoresWhatWasFitted(t *testing.T) {
	db := mssqltest.Open(t, mssqltest.Database(t))
	to := newTarget(t, db, "Target", storable(t, db)...)
	seed := rand.IntN(1 << 30)
	t.Logf("seed %d", seed)
	var rows [][]any
	for n := range 60 {
		rows = append(rows, to.drawn(seed+n))
	}
	if err := to.copyIn(t, rows); err != nil {
		t.Fatal(err)
	}
	to.judgeStored(t, rows)
}

// The texts of the world, and the ends of every range.
func TestTheServerStoresChosenValues(t *testing.T) {
	unicode := []any{
		"مرحبا بالعالم", "\u200fעברית\u200e", "你好，世界", "Привет, мир", "👨\u200d👩\u200d👧\u200d👦 🇩🇪 👩🏽", "\u202eright to left\u202c \u2066isolate\u2069",
		"e\u0301 é \ufeff\ufffd", "  spaces  ", "", " ", "line\r\nbreak\ttab", "\U0010ffff\uffff", strings.Repeat("漢", 4000),
	}
	last := utc("9999-12-31 23:59:59.999999")
	chosen := []struct {
		pair
		values []any
	}{
		{pair{sized("nvarchar", 4000), textType(0)}, unicode},
		{pair{sized("nvarchar", schema.Max), textType(0)}, append(unicode, strings.Repeat("😀", 50_000))},
		{pair{sized("nvarchar", 3), textType(0)}, unicode},
		{pair{sized("varchar", schema.Max), textType(0)}, []any{"", "plain", strings.Repeat("x", 9000)}},
		{pair{plain("bigint"), bigIntType}, []any{int64(-1 << 63), int64(1<<63 - 1)}},
		{pair{scaled("decimal", 38, 0), bigIntType}, []any{int64(-1 << 63), int64(1<<63 - 1), int64(0)}},
		{pair{scaled("decimal", 10, 2), intType}, []any{int64(5), int64(-5), int64(99_999_999)}},
		{pair{scaled("decimal", 36, 35), decimalType(36, 35)}, []any{"9." + strings.Repeat("9", 35), "-0." + strings.Repeat("0", 34) + "1"}},
		{pair{precise("datetime2", 6), dateType}, []any{midnight(1, 1, 1), last, utc("1752-09-14 00:00:00.000001")}},
		{pair{precise("datetimeoffset", 3), dateType}, []any{midnight(1, 1, 1), last}},
		{pair{plain("datetime"), dateType}, []any{midnight(1753, 1, 1), last, utc("2024-02-29 23:59:59.999"), utc("1899-12-31 23:59:59.99")}},
		{pair{plain("smalldatetime"), dateType}, []any{midnight(1900, 1, 1), utc("2079-06-06 23:59:59"), utc("2024-02-29 23:59:30")}},
		{pair{plain("date"), dateType}, []any{midnight(1, 1, 1), last, utc("2024-02-29 23:59:59")}},
	}
	db := mssqltest.Open(t, mssqltest.Database(t))
	for i, c := range chosen {
		t.Run(c.actual.String()+" for "+c.wanted.String(), func(t *testing.T) {
			to := newTarget(t, db, fmt.Sprintf("Target %d", i), c.pair)
			var rows [][]any
			for _, value := range c.values {
				fitted, problem := to.encoders[0].Fit(value)
				if fitted == nil {
					t.Errorf("%v: %v", value, problem)
				}
				rows = append(rows, []any{fitted})
			}
			if err := to.copyIn(t, rows); err != nil {
				t.Fatal(err)
			}
			to.judgeStored(t, rows)
		})
	}
}

// SQL Server keeps U+0000. A server that refuses it does no harm, one that would change the text does.
func TestTheServerKeepsOrRefusesTheNullCharacter(t *testing.T) {
	db := mssqltest.Open(t, mssqltest.Database(t))
	to := newTarget(t, db, "Target", pair{sized("nvarchar", 9), textType(0)})
	rows := [][]any{{"a\x00b"}}
	if err := to.copyIn(t, rows); err != nil {
		t.Skipf("the server refuses U+0000: %v", err)
	}
	to.judgeStored(t, rows)
}

// Rounding to a narrower type agrees with what the server makes of the same text, but where the server would carry a time
// into another day or refuse it.
func TestRoundingIsTheServers(t *testing.T) {
	db := mssqltest.Open(t, mssqltest.URL(t))
	seed := rand.IntN(1 << 30)
	t.Logf("seed %d", seed)
	for _, actual := range []schema.Type{
		scaled("decimal", 18, 0), scaled("decimal", 18, 2), scaled("decimal", 20, 5), precise("datetime2", 0), precise("datetime2", 3), precise("datetimeoffset", 2),
	} {
		p := pair{actual, decimalType(38, 10)}
		if isDateType(actual) {
			p.wanted = dateType
		}
		for i := range 40 {
			value, _ := convert.Convert(p.wanted, jsontext.Value(anyRaw(p.wanted.Kind).Example(seed+i)))
			fitted, _ := encoder(t, actual, p.wanted).Fit(value)
			if fitted == nil {
				continue
			}
			server, err := serverCast(t, db, p, canonical(value))
			if moment, isTime := fitted.(time.Time); isTime && (err != nil || server.(time.Time).Day() != moment.Day()) {
				continue
			}
			if diff := cmp.Diff(server, fitted); diff != "" || err != nil {
				t.Errorf("%v from %v: %v (-server +fitted): %s", actual, value, err, diff)
			}
		}
	}
}

// serverCast is what the server's parser makes of a text in the actual type.
func serverCast(t *testing.T, db *sql.DB, p pair, text string) (any, error) {
	t.Helper()
	var result any
	if err := db.QueryRow(fmt.Sprintf("SELECT CAST(@p1 AS %v)", p.actual), text).Scan(&result); err != nil {
		return nil, err
	}
	return meaning(t, p, result), nil
}

// canonical is the text of a converted value in which the server's parser reads it under every setting of the session.
func canonical(value any) string {
	if moment, isTime := value.(time.Time); isTime {
		return moment.Format("2006-01-02T15:04:05.000000")
	}
	return fmt.Sprint(value)
}
