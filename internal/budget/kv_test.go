package budget_test

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/leaktest"
	"mcis/internal/stream/natsserver"
)

// bucket is a presence in a JetStream bucket in memory.
type bucket struct{ kv jetstream.KeyValue }

func (b bucket) Announce(ctx context.Context, id string, value []byte) error {
	_, err := b.kv.Put(ctx, id, value)
	return err
}

func (b bucket) Leave(ctx context.Context, id string) error { return b.kv.Delete(ctx, id) }

func (b bucket) Watch(ctx context.Context, heard func(id string, value []byte), _ func()) error {
	watcher, err := b.kv.WatchAll(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = watcher.Stop() }() // fails without a connection, and goes with that
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case entry, open := <-watcher.Updates():
			switch {
			case !open:
				return nats.ErrConnectionClosed
			case entry == nil: // all that was there has come
			case entry.Operation() == jetstream.KeyValuePut:
				heard(entry.Key(), entry.Value())
			default:
				heard(entry.Key(), nil)
			}
		}
	}
}

// server is a NATS server, to which each process has a connection of its own.
type server struct{ *natsserver.Server }

func startServer(t *testing.T) server {
	t.Helper()
	s, err := natsserver.Start(natsserver.Config{StoreDir: t.TempDir(), NoSync: true, Logger: leaktest.Planted().Logger(t.Name())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Shutdown)
	return server{s}
}

// connect returns a bucket and what cuts its connection without a word.
func (s server) connect(t *testing.T) (bucket, func()) {
	t.Helper()
	nc, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	kv, err := js.CreateOrUpdateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "presence", Storage: jetstream.MemoryStorage})
	if err != nil {
		t.Fatal(err)
	}
	return bucket{kv}, nc.Close
}
