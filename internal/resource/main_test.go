package resource_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"go.uber.org/goleak"

	"mcis/internal/leaktest"
	"mcis/internal/queue"
	"mcis/internal/resource"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(leaks.Around(m)) }

// leaks looks for secrets in the log of every server, client and cache that a test makes.
var leaks = leaktest.Planted()

// Most tests run in bubbles of testing/synctest: time passes only when they sleep.

var errNeedless = errors.New("not sent")

var errServer = errors.New("answered 500")

// api answers resources from memory and counts how often each was asked for.
type api struct {
	queue  func(ctx context.Context, lane queue.Lane, uri string) time.Duration // where requests wait for their turn, and for how long; nil lets them pass
	spell  func(uri string) (string, error)                                     // makes links canonical; nil leaves them
	before func(ctx context.Context, uri string, nth int) error                 // may wait, fail or panic; nil does nothing

	mu     sync.Mutex
	bodies map[string]string // of collections: the items' array
	errs   map[string]error
	asked  map[string]int
	lanes  map[queue.Lane]int
}

func newAPI(bodies map[string]string) *api {
	return &api{bodies: bodies, errs: map[string]error{}, asked: map[string]int{}, lanes: map[queue.Lane]int{}}
}

func (a *api) Canonical(uri string) (string, error) {
	if a.spell == nil {
		return uri, nil
	}
	return a.spell(uri)
}

func (a *api) Fetch(ctx context.Context, lane queue.Lane, uri string, needless func(time.Duration) bool) ([]byte, error) {
	if a.queue != nil {
		if waited := a.queue(ctx, lane, uri); needless != nil && needless(waited) {
			return nil, errNeedless
		}
	}
	a.mu.Lock()
	a.asked[uri]++
	a.lanes[lane]++
	nth, err := a.asked[uri], a.errs[uri]
	body := a.bodies[uri]
	a.mu.Unlock()
	if a.before != nil {
		if err := a.before(ctx, uri, nth); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	return []byte(body), nil
}

func (a *api) FetchCollection(ctx context.Context, lane queue.Lane, uri string) ([]jsontext.Value, error) {
	body, err := a.Fetch(ctx, lane, uri, nil)
	if err != nil {
		return nil, err
	}
	var items []jsontext.Value
	for _, item := range strings.Fields(string(body)) {
		items = append(items, jsontext.Value(item))
	}
	return items, nil
}

// answer makes the API answer the URI with a body from now on.
func (a *api) answer(uri, body string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bodies[uri] = body
	delete(a.errs, uri)
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

func (a *api) counts() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.asked)
}

// memory is a shared cache in memory that can be made to fail.
type memory struct {
	err   error
	hangs atomic.Bool   // Get has no answer
	takes time.Duration // until Get answers

	mu     sync.Mutex
	values map[string][]byte
}

func (m *memory) Get(ctx context.Context, key string) ([]byte, bool, error) {
	time.Sleep(m.takes)
	if m.hangs.Load() {
		<-ctx.Done()
	}
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	value, found := m.values[key]
	return value, found && m.err == nil, m.err
}

func (m *memory) Put(ctx context.Context, key string, value []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil {
		m.values = map[string][]byte{}
	}
	if m.err == nil {
		m.values[key] = bytes.Clone(value)
	}
	return m.err
}

func (m *memory) has(key string) bool {
	_, found, _ := m.Get(context.Background(), key)
	return found
}

// claimsTTL is how long the claim of a holder that died holds others up, in these tests.
const claimsTTL = 30 * time.Second

// claims are claims in memory that can be made to fail.
type claims struct {
	err error

	mu    sync.Mutex
	held  map[string]time.Time // until when
	taken int
}

func (c *claims) Claim(ctx context.Context, key string) (release func(), held bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil, false, c.err
	}
	if time.Now().Before(c.held[key]) {
		return nil, false, nil
	}
	if c.held == nil {
		c.held = map[string]time.Time{}
	}
	until := time.Now().Add(claimsTTL)
	c.held[key] = until
	c.taken++
	return sync.OnceFunc(func() { c.release(key, until) }), true, nil
}

func (c *claims) release(key string, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held[key].Equal(until) {
		delete(c.held, key)
	}
}

func (c *claims) open() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.held)
}

// fleet is an API and what processes share.
type fleet struct {
	api    *api
	shared *memory
	claims *claims
}

func newFleet(a *api) *fleet { return &fleet{api: a, shared: &memory{}, claims: &claims{}} }

// process is a cache as one process of the fleet has it.
type process struct {
	*resource.Cache
	*fleet
	warnings *bytes.Buffer // the log from WARN on; not to be read while others write
}

func (f *fleet) process(t interface{ Fatal(...any) }, config resource.Config) *process {
	warnings := &bytes.Buffer{}
	log := slog.New(slog.NewMultiHandler(slog.NewTextHandler(warnings, &slog.HandlerOptions{Level: slog.LevelWarn}), leaks.Logger("cache").Handler()))
	cache, err := resource.New(config, f.api, f.shared, f.claims, log)
	if err != nil {
		t.Fatal(err)
	}
	return &process{Cache: cache, fleet: f, warnings: warnings}
}

// alone is the only process of a fleet.
func alone(t testing.TB, a *api) *process { return newFleet(a).process(t, resource.Config{}) }

// get asks for a resource that may be of any age.
func (p *process) get(t testing.TB, uri string) (resource.Resource, error) {
	t.Helper()
	return p.Get(t.Context(), resource.Want{URI: uri, Kind: "customer"})
}

// mustGet asks for what must have a document.
func (p *process) mustGet(t testing.TB, want resource.Want) resource.Resource {
	t.Helper()
	r, err := p.Get(t.Context(), want)
	if err != nil || r.Document == nil {
		t.Fatalf("%s: %+v, %v", want.URI, r, err)
	}
	return r
}

const uri5 = "/customer/5"

// oneCustomer is an API that knows customer 5.
func oneCustomer() *api {
	return newAPI(map[string]string{uri5: `{"id":5,"uri":"/customer/5","name":"detail","paymentTerms":"30 days"}`})
}
