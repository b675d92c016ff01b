package verifier_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"go.uber.org/goleak"

	"mcis/internal/booking"
	"mcis/internal/document"
	"mcis/internal/leaktest"
	"mcis/internal/listing"
	"mcis/internal/loader"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/record"
	"mcis/internal/simapi"
	"mcis/internal/upstream"
	"mcis/internal/verifier"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/sqlite"
)

// TestMain: database/sql ends the goroutine that opens connections only after Close has returned.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(leaks.Around(m), goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}

func day(month time.Month, day int) time.Time {
	return time.Date(2024, month, day, 0, 0, 0, 0, time.UTC)
}

// quarter is all that the simulated API has, a month at a time.
func quarter() verifier.Request {
	return verifier.Request{From: day(1, 1), To: day(4, 1), Step: booking.Step{Months: 1}}
}

// leaks looks for secrets in the log of every server, client, loader and verifier that a test makes.
var leaks = leaktest.Planted()

var quiet = leaks.Logger("verifier")

// world is a simulated API over HTTP, the client, and a warehouse in a SQLite file.
type world struct {
	api       *simapi.Server
	client    *upstream.Client
	warehouse *sqlite.Warehouse
	mapping   *mapping.Mapping
	loader    *loader.Loader
	path      string // of the warehouse's file

	mu      sync.Mutex
	refused map[int64]int  // bookings that the API refuses with a status when asked for one by one
	fetched map[string]int // how often single bookings were asked for, by path
}

// cleaner is what a world needs of a test, or of one round of a property test.
type cleaner interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

func newWorld(t cleaner, dir string, cfg simapi.Config) *world {
	t.Helper()
	cfg.From, cfg.To, cfg.Subject, cfg.Secret = day(1, 1), day(4, 1), leaktest.APISubject, leaktest.APISecret
	api, err := simapi.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{api: api, mapping: testMapping(t), refused: map[int64]int{}, fetched: map[string]int{}}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	api.SetBaseURL(server.URL)
	w.client, err = upstream.New(upstream.Config{
		AuthURL: server.URL + simapi.LoginPath, DataURL: server.URL + simapi.PathPrefix + "/booking",
		Subject: leaktest.APISubject, Secret: leaktest.APISecret, Logger: quiet,
		MaxAttempts: 1, RetryFirst: time.Millisecond, RetryMost: time.Millisecond, // who asks tries again itself
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	w.openWarehouse(t, dir)
	return w
}

// testMapping is the built-in mapping. Where everything takes several times as long it is without all tables that a verification
// does not look at.
func testMapping(t cleaner) *mapping.Mapping {
	t.Helper()
	if !raceEnabled {
		return mapping.Default()
	}
	tables := "schema: 1\ntables:\n"
	for _, name := range []string{"Booking", "EnrichmentGap"} {
		_, table, _ := strings.Cut(string(mapping.Embedded()), "\n  - name: "+name+"\n")
		table, _, _ = strings.Cut(table, "\n  - name: ")
		if name == "Booking" {
			table = foreignKeys.ReplaceAllString(table, "")
		}
		tables += "  - name: " + name + "\n" + table + "\n"
	}
	m, err := mapping.Load("few.yaml", []byte(tables))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// foreignKeys are what makes columns foreign keys.
var foreignKeys = regexp.MustCompile(`, references: \w+`)

func (w *world) openWarehouse(t cleaner, dir string) {
	t.Helper()
	w.path = filepath.Join(dir, "warehouse.db")
	opened, err := sqlite.Open(context.Background(), w.path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.warehouse = opened
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Fatal(err)
		}
	})
	if _, err := w.warehouse.Migrate(context.Background(), w.mapping); err != nil {
		t.Fatal(err)
	}
	w.loader = loader.New(loader.Config{Mapping: w.mapping}, w.warehouse, quiet)
}

// ServeHTTP is the simulated API, which refuses single bookings where the test says so.
func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if text, isSingle := strings.CutPrefix(r.URL.Path, simapi.PathPrefix+"/booking/"); isSingle && text != "" {
		id, _ := strconv.ParseInt(text, 10, 64)
		w.mu.Lock()
		status := w.refused[id]
		w.fetched[text]++
		w.mu.Unlock()
		if status != 0 {
			rw.WriteHeader(status)
			return
		}
	}
	w.api.ServeHTTP(rw, r)
}

// refuse lets the API answer with a status when it is asked for one of the bookings.
func (w *world) refuse(status int, bookings ...int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range bookings {
		w.refused[id] = status
	}
}

// refuseNone lets the API answer as it is.
func (w *world) refuseNone() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refused = map[int64]int{}
}

// asked are the single bookings that the API was asked for, in no order.
func (w *world) asked() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.fetched))
}

// parts are the parts of a verifier of the world.
func (w *world) parts() verifier.Parts {
	config := listing.Config{PageSize: 10, Attempts: 100, RetryMin: time.Millisecond, RetryMax: 5 * time.Millisecond}
	return verifier.Parts{
		Engine: listing.New(config, w.client, quiet), API: w.client,
		Warehouse: w.warehouse, Mapping: w.mapping,
	}
}

