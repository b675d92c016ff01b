package producer_test

import (
	"context"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/leaktest"
	"mcis/internal/listing"
	"mcis/internal/producer"
	"mcis/internal/queue"
	"mcis/internal/simapi"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
	"mcis/internal/upstream"
)

// The tests of this file run on the simulated API over HTTP, the client and a JetStream server.

// checkpoints is the bucket of state as the producer needs it.
type checkpoints struct{ *stream.State }

func (c checkpoints) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, _, found, err := c.State.Get(ctx, key)
	return value, found, err
}

func (c checkpoints) Put(ctx context.Context, key string, value []byte) error {
	_, err := c.State.Put(ctx, key, value)
	return err
}

// simulated is an API with bookings from January to March 2024.
func simulated(t *testing.T, cfg simapi.Config) (*simapi.Server, *upstream.Client) {
	t.Helper()
	cfg.From, cfg.To = day(1, 1), day(4, 1)
	cfg.Subject, cfg.Secret = leaktest.APISubject, leaktest.APISecret
	api, err := simapi.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	api.SetBaseURL(server.URL)
	client, err := upstream.New(upstream.Config{
		AuthURL: server.URL + simapi.LoginPath, DataURL: server.URL + simapi.PathPrefix + "/booking",
		Subject: leaktest.APISubject, Secret: leaktest.APISecret, Logger: leaks.Logger(t.Name()),
		MaxAttempts: 1, RetryFirst: time.Millisecond, RetryMost: time.Millisecond, // the producer tries again itself
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return api, client
}

func newReal(lister listing.Lister, conn *stream.Conn) *producer.Producer {
	return producer.New(producer.Config{Listing: listing.Config{
		PageSize: 10, Pages: 4, Attempts: 100, RetryMin: time.Millisecond, RetryMax: 5 * time.Millisecond,
	}}, lister, conn, checkpoints{conn.State()}, leaks.Logger("producer"))
}

// stored are the messages of a stream by subject; one that is stored twice is an error.
func stored(t *testing.T, conn *stream.Conn, name string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := conn.Read(t.Context(), name, stream.Span{}, func(m queue.Message) error {
		if _, twice := found[m.Subject]; twice {
			t.Errorf("%s is stored twice", m.Subject)
		}
		found[m.Subject] = string(m.Data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEverythingArrivesThroughFaultsAndDrift(t *testing.T) {
	api, client := simulated(t, simapi.Config{Bookings: 300, Seed: 7, Faults: simapi.Faults{
		BadBooking: 0.03, Drift: 0.05, WrongCount: 0.02, ServerError: 0.05, CutConnection: 0.05, TruncatedJSON: 0.02,
	}})
	conn := streamtest.StartWith(t, stream.Config{Logger: leaks.Logger(t.Name())})
	p := newReal(client, conn)
	summary, err := p.Backfill(t.Context(), months(3))
	if err != nil {
		t.Fatal(err)
	}
	want, dead := map[string]string{}, []string{}
	for _, id := range api.IDs() {
		raw := api.Booking(id)
		if identity, err := booking.Identify(raw); err == nil {
			want[queue.BookingSubject(queue.Backfill, identity.ID)] = string(raw)
		} else {
			dead = append(dead, string(raw))
		}
	}
	if diff := cmp.Diff(want, stored(t, conn, stream.Bookings)); diff != "" {
		t.Errorf("BOOKINGS: %s", diff)
	}
	letters, err := conn.ReadDead(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, letter := range letters {
		kept = append(kept, string(letter.Data))
		if letter.Subject != "mcis.dead.producer.key" || letter.Header[queue.HeaderReason] == "" || letter.Header[queue.HeaderRun] != summary.Run {
			t.Errorf("dead letter on %s with %v", letter.Subject, letter.Header)
		}
	}
	slices.Sort(dead)
	slices.Sort(kept)
	if diff := cmp.Diff(dead, kept); diff != "" || len(dead) == 0 {
		t.Errorf("DEAD: %s", diff)
	}
	if diff := cmp.Diff(producer.Summary{Run: summary.Run, Windows: 3, Bookings: len(want), Dead: len(dead)}, summary); diff != "" {
		t.Error(diff)
	}
}

// interrupter ends a context with a certain request.
type interrupter struct {
	*upstream.Client
	requests chan struct{} // one token for each request that is let through
	cancel   func()
}

func (i interrupter) ListPage(ctx context.Context, query booking.Query, page int) (booking.Page, error) {
	select {
	case <-i.requests:
	default:
		i.cancel()
	}
	return i.Client.ListPage(ctx, query, page)
}

func TestAnotherProcessGoesOn(t *testing.T) {
	api, client := simulated(t, simapi.Config{Bookings: 300, Seed: 8})
	conn := streamtest.StartWith(t, stream.Config{Logger: leaks.Logger(t.Name())})
	ctx, cancel := context.WithCancel(t.Context())
	const through, inFlight = 13, 2 * 4
	tokens := make(chan struct{}, through)
	for range through {
		tokens <- struct{}{}
	}
	first, err := newReal(interrupter{client, tokens, cancel}, conn).Backfill(ctx, months(3))
	if err == nil || ctx.Err() == nil {
		t.Fatalf("the first process was not interrupted: %v", err)
	}
	before := listed(api)
	second, err := newReal(client, conn).Backfill(t.Context(), months(3))
	if err != nil {
		t.Fatal(err)
	}
	if second.Run != first.Run || second.Bookings != 300 {
		t.Errorf("first %+v, second %+v", first, second)
	}
	if n := len(stored(t, conn, stream.Bookings)); n != 300 {
		t.Errorf("%d bookings stored", n)
	}
	rest := listed(api) - before
	third, err := newReal(client, conn).Backfill(t.Context(), months(3))
	if err != nil || third.Run == second.Run {
		t.Errorf("run %s is done and yet resumed, or %v", second.Run, err)
	}
	if all := listed(api) - before - rest; before+rest < all || before+rest > all+inFlight {
		t.Errorf("%d pages were listed, then %d, expected %d together and %d more at most", before, rest, all, inFlight)
	}
}

// listed is how many list pages the API has answered.
func listed(api *simapi.Server) int64 { return api.Stats().Answers("list", "2xx") }

func TestSyncListsWhatChanged(t *testing.T) {
	api, client := simulated(t, simapi.Config{Bookings: 100, Seed: 9})
	conn := streamtest.StartWith(t, stream.Config{Logger: leaks.Logger(t.Name())})
	p := newReal(client, conn)
	if _, err := p.Backfill(t.Context(), months(3)); err != nil {
		t.Fatal(err)
	}
	changed := api.Mutate(7, time.Now())
	created := api.Create(2, time.Now())
	summary, err := p.Sync(t.Context(), producer.Sync{From: day(1, 1)})
	if err != nil {
		t.Fatal(err)
	}
	if want := len(changed) + len(created); summary.Bookings != want || len(summary.Unsettled) > 0 {
		t.Errorf("sync %+v, expected %d bookings", summary, want)
	}
	versions := map[string]int{}
	err = conn.Read(t.Context(), stream.Bookings, stream.Span{}, func(m queue.Message) error { versions[m.Subject]++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range changed {
		for _, lane := range queue.Lanes() {
			if n := versions[queue.BookingSubject(lane, id)]; n != 1 {
				t.Errorf("booking %d is stored %d times for %s, expected the old version once and the new one once", id, n, lane)
			}
		}
	}
	for _, id := range created {
		if n := versions[queue.BookingSubject(queue.Sync, id)]; n != 1 {
			t.Errorf("new booking %d is stored %d times", id, n)
		}
	}
}

// TestABadItemDoesNotCostItsPage publishes what fills the server's limits of messages and of headers.
func TestABadItemDoesNotCostItsPage(t *testing.T) {
	conn := streamtest.StartWith(t, stream.Config{Logger: leaks.Logger(t.Name())})
	const reserve = 16 << 10
	most := int(conn.MaxMessage()) - reserve
	long := strings.Repeat("x", 2*most)
	items := slices.Concat(bookings(1, 1, 1), []item{
		{day(1, 2), `{"id":2,"notes":"` + long + `"}`},
		{day(1, 2), `{"id":3,"notes":"` + long[:most-20] + `"}`}, // just fits
		{day(1, 2), `{"id":null,"notes":"` + long + `"}`},
		{day(1, 2), `{"id":"` + long[:70<<10] + `"}`},
		{day(1, 2), `{"` + long[:70<<10] + `":1,"` + long[:70<<10] + `":1}`},
		{day(1, 2), `{"id":7,"lastModifiedDate":"` + long[:70<<10] + `"}`},
		{day(1, 2), `{"id":8,"lastModifiedDate":"` + strings.Repeat("€\\n", 250) + `"}`},
	}, bookings(1, 9, 1))
	p := producer.New(producer.Config{MostBytes: most}, &catalogue{items: items}, conn, checkpoints{conn.State()}, leaks.Logger(t.Name()))
	summary, err := p.Backfill(t.Context(), months(1))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(producer.Summary{Run: summary.Run, Windows: 1, Bookings: 4, Dead: 5}, summary); diff != "" {
		t.Error(diff)
	}
	got := slices.Sorted(maps.Keys(stored(t, conn, stream.Bookings)))
	if diff := cmp.Diff([]string{"mcis.bookings.1", "mcis.bookings.3", "mcis.bookings.8", "mcis.bookings.9"}, got); diff != "" {
		t.Error(diff)
	}
	letters, err := conn.DeadLetters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]uint64{"mcis.dead.producer.key": 3, "mcis.dead.producer.size": 2}, letters); diff != "" {
		t.Error(diff)
	}
}
