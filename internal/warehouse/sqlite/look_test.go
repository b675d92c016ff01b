package sqlite_test

import (
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/mapping"
	"mcis/internal/record"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

// TestADryRunReadsOnly: with a file that was opened to be read only, while another program holds the write lock all the while.
func TestADryRunReadsOnly(t *testing.T) {
	m := loadMapping(t, companies)
	f := newFile(t)
	if _, err := f.Migrate(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Load(t.Context(), companyBatch(m, 1)); err != nil {
		t.Fatal(err)
	}
	writer, err := f.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = writer.Close() }()
	for _, statement := range []string{"BEGIN IMMEDIATE", "DELETE FROM Company"} {
		if _, err := writer.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	before := contents(t, filepath.Dir(f.path))["w.db"]
	w := openReadOnly(t, f.path)
	d := warehouse.NewDryRun(w)
	for _, want := range []warehouse.Counts{{Inserted: companiesPerBatch - 1, Updated: 1}, {Unchanged: companiesPerBatch}} {
		result, err := d.Load(t.Context(), companyBatch(m, 2))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]warehouse.Counts{"Company": want}, result.Tables); diff != "" {
			t.Error(diff)
		}
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if contents(t, filepath.Dir(f.path))["w.db"] != before {
		t.Error("a dry run changed the file")
	}
	if _, err := writer.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Error(err)
	}
}

// mostRemembered is what a dry run may remember of a booking, in bytes: docs/replay.md has the figure.
const mostRemembered = 2 << 10

func TestWhatADryRunRemembers(t *testing.T) {
	const bookings = 1000
	f, m := newFile(t), mapping.Default()
	if _, err := f.Migrate(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	records := inventedRecords(t, bookings)
	d, mapper := warehouse.NewDryRun(f), rows.NewMapper(m, nil)
	dry := func(records []*record.Record) {
		var sets []*rows.Set
		for _, rec := range records {
			set, err := mapper.Rows(rec)
			if err != nil {
				t.Fatal(err)
			}
			sets = append(sets, set)
		}
		if _, err := d.Load(t.Context(), warehouse.NewBatch(m, sets)); err != nil {
			t.Fatal(err)
		}
	}
	dry(records[:100]) // prepares statements
	before := heap()
	dry(records[100:])
	each := int64(heap()-before) / (bookings - 100)
	runtime.KeepAlive(d)
	runtime.KeepAlive(records)
	t.Logf("%d bytes a booking", each)
	if each > mostRemembered {
		t.Errorf("a dry run remembers %d bytes of a booking, expected at most %d", each, mostRemembered)
	}
}

// heap is what is in use after a collection.
func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
