package archive_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mcis/internal/archive"
	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/document"
	"mcis/internal/health"
	"mcis/internal/queue"
	"mcis/internal/record"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
)

// store is the bucket of state of a real server as an archive.Store.
type store struct{ *stream.State }

func (s store) Update(ctx context.Context, key string, value []byte, revision uint64) error {
	err := s.State.Update(ctx, key, value, revision)
	if errors.Is(err, stream.ErrConflict) {
		return fmt.Errorf("%w: %w", archive.ErrConflict, err)
	}
	return err
}

// records is RECORDS of a real server as archive.Records.
type records struct{ *stream.Conn }

func (r records) Bounds(ctx context.Context) (first, last uint64, err error) {
	stat, err := r.Stat(ctx, stream.Records)
	return stat.First, stat.Last, err
}

func (r records) Headers(ctx context.Context, first, last uint64, visit func(queue.Message, time.Time) error) error {
	return r.ReadStored(ctx, stream.Records, stream.Span{First: first, Last: last, HeadersOnly: true}, func(m queue.Message, at time.Time) error {
		if len(m.Data) > 0 {
			return errors.New("the server has sent data")
		}
		return visit(m, at)
	})
}

func (r records) Get(ctx context.Context, sequence uint64) (queue.Message, bool, error) {
	m, _, found, err := r.Conn.Get(ctx, stream.Records, sequence)
	return m, found, err
}

// world is a server with the checkpoints of a run, and a folder.
type world struct {
	t      *testing.T
	conn   *stream.Conn
	dir    string
	health health.Registry
	now    time.Time
	span   time.Duration
	log    *logged
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{t: t, conn: streamtest.Start(t), dir: filepath.Join(t.TempDir(), "archives"), now: time.Now(), log: &logged{wrote: make(chan struct{}, 1)}}
}

// archiver is one of a process that has just started.
func (w *world) archiver() *archive.Archiver {
	return archive.NewArchiver(archive.Config{
		Dir: w.dir, Every: 20 * time.Millisecond, Span: w.span, Health: &w.health, Now: func() time.Time { return w.now },
	}, store{w.conn.State()}, records{w.conn}, slog.New(slog.NewMultiHandler(slog.NewTextHandler(w.log, nil), leaks.Logger(w.t.Name()).Handler())))
}

// pass archives what can be, in a process of its own.
func (w *world) pass() {
	w.t.Helper()
	if err := w.archiver().Pass(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func month(n int) booking.Window {
	from := time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC).AddDate(0, n-1, 0)
	return booking.Window{From: from, To: from.AddDate(0, 1, 0)}
}

func fileOf(window booking.Window) string { return archive.WindowFile(window) }

// made is a record that is about to be stored.
type made struct {
	run     string
	window  booking.Window
	id      int64
	version int64
	hour    int // of the day at which the API sent it
	note    string
}

func (m made) message(t testing.TB) queue.Message {
	t.Helper()
	doc, err := document.Parse(fmt.Appendf(nil, `{"id":%d,"versionValue":%d,"notes":%q}`, m.id, m.version, m.note))
	if err != nil {
		t.Fatal(err)
	}
	rec := record.Record{
		Booking: booking.Identity{ID: m.id, Version: m.version}, Run: m.run, Window: m.window.String(),
		ExtractedAt: time.Date(2024, 5, 6, m.hour, 0, 0, 0, time.UTC), EnrichedAt: time.Date(2024, 5, 6, m.hour, 1, 0, 0, time.UTC), Document: doc,
	}
	data, err := record.Encode(&rec)
	if err != nil {
		t.Fatal(err)
	}
	return queue.Message{
		Subject: queue.RecordSubject(m.id), ID: fmt.Sprintf("%s/%d/%s", rec.Booking.MessageID(m.run), m.hour, m.note), Data: data,
		Header: map[string]string{queue.HeaderRun: m.run, queue.HeaderWindow: rec.Window, queue.HeaderExtractedAt: queue.FormatTime(rec.ExtractedAt)},
	}
}

// store stores records and returns the last sequence.
func (w *world) store(all ...made) uint64 {
	w.t.Helper()
	var messages []queue.Message
	for _, m := range all {
		messages = append(messages, m.message(w.t))
	}
	return w.publish(messages...)
}

func (w *world) publish(messages ...queue.Message) uint64 {
	w.t.Helper()
	if err := w.conn.Publish(w.t.Context(), messages); err != nil {
		w.t.Fatal(err)
	}
	_, last, err := records{w.conn}.Bounds(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return last
}

// keep writes a checkpoint.
func (w *world) keep(key string, state any) {
	w.t.Helper()
	value, err := checkpoint.Encode(key, state)
	if err == nil {
		_, err = w.conn.State().Put(w.t.Context(), key, value)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// run keeps a run.
func (w *world) run(name string, done bool) {
	w.keep(checkpoint.RunPrefix+name, checkpoint.Run{Name: name, Done: done})
}

// listed keeps a window whose bookings have all passed the enrichers.
func (w *world) listed(run string, window booking.Window, bookings int, sequence uint64) {
	w.keep(checkpoint.WindowKey(run, window), checkpoint.Window{
		From: window.From, To: window.To, State: checkpoint.Listed, Bookings: bookings, Count: bookings, Settled: true,
		BookingsSeq: 1, RecordsSeq: sequence, ListedAt: w.now.UTC(),
	})
}

// mark is what is kept of the archive of a window.
func (w *world) mark(run string, window booking.Window) checkpoint.Archive {
	w.t.Helper()
	key := checkpoint.WindowKey(run, window)
	value, _, found, err := w.conn.State().Get(w.t.Context(), key)
	var state checkpoint.Window
	if err == nil && found {
		err = checkpoint.Decode(key, value, &state)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return state.Archive
}

// archived is what a file holds: notes by booking.
func (w *world) archived(name string) (archive.Manifest, map[int64]string) {
	w.t.Helper()
	m, notes, err := read(filepath.Join(w.dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	return m, notes
}

func read(path string) (archive.Manifest, map[int64]string, error) {
	f, err := archive.Open(path)
	if err != nil {
		return archive.Manifest{}, nil, err
	}
	notes := make(map[int64]string)
	err = f.Each(func(line []byte) error {
		rec, err := record.Decode(bytes.Clone(line))
		if err != nil {
			return err
		}
		if _, twice := notes[rec.Booking.ID]; twice {
			return fmt.Errorf("booking %d stands twice", rec.Booking.ID)
		}
		notes[rec.Booking.ID] = rec.Document.Get("notes").Text()
		return nil
	})
	return f.Manifest, notes, errors.Join(err, f.Close())
}

// logged is a log that can be waited for.
type logged struct {
	mu    sync.Mutex
	text  bytes.Buffer
	wrote chan struct{} // holds one token after a write
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.wrote <- struct{}{}:
	default:
	}
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
