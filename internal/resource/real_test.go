package resource_test

import (
	"context"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/document"
	"mcis/internal/leaktest"
	"mcis/internal/queue"
	"mcis/internal/resource"
	"mcis/internal/simapi"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
	"mcis/internal/upstream"
)

// The tests of this file run on the simulated API over HTTP, the client, and a JetStream server.

// laned is the client as a fetcher.
type laned struct{ *upstream.Client }

func (l laned) Fetch(ctx context.Context, lane queue.Lane, uri string, needless func(waited time.Duration) bool) ([]byte, error) {
	return l.Lane(lane).FetchUnless(ctx, uri, needless)
}

func (l laned) FetchCollection(ctx context.Context, lane queue.Lane, uri string) ([]jsontext.Value, error) {
	return l.Lane(lane).FetchCollection(ctx, uri)
}

// bucket is the shared cache as a cache needs it, and counts what fails.
type bucket struct {
	*stream.Resources
	failures *atomic.Int64
}

func (b bucket) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, _, found, err := b.Resources.Get(ctx, key)
	if err != nil {
		b.failures.Add(1)
	}
	return value, found, err
}

func (b bucket) Put(ctx context.Context, key string, value []byte) error {
	err := b.Resources.Put(ctx, key, value)
	if err != nil {
		b.failures.Add(1)
	}
	return err
}

// leases are the claims, and count what fails.
type leases struct {
	*stream.Claims
	failures *atomic.Int64
}

func (l leases) Claim(ctx context.Context, key string) (func(), bool, error) {
	release, held, err := l.Claims.Claim(ctx, key)
	if err != nil {
		l.failures.Add(1)
	}
	return release, held, err
}

// world is a simulated API over HTTP and what a fleet shares.
type world struct {
	api  *simapi.Server
	base string
	conn *stream.Conn

	failures atomic.Int64 // of the shared cache and the claims: on a busy machine the server may be too slow for one
}

func newWorld(t *testing.T, config simapi.Config) *world {
	config.Subject, config.Secret = leaktest.APISubject, leaktest.APISecret
	api, err := simapi.New(config)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	api.SetBaseURL(server.URL)
	return &world{api: api, base: server.URL, conn: streamtest.Start(t)}
}

// process is a cache with a client and connections of its own.
func (w *world) process(t *testing.T) *resource.Cache {
	client, err := upstream.New(upstream.Config{
		AuthURL: w.base + simapi.LoginPath, DataURL: w.base + simapi.PathPrefix + "/booking",
		Subject: leaktest.APISubject, Secret: leaktest.APISecret, RetryFirst: time.Millisecond, RetryMost: 5 * time.Millisecond,
		Logger: leaks.Logger(t.Name()),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	cache, err := resource.New(resource.Config{}, laned{client}, bucket{w.conn.Resources(), &w.failures}, leases{w.conn.Claims(), &w.failures}, leaks.Logger(t.Name()))
	if err != nil {
		t.Fatal(err)
	}
	return cache
}

// visits are the links of all bookings to their visits.
func (w *world) visits(t *testing.T) []string {
	var uris []string
	for _, id := range w.api.IDs() {
		doc, err := document.Parse(w.api.Booking(id))
		if err != nil {
			t.Fatal(err)
		}
		uris = append(uris, doc.Get("visit").Get("uri").Text())
	}
	return uris
}

// TestFleetAsksForEachResourceOnce: 8 processes, each with 32 callers, want the same 200 resources in orders of their own. That costs
// 200 requests, and at most one more for each time that the server was too slow for a process to wait for it.
func TestFleetAsksForEachResourceOnce(t *testing.T) {
	const resources = 200
	processes, callers := 8, 32
	if raceEnabled {
		processes, callers = 4, 8
	}
	w := newWorld(t, simapi.Config{Bookings: resources, Seed: 3, CountPaths: true,
		Faults: simapi.Faults{Latency: 5 * time.Millisecond, NotFound: 0.05, Forbidden: 0.05}})
	uris := w.visits(t)
	began := time.Now()
	var fleet sync.WaitGroup
	var counts sync.Map
	for n := range processes {
		cache := w.process(t)
		var all sync.WaitGroup
		for c := range callers {
			order := rand.New(rand.NewPCG(uint64(n), uint64(c))).Perm(len(uris))
			all.Go(func() { wantAll(t, cache, uris, order) })
		}
		fleet.Go(func() {
			all.Wait()
			counts.Store(n, cache.Counts()["visit"])
		})
	}
	fleet.Wait()
	var total resource.Counts
	counts.Range(func(_, c any) bool { total = total.Plus(c.(resource.Counts)); return true })
	requests, most := w.api.Stats().Answers("visit"), resources+w.failures.Load()
	t.Logf("%d processes × %d callers × %d resources in %s: %d requests, %+v; %d failures of the server",
		processes, callers, resources, time.Since(began), requests, total, w.failures.Load())
	if requests < resources || requests > most || total.API != requests || total.Total() != int64(processes*callers*resources) {
		t.Errorf("%d requests for %d resources, at most %d; counted %+v", requests, resources, most, total)
	}
	for _, uri := range uris {
		if n := w.api.Asked(strings.TrimPrefix(uri, w.base+simapi.PathPrefix)); n == 0 || n > 1 && w.failures.Load() == 0 {
			t.Errorf("%s was asked for %d times", uri, n)
		}
	}
}

func wantAll(t *testing.T, cache *resource.Cache, uris []string, order []int) {
	for _, i := range order {
		r, err := cache.Get(t.Context(), resource.Want{URI: uris[i], Kind: "visit", Lane: queue.Backfill})
		if err != nil || (r.Document == nil) != (r.Reason == resource.Refused) {
			t.Errorf("%s: %+v, %v", uris[i], r, err)
		}
	}
}
