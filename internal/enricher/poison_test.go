package enricher_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/enricher"
	"mcis/internal/leaktest"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/resource"
	"mcis/internal/simapi"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
	"mcis/internal/upstream"
)

// TestOneBadCustomer: on real sockets, one customer is answered wrongly for good. The bookings of all others go
// through at once; its own do too, without its detail, unless the fault may pass.
func TestOneBadCustomer(t *testing.T) {
	tests := map[string]struct {
		status int
		body   string
		wait   bool // its bookings wait
	}{
		"500":       {status: 500, body: "boom", wait: true},
		"400":       {status: 400, body: "bad id"},
		"405":       {status: 405},
		"302":       {status: 302},
		"null":      {status: 200, body: "null"},
		"an array":  {status: 200, body: "[]"},
		"twice":     {status: 200, body: `{"id":1,"id":1}`},
		"not UTF-8": {status: 200, body: "{\"id\":\"\xff\"}"},
		"too large": {status: 200, body: `{"id":"` + strings.Repeat("x", 100<<10) + `"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newBadWorld(t, test.status, test.body)
			done := w.run(t, test.wait)
			if diff := cmp.Diff(w.expected(test.wait), done); diff != "" {
				t.Error(diff)
			}
			if dead, err := w.conn.DeadLetters(t.Context()); err != nil || len(dead) > 0 {
				t.Errorf("dead letters %v, %v", dead, err)
			}
		})
	}
}

// badWorld is a simulated API behind a handler that answers one customer wrongly.
type badWorld struct {
	parts
	bad    string // path of the customer
	linked map[int64]bool
}

func newBadWorld(t *testing.T, status int, body string) *badWorld {
	bookings := 60
	if raceEnabled {
		bookings = 20
	}
	api, err := simapi.New(simapi.Config{Bookings: bookings, Seed: 3, Subject: leaktest.APISubject, Secret: leaktest.APISecret})
	if err != nil {
		t.Fatal(err)
	}
	w := &badWorld{linked: map[int64]bool{}}
	truth := api.Handler()
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.URL.Path != w.bad {
			truth.ServeHTTP(out, r)
			return
		}
		out.Header().Set("Location", "/elsewhere")
		out.WriteHeader(status)
		_, _ = io.WriteString(out, body)
	}))
	t.Cleanup(server.Close)
	api.SetBaseURL(server.URL)
	w.parts = parts{api: api, conn: streamtest.StartWith(t, stream.Config{Logger: leaks.Logger(t.Name())}), base: server.URL}
	link := w.customers(t, api.IDs()[0])[0]
	w.bad = strings.TrimPrefix(link, server.URL)
	for _, id := range api.IDs() {
		w.linked[id] = slices.Contains(w.customers(t, id), link)
	}
	if met := slices.Collect(maps.Values(w.linked)); !slices.Contains(met, true) || !slices.Contains(met, false) {
		t.Fatal("all bookings are of this customer, or none")
	}
	return w
}

// customers are the links of a booking's relations.
func (w *badWorld) customers(t *testing.T, id int64) (links []string) {
	doc := parse(t, string(w.api.Booking(id)))
	for _, name := range []string{"customer", "billingCustomer"} {
		links = append(links, doc.Get(name).Get("uri").Text())
	}
	return links
}

// outcome is whether a booking was published without a detail of its customers.
type outcome struct{ Missing bool }

// expected are the bookings that must be published.
func (w *badWorld) expected(wait bool) map[int64]outcome {
	all := map[int64]outcome{}
	for id, linked := range w.linked {
		if !linked || !wait {
			all[id] = outcome{Missing: linked}
		}
	}
	return all
}

// run enriches until all bookings that must be published are, and each of the others has failed twice. It returns
// what was published.
func (w *badWorld) run(t *testing.T, wait bool) map[int64]outcome {
	client, err := upstream.New(upstream.Config{
		AuthURL: w.base + simapi.LoginPath, DataURL: w.base + simapi.PathPrefix + "/booking", MaxResponse: 64 << 10,
		Subject: leaktest.APISubject, Secret: leaktest.APISecret, RetryFirst: time.Millisecond, MaxElapsed: 50 * time.Millisecond,
		Logger: leaks.Logger(t.Name()),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	resources, err := resource.New(resource.Config{}, fetcher{client}, bucket{w.conn.Resources()}, w.conn.Claims(), leaks.Logger(t.Name()))
	if err != nil {
		t.Fatal(err)
	}
	e := enricher.New(mapping.Default(), resources, w.conn, leaks.Logger(t.Name()))
	w.publish(t, "run-1")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var mu sync.Mutex
	handled, awaited := map[int64]int{}, len(w.linked)
	consumer := stream.Consumer{Name: enricher.Stage, Stream: stream.Bookings, Concurrency: 4, BackoffMin: 20 * time.Millisecond}
	err = w.conn.Consume(ctx, consumer, func(ctx context.Context, batch []queue.Message) []error {
		err := e.Handle(ctx, batch[0])
		identity, _ := booking.Identify(batch[0].Data)
		mu.Lock()
		defer mu.Unlock()
		if handled[identity.ID]++; handled[identity.ID] == 1 && err == nil || handled[identity.ID] == 2 {
			awaited--
		}
		if wait != (err != nil) && w.linked[identity.ID] {
			t.Errorf("booking %d ended with %v", identity.ID, err)
		}
		if awaited == 0 {
			cancel()
		}
		return []error{err}
	})
	if err != nil || awaited > 0 {
		t.Fatalf("%d bookings not handled, %v", awaited, err)
	}
	return w.published(t)
}

func (w *badWorld) published(t *testing.T) map[int64]outcome {
	t.Helper()
	all := map[int64]outcome{}
	err := w.conn.Read(t.Context(), stream.Records, stream.Span{}, func(m queue.Message) error {
		rec := decode(t, m.Data)
		all[rec.Booking.ID] = outcome{Missing: slices.Contains(rec.Missing, "customer") || slices.Contains(rec.Missing, "billingCustomer")}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
