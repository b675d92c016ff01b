package loader_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/fault"
	"mcis/internal/health"
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

// TestReadinessWhileTheWarehouseIsAway: it is degraded from the first failure until it answers, be it that data is
// refused; the log has a warning for each try and one line when it is back. A later outage counts by itself.
func TestReadinessWhileTheWarehouseIsAway(t *testing.T) {
	var readiness health.Registry
	var since []time.Time
	degraded := func() bool {
		found := readiness.Degraded()
		for _, d := range found {
			since = append(since, d.Since)
		}
		return len(found) == 1 && found[0].Name == health.Warehouse && found[0].Err != nil
	}
	refusal := fault.Permanentf(fault.ClassConstraint, "refused")
	away := errors.New("connection refused")
	answers := []error{nil, away, away, refusal, away, nil, nil} // a refusal of one record ends its batch
	want := []bool{false, false, true, true, false, true, false}
	var l *loader.Loader
	s := &single{t: t, before: func(_ context.Context, load int) error {
		if got := degraded(); got != want[load-1] || l.IsAway() != got {
			t.Errorf("before load %d: degraded is %v, away %v", load, got, l.IsAway())
		}
		return answers[load-1]
	}}
	var log bytes.Buffer
	l = loader.New(loader.Config{
		Mapping: newFile(t).mapping, Health: &readiness, RetryMin: time.Microsecond, RetryMax: time.Microsecond,
	}, s, slog.New(slog.NewMultiHandler(slog.NewTextHandler(&log, nil), leaks.Logger(t.Name()).Handler())))
	for range 4 {
		l.Handle(t.Context(), []queue.Message{sound(t, 1)})
	}
	if int(s.loads.Load()) != len(answers) || degraded() {
		t.Errorf("%d loads; degraded at the end: %v", s.loads.Load(), degraded())
	}
	if len(since) != 3 || !since[0].Equal(since[1]) || !since[2].After(since[0]) {
		t.Errorf("degraded since %v, expected two outages", since)
	}
	text := log.String()
	if warned, back := strings.Count(text, "level=WARN"), strings.Count(text, `level=INFO msg="the warehouse answers again" stage=loader duration_ms=`); warned != 3 || back != 2 {
		t.Errorf("%d warnings, %d times back:\n%s", warned, back, text)
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
