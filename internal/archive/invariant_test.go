package archive_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mcis/internal/archive"
	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/queue"
)

// kept is a store in memory: thousands of histories would take a server minutes.
type kept struct {
	values    map[string][]byte
	revisions map[string]uint64
}

func (k *kept) Get(_ context.Context, key string) ([]byte, uint64, bool, error) {
	value, found := k.values[key]
	return value, k.revisions[key], found, nil
}

func (k *kept) List(_ context.Context, prefix string) (map[string][]byte, error) {
	all := maps.Clone(k.values)
	maps.DeleteFunc(all, func(key string, _ []byte) bool { return !strings.HasPrefix(key, prefix) })
	return all, nil
}

func (k *kept) Update(_ context.Context, key string, value []byte, revision uint64) error {
	if k.revisions[key] != revision {
		return archive.ErrConflict
	}
	k.values[key], k.revisions[key] = value, revision+1
	return nil
}

func (k *kept) put(key string, state any) {
	value, err := checkpoint.Encode(key, state)
	if err != nil {
		panic(err)
	}
	k.values[key] = value
	k.revisions[key]++
}

// lines are records in memory, with the times at which they were stored. After so many calls the process that reads them dies.
type lines struct {
	messages []queue.Message
	times    []time.Time
	lives    int // calls; below 0 it does not die
}

var errDied = errors.New("died")

func (l *lines) live() error {
	if l.lives == 0 {
		return errDied
	}
	l.lives--
	return nil
}

func (l *lines) Bounds(context.Context) (first, last uint64, err error) {
	return 1, uint64(len(l.messages)), l.live()
}

func (l *lines) Headers(_ context.Context, first, last uint64, visit func(queue.Message, time.Time) error) error {
	if err := l.live(); err != nil {
		return err
	}
	for sequence := first; sequence <= min(last, uint64(len(l.messages))); sequence++ {
		m := l.messages[sequence-1]
		m.Data, m.Sequence = nil, sequence
		if err := visit(m, l.times[sequence-1]); err != nil {
			return err
		}
	}
	return nil
}

func (l *lines) Get(_ context.Context, sequence uint64) (queue.Message, bool, error) {
	return l.messages[sequence-1], true, nil
}

// history draws what may happen: windows of two runs are enriched and settled, syncs come between, days pass, the archiver looks and dies.
type history struct {
	t       *rapid.T
	dir     string
	store   kept
	records lines
	now     time.Time
	newest  map[int64]made         // record of each booking
	pending map[booking.Window]int // bookings of windows of the run that is being listed
	run     string
	first   int // months of its windows come behind
}

func (h *history) publish(m made) {
	h.records.messages = append(h.records.messages, m.message(&testing.T{}))
	h.records.times = append(h.records.times, h.now)
	if before, found := h.newest[m.id]; !found || m.version >= before.version {
		h.newest[m.id] = m
	}
}

// draw draws a record. Versions only grow, as the source's do.
func (h *history) draw(run string, window booking.Window) made {
	n := len(h.records.messages)
	return made{run: run, window: window, id: rapid.Int64Range(1, 6).Draw(h.t, "id"), version: int64(n), note: fmt.Sprint("record ", n)}
}

func (h *history) archive() {
	if err := (archive.NewArchiver(archive.Config{Dir: h.dir, Now: func() time.Time { return h.now }}, &h.store, &h.records, leaks.Logger("archiver"))).
		Pass(context.Background()); err != nil && !errors.Is(err, errDied) {
		h.t.Fatal(err)
	}
	if err := archive.Clean(h.dir); err != nil {
		h.t.Fatal(err)
	}
}

func (h *history) settle(window booking.Window) {
	h.store.put(checkpoint.WindowKey(h.run, window), checkpoint.Window{
		From: window.From, To: window.To, State: checkpoint.Listed, Bookings: h.pending[window], RecordsSeq: uint64(len(h.records.messages)), ListedAt: h.now,
	})
	delete(h.pending, window)
}

func (h *history) step(n int) {
	switch what := rapid.SampledFrom([]string{"list", "list", "settle", "sync", "day", "archive", "crash", "anew"}).Draw(h.t, "what"); what {
	case "list":
		window := month(h.first + rapid.IntRange(1, 3).Draw(h.t, "month"))
		if _, settled := h.store.values[checkpoint.WindowKey(h.run, window)]; !settled {
			h.pending[window]++
		}
		h.publish(h.draw(h.run, window)) // of a window that is settled: a letter that was retried
	case "settle":
		for _, window := range slices.SortedFunc(maps.Keys(h.pending), func(a, b booking.Window) int { return a.From.Compare(b.From) })[:min(1, len(h.pending))] {
			h.settle(window)
		}
	case "sync":
		h.publish(h.draw(fmt.Sprint("sync-", n), month(1)))
	case "day":
		h.now = h.now.Add(time.Duration(rapid.IntRange(1, 50).Draw(h.t, "hours")) * time.Hour)
	case "anew":
		for key := range h.store.values {
			if strings.HasPrefix(key, checkpoint.WindowsOf(h.run)) {
				delete(h.store.values, key)
			}
		}
		clear(h.pending)
		h.run = fmt.Sprint("backfill-", n)
		h.first += 3 // a window that is listed once more would replace its file
		h.store.put(checkpoint.RunPrefix+"1", checkpoint.Run{Name: h.run})
	case "archive":
		h.records.lives = -1
		h.archive()
	case "crash":
		h.records.lives = rapid.IntRange(0, 8).Draw(h.t, "lives")
		h.archive()
	}
}

