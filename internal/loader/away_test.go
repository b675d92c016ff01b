package loader_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/loader"
	"mcis/internal/queue"
)

// locked holds the file's write lock until the returned function is called.
func (f *file) locked(t *testing.T) (unlock func()) {
	t.Helper()
	conn, err := f.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		_, err := conn.ExecContext(context.WithoutCancel(t.Context()), "ROLLBACK")
		if err := errors.Join(err, conn.Close()); err != nil {
			t.Error(err)
		}
	}
}

func TestWarehouseAwayMeansTheSameBatchAgain(t *testing.T) {
	f := newFile(t)
	unlock := f.locked(t)
	f.before = func(load int) error {
		if load == 4 {
			unlock()
		}
		return nil
	}
	l := newLoader(f.mapping, f)
	batch := []queue.Message{sound(t, 1), {}, sound(t, 3)}
	if diff := cmp.Diff([]string{"", "payload", ""}, classes(l.Handle(t.Context(), batch))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{1, 3}, f.ids(t)); diff != "" {
		t.Error(diff)
	}
	for _, b := range f.batches {
		if b != f.batches[0] || len(f.batches) != 4 {
			t.Fatalf("%d loads, expected four of the same batch: while the warehouse is away nothing is bisected", len(f.batches))
		}
	}
	if totals := l.Totals(); totals.Bookings != 2 || totals.Tables["Booking"].Inserted != 2 {
		t.Errorf("%+v", totals)
	}
}

func TestEndOfTheContextWhileTheWarehouseIsAway(t *testing.T) {
	f := newFile(t)
	defer f.locked(t)()
	ctx, cancel := context.WithCancel(t.Context())
	f.before = func(int) error {
		cancel()
		return nil
	}
	l := newLoader(f.mapping, f, func(c *loader.Config) { c.RetryMin, c.RetryMax = time.Hour, time.Hour })
	done := make(chan []error, 1)
	go func() { done <- l.Handle(ctx, []queue.Message{sound(t, 1), {}, sound(t, 3)}) }()
	select {
	case errs := <-done:
		if diff := cmp.Diff([]string{"transient", "payload", "transient"}, classes(errs)); diff != "" {
			t.Error(diff)
		}
	case <-time.After(patience):
		t.Fatal("still waiting")
	}
	if totals := l.Totals(); totals.Bookings != 0 || len(f.batches) != 1 {
		t.Errorf("%d loads, totals %+v", len(f.batches), totals)
	}
}

func TestWarehouseThatOnlyAPersonCanMend(t *testing.T) {
	f := newFile(t)
	f.exec(t, "DROP TABLE BookingRefs")
	errs := newLoader(f.mapping, f).Handle(t.Context(), []queue.Message{sound(t, 1), sound(t, 2)})
	if diff := cmp.Diff([]string{"fatal", "fatal"}, classes(errs)); diff != "" || len(f.batches) != 1 {
		t.Errorf("%d loads: %s", len(f.batches), diff)
	}
	if diff := cmp.Diff([]int{}, f.ids(t)); diff != "" {
		t.Error(diff)
	}
}
