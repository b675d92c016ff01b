package enricher_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"go.uber.org/goleak"

	"mcis/internal/document"
	"mcis/internal/enricher"
	"mcis/internal/fault"
	"mcis/internal/leaktest"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/record"
	"mcis/internal/resource"
)

// patience is how long a test waits for something that must happen.
const patience = 20 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(leaks.Around(m)) }

// leaks looks for secrets in the log of every server, client and enricher that a test makes.
var leaks = leaktest.Planted()

// api answers resources from memory and counts how often each was asked for.
type api struct {
	spell  func(uri string) (string, error)                     // makes links canonical; nil leaves them
	before func(ctx context.Context, uri string, nth int) error // may wait or fail; nil does neither
	always string                                               // answered to what bodies and errs do not hold

	mu     sync.Mutex
	bodies map[string]string
	errs   map[string]error
	asked  map[string]int
	lane   queue.Lane // of the last request
}

func newAPI(bodies map[string]string) *api {
	return &api{bodies: bodies, errs: map[string]error{}, asked: map[string]int{}}
}

func (a *api) Canonical(uri string) (string, error) {
	if a.spell == nil {
		return uri, nil
	}
	return a.spell(uri)
}

func (a *api) Fetch(ctx context.Context, lane queue.Lane, uri string, _ func(time.Duration) bool) ([]byte, error) {
	a.mu.Lock()
	a.asked[uri]++
	a.lane = lane
	nth, err := a.asked[uri], a.errs[uri]
	body, found := a.bodies[uri]
	a.mu.Unlock()
	if a.before != nil {
		if err := a.before(ctx, uri, nth); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	if !found {
		body = a.always
	}
	return []byte(body), nil
}

// FetchCollection answers the body that the URI has, a collection's items one after the other.
func (a *api) FetchCollection(ctx context.Context, lane queue.Lane, uri string) (items []jsontext.Value, err error) {
	body, err := a.Fetch(ctx, lane, uri, nil)
	if err != nil {
		return nil, err
	}
	for _, item := range strings.Fields(string(body)) {
		items = append(items, jsontext.Value(item))
	}
	return items, nil
}

// set makes the API answer the URI with an error from now on, or, without one, with its body.
func (a *api) set(uri string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.errs[uri] = err
}

func (a *api) count(uri string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked[uri]
}

// cache is a shared cache in memory.
type cache struct {
	mu     sync.Mutex
	values map[string][]byte
}

func (c *cache) Get(_ context.Context, key string) ([]byte, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	value, found := c.values[key]
	return value, found, nil
}

func (c *cache) Put(_ context.Context, key string, value []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.values == nil {
		c.values = map[string][]byte{}
	}
	c.values[key] = value
	return nil
}

// published keeps what is published.
type published struct {
	err  error
	most int // bytes of a message; 0 is no limit

	mu       sync.Mutex
	messages []queue.Message
}

func (p *published) Publish(_ context.Context, messages []queue.Message) error {
	if p.err != nil {
		return p.err
	}
	if size := len(messages[0].Data); p.most > 0 && size > p.most {
		return fault.Permanentf(fault.ClassSize, "%d bytes, at most %d", size, p.most)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range messages {
		m.Data = bytes.Clone(m.Data) // which is the enricher's again after this
		p.messages = append(p.messages, m)
	}
	return nil
}

// fixture is an enricher of the built-in mapping over an API, a shared cache and a queue in memory.
type fixture struct {
	*enricher.Enricher
	resources *resource.Cache
	api       *api
	shared    *cache
	out       *published
	warnings  *bytes.Buffer // the log from WARN on; not to be read while others write
}

func newFixture(t testing.TB, a *api) *fixture {
	return newFixtureOf(t, a, mapping.Default())
}

func newFixtureOf(t testing.TB, a *api, m *mapping.Mapping) *fixture {
	t.Helper()
	shared := &cache{}
	warnings := &bytes.Buffer{}
	log := slog.New(slog.NewMultiHandler(
		slog.NewTextHandler(warnings, &slog.HandlerOptions{Level: slog.LevelWarn}), leaks.Logger(t.Name()).Handler(),
	))
	resources, err := resource.New(resource.Config{}, a, shared, nil, log)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{resources: resources, api: a, shared: shared, out: &published{}, warnings: warnings}
	f.Enricher = enricher.New(m, resources, f.out, log)
	return f
}

// extracted is when the API sent the bookings of tests that do not care.
var extracted = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

// message is a booking as the producer publishes it.
func message(raw string) queue.Message { return messageAt(raw, extracted) }

func messageAt(raw string, at time.Time) queue.Message {
	return queue.Message{Data: []byte(raw), Header: map[string]string{
		queue.HeaderRun: "run-1", queue.HeaderWindow: "2024-01-01/2024-02-01", queue.HeaderExtractedAt: queue.FormatTime(at),
	}}
}

// mustHandle handles a booking that must succeed and returns its record.
func (f *fixture) mustHandle(t testing.TB, m queue.Message) *record.Record {
	t.Helper()
	if err := f.Handle(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	f.out.mu.Lock()
	defer f.out.mu.Unlock()
	return decode(t, f.out.messages[len(f.out.messages)-1].Data)
}

func decode(t testing.TB, data []byte) *record.Record {
	t.Helper()
	rec, err := record.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func parse(t testing.TB, text string) *document.Node {
	t.Helper()
	node, err := document.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return node
}

// withCustomer is a booking of customer 5, last modified then.
func withCustomer(id int, modified string) string {
	return fmt.Sprintf(`{"id":%d,"versionValue":2,"lastModifiedDate":%q,"customer":{"id":5,"uri":"/customer/5","name":"short"}}`, id, modified)
}

// oneCustomer is an API that knows customer 5.
func oneCustomer() *api {
	return newAPI(map[string]string{"/customer/5": `{"id":5,"uri":"/customer/5","name":"detail","paymentTerms":"30 days"}`})
}
