package mssql_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/convert"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/mssqltest"
)

// TestADryRunNeedsNoMoreThanSELECT, nor the loaders' turn: somebody else holds the lock of loading all the while.
func TestADryRunNeedsNoMoreThanSELECT(t *testing.T) {
	s := newSmall(t)
	if err := s.load(s.booking(7, 1)); err != nil {
		t.Fatal(err)
	}
	holder, err := mssqltest.Open(t, s.url).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Close() }()
	if _, err := holder.ExecContext(t.Context(), "EXEC sp_getapplock @Resource = N'mcis load', @LockMode = 'Exclusive', @LockOwner = 'Session'"); err != nil {
		t.Fatal(err)
	}
	w := openWarehouse(t, s.reader(t))
	if err := w.Check(t.Context(), s.m); err != nil {
		t.Fatal(err)
	}
	d := warehouse.NewDryRun(w)
	for i, want := range []warehouse.Counts{{Inserted: 1, Updated: 1}, {Unchanged: 2}} {
		batch := s.batch("Booking", 2, []any{int64(7), nil, nil, "open", nil, nil}, []any{int64(8), nil, nil, "open", nil, nil})
		batch.Rejected = []rows.Rejected{misfit}
		result, err := d.Load(t.Context(), batch)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]warehouse.Counts{"Booking": want}, result.Tables); diff != "" || result.Rejected != 1-i {
			t.Errorf("batch %d: %d values, %s", i+1, result.Rejected, diff)
		}
	}
}

// TestADryRunAfterAnError: the connection that broke is not used again.
func TestADryRunAfterAnError(t *testing.T) {
	s := newSmall(t)
	d := warehouse.NewDryRun(s)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Load(ended, s.booking(7, 1)); err == nil {
		t.Error("a dry run went on after its context had ended")
	}
	result, err := d.Load(t.Context(), s.booking(7, 1))
	if err != nil || result.Tables["Booking"].Inserted != 1 {
		t.Errorf("%+v, %v", result, err)
	}
}

// misfit is a value that did not fit.
var misfit = rows.Rejected{
	Table: "Booking", Column: "status", Key: "7", BookingID: 7, Raw: "{}", Type: "text(50)", Run: "run", ObservedAt: seen(1),
	Problem: &convert.Problem{Reason: convert.Object, Message: "an object where text belongs"},
}
