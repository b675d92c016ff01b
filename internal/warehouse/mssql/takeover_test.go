package mssql_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/mapping"
	"mcis/internal/oracletest"
	"mcis/internal/sharedtest"
	"mcis/internal/simapi"
	"mcis/internal/warehouse/mssql/mssqltest"
)

// versionFour is a database as the predecessor left it: its tables, with rows of bookings that the API still has, of others
// that it does not have any more, and a row of each kind of fault that it made.
func versionFour(t *testing.T, bookings []int64) *database {
	t.Helper()
	ddl, err := os.ReadFile(sharedtest.Path(t, "schema/v4.sql"))
	if err != nil {
		t.Fatal(err)
	}
	d := openDatabase(t, mssqltest.Database(t))
	run := func(format string, args ...any) {
		t.Helper()
		statement := fmt.Sprintf(format, args...)
		if err := d.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	for statement := range strings.SplitSeq(string(ddl), ";\n") {
		if strings.Contains(statement, "CREATE TABLE") {
			run("%s", statement[strings.Index(statement, "CREATE TABLE"):])
		}
	}
	run("INSERT INTO dbo.Company (company_id, name) VALUES (1, 'Fr\u00fcher & S\u00f6hne')")
	run("INSERT INTO dbo.Config (config_id, uri) VALUES (4, 'https://api.invalid/customerConfig/4')")
	run("INSERT INTO dbo.Customer (customer_id, name, config_id, contract_type_id) VALUES (1, 'gone', 4, 77)")
	run("INSERT INTO dbo.Interpreter (interpreter_id, notes, created_date) VALUES (1, 'another entity''s notes', '2024-02-29T12:34:56.123')")
	run("INSERT INTO dbo.Booking (booking_id, customer_id, notes) VALUES (1, 1, 'not in the API any more')")
	run("INSERT INTO dbo.BookingRefs (ref_id, booking_id, name) VALUES (1, 1, 'its ref')")
	for _, id := range bookings {
		run("INSERT INTO dbo.Booking (booking_id, notes, status_name, version_value) VALUES (%d, 'from the script', '??????', 1)", id)
		run("INSERT INTO dbo.BookingRefs (ref_id, booking_id, name) VALUES (%d, %[1]d, 'removed long ago')", id)
	}
	return d
}

// TestTakeover migrates a database of version 4 with rows in it and loads bookings into it. Afterwards every column that
// reports read holds what the API says, and what the API does not know any more is as it was.
func TestTakeover(t *testing.T) {
	const bookings = 300
	m := mapping.Default()
	g := newGenerator(t, m, simapi.Config{Bookings: bookings, Seed: 23})
	d := versionFour(t, g.api.IDs()[:bookings/2])

	planned, err := d.Plan(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	ran, err := d.Migrate(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(planned, ran); diff != "" {
		t.Errorf("the dry run said something else (-planned +ran):\n%s", diff)
	}
	again, err := d.Migrate(t.Context(), m)
	if err != nil || len(again) > 0 {
		t.Errorf("a second migration ran %q (%v)", again, err)
	}

	g.mapper = g.mapper.WithFit(d.Fit)
	for _, batch := range batches(m, g.sets(t, g.api.IDs(), time.Now().UTC()), 100) {
		if _, err := d.Load(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	want := oracletest.Expect(t, g.documents(), g.detail)
	gone := map[string]bool{"Company/1": true, "Config/4": true, "Customer/1": true, "Interpreter/1": true, "Booking/1": true, "BookingRefs/1/1": true}
	for _, id := range g.api.IDs() {
		if !bytes.Contains(g.api.Booking(id), []byte(`"refs":[`)) { // a collection that a document does not have says nothing
			gone[fmt.Sprintf("BookingRefs/%d/%[1]d", id)] = true
		}
	}
	differences := oracletest.Differences(want, oracletest.Read(t.Context(), t, d.db), 40,
		func(table, key string) bool { return !gone[table+"/"+key] })
	for _, difference := range differences {
		t.Error(difference)
	}
	t.Logf("%d cells of %d tables compared", want.Cells(), len(want))
	d.keeps(t)
}

// keeps looks for the rows that no load has touched.
func (d *database) keeps(t *testing.T) {
	t.Helper()
	const query = `SELECT co.name, cu.contract_type_id, cc.uri, i.notes, b.notes, r.name
FROM dbo.Booking AS b JOIN dbo.Customer AS cu ON cu.customer_id = b.customer_id JOIN dbo.CustomerConfig AS cc ON cc.config_id = cu.config_id
JOIN dbo.ContractType AS ct ON ct.contract_type_id = cu.contract_type_id
JOIN dbo.BookingRefs AS r ON r.booking_id = b.booking_id CROSS JOIN dbo.Company AS co CROSS JOIN dbo.Interpreter AS i
WHERE b.booking_id = 1 AND co.company_id = 1 AND i.interpreter_id = 1`
	var company, interpreter, booking, ref string
	var contract int
	var uri *string // the stub of the customer's configuration: nothing is known of it
	if err := d.db.QueryRowContext(t.Context(), query).Scan(&company, &contract, &uri, &interpreter, &booking, &ref); err != nil {
		t.Fatal(err)
	}
	got := []any{company, contract, uri, interpreter, booking, ref}
	want := []any{"Fr\u00fcher & S\u00f6hne", 77, (*string)(nil), "another entity's notes", "not in the API any more", "its ref"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows that the API does not know any more (-want +got):\n%s", diff)
	}
}
