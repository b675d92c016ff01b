package mssql_test

import (
	"database/sql"
	"fmt"
	"os"
	"runtime/pprof"
	"strconv"
	"testing"
	"time"

	mssqldb "github.com/microsoft/go-mssqldb"

	"mcis/internal/benchtest"
	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/simapi"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql"
	"mcis/internal/warehouse/mssql/encode"
	"mcis/internal/warehouse/mssql/mssqltest"
	"mcis/internal/warehouse/mssql/schema"
)

const (
	benchmarkVariable = "MCIS_BENCH_SQLSERVER" // how many bookings
	benchmarkBatch    = 400                    // bookings: the loader's default
	slowBookings      = 200                    // what takes long is timed on so many
	tableBookings     = 2_000                  // for a row of the table of make bench
)

// TestBenchmark loads generated bookings into an empty database, again unchanged, and again with a tenth changed, beside two
// references in the same run: raw bulk copy of the same rows into the same tables with nothing else, which is the limit,
// and one prepared upsert a row, which is what the predecessor did. `make bench-sqlserver` runs it.
//
// Two counts of rows matter. A load handles the rows that its batches bring: a customer that stands in the bookings of ten
// batches is looked at ten times, as one upsert a row would write it ten times. In the database it is one row, and raw bulk
// copy is given it once. Both rates are printed; for the references they are the same, since each row is given to them once.
func TestBenchmark(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv(benchmarkVariable))
	if err != nil && benchtest.IsWanted() {
		n, err = tableBookings, nil
	}
	if err != nil {
		t.Skipf("%s is not set: make bench-sqlserver", benchmarkVariable)
	}
	m := mapping.Default()
	g := newGenerator(t, m, simapi.Config{Bookings: n, Seed: 11})
	seen := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	first := batches(m, g.sets(t, g.api.IDs(), seen), benchmarkBatch)
	d := openDatabase(t, mssqltest.Database(t))
	migrate(t, d, m)
	t.Log(mssqltest.Describe(t.Context(), d.db))

	stop := profile(t, os.Getenv("MCIS_BENCH_PROFILE"))
	empty := timed(t, d.Warehouse, first)
	stop()
	unchanged := timed(t, d.Warehouse, batches(m, g.sets(t, g.api.IDs(), seen.Add(time.Hour)), benchmarkBatch))
	g.api.Mutate(n/10, time.Now())
	changed := timed(t, d.Warehouse, batches(m, g.sets(t, g.api.IDs(), seen.Add(2*time.Hour)), benchmarkBatch))
	ids := g.api.Mutate(slowBookings, time.Now())
	single := timed(t, d.Warehouse, batches(m, g.sets(t, ids, seen.Add(3*time.Hour)), 1))

	raw := rawBulkCopy(t, m, first)
	few := warehouse.NewBatch(m, g.sets(t, g.api.IDs()[:slowBookings], seen))
	oneByOne := rowByRow(t, m, []*warehouse.Batch{few})
	for _, line := range []struct {
		name string
		timing
	}{
		{"empty load", empty}, {"unchanged reload", unchanged}, {"reload, 10 % changed", changed},
		{"one changed booking at a time", single}, {"raw bulk copy", raw}, {"row by row", oneByOne},
	} {
		t.Logf("%-30s %7d rows (%7d distinct) in %6.2f s: %7.0f rows/s (%7.0f), %6.2f (%6.2f) of raw bulk copy, %6.1f x (%6.1f x) row by row",
			line.name, line.rows, line.distinct, line.took.Seconds(), line.rate(), line.distinctRate(), line.rate()/raw.rate(),
			line.distinctRate()/raw.rate(), line.rate()/oneByOne.rate(), line.distinctRate()/oneByOne.rate())
	}
	if benchtest.IsWanted() {
		benchtest.Row{
			What: "load into SQL Server", Unit: "rows/s", Ours: empty.rate(), Reference: raw.rate(), Of: "raw bulk copy", Reach: 0.5,
			Note: fmt.Sprintf("of the rows that batches bring; %.2f by distinct rows", empty.distinctRate()/raw.rate()),
		}.Report(t)
	}
	require(t, "empty load / raw bulk copy", empty.rate()/raw.rate(), 0.5)
	require(t, "unchanged reload / empty load", unchanged.rate()/empty.rate(), 1)
	require(t, "empty load / row by row", empty.rate()/oneByOne.rate(), 15)
	require(t, "unchanged reload / row by row", unchanged.rate()/oneByOne.rate(), 15)
}

// timing is how long so many rows took.
type timing struct {
	rows, distinct int
	took           time.Duration
}

func (m timing) rate() float64 { return float64(m.rows) / m.took.Seconds() }

func (m timing) distinctRate() float64 { return float64(m.distinct) / m.took.Seconds() }

func require(t *testing.T, name string, got, least float64) {
	t.Helper()
	if got < least {
		t.Errorf("%s is %.2f, expected %.2f or more", name, got, least)
	}
}

