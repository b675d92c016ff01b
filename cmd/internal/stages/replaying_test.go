package stages

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"mcis/cmd/internal/cli"
	"mcis/internal/booking"
	"mcis/internal/document"
	"mcis/internal/health"
	"mcis/internal/mapping"
	"mcis/internal/propertytest"
	"mcis/internal/queue"
	"mcis/internal/record"
	"mcis/internal/replay"
	"mcis/internal/simapi"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/sqlite"
)

// stored are records as they lie in a stream.
type stored []queue.Message

func (s stored) Extent(context.Context, uint64, uint64) (end, count uint64, err error) {
	return uint64(len(s)), uint64(len(s)), nil
}

func (s stored) Read(_ context.Context, _, _ uint64, visit func(queue.Message) error) error {
	for i, m := range s {
		m.Sequence = uint64(i + 1)
		if err := visit(m); err != nil {
			return err
		}
	}
	return nil
}

// TestADryRunSaysWhatTheReplayDoes: whatever the warehouse holds, whoever has edited it, and whatever records come in whatever order and
// batches, forced or not.
func TestADryRunSaysWhatTheReplayDoes(t *testing.T) {
	propertytest.Checks(t, 25, 250)
	t.Setenv("GOMEMLIMIT", "off") // a loader's limit is not for a test's process
	pool := observations(t)
	path := filepath.Join(t.TempDir(), "w.db")
	w, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	m := mapping.Default()
	if _, err := w.Migrate(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	person, err := sql.Open("sqlite", path) // which enforces no foreign key
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = person.Close() }()
	rapid.Check(t, func(t *rapid.T) {
		r := replaying{t, m, w}
		for _, table := range append([]*mapping.Table{{Name: warehouse.RejectedTable}}, m.Tables...) {
			r.exec(person, "DELETE FROM "+table.Name)
		}
		r.run(draw(t, "stored before", pool), Into{Warehouse: w})
		for _, edit := range rapid.SliceOfNDistinct(rapid.SampledFrom(edits), 0, 3, rapid.ID[string]).Draw(t, "edits") {
			r.exec(person, edit)
		}
		records, batch := draw(t, "replayed", pool), rapid.IntRange(1, 20).Draw(t, "batch")
		into := Into{Warehouse: w}
		if rapid.Bool().Draw(t, "forced") {
			into.ForceBefore = time.Now()
		}
		settings := Loading{Batch: batch, OnBadValue: rapid.SampledFrom([]string{"load", "reject"}).Draw(t, "on bad value")}
		dry := into
		dry.DryRun = true
		foretold, done := r.with(settings, records, dry), r.with(settings, records, into)
		if diff := cmp.Diff(done, foretold, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-done +foretold):\n%s", diff)
		}
	})
}

