package status_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/status"
)

var epoch = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// memory is a store for the tests that run in a bubble of testing/synctest, which no connection reaches.
type memory struct {
	mu        sync.Mutex
	values    map[string][]byte
	revisions map[string]uint64
	last      uint64
	lists     map[string]int // by prefix
	err       error
	onUpdate  func(key string) // called before each update, without the lock
}

func newMemory() *memory {
	return &memory{values: map[string][]byte{}, revisions: map[string]uint64{}, lists: map[string]int{}}
}

func (m *memory) Get(_ context.Context, key string) ([]byte, uint64, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, found := m.values[key]
	return value, m.revisions[key], found, m.err
}

func (m *memory) List(_ context.Context, prefix string) (map[string][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lists[prefix]++
	all := maps.Clone(m.values)
	maps.DeleteFunc(all, func(key string, _ []byte) bool { return !strings.HasPrefix(key, prefix) })
	return all, m.err
}

func (m *memory) Update(_ context.Context, key string, value []byte, revision uint64) error {
	if m.onUpdate != nil {
		m.onUpdate(key)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.revisions[key] != revision {
		return fmt.Errorf("update %s: %w", key, status.ErrConflict)
	}
	m.set(key, value)
	return nil
}

func (m *memory) set(key string, value []byte) {
	m.last++
	m.values[key], m.revisions[key] = value, m.last
}

func (m *memory) delete(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.values, key)
	delete(m.revisions, key)
}

func (m *memory) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
}

// save stores a checkpoint.
func (m *memory) save(t testing.TB, key string, state any) {
	t.Helper()
	value, err := checkpoint.Encode(key, state)
	if err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.set(key, value)
}

// load reads a checkpoint that must be there.
func load[T any](t testing.TB, store status.Store, key string) (state T) {
	t.Helper()
	value, _, found, err := store.Get(t.Context(), key)
	if err != nil || !found {
		t.Fatalf("%s: found %t, error %v", key, found, err)
	}
	if err := checkpoint.Decode(key, value, &state); err != nil {
		t.Fatal(err)
	}
	return state
}

// gauges answers with what it was given, and remembers what it was asked.
type gauges struct {
	mu    sync.Mutex
	gauge status.Gauge
	asked []string
	err   error
	deaf  bool             // nobody has told the consumers of the last message yet
	onAsk func(number int) // called before each answer, with the lock; from 0
}

// ask notes a question.
func (g *gauges) ask(question string) {
	if g.onAsk != nil {
		g.onAsk(len(g.asked))
	}
	g.asked = append(g.asked, question)
}

func (g *gauges) Stream(_ context.Context, stream string) (status.Stream, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ask(stream)
	return map[string]status.Stream{status.Bookings: g.gauge.Bookings, status.Records: g.gauge.Records, status.Dead: g.gauge.Dead}[stream], g.err
}

func (g *gauges) Consumer(_ context.Context, stream, durable string) (status.Consumer, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ask(stream + " " + durable)
	return map[string]status.Consumer{status.Enricher: g.gauge.Enricher, status.Loader: g.gauge.Loader}[durable], g.err
}

// Passed answers as if nothing were given up.
func (g *gauges) Passed(ctx context.Context, stream, durable string, sequence uint64) (bool, error) {
	end, _ := g.Stream(ctx, stream)
	consumer, err := g.Consumer(ctx, stream, durable)
	return consumer.AckFloor >= sequence || !g.deaf && consumer.Lag() == 0 && sequence <= end.Last, err
}

func (g *gauges) set(gauge status.Gauge) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gauge = gauge
}

// aRun is a run of n windows of a month, from January 2026 on.
func aRun(name string, n int) (run checkpoint.Run, windows []booking.Window) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	run = checkpoint.Run{
		Name: name, Started: epoch.Add(-2 * time.Hour), From: from, To: from.AddDate(0, n, 0), Step: booking.Step{Months: 1}, Windows: n,
	}
	return run, booking.Split(run.From, run.To, run.Step)
}

// listed is a window that was listed when BOOKINGS ended at a sequence.
func listed(window booking.Window, sequence uint64) checkpoint.Window {
	return checkpoint.Window{
		From: window.From, To: window.To, State: checkpoint.Listed, Attempt: 1, Settled: true, Count: 10, Bookings: 10,
		BookingsSeq: sequence, ListedAt: epoch.Add(-time.Hour),
	}
}
