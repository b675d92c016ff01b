package main

import (
	"cmp"
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/health"
	"mcis/internal/producer"
	"mcis/internal/queue"
	"mcis/internal/simapi"
	"mcis/internal/stream"
	"mcis/internal/stream/natsserver"
)

// world is a simulated API, an embedded NATS server and a warehouse for a test, and the pipeline between them.
type world struct {
	t         *testing.T
	api       *simapi.Server
	origin    string
	conn      *stream.Conn
	warehouse string // as WAREHOUSE_URL names it
	login     cli.API
	logger    *slog.Logger
}

// newWorld has a SQLite file as its warehouse.
func newWorld(t *testing.T, config simapi.Config) *world {
	t.Helper()
	return newWorldWith(t, sqliteFile(t), config)
}

func newWorldWith(t *testing.T, warehouse string, config simapi.Config) *world {
	t.Helper()
	config.CountPaths = true
	config.Subject, config.Secret = cmp.Or(config.Subject, plantedSubject), cmp.Or(config.Secret, plantedSecret)
	api, err := simapi.New(config)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	api.SetBaseURL(server.URL)
	w := &world{
		t: t, api: api, origin: server.URL, warehouse: warehouse,
		login: cli.API{Subject: config.Subject, Secret: cli.Secret(config.Secret)}, logger: newLogger(t),
	}
	w.conn = w.connect()
	return w
}

// connect starts an embedded server of its own for each world. It does not sync every write: no test here cuts the power.
func (w *world) connect() *stream.Conn {
	w.t.Helper()
	server, err := natsserver.Start(natsserver.Config{StoreDir: w.t.TempDir(), NoSync: true, Logger: w.logger})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(server.Shutdown)
	conn, err := stages.Connect(w.t.Context(), cli.NATS{}, "test", server, w.logger)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(conn.Close)
	return conn
}

// newLogger is a log whose warnings are printed with the test, and all of which is looked at for secrets.
func newLogger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewMultiHandler(
		slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn}),
		slog.NewJSONHandler(leaks.Writer(t.Name()), &slog.HandlerOptions{Level: slog.LevelDebug}),
	))
}

// testLog writes the log where the test's output goes.
type testLog struct{ t *testing.T }

func (l testLog) Write(line []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(line)))
	return len(line), nil
}

// defaults are the settings as the command line gives them when nothing is set.
func defaults(t *testing.T) pipelineSettings {
	t.Helper()
	var settings pipelineSettings
	parser, err := kong.New(&settings)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(nil); err != nil {
		t.Fatal(err)
	}
	settings.Listing.To.Time = demoTo
	settings.Listing.Window = demoWindow
	return settings
}

// outcome is what a run left behind.
type outcome struct {
	*pipeline
	err  error
	dead map[string]uint64 // by subject
}

// run lists everything, waits until it is through, and returns what came of it. A run that hangs fails the test.
func (w *world) run(change func(*pipelineSettings)) outcome {
	w.t.Helper()
	settings := defaults(w.t)
	if change != nil {
		change(&settings)
	}
	const patience = 5 * time.Minute
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	backfill, err := settings.Listing.Backfill()
	if err != nil {
		w.t.Fatal(err)
	}
	p := w.assemble(ctx, settings)
	err = p.run(ctx, func(ctx context.Context) error { return p.producer.Backfill(ctx, backfill) })
	if ctx.Err() != nil {
		w.t.Fatalf("the run did not end within %s: %v", patience, err)
	}
	dead, deadErr := p.newDead(w.t.Context())
	if deadErr != nil {
		w.t.Fatal(deadErr)
	}
	return outcome{p, err, dead}
}

func (w *world) assemble(ctx context.Context, settings pipelineSettings) *pipeline {
	w.t.Helper()
	m, err := settings.Mapping.Load()
	if err != nil {
		w.t.Fatal(err)
	}
	client, err := stages.Client(w.settings(), w.logger)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(client.Close)
	warehouse, err := stages.Open(ctx, cli.Warehouse{URL: cli.Secret(w.warehouse)}, m, new(health.Registry), w.logger)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := warehouse.Close(); err != nil {
			w.t.Error(err)
		}
	})
	p, err := newPipeline(ctx, settings, m, w.conn, client, warehouse, new(health.Registry), w.logger)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// settings are those of a client of the simulated API.
func (w *world) settings() cli.API {
	const concurrency = 32
	return cli.API{
		AuthURL: w.origin + simapi.LoginPath, DataURL: w.origin + simapi.PathPrefix + "/booking",
		Subject: w.login.Subject, Secret: w.login.Secret, Concurrency: concurrency, Timeout: 30 * time.Second,
	}
}

// bookings are the documents of all bookings, as the API has them now.
func (w *world) bookings() [][]byte {
	var all [][]byte
	for _, id := range w.api.IDs() {
		all = append(all, w.api.Booking(id))
	}
	return all
}

// detail is the document that a related resource's URI answers, or nil.
func (w *world) detail(uri string) []byte {
	path, isOwn := strings.CutPrefix(uri, w.origin+simapi.PathPrefix)
	if !isOwn {
		return nil
	}
	return w.api.Resource(path)
}

// deadLetters are all dead letters of the world.
func (w *world) deadLetters() []queue.Message {
	w.t.Helper()
	const most = 10_000
	letters, err := w.conn.ReadDead(w.t.Context(), most)
	if err != nil {
		w.t.Fatal(err)
	}
	return letters
}

// wholePeriod is the period in which simulated bookings lie.
func wholePeriod(t *testing.T) producer.Backfill {
	t.Helper()
	settings := defaults(t)
	backfill, err := settings.Listing.Backfill()
	if err != nil {
		t.Fatal(err)
	}
	return backfill
}