// TestWhatIsNotedIsForgottenBeforeTablesChange, and not when they are as they were left.
func TestWhatIsNotedIsForgottenBeforeTablesChange(t *testing.T) {
	settings := cli.Warehouse{URL: cli.Secret("sqlite:" + filepath.Join(t.TempDir(), "w.db"))}
	m, logger := mapping.Default(), leaks.Logger(t.Name())
	var forgotten int
	var refusal error
	open := func() error {
		forgotten = 0
		w, err := OpenToReplay(t.Context(), settings, m, func(context.Context) error { forgotten++; return refusal }, new(health.Registry), logger)
		if err != nil {
			return err
		}
		return w.Close()
	}
	person := func(statement string) {
		t.Helper()
		db, err := sql.Open("sqlite", strings.TrimPrefix(string(settings.URL), "sqlite:"))
		if err == nil {
			_, err = db.Exec(statement)
		}
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	refusal = errors.New("NATS is away")
	if err := open(); !errors.Is(err, refusal) || forgotten != 1 {
		t.Errorf("forgotten %d times before the tables are made, %v", forgotten, err)
	}
	refusal = nil
	for step, want := range []struct {
		statement string
		forgotten int
		doubt     bool
	}{
		{"", 1, false}, // nothing was made when the note could not be forgotten
		{"", 0, false},
		{"DROP TABLE BookingRefs", 1, false},
		{"ALTER TABLE Company DROP COLUMN name", 1, false},
		{"", 0, false},
		{"DROP TABLE BookingRefs; CREATE TABLE BookingRefs (other TEXT PRIMARY KEY)", 1, true},
	} {
		if want.statement != "" {
			person(want.statement)
		}
		if err := open(); forgotten != want.forgotten || replay.IsDoubt(err) != want.doubt || (err != nil) != want.doubt {
			t.Errorf("step %d, %q: forgotten %d times, %v", step, want.statement, forgotten, err)
		}
	}
}

// TestIdentityTellsKeysApart, and holds none.
func TestIdentityTellsKeysApart(t *testing.T) {
	seen := make(map[string]bool)
	for _, key := range []cli.Secret{"", "sesame", "sesame2"} {
		settings := LoaderSettings{Warehouse: cli.Warehouse{URL: "sqlite:w.db"}, Mapping: cli.Mapping{HashKey: key}}
		identity, err := Identity(settings)
		if err != nil || seen[identity] || strings.Contains(identity, "sesame") {
			t.Errorf("%q, %v", identity, err)
		}
		seen[identity] = true
	}
}

// edits are what somebody may do by hand.
var edits = []string{
	"UPDATE Company SET name = 'edited'", "UPDATE Booking SET _row_hash = 7", "UPDATE Booking SET _extracted_at = NULL",
	"DELETE FROM BookingRefs", "DELETE FROM Booking WHERE booking_id % 2 = 0", "DELETE FROM Company", "UPDATE BookingRequirements SET _row_hash = NULL",
	"UPDATE Booking SET _deleted_at = '2026-03-01 08:01:30'", "UPDATE Booking SET _source_version = 1000",
}

type replaying struct {
	*rapid.T
	m *mapping.Mapping
	w *sqlite.Warehouse
}

func (r replaying) exec(db *sql.DB, statement string) {
	r.Helper()
	if _, err := db.Exec(statement); err != nil {
		r.Fatalf("%s: %v", statement, err)
	}
}

func (r replaying) run(records stored, into Into) {
	r.Helper()
	r.with(Loading{Batch: 10, OnBadValue: "load"}, records, into)
}

// with replays records and returns what is reported.
func (r replaying) with(settings Loading, records stored, into Into) replay.Summary {
	r.Helper()
	ctx := r.Context()
	work, err := replay.Begin(ctx, replay.Config{Batch: settings.Batch}, records, nil)
	if err != nil {
		r.Fatal(err)
	}
	logger := leaks.Logger("replay")
	summary, err := work.Run(ctx, ReplayLoader(settings, cli.Mapping{}, r.m, into, new(health.Registry), logger))
	if err != nil {
		r.Fatal(err)
	}
	return summary
}

// draw draws records in any order, with repetitions.
func draw(t *rapid.T, label string, pool []queue.Message) stored {
	return rapid.SliceOfN(rapid.SampledFrom(pool), 0, len(pool)).Draw(t, label)
}

// observations are invented bookings, each seen three times, with values that do not fit, and two messages that are no records.
func observations(t *testing.T) []queue.Message {
	t.Helper()
	const bookings, rounds = 6, 3
	api, err := simapi.New(simapi.Config{Bookings: bookings, Seed: 17, Faults: simapi.Faults{BadValue: 0.3}, BaseURL: "https://bookings.test:443"})
	if err != nil {
		t.Fatal(err)
	}
	pool := []queue.Message{{Subject: queue.RecordSubject(1), Data: []byte("{}")}, {Subject: queue.RecordSubject(2), Data: []byte("no record")}}
	for round := range rounds {
		for _, id := range api.IDs() {
			pool = append(pool, observation(t, api.Booking(id), time.Date(2026, 3, 1, 8, round, int(id%60), 0, time.UTC)))
		}
		api.Mutate(bookings/2, time.Now())
	}
	return pool
}

func observation(t *testing.T, raw []byte, at time.Time) queue.Message {
	t.Helper()
	identity, err := booking.Identify(raw)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := document.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	data, err := record.Encode(&record.Record{Booking: identity, Run: "run", Window: "w", ExtractedAt: at, EnrichedAt: at, Document: doc})
	if err != nil {
		t.Fatal(err)
	}
	return queue.Message{Subject: queue.RecordSubject(identity.ID), ID: fmt.Sprint(at), Data: data}
}
