package enricher_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mcis/internal/booking"
	"mcis/internal/document"
	"mcis/internal/enricher"
	"mcis/internal/fault"
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

// The test of this file runs on the simulated API over HTTP, the client, and a JetStream server.

// fetcher makes a link that leads elsewhere a resource that is not to be had, as the binaries do.
type fetcher struct{ *upstream.Client }

func (f fetcher) Fetch(ctx context.Context, lane queue.Lane, uri string, needless func(waited time.Duration) bool) ([]byte, error) {
	body, err := f.Lane(lane).FetchUnless(ctx, uri, needless)
	if foreign := (*upstream.ForeignOriginError)(nil); errors.As(err, &foreign) {
		return nil, fmt.Errorf("%w: %w", &fault.Absent{URI: foreign.URI}, err)
	}
	return body, err
}

func (f fetcher) FetchCollection(ctx context.Context, lane queue.Lane, uri string) ([]jsontext.Value, error) {
	return f.Lane(lane).FetchCollection(ctx, uri)
}

// bucket is the shared cache as the enricher needs it.
type bucket struct{ *stream.Resources }

func (b bucket) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, _, found, err := b.Resources.Get(ctx, key)
	return value, found, err
}

type parts struct {
	api     *simapi.Server
	conn    *stream.Conn
	base    string
	mapping *mapping.Mapping
}

func newParts(t *testing.T, config simapi.Config, m *mapping.Mapping) *parts {
	config.Subject, config.Secret = leaktest.APISubject, leaktest.APISecret
	api, err := simapi.New(config)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	api.SetBaseURL(server.URL)
	return &parts{api: api, conn: streamtest.StartWith(t, stream.Config{Logger: leaks.Logger(t.Name())}), base: server.URL, mapping: m}
}

