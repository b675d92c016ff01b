package enricher_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mcis/internal/booking"
	"mcis/internal/enricher"
	"mcis/internal/leaktest"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/record"
	"mcis/internal/resource"
	"mcis/internal/simapi"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
	"mcis/internal/upstream"
)

// TestAnOutageOfTheAPICostsOnlyTime: the API is away for much longer than a request is repeated and than a resource may keep failing;
// both are short here. What outages of hours and days do to a single resource, package resource tests by the clock of a bubble.
func TestAnOutageOfTheAPICostsOnlyTime(t *testing.T) {
	for name, refuse := range map[string]http.HandlerFunc{
		"503": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"no answer": func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler) // the connection is cut
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newOutage(t, refuse)
			w.enrich(t)
			for _, rec := range recordsOf(t, w.conn) {
				if gaps := gapsOf(rec); len(rec.Missing) > 0 || gaps != "[]" {
					t.Errorf("booking %d lacks %v, gaps %s", rec.Booking.ID, rec.Missing, gaps)
				}
			}
			if dead, err := w.conn.DeadLetters(t.Context()); err != nil || len(dead) > 0 {
				t.Errorf("dead letters %v, %v", dead, err)
			}
			if w.failed.Load() == 0 {
				t.Error("no booking had to wait: the outage was none")
			}
		})
	}
}

const (
	outageLasts    = 2 * time.Second
	outagePatience = outageLasts / 20 // of a request, and of a resource that fails
)

// outage is a simulated API that can be switched off.
type outage struct {
	parts
	away   atomic.Bool
	failed atomic.Int64 // bookings that were put off
}

func newOutage(t *testing.T, refuse http.HandlerFunc) *outage {
	t.Helper()
	api, err := simapi.New(simapi.Config{Bookings: 40, Seed: 17, Subject: leaktest.APISubject, Secret: leaktest.APISecret})
	if err != nil {
		t.Fatal(err)
	}
	w := &outage{}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if w.away.Load() {
			refuse(out, r)
			return
		}
		api.ServeHTTP(out, r)
	}))
	t.Cleanup(server.Close)
	api.SetBaseURL(server.URL)
	w.parts = parts{api: api, conn: streamtest.StartWith(t, stream.Config{Logger: leaks.Logger(t.Name())}), base: server.URL}
	return w
}

// enrich works until all bookings are done; when a third of them is, the API goes away for a while.
func (w *outage) enrich(t *testing.T) {
	t.Helper()
	e := w.newEnricher(t)
	total := w.publish(t, "run-1")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var mu sync.Mutex
	done := map[int64]bool{}
	consumer := stream.Consumer{Name: enricher.Stage, Stream: stream.Bookings, Concurrency: 4, BackoffMin: 20 * time.Millisecond, BackoffMax: outageLasts / 4}
	err := w.conn.Consume(ctx, consumer, func(ctx context.Context, batch []queue.Message) []error {
		err := e.Handle(ctx, batch[0])
		if err != nil {
			w.failed.Add(1)
			return []error{err}
		}
		identity, _ := booking.Identify(batch[0].Data)
		mu.Lock()
		defer mu.Unlock()
		done[identity.ID] = true
		switch len(done) {
		case total / 3:
			w.goAway()
		case total:
			cancel()
		}
		return []error{nil}
	})
	if err != nil || len(done) < total {
		t.Fatalf("%d of %d bookings are done, %v", len(done), total, err)
	}
}

func (w *outage) goAway() {
	w.away.Store(true)
	time.AfterFunc(outageLasts, func() { w.away.Store(false) })
}

func (w *outage) newEnricher(t *testing.T) *enricher.Enricher {
	t.Helper()
	client, err := upstream.New(upstream.Config{
		AuthURL: w.base + simapi.LoginPath, DataURL: w.base + simapi.PathPrefix + "/booking", Subject: leaktest.APISubject, Secret: leaktest.APISecret,
		RetryFirst: time.Millisecond, RetryMost: outagePatience / 4, MaxElapsed: outagePatience, Logger: leaks.Logger(t.Name()),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	log := leaks.Logger(t.Name())
	config := resource.Config{GiveUpAfter: outagePatience}
	resources, err := resource.New(config, fetcher{client}, bucket{w.conn.Resources()}, w.conn.Claims(), log)
	if err != nil {
		t.Fatal(err)
	}
	return enricher.New(mapping.Default(), resources, w.conn, log)
}

func recordsOf(t *testing.T, conn *stream.Conn) (all []*record.Record) {
	t.Helper()
	err := conn.Read(t.Context(), stream.Records, stream.Span{}, func(m queue.Message) error {
		all = append(all, decode(t, m.Data))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