// TestTheNewestRecordOfEachBookingIsInSomeFile, whatever happens and wherever the archiver dies, once days are over, and whether windows are
// settled, never are, or their run is begun anew.
func TestTheNewestRecordOfEachBookingIsInSomeFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "archives")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		h := &history{
			t: t, dir: dir, store: kept{map[string][]byte{}, map[string]uint64{}}, now: time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC),
			newest: map[int64]made{}, pending: map[booking.Window]int{}, run: run1, records: lines{lives: -1},
		}
		h.store.put(checkpoint.RunPrefix+"1", checkpoint.Run{Name: run1})
		for n := range rapid.IntRange(1, 40).Draw(t, "steps") {
			h.step(n)
		}
		if rapid.Bool().Draw(t, "the run comes to its end") {
			for window := range h.pending {
				h.settle(window)
			}
		}
		h.records.lives = -1
		for range 2 { // the second after what was held back has waited for long enough
			h.now = h.now.Add(10 * 24 * time.Hour)
			h.archive()
		}
		held := map[string]bool{}
		for _, name := range folder(&testing.T{}, dir) {
			m, notes, err := read(filepath.Join(dir, name))
			if err != nil || m.Records != len(notes) {
				t.Fatalf("%s: %v", name, err)
			}
			for id, note := range notes {
				held[fmt.Sprint(id, note)] = true
			}
		}
		for id, m := range h.newest {
			if !held[fmt.Sprint(id, m.note)] {
				t.Errorf("%s of booking %d, of %s, is in none of %q", m.note, id, m.run, folder(&testing.T{}, dir))
			}
		}
	})
}

// many are records of one window, made when they are asked for: each booking twice.
type many struct {
	n    int
	line []byte
	most uint64 // memory in use, at most
}

func (m *many) Bounds(context.Context) (first, last uint64, err error) { return 1, uint64(m.n), nil }

func (m *many) Headers(_ context.Context, first, last uint64, visit func(queue.Message, time.Time) error) error {
	header := map[string]string{queue.HeaderRun: run1, queue.HeaderWindow: month(1).String(), queue.HeaderExtractedAt: "2024-05-06T08:00:00Z"}
	for sequence := first; sequence <= last; sequence++ {
		id := int64(sequence+1) / 2
		if err := visit(queue.Message{Subject: queue.RecordSubject(id), Header: header, Sequence: sequence}, time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

func (m *many) Get(_ context.Context, sequence uint64) (queue.Message, bool, error) {
	if sequence%2 == 1 {
		return queue.Message{}, false, errors.New("an older record is fetched")
	}
	const seldom = 40_000
	if sequence%seldom == 0 {
		var now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&now)
		m.most = max(m.most, now.HeapAlloc)
	}
	return queue.Message{Data: m.line}, true, nil
}

// TestMemoryIsBounded however many bookings a window has.
func TestMemoryIsBounded(t *testing.T) {
	const bookings, most = 5 * archive.MostNewest / 2, 12 << 20
	store := &kept{map[string][]byte{}, map[string]uint64{}}
	store.put(checkpoint.RunPrefix+"1", checkpoint.Run{Name: run1, Done: true})
	window := month(1)
	store.put(checkpoint.WindowKey(run1, window), checkpoint.Window{From: window.From, To: window.To, State: checkpoint.Listed, Bookings: bookings, RecordsSeq: 2 * bookings})
	records := &many{n: 2 * bookings, line: line(t, 1, "note")}
	dir := t.TempDir()
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	if err := archive.NewArchiver(archive.Config{Dir: dir}, store, records, leaks.Logger("archiver")).Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	m, err := archive.ReadManifest(filepath.Join(dir, fileOf(window)))
	if err != nil || m.Records != bookings {
		t.Fatalf("%d records, %v", m.Records, err)
	}
	if took := int64(records.most) - int64(before.HeapAlloc); took > most {
		t.Errorf("%d bookings took %d MiB", bookings, took>>20)
	} else {
		t.Logf("%d bookings took %d KiB", bookings, took>>10)
	}
}
