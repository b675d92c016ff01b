package stages

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/health"
	"mcis/internal/loader"
	"mcis/internal/mapping"
	"mcis/internal/stream"
)

// Loading are the settings of the loader.
type Loading struct {
	Batch      int           `name:"batch" env:"LOAD_BATCH" default:"400" help:"Most bookings in one transaction. Two such batches are in memory at once, about 50 KiB a booking."`
	Wait       time.Duration `name:"batch-wait" env:"LOAD_BATCH_WAIT" default:"500ms" help:"How long a batch waits to fill."`
	AckWait    time.Duration `name:"load-ack-wait" env:"LOAD_ACK_WAIT" default:"60s" help:"How long after a loader's last sign of life the records that it had in hand are given to it again, or to another one."`
	OnBadValue string        `name:"on-bad-value" env:"ON_BAD_VALUE" default:"load" enum:"load,reject" help:"A value that does not fit its column: load the booking without it and keep the value in RejectedValue, or reject the booking."`
}

// Check says which setting is wrong.
func (s *Loading) Check() error {
	return errors.Join(cli.Positive("LOAD_BATCH", s.Batch), cli.Positive("LOAD_BATCH_WAIT", s.Wait), cli.Positive("LOAD_ACK_WAIT", s.AckWait))
}

// Loader makes the loader.
func Loader(settings Loading, mappings cli.Mapping, m *mapping.Mapping, w loader.Warehouse, readiness *health.Registry, logger *slog.Logger) *loader.Loader {
	return loader.New(loader.Config{
		Mapping: m, HashKey: []byte(mappings.HashKey), RejectBadValues: settings.OnBadValue == "reject", Health: readiness,
		Fit: fitOf(w),
	}, w, logger)
}

// batchesInHand are the batches that a process has in memory: one that commits and the next, which is converted meanwhile.
const batchesInHand = 2

// What a loader's heap may hold, softly, unless GOMEMLIMIT says: more would be garbage.
const (
	loaderBytes  = 24 << 20
	bytesInBatch = 50 << 10 // a booking in a batch in hand: its rows and its packed record are about 35 KiB
)

func limitMemory(batch int) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(loaderBytes + int64(batch)*batchesInHand*bytesInBatch)
	}
}

// stuckLoading is more than two transactions may take, of which the second batch in hand waits for the first.
const stuckLoading = 45 * time.Minute

// RunLoader loads until ctx ends.
func RunLoader(ctx context.Context, settings Loading, l *loader.Loader, conn *stream.Conn) error {
	consumer := stream.Consumer{
		Name: loader.Stage, Stream: stream.Records, Batch: settings.Batch, Wait: settings.Wait, Concurrency: batchesInHand,
		AckWait: settings.AckWait, Away: l.IsAway, StuckHandler: stuckLoading, Pack: true,
	}
	return conn.Consume(ctx, consumer, l.Handle)
}

// LoaderSettings are those of a process that loads.
type LoaderSettings struct {
	NATS      cli.NATS      `embed:""`
	Warehouse cli.Warehouse `embed:""`
	Mapping   cli.Mapping   `embed:""`
	Loading   Loading       `embed:""`
	Log       cli.Log       `embed:""`
}

// With connects to NATS, opens the warehouse, makes the loader, lets work use them and tell more of the process, and cleans up. name is the
// process's. http says where it tells of itself, if anywhere.
func (s *LoaderSettings) With(ctx context.Context, name string, http cli.HTTP, streams cli.Streams,
	work func(*loader.Loader, *stream.Conn, cli.Served, *slog.Logger) error,
) error {
	logger, closeLog, err := s.Log.Logger(streams.Err)
	if err != nil {
		return err
	}
	defer closeLog()
	if err := s.Loading.Check(); err != nil {
		return err
	}
	limitMemory(s.Loading.Batch)
	m, err := s.Mapping.Load()
	if err != nil {
		return err
	}
	served, stop, err := http.Serve(ctx, logger)
	if err != nil {
		return err
	}
	defer stop()
	conn, err := ConnectServer(ctx, s.NATS, name, logger)
	if err != nil {
		return err
	}
	defer conn.Close()
	w, err := Open(ctx, s.Warehouse, m, served.Health, logger)
	if err != nil {
		return err
	}
	defer CloseLogged(w, logger)
	l := Loader(s.Loading, s.Mapping, m, w, served.Health, logger)
	conn.Report(served.Health)
	served.Metrics.MustRegister(LoaderMetrics(l, m), DeadMetrics(conn, loader.Stage), QueueMetrics(conn))
	served.Health.Clear(health.Startup)
	return work(l, conn, served, logger)
}