// handle works through the stream of bookings with an enricher of its own until n are done.
func (p *parts) handle(t *testing.T, n int) {
	t.Helper()
	client, err := upstream.New(upstream.Config{
		AuthURL: p.base + simapi.LoginPath, DataURL: p.base + simapi.PathPrefix + "/booking",
		Subject: leaktest.APISubject, Secret: leaktest.APISecret, RetryFirst: time.Millisecond, RetryMost: 5 * time.Millisecond,
		Logger: leaks.Logger(t.Name()),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	log := leaks.Logger(t.Name())
	resources, err := resource.New(resource.Config{}, fetcher{client}, bucket{p.conn.Resources()}, p.conn.Claims(), log)
	if err != nil {
		t.Fatal(err)
	}
	e := enricher.New(p.mapping, resources, p.conn, log)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var done atomic.Int64
	consumer := stream.Consumer{Name: enricher.Stage, Stream: stream.Bookings, Concurrency: 8}
	err = p.conn.Consume(ctx, consumer, func(ctx context.Context, batch []queue.Message) []error {
		err := e.Handle(ctx, batch[0])
		if err != nil {
			t.Error(err)
		}
		if done.Add(1) == int64(n) {
			cancel()
		}
		return []error{err}
	})
	if err != nil || done.Load() != int64(n) {
		t.Fatalf("%d of %d bookings handled, %v", done.Load(), n, err)
	}
}

// publish puts all bookings of the API into the stream, as listed by a run.
func (p *parts) publish(t *testing.T, run string) int {
	t.Helper()
	var messages []queue.Message
	for _, id := range p.api.IDs() {
		m := message(string(p.api.Booking(id)))
		identity, err := booking.Identify(m.Data)
		if err != nil {
			t.Fatal(err)
		}
		m.Header[queue.HeaderRun] = run
		m.Header[queue.HeaderExtractedAt] = queue.FormatTime(time.Now())
		m.Subject, m.ID = queue.BookingSubject(queue.Backfill, id), identity.MessageID(run)
		messages = append(messages, m)
	}
	if err := p.conn.Publish(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
	return len(messages)
}

func TestFleetFetchesEachResourceOnce(t *testing.T) {
	bookings := 60
	if raceEnabled {
		bookings = 20
	}
	p := newParts(t, simapi.Config{Bookings: bookings, Seed: 3, CountPaths: true, Faults: simapi.Faults{
		NotFound: 0.05, Forbidden: 0.05, Foreign: 0.3,
	}}, mapping.Default())
	p.handle(t, p.publish(t, "run-1"))
	after := p.api.Stats().Total
	p.handle(t, p.publish(t, "run-2")) // another process
	if again := p.api.Stats().Total - after; again > 0 {
		t.Errorf("the second process asked the API %d times", again)
	}
	seen := map[string]int{}
	err := p.conn.Read(t.Context(), stream.Records, stream.Span{}, func(m queue.Message) error {
		seen[m.Header[queue.HeaderRun]]++
		p.check(t, decode(t, m.Data))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"run-1": bookings, "run-2": bookings}, seen); diff != "" {
		t.Errorf("records: %s", diff)
	}
}

// check compares a record with what the API would answer, and sees to it that this was asked for once.
func (p *parts) check(t *testing.T, rec *record.Record) {
	t.Helper()
	want := parse(t, string(p.api.Booking(rec.Booking.ID)))
	var missing []string
	for _, relation := range mapping.Default().Relations() {
		short := want
		for _, step := range relation.Path {
			short = short.Get(step)
		}
		if short.Kind() != document.Object {
			continue
		}
		path, own := strings.CutPrefix(short.Get("uri").Text(), p.base+simapi.PathPrefix)
		detail := p.api.Resource(path)
		if !own || detail == nil {
			missing = append(missing, relation.Path.String())
			continue
		}
		if asked := p.api.Asked(path); asked != 1 {
			t.Errorf("%s was asked for %d times", path, asked)
		}
		want = document.Replace(want, relation.Path, document.Merge(short, parse(t, string(detail))))
	}
	rest := parse(t, withoutGaps(t, rec))
	if a, b := meaning(t, want), meaning(t, rest); !reflect.DeepEqual(a, b) { // cmp takes many times as long
		t.Errorf("booking %d: %s", rec.Booking.ID, cmp.Diff(a, b))
	}
	slices.Sort(missing)
	slices.Sort(rec.Missing)
	if diff := cmp.Diff(missing, rec.Missing, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("booking %d: missing: %s", rec.Booking.ID, diff)
	}
}

// meaning is a document regardless of how its texts are escaped: that may change on the way through the shared cache.
func meaning(t *testing.T, node *document.Node) (value any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(node.JSON()))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// TestCollectionsAreFetched: all items of each collection stand in the booking's document, and each page was asked for once.
func TestCollectionsAreFetched(t *testing.T) {
	m := withCollections(t, "bookingCriteria", "incidental", "jobOffer", "videoSession")
	p := newParts(t, simapi.Config{Bookings: 30, Seed: 5, CountPaths: true}, m)
	p.handle(t, p.publish(t, "run-1"))
	items := map[string]int{}
	err := p.conn.Read(t.Context(), stream.Records, stream.Span{}, func(message queue.Message) error {
		rec := decode(t, message.Data)
		for _, c := range m.Collections() {
			path := strings.TrimPrefix(rec.Document.Get(c.Link[0]).Text(), p.base+simapi.PathPrefix)
			want := parse(t, string(p.api.Resource(path))).Get("items")
			got := rec.Document.Get(c.Path[0])
			if a, b := meaning(t, want), meaning(t, got); !reflect.DeepEqual(a, b) {
				t.Errorf("%s: %s", path, cmp.Diff(a, b))
			}
			pages := max(1, (len(got.Members())+simapi.DefaultPageSize-1)/simapi.DefaultPageSize)
			if asked := p.api.Asked(path); asked != pages {
				t.Errorf("%s was asked for %d times, it has %d pages", path, asked, pages)
			}
			items[c.Kind] += len(got.Members())
		}
		return nil
	})
	if err != nil || len(items) != 4 {
		t.Errorf("collections %v, %v", items, err)
	}
	for kind, n := range items {
		if n == 0 {
			t.Errorf("no %s in any booking: the test shows nothing", kind)
		}
	}
}
