package producer_test

import (
	"context"
	"net/http/httptest"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"mcis/internal/booking"
	"mcis/internal/leaktest"
	"mcis/internal/listing"
	"mcis/internal/producer"
	"mcis/internal/queue"
	"mcis/internal/simapi"
	"mcis/internal/stream"
	"mcis/internal/stream/natsserver"
	"mcis/internal/upstream"
)

// stopwatch measures how long the API takes for a page.
type stopwatch struct {
	listing.Lister
	pages, nanoseconds atomic.Int64
}

func (s *stopwatch) ListPage(ctx context.Context, query booking.Query, page int) (booking.Page, error) {
	begin := time.Now()
	listed, err := s.Lister.ListPage(ctx, query, page)
	s.nanoseconds.Add(int64(time.Since(begin)))
	s.pages.Add(1)
	return listed, err
}

// mean is how long a page took.
func (s *stopwatch) mean() time.Duration {
	return time.Duration(s.nanoseconds.Load() / max(1, s.pages.Load()))
}

const (
	latency       = 50 * time.Millisecond // of the API, before each answer
	parallelPages = 4
	windowMonths  = 6 // the period of the tests of this file, from January 2024 on
)

// TestListingUsesItsRequests: what follows a page (publish and checkpoint, on a server that syncs every write) and what lies
// between windows leave no request idle. The target is 90 % of what so many requests can do when the API takes its latency
// and nothing more, which the log tells. What the test insists on is nearness to what can be had in the same minute on the same machine.
func TestListingUsesItsRequests(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("measures a rate")
	}
	type listed struct {
		name           string
		bookings, size int
		step           booking.Step
	}
	tests := []listed{ // small pages, so that a busy disk is not what is measured
		{"months in pages of 5", 1200, 5, booking.Step{Months: 1}},
		{"days of a page each", 720, 5, booking.Step{Days: 1}},
	}
	if os.Getenv("MCIS_TEST_FULL") != "" {
		tests = append(tests, listed{"months in pages of 25", 2400, 25, booking.Step{Months: 1}},
			listed{"months in pages of 50", 4800, 50, booking.Step{Months: 1}},
			listed{"days of a page of 10 each", 1800, 25, booking.Step{Days: 1}})
	}
	const least = 0.75
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ratio := 0.0
			for range 3 { // one round disturbed by something else on the machine says nothing
				if ratio = usedShare(t, test.bookings, test.size, test.step); ratio >= least {
					return
				}
			}
			t.Errorf("listing reaches %.0f %% of what its requests can do, expected %.0f %%", 100*ratio, 100*least)
		})
	}
}

// usedShare is the rate of pages as a share of what can be had at most: as many pages as the requests bring in the time that the
// API takes for each, or as many as a plain loop publishes on this disk, whichever is less.
func usedShare(t *testing.T, bookings, size int, step booking.Step) float64 {
	t.Helper()
	rates := listingRates(t, bookings, size, step)
	return rates.reached / min(rates.nominal, rates.measured, rates.publishing)
}

// pageRates are pages a second.
type pageRates struct {
	reached    float64
	nominal    float64 // of so many requests, when the API takes its latency and nothing more
	measured   float64 // when it takes what it took
	publishing float64 // of a plain loop that publishes as many bookings
}