// distinct counts rows, each once.
type distinct map[string]bool

func (seen distinct) add(batch *warehouse.Batch) (brought, added int) {
	before := len(seen)
	eachTable(batch, func(t *mapping.Table, all []rows.Row) {
		brought += len(all)
		for i := range all {
			seen[t.Name+"/"+all[i].Key] = true
		}
	})
	return brought, len(seen) - before
}

func profile(t *testing.T, path string) (stop func()) {
	if path == "" {
		return func() {}
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		t.Fatal(err)
	}
	return pprof.StopCPUProfile
}

func migrate(t testing.TB, d *database, m *mapping.Mapping) {
	t.Helper()
	if _, err := d.Migrate(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

// timed loads batches on a session that is there: beginning one is not loading.
func timed(t *testing.T, w *mssql.Warehouse, all []*warehouse.Batch) timing {
	t.Helper()
	if _, err := w.Load(t.Context(), new(warehouse.Batch)); err != nil {
		t.Fatal(err)
	}
	var total timing
	seen := make(distinct)
	for _, batch := range all {
		brought, added := seen.add(batch)
		total.rows, total.distinct = total.rows+brought, total.distinct+added
		began := time.Now()
		if _, err := w.Load(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		total.took += time.Since(began)
	}
	return total
}

// rawBulkCopy copies each table's distinct rows at one go, straight into the table. What is timed is the copying alone: the rows are
// encoded before.
func rawBulkCopy(t *testing.T, m *mapping.Mapping, all []*warehouse.Batch) timing {
	t.Helper()
	d := openDatabase(t, mssqltest.Database(t))
	migrate(t, d, m)
	tables := wireRows(t, d.db, m, all)
	conn, err := d.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var total timing
	for _, table := range m.Tables {
		if len(tables[table]) == 0 {
			continue
		}
		began := time.Now()
		err := conn.Raw(func(driver any) error {
			bulk := driver.(*mssqldb.Conn).CreateBulkContext(t.Context(), schema.Qualified(table.Name), columnsOf(table))
			for _, row := range tables[table] {
				if err := bulk.AddRow(row); err != nil {
					return err
				}
			}
			_, err := bulk.Done()
			return err
		})
		if err != nil {
			t.Fatalf("%s: %v", table.Name, err)
		}
		total.took += time.Since(began)
		total.rows += len(tables[table])
	}
	total.distinct = total.rows
	return total
}

func columnsOf(t *mapping.Table) []string {
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	for _, c := range warehouse.LineageColumns(t) {
		names = append(names, c.Name)
	}
	return names
}

// wireRows are the distinct rows of all batches by table, as the driver takes them.
func wireRows(t *testing.T, db *sql.DB, m *mapping.Mapping, all []*warehouse.Batch) map[*mapping.Table][][]any {
	t.Helper()
	found, err := schema.Inspect(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	tables, seen := make(map[*mapping.Table][][]any), make(map[string]bool)
	for _, batch := range all {
		eachTable(batch, func(table *mapping.Table, list []rows.Row) {
			encoders := encodersOf(t, table, found.Table(table.Name))
			for i := range list {
				if id := table.Name + "/" + list[i].Key; !seen[id] {
					seen[id] = true
					tables[table] = append(tables[table], wireRow(t, encoders, table, &list[i]))
				}
			}
		})
	}
	return tables
}

func encodersOf(t *testing.T, table *mapping.Table, actual *schema.Table) []encode.Encoder {
	t.Helper()
	var encoders []encode.Encoder
	add := func(name string, wanted mapping.Type) {
		encoder, err := encode.For(*actual.Column(name), wanted)
		if err != nil {
			t.Fatal(err)
		}
		encoders = append(encoders, encoder)
	}
	for _, c := range table.Columns {
		add(c.Name, c.Type)
	}
	for _, c := range warehouse.LineageColumns(table) {
		add(c.Name, c.Type)
	}
	return encoders
}

// allValues are those of every column of a row that is not marked deleted.
func allValues(t *mapping.Table, row *rows.Row) []any {
	s := row.Stamp
	values := append(append([]any{}, row.Values...), s.Version, s.Full, s.ObservedAt.Truncate(time.Microsecond), s.ExtractedAt.Truncate(time.Microsecond), s.Mapping, s.Hash,
		s.ExtractedAt.Truncate(time.Microsecond), row.Run)
	if t.IsBookings {
		values = append(values, nil)
	}
	return values
}

func wireRow(t *testing.T, encoders []encode.Encoder, table *mapping.Table, row *rows.Row) []any {
	t.Helper()
	values := allValues(table, row)
	for i, encoder := range encoders {
		fitted, problem := encoder.Fit(values[i])
		if problem != nil {
			t.Fatal(problem)
		}
		var err error
		if values[i], err = encoder.Wire(fitted); err != nil {
			t.Fatal(err)
		}
	}
	return values
}
