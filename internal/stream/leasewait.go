package stream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/checkpoint"
)

// takeAgain is the pause after somebody else was faster, or a replica of the bucket was behind.
const takeAgain = 20 * time.Millisecond

// acquire waits until the lease is ours. Its error is that of a context that ended, or of a server that refuses.
func (l *lease) acquire(ctx context.Context) error {
	w := l.waiting()
	defer w.stop()
	for {
		held, err := l.state.lease(ctx, l.key, l.config.TTL)
		if err != nil {
			return err
		}
		if left := w.left(held); left > 0 {
			if err := w.wait(ctx, held, left); err != nil {
				return err
			}
			continue
		}
		err = l.take(ctx, held.revision)
		switch {
		case err == nil:
			w.logTaken(held)
			return nil
		case !errors.Is(err, ErrConflict):
			l.giveBack(ctx) // it may be stored, and nobody would renew it
			return err
		}
		sleep(ctx, takeAgain)
	}
}

// take makes the lease ours if its revision is still the one given.
func (l *lease) take(ctx context.Context, revision uint64) error {
	value, err := checkpoint.Encode(l.key, leaseValue{Token: l.token, Lease: checkpoint.Lease{
		Holder: l.config.Holder, Since: time.Now().UTC(), TTLms: l.config.TTL.Milliseconds(),
	}})
	if err != nil {
		return err
	}
	revision, err = l.state.update(ctx, l.key, value, revision)
	if err == nil {
		l.value, l.revision = value, revision
	}
	return err
}

// waiting is how one call of Hold waits for its turn.
type waiting struct {
	*lease
	began   time.Time
	waits   bool
	watcher jetstream.KeyWatcher // of the lease; nil before the wait, and when there is none to be had
	updates <-chan jetstream.KeyValueEntry

	reconnects uint64
	backSince  time.Time // when the connection came back last
}

func (l *lease) waiting() *waiting {
	return &waiting{lease: l, began: time.Now(), reconnects: l.state.bucket.conn.nc.Stats().Reconnects}
}

// left is how long the holder may still show a sign of life before it is taken for dead. After the connection was lost, which
// mostly means that the server was away for everybody, the holder gets another TTL to come back too.
func (w *waiting) left(held holding) time.Duration {
	if held.revision == 0 {
		return 0
	}
	if n := w.state.bucket.conn.nc.Stats().Reconnects; n != w.reconnects {
		w.reconnects, w.backSince = n, time.Now()
	}
	left := held.ttl - held.age
	if !w.backSince.IsZero() {
		left = max(left, held.ttl-time.Since(w.backSince))
	}
	return left
}

// wait returns when it is time to look at the lease again. The watch tells at once that it was given back, should it not have
// been lost with a connection.
func (w *waiting) wait(ctx context.Context, held holding, left time.Duration) error {
	if !w.waits {
		w.waits = true
		w.log.Info("waiting for the lease, another holds it", "holder", held.Holder,
			"silent_ms", held.age.Milliseconds(), "ttl_ms", held.ttl.Milliseconds())
		w.watch(ctx)
		return nil // it may have been given back before the watch began
	}
	timer := time.NewTimer(min(left, held.ttl/4))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return nil
		case update, ok := <-w.updates:
			if !ok {
				w.updates = nil
			} else if update.Operation() != jetstream.KeyValuePut {
				return nil
			}
		}
	}
}

func (w *waiting) watch(ctx context.Context) {
	_ = w.state.bucket.with(ctx, func(kv jetstream.KeyValue) error { // without it, the lease is looked at now and then
		watcher, err := kv.Watch(ctx, encodeKey(w.key), jetstream.UpdatesOnly())
		if err == nil {
			w.watcher, w.updates = watcher, watcher.Updates()
		}
		return err
	})
}

func (w *waiting) stop() {
	if w.watcher != nil {
		_ = w.watcher.Stop() // fails without a connection, and goes with that
	}
}

// logTaken says that a wait is over, or that a dead process was followed. A lease that was free is not worth a line.
func (w *waiting) logTaken(from holding) {
	switch {
	case from.revision != 0:
		w.log.Info("lease taken over, its holder showed no sign of life", "holder", from.Holder,
			"silent_ms", from.age.Milliseconds(), "ttl_ms", from.ttl.Milliseconds())
	case w.waits:
		w.log.Info("lease taken, it was given back", "duration_ms", time.Since(w.began).Milliseconds())
	}
}
