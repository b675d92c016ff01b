package stream

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"mcis/internal/checkpoint"
)

const defaultTTL = 15 * time.Second

// LeaseConfig says how a lease is held. Its zero value will do.
type LeaseConfig struct {
	TTL    time.Duration // this long after the holder's last sign of life another takes the lease over; 15 s when 0
	Holder string        // for people: which process this is; host name and process id when empty
}

func (c LeaseConfig) withDefaults() LeaseConfig {
	c.TTL = cmp.Or(c.TTL, defaultTTL)
	if c.Holder == "" {
		host, _ := os.Hostname() // without one the process id has to do
		c.Holder = fmt.Sprintf("%s/%d", host, os.Getpid())
	}
	return c
}

// Hold runs work while this call holds the lease of that name, and gives it back after, also when work panics. It waits while
// another call holds it, in this process or any other, until that gives it back or has shown no sign of life for its TTL.
// Signs of life, every third of the TTL, and the time that has passed since the last one go by the server's clock alone; the
// lease of a process that died long ago is taken at once.
//
// When another process has taken the lease over all the same, because this one was suspended or cut off for longer than the
// TTL, the context of work ends with the cause [checkpoint.ErrLeaseLost], which is then in the chain of Hold's error too,
// unless work returns nil. While the server cannot be reached, work goes on: nobody else can reach it to take the
// lease. Only the holder's own connection being cut, for longer than the TTL, lets two work at once.
//
// When ctx ends, the lease is still held until work has returned.
func (s *State) Hold(ctx context.Context, name string, config LeaseConfig, work func(ctx context.Context) error) error {
	config = config.withDefaults()
	l := &lease{
		state: s, key: checkpoint.LeasePrefix + name, config: config, token: rand.Text(),
		log:     s.bucket.conn.log.With("lease", name),
		trouble: &throttle{every: logEvery},
	}
	if err := l.acquire(ctx); err != nil {
		return fmt.Errorf("wait for the lease %s: %w", name, err)
	}
	return l.run(ctx, work)
}

// leaseValue is a lease as it is stored.
type leaseValue struct {
	checkpoint.Lease
	Token string `json:"token"` // of one call of Hold: names of holders can be equal
}

// lease is one call of Hold under way.
type lease struct {
	state   *State
	key     string
	config  LeaseConfig
	token   string
	log     *slog.Logger
	trouble *throttle // with renewing

	value    []byte // as stored
	revision uint64 // of the last write that is known of
}

// run runs work and renews the lease meanwhile.
func (l *lease) run(ctx context.Context, work func(context.Context) error) error {
	working, lose := context.WithCancelCause(ctx)
	defer lose(nil)
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var renewals sync.WaitGroup
	renewals.Go(func() { l.keep(renewing, lose) })
	defer func() {
		stop()
		renewals.Wait()
		l.giveBack(ctx)
	}()
	err := work(working)
	if lost := context.Cause(working); err != nil && errors.Is(lost, checkpoint.ErrLeaseLost) && !errors.Is(err, checkpoint.ErrLeaseLost) {
		return fmt.Errorf("%w: %w", lost, err)
	}
	return err
}

// keep renews the lease until ctx ends or the lease is lost.
func (l *lease) keep(ctx context.Context, lose context.CancelCauseFunc) {
	tick := time.NewTicker(l.config.TTL / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := l.renew(ctx)
		if errors.Is(err, checkpoint.ErrLeaseLost) {
			lose(err)
			return
		}
		if err != nil && ctx.Err() == nil {
			if skipped, ok := l.trouble.allow(); ok {
				l.log.Warn("lease not renewed, trying again", "error", err, "skipped", skipped)
			}
		}
	}
}

// renew shows a sign of life. Its error is [checkpoint.ErrLeaseLost] when somebody else holds the lease. It does not wait for
// an answer longer than until the next one is due: one that a restart of the server has swallowed must not cost the lease.
func (l *lease) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.config.TTL/3)
	defer cancel()
	revision, err := l.state.update(ctx, l.key, l.value, l.revision)
	if errors.Is(err, ErrConflict) {
		return l.catchUp(ctx)
	}
	if err == nil {
		l.revision = revision
	}
	return err
}

// catchUp finds the revision of a renewal that was stored without an answer. Its error is [checkpoint.ErrLeaseLost] when
// the lease is not ours any more.
func (l *lease) catchUp(ctx context.Context) error {
	entry, found, err := l.state.entry(ctx, l.key)
	switch {
	case err != nil:
		return err
	case !found:
		return fmt.Errorf("%s: %w and given it back", l.key, checkpoint.ErrLeaseLost)
	case entry.Revision < l.revision:
		return fmt.Errorf("%s: a replica of the bucket lags behind", l.key)
	}
	if held := holdingOf(l.key, entry, entry.At, l.config.TTL); held.Token != l.token {
		return fmt.Errorf("%s: %w: %s", l.key, checkpoint.ErrLeaseLost, held.Holder)
	}
	l.revision = entry.Revision
	return nil
}

// giveBack deletes the lease if it is still ours, so that a successor need not wait. It is done also when ctx has ended.
func (l *lease) giveBack(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), apiTimeout)
	defer cancel()
	err := l.state.deleteAt(ctx, l.key, l.revision)
	if errors.Is(err, ErrConflict) { // the last renewal may have been cut short
		if err = l.catchUp(ctx); err == nil {
			err = l.state.deleteAt(ctx, l.key, l.revision)
		}
	}
	if err != nil && !errors.Is(err, checkpoint.ErrLeaseLost) {
		l.log.Warn("lease not given back, others wait for its end", "ttl_ms", l.config.TTL.Milliseconds(), "error", err)
	}
}
