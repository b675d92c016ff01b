package stream

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// claimTimeout is of one question about a claim: who cannot ask goes on without.
const claimTimeout = 2 * time.Second

// Claims see to it that one process at a time does something that all would do: a short lease on a key. They are kept in
// memory; what a restart of the server has removed is made again. They save work and guarantee nothing: a process that was
// cut off or suspended for longer than the age, or whose claim went with the server's memory, may believe that it holds what
// another one has taken.
type Claims struct {
	bucket *volatileBucket
	age    time.Duration // of a claim that nobody renews
}

// Claims returns the claims of all processes.
func (c *Conn) Claims() *Claims {
	return &Claims{bucket: c.volatileBucket(bucketClaims, claimsBytes), age: volatileAge}
}

// Claim takes the claim on a key, which is any string; held is false while somebody else has it, in this process or another.
// The holder's claim is renewed until release, which gives it back; that never blocks, may be called twice, after ctx
// has ended and while the server is away. The claim of a holder that died is free 10 s after its last sign of life.
//
// It fails after two seconds when the server does not answer, and at once without a connection.
func (c *Claims) Claim(ctx context.Context, key string) (release func(), held bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	taken := &claim{claims: c, key: encodeKey(key), token: []byte(rand.Text())}
	// An end of ctx does not cut it short: nobody would give back a claim that was stored without an answer.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), claimTimeout)
	defer cancel()
	err = c.bucket.with(ctx, func(kv jetstream.KeyValue) error {
		var err error
		taken.revision, err = kv.Create(ctx, taken.key, taken.token)
		return err
	})
	switch {
	case isConflict(err):
		return nil, false, nil
	case err != nil:
		return nil, false, failed("claim "+key, err)
	}
	taken.keep()
	return taken.release, true, nil
}

// claim is one that is held.
type claim struct {
	claims *Claims
	key    string // encoded
	token  []byte // the value, which no other claim has

	mu       sync.Mutex
	revision uint64
	renewal  *time.Timer // the next one
	released bool
}

// keep has the claim renewed when a third of its age has passed. Until then it costs no goroutine: most are given back by then.
func (c *claim) keep() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.renewal = time.AfterFunc(c.claims.age/3, c.renew)
}

// release gives the claim back. While it is being renewed its revision is not known: then the renewal does it again.
func (c *claim) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.released {
		return
	}
	c.released = true
	c.renewal.Stop()
	c.giveBack()
}

// giveBack removes the claim if it is still ours, which the server finds out by the revision. Nobody waits for its answer;
// without a connection the client library sends it later, which is harmless. What gets lost goes by its age.
func (c *claim) giveBack() {
	_ = c.claims.bucket.conn.nc.PublishMsg(&nats.Msg{
		Subject: c.claims.bucket.subject(c.key),
		Header: nats.Header{
			headerOperation:                     {operationDelete},
			jetstream.ExpectedLastSubjSeqHeader: {strconv.FormatUint(c.revision, 10)},
		},
	})
}

func (c *claim) renew() {
	c.mu.Lock()
	if c.released {
		c.mu.Unlock()
		return
	}
	revision := c.revision
	c.mu.Unlock()

	revision, err := c.update(revision)

	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.revision = revision
	}
	switch {
	case c.released:
		c.giveBack()
	case err == nil:
		c.renewal.Reset(c.claims.age / 3)
	case !isConflict(err): // else it is lost: at worst something is done twice
		c.renewal.Reset(c.claims.age / 10)
	}
}

// update shows a sign of life. Its error is a conflict when the claim is not ours any more.
func (c *claim) update(revision uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), claimTimeout)
	defer cancel()
	err := c.claims.bucket.with(ctx, func(kv jetstream.KeyValue) error {
		written, err := kv.Update(ctx, c.key, c.token, revision)
		if isConflict(err) { // the last one may have been stored without an answer
			written, err = findOwn(ctx, kv, c.key, c.token, err)
		}
		if err == nil {
			revision = written
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("renew a claim: %w", err)
	}
	return revision, nil
}