func listingRates(t *testing.T, bookings, size int, step booking.Step) pageRates {
	t.Helper()
	lister := &stopwatch{Lister: slowAPI(t, bookings)}
	stored := publishRate(t, lister.Lister)
	p := synced(lister, syncedServer(t), size)
	period := months(windowMonths)
	period.Step = step
	begin := time.Now()
	summary, err := p.Backfill(t.Context(), period)
	took := time.Since(begin).Seconds()
	if err != nil || summary.Bookings != bookings || len(summary.Unsettled) > 0 {
		t.Fatalf("%+v, %v", summary, err)
	}
	pages := float64(lister.pages.Load())
	rates := pageRates{
		reached: pages / took, nominal: parallelPages / latency.Seconds(), measured: parallelPages / lister.mean().Seconds(),
		publishing: stored * pages / float64(bookings),
	}
	t.Logf("%.0f pages, %d bookings: %.1f pages a second, %.0f bookings a second; a plain loop publishes %.0f bookings a second; "+
		"%.1f %% of %d requests of %s, %.1f %% of requests of %s, which they took; %.1f %% of a plain loop that publishes",
		pages, bookings, rates.reached, float64(bookings)/took, stored, 100*rates.reached/rates.nominal, parallelPages, latency,
		100*rates.reached/rates.measured, lister.mean().Round(100*time.Microsecond), 100*rates.reached/rates.publishing)
	return rates
}

// synced is a producer with all that the command gives it.
func synced(lister listing.Lister, conn *stream.Conn, size int) *producer.Producer {
	last := func(ctx context.Context) (uint64, error) {
		stat, err := conn.Stat(ctx, stream.Bookings)
		return stat.Last, err
	}
	return producer.New(producer.Config{
		Listing: listing.Config{PageSize: size, Pages: parallelPages},
		Backlog: func(ctx context.Context, _ queue.Lane) (uint64, error) { return last(ctx) }, LastStored: last, Leases: leases{conn.State(), stream.LeaseConfig{}},
	}, lister, conn, checkpoints{conn.State()}, leaks.Logger("producer"))
}

// publishRate is how many of the API's bookings a second a plain loop stores, as many pages at once as a producer has requests.
func publishRate(t *testing.T, lister listing.Lister) float64 {
	t.Helper()
	const size, pages = 25, 40
	page, err := lister.ListPage(t.Context(), booking.Query{From: day(1, 1), To: day(windowMonths+1, 1), PageSize: size}, 1)
	if err != nil {
		t.Fatal(err)
	}
	conn := syncedServer(t)
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(parallelPages)
	begin := time.Now()
	for number := range pages {
		var messages []queue.Message
		for i, item := range page.Items {
			id := int64(1 + number*size + i)
			messages = append(messages, queue.Message{Subject: queue.BookingSubject(queue.Backfill, id), ID: strconv.FormatInt(id, 10), Data: item})
		}
		group.Go(func() error { return conn.Publish(ctx, messages) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	return size * pages / time.Since(begin).Seconds()
}

// slowAPI is a simulated API over HTTP that thinks before it answers. The client has logged in already.
func slowAPI(t *testing.T, bookings int) *upstream.Client {
	t.Helper()
	api, err := simapi.New(simapi.Config{
		Subject: leaktest.APISubject, Secret: leaktest.APISecret, Bookings: bookings, Seed: 5, From: day(1, 1), To: day(windowMonths+1, 1), Faults: simapi.Faults{Latency: latency},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	api.SetBaseURL(server.URL)
	client, err := upstream.New(upstream.Config{
		AuthURL: server.URL + simapi.LoginPath, DataURL: server.URL + simapi.PathPrefix + "/booking",
		Subject: leaktest.APISubject, Secret: leaktest.APISecret, Concurrency: 2 * parallelPages,
		Logger: leaks.Logger(t.Name()),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if _, err := client.ListPage(t.Context(), booking.Query{From: day(1, 1), To: day(1, 2), PageSize: 1}, 1); err != nil {
		t.Fatal(err)
	}
	return client
}

// syncedServer is a NATS server as the commands run it: what it has acked is on the disk.
func syncedServer(t *testing.T) *stream.Conn {
	t.Helper()
	log := leaks.Logger(t.Name())
	server, err := natsserver.Start(natsserver.Config{StoreDir: t.TempDir(), Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Shutdown)
	conn, err := stream.Connect(t.Context(), stream.Config{InProcess: server, Name: t.Name(), Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if err := conn.EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	return conn
}