// newVerifier does not wait long between tries, and names all that it finds.
func newVerifier(parts verifier.Parts) *verifier.Verifier {
	config := verifier.Config{Samples: 1000, RetryMin: time.Millisecond, RetryMax: time.Millisecond, Patience: 30 * time.Second}
	return verifier.New(config, parts, quiet)
}

// newHasty gives up soon.
func newHasty(parts verifier.Parts) *verifier.Verifier {
	config := verifier.Config{RetryMin: time.Millisecond, RetryMax: time.Millisecond, Patience: 200 * time.Millisecond}
	return verifier.New(config, parts, quiet)
}

// verify must succeed.
func verify(t cleaner, parts verifier.Parts, request verifier.Request) *verifier.Report {
	t.Helper()
	return verifyWith(t, newVerifier(parts), request)
}

func verifyWith(t cleaner, v *verifier.Verifier, request verifier.Request) *verifier.Report {
	t.Helper()
	report, err := v.Verify(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	if n := report.Same + report.Partial + report.Missing + report.Older + report.Dead; n != report.Listed+report.Unlisted {
		t.Fatalf("%d bookings were judged, %d listed and %d found unlisted", n, report.Listed, report.Unlisted)
	}
	return report
}

// load loads documents as the enricher would hand them on, without details but as if nothing were missing, unless a document says
// what is.
func (w *world) load(t cleaner, at time.Time, documents ...[]byte) {
	t.Helper()
	messages := make([]queue.Message, len(documents))
	for i, raw := range documents {
		messages[i] = recordOf(t, raw, at)
	}
	for _, err := range w.loader.Handle(context.Background(), messages) {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// loadAll loads all that the API has now, as of a time.
func (w *world) loadAll(t cleaner, at time.Time) {
	t.Helper()
	w.loadAllBut(t, at)
}

func (w *world) loadAllBut(t cleaner, at time.Time, but ...int64) {
	t.Helper()
	var documents [][]byte
	for _, id := range w.api.IDs() {
		if !slices.Contains(but, id) {
			documents = append(documents, w.api.Booking(id))
		}
	}
	w.load(t, at, documents...)
}

// exec changes the warehouse as another program would.
func (w *world) exec(t cleaner, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+w.path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func recordOf(t cleaner, raw []byte, at time.Time) queue.Message {
	t.Helper()
	identity, err := booking.Identify(raw)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := document.Parse(raw)
	if err == nil && doc.Get(mapping.GapsMember) == nil {
		doc, err = document.Parse(lacking(raw, "[]"))
	}
	if err != nil {
		t.Fatal(err)
	}
	data, err := record.Encode(&record.Record{
		Booking: identity, Run: "run-1", Window: "w", ExtractedAt: at, EnrichedAt: at, Document: doc,
	})
	if err != nil {
		t.Fatal(err)
	}
	return queue.Message{Subject: queue.RecordSubject(identity.ID), ID: identity.MessageID("run-1"), Data: data}
}

// lacking is a document whose enrichment lacks something: gaps is the array that tells of it.
func lacking(raw []byte, gaps string) []byte {
	return fmt.Appendf(nil, "%s,%q:%s}", bytes.TrimSuffix(raw, []byte("}")), mapping.GapsMember, gaps)
}

// state is what the warehouse holds of a booking.
func (w *world) state(t cleaner, id int64) (warehouse.BookingState, bool) {
	t.Helper()
	held, err := w.warehouse.Bookings(context.Background(), w.mapping, []int64{id})
	if err != nil {
		t.Fatal(err)
	}
	state, found := held[id]
	return state, found
}

// ids are those of samples.
func ids(samples []verifier.Sample) []int64 {
	found := []int64{}
	for _, s := range samples {
		found = append(found, s.ID)
	}
	return found
}

// deadLetters are letters as the stream DEAD holds them.
type deadLetters []queue.Message

func (d deadLetters) read(_ context.Context, visit func(queue.Message) error) error {
	for _, m := range d {
		if err := visit(m); err != nil {
			return err
		}
	}
	return nil
}

// letterOf is the letter of a document that a stage gave up on.
func letterOf(t cleaner, raw []byte) queue.Message {
	t.Helper()
	identity, err := booking.Identify(raw)
	if err != nil {
		t.Fatal(err)
	}
	return queue.Message{Subject: "mcis.dead.loader.constraint", Header: map[string]string{
		queue.HeaderMessageID: identity.MessageID("run-1"), queue.HeaderStage: "loader", queue.HeaderClass: "constraint",
		queue.HeaderReason: fmt.Sprintf("booking %d does not fit", identity.ID),
	}}
}

// with is a document with other members: names and JSON values in turn.
func with(t cleaner, raw []byte, members ...string) []byte {
	t.Helper()
	var document map[string]jsontext.Value
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(members); i += 2 {
		if _, found := document[members[i]]; !found {
			t.Fatalf("%s does not stand in %.300s", members[i], raw)
		}
		document[members[i]] = jsontext.Value(members[i+1])
	}
	changed, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}
