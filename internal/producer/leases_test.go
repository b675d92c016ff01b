package producer_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/listing"
	"mcis/internal/producer"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
)

// leases are those in the bucket of state.
type leases struct {
	state  *stream.State
	config stream.LeaseConfig
}

func (l leases) Hold(ctx context.Context, name string, work func(ctx context.Context) error) error {
	return l.state.Hold(ctx, name, l.config, work)
}

// gated are leases that are not asked for before the gate opens.
type gated struct {
	producer.Leases
	arrived, gate chan struct{}
}

func (g gated) Hold(ctx context.Context, name string, work func(ctx context.Context) error) error {
	close(g.arrived)
	<-g.gate
	return g.Leases.Hold(ctx, name, work)
}

// line is a writer that closes a channel when a text is first written.
type line struct {
	text string
	once sync.Once
	seen chan struct{}
}

func (l *line) Write(b []byte) (int, error) {
	if strings.Contains(string(b), l.text) {
		l.once.Do(func() { close(l.seen) })
	}
	return len(b), nil
}

// shared is one server, one list and the producers that work on them.
type shared struct {
	list  *catalogue
	conn  *stream.Conn
	waits chan struct{} // closed when somebody waits for a lease
}

func newShared(t *testing.T, items []item) *shared {
	waits := &line{text: "waiting for the lease", seen: make(chan struct{})}
	log := slog.New(slog.NewMultiHandler(slog.NewTextHandler(waits, nil), leaks.Logger(t.Name()).Handler()))
	return &shared{list: &catalogue{items: items}, conn: streamtest.StartWith(t, stream.Config{Logger: log}), waits: waits.seen}
}

// outcome is what a backfill returned.
type outcome struct {
	producer.Summary
	err error
}

// start begins a backfill of January and February by a producer of its own, in pages of two, one after another.
func (s *shared) start(ctx context.Context, change ...func(*producer.Config)) <-chan outcome {
	return s.backfill(ctx, months(2), change...)
}

func (s *shared) backfill(ctx context.Context, b producer.Backfill, change ...func(*producer.Config)) <-chan outcome {
	config := producer.Config{
		Listing: listing.Config{PageSize: 2, Pages: 1, Windows: 1},
		Leases:  leases{s.conn.State(), stream.LeaseConfig{}},
	}
	for _, c := range change {
		c(&config)
	}
	p := producer.New(config, s.list, s.conn, checkpoints{s.conn.State()}, leaks.Logger("producer"))
	done := make(chan outcome, 1)
	go func() {
		summary, err := p.Backfill(ctx, b)
		done <- outcome{summary, err}
	}()
	return done
}

func twoMonths() []item { return slices.Concat(bookings(1, 11, 6), bookings(2, 21, 4)) }

var pagesOfTwoMonths = []string{"2024-01-01 1", "2024-01-01 2", "2024-01-01 3", "2024-02-01 1", "2024-02-01 2"}

func TestTwoProducersDoNotListTwice(t *testing.T) {
	for _, test := range []struct{ together, restart bool }{{true, false}, {false, false}, {true, true}, {false, true}} {
		t.Run(fmt.Sprintf("come together %t, restart %t", test.together, test.restart), func(t *testing.T) {
			b := months(2)
			b.Restart = test.restart
			s := newShared(t, twoMonths())
			atWork, goOn := make(chan struct{}, 1), make(chan struct{})
			s.list.hold = func(_ context.Context, page int) error {
				if page == 2 {
					select {
					case atWork <- struct{}{}:
					default:
					}
					<-goOn
				}
				return nil
			}
			gate, arrived := make(chan struct{}), make(chan struct{})
			second := func() <-chan outcome {
				done := s.backfill(t.Context(), b, func(c *producer.Config) { c.Leases = gated{c.Leases, arrived, gate} })
				<-arrived
				return done
			}
			var two <-chan outcome
			if test.together {
				two = second()
			}
			one := s.backfill(t.Context(), b)
			<-atWork
			if !test.together {
				two = second()
			}
			close(gate)
			<-s.waits
			close(goOn)
			first, other := <-one, <-two
			if first.err != nil || other.err != nil {
				t.Fatal(first.err, other.err)
			}
			if diff := cmp.Diff(producer.Summary{Run: first.Run, Windows: 2, Bookings: 10}, first.Summary); diff != "" {
				t.Errorf("the first: %s", diff)
			}
			if diff := cmp.Diff(first.Summary, other.Summary); diff != "" {
				t.Errorf("the second returns something else: %s", diff)
			}
			if diff := cmp.Diff(pagesOfTwoMonths, s.list.requests()); diff != "" {
				t.Errorf("pages asked for: %s", diff)
			}
		})
	}
}

// putting tells when a number of pages is remembered.
type putting struct {
	checkpoints
	pages  int
	enough chan struct{}
}

func (p *putting) Put(ctx context.Context, key string, value []byte) error {
	err := p.checkpoints.Put(ctx, key, value)
	if strings.HasPrefix(key, "page.") && err == nil {
		if p.pages--; p.pages == 0 {
			close(p.enough)
		}
	}
	return err
}

// TestTheSecondProducerGoesOn when the first one ends in the midst of its run.
func TestTheSecondProducerGoesOn(t *testing.T) {
	s := newShared(t, twoMonths())
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	s.list.hold = func(asking context.Context, page int) error {
		if page == 3 && ctx.Err() == nil { // the first one does not get that far
			<-asking.Done()
		}
		return asking.Err()
	}
	store := &putting{checkpoints: checkpoints{s.conn.State()}, pages: 2, enough: make(chan struct{})}
	p := producer.New(producer.Config{
		Listing: listing.Config{PageSize: 2, Pages: 1, Windows: 1}, Leases: leases{s.conn.State(), stream.LeaseConfig{}},
	}, s.list, s.conn, store, leaks.Logger(t.Name()))
	first := make(chan outcome, 1)
	go func() {
		summary, err := p.Backfill(ctx, months(2))
		first <- outcome{summary, err}
	}()
	<-store.enough
	second := s.start(t.Context())
	<-s.waits
	interrupt()
	a, b := <-first, <-second
	if !errors.Is(a.err, context.Canceled) || b.err != nil {
		t.Fatal(a.err, b.err)
	}
	if diff := cmp.Diff(producer.Summary{Run: a.Run, Windows: 2, Bookings: 10}, b.Summary); diff != "" {
		t.Errorf("the second: %s", diff)
	}
	if diff := cmp.Diff(pagesOfTwoMonths, s.list.requests()); diff != "" {
		t.Errorf("pages asked for by both: %s", diff)
	}
	if n := len(stored(t, s.conn, stream.Bookings)); n != 10 {
		t.Errorf("%d bookings stored", n)
	}
}
