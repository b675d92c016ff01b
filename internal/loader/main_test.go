package loader_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mcis/internal/booking"
	"mcis/internal/document"
	"mcis/internal/fault"
	"mcis/internal/leaktest"
	"mcis/internal/loader"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/record"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/sqlite"
)

// patience is how long a test waits for something that must happen.
const patience = 20 * time.Second

// TestMain: database/sql ends the goroutine that opens connections only after Close has returned.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(leaks.Around(m), goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}

// What is planted, for leaks to find: the key of the hashes, and what is hashed.
const (
	plantedKey     = leaktest.HashKey
	plantedAccount = "DE27 Qy7bank Fk2account"
)

// leaks looks for secrets in the log of every server, connection and loader that a test makes.
var leaks = leaktest.Planted(leaktest.Secret{Name: "bank account", Value: plantedAccount})

const tables = `
schema: 1
tables:
  - name: Booking
    sources: [{path: $}]
    columns:
      - {name: booking_id, type: int, path: id, key: true}
      - {name: note, type: text(10), path: note}
      - {name: rate, type: "decimal(9,2)", path: rate}
      - {name: starts, type: datetime, path: starts}
      - {name: customer_id, type: int, path: customer.id, references: Customer}
  - name: BookingRefs
    parent: Booking
    sources: [{path: refs.*}]
    columns:
      - {name: booking_id, type: int, path: $.id, key: true, references: Booking}
      - {name: ref_id, type: int, path: id, key: true}
  - name: Customer
    sources: [{path: customer}]
    columns:
      - {name: customer_id, type: int, path: id, key: true}
      - {name: name, type: text(20), path: name}
      - {name: iban, type: text(64), path: iban, hash: true}
`

// file is a warehouse in a SQLite file that counts its loads, and a connection beside it.
type file struct {
	*sqlite.Warehouse
	path    string
	mapping *mapping.Mapping
	db      *sql.DB
	before  func(load int) error // may fail a load; nil never

	mu      sync.Mutex
	batches []*warehouse.Batch
}

func (f *file) Load(ctx context.Context, batch *warehouse.Batch) (warehouse.Result, error) {
	f.mu.Lock()
	f.batches = append(f.batches, batch)
	n := len(f.batches)
	f.mu.Unlock()
	if f.before != nil {
		if err := f.before(n); err != nil {
			return warehouse.Result{}, err
		}
	}
	return f.Warehouse.Load(ctx, batch)
}

// newFile creates the tables.
func newFile(t *testing.T) *file {
	t.Helper()
	return newFileOf(t, tables)
}

// openFile waits no longer than a moment for a write that another connection holds up.
func openFile(t *testing.T, path string) *sqlite.Warehouse {
	t.Helper()
	w, err := sqlite.Open(t.Context(), path, sqlite.Options{BusyTimeout: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// newFileOf creates the tables of a mapping.
func newFileOf(t *testing.T, yaml string) *file {
	t.Helper()
	m, err := mapping.Load("tables", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "warehouse.db")
	w := openFile(t, path)
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: "_busy_timeout=5000"}).String())
	if err != nil {
		t.Fatal(err)
	}
	f := &file{Warehouse: w, path: path, mapping: m, db: db}
	t.Cleanup(func() {
		if err := errors.Join(db.Close(), f.Close()); err != nil {
			t.Error(err)
		}
	})
	if _, err := w.Migrate(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *file) exec(t *testing.T, statement string) {
	t.Helper()
	if _, err := f.db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// ids are the bookings in the warehouse, ascending.
func (f *file) ids(t *testing.T) []int {
	t.Helper()
	found, err := f.db.QueryContext(context.WithoutCancel(t.Context()), "SELECT booking_id FROM Booking ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	ids := []int{}
	for found.Next() {
		var id int
		if err := found.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return ids
}

// newLoader tries again without waiting.
func newLoader(m *mapping.Mapping, w loader.Warehouse, change ...func(*loader.Config)) *loader.Loader {
	config := loader.Config{Mapping: m, HashKey: []byte(plantedKey), RetryMin: time.Microsecond, RetryMax: time.Microsecond}
	for _, c := range change {
		c(&config)
	}
	return loader.New(config, w, leaks.Logger("loader"))
}

var extracted = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

// message is the record of a booking with further members; nothing is checked but that they are JSON.
func message(t testing.TB, id int, members string) queue.Message {
	t.Helper()
	doc, err := document.Parse(fmt.Appendf(nil, `{"id":%d%s}`, id, members))
	if err != nil {
		t.Fatal(err)
	}
	data, err := record.Encode(&record.Record{
		Booking: booking.Identity{ID: int64(id), Version: 1}, Run: "run-1", Window: "w", ExtractedAt: extracted,
		EnrichedAt: extracted, Observed: map[string]time.Time{"customer": extracted}, Document: doc,
	})
	if err != nil {
		t.Fatal(err)
	}
	return queue.Message{Subject: queue.RecordSubject(int64(id)), Data: data}
}

// sound is a record that fits.
func sound(t testing.TB, id int) queue.Message {
	t.Helper()
	return message(t, id, `,"versionValue":1,"note":"fine","rate":1.50,"customer":{"id":7,"name":"C","iban":"`+plantedAccount+`"},"refs":[{"id":1},{"id":2}]`)
}

// classes are those of errors: "" for none, "transient" for one that is neither permanent nor fatal.
func classes(errs []error) []string {
	found := make([]string, len(errs))
	for i, err := range errs {
		switch permanent := fault.AsPermanent(err); {
		case err == nil:
		case fault.IsFatal(err):
			found[i] = "fatal"
		case permanent != nil:
			found[i] = string(permanent.Class)
		default:
			found[i] = "transient"
		}
	}
	return found
}
