// Package stream carries messages between the stages over NATS JetStream. It is the only package that knows
// how a message travels, when it is acked and where it goes when it cannot be handled; stages see
// [queue.Message] and return errors of package fault.
//
// What it promises:
//
//   - [Conn.Publish] returns nil only when the server has acked every message. Lost connections, missing
//     answers and full streams are waited for.
//   - [Conn.Consume] acks a message only after its handler returned nil. Everything else leads to a delayed
//     redelivery or, with an ack of its own before the original is terminated, to the stream DEAD.
//   - Delivery is at least once. An ack can be lost in a crash even when the server confirmed it, so everything
//     downstream is idempotent.
//
// The connection reconnects for ever. Whether an acked message survives a power cut is the server's affair:
// run it with sync_interval: always (package natsserver does) or with three replicas.
package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/fault"
)

const (
	apiTimeout = 5 * time.Second // of one question to the server

	// ackTimeout is how long one publish may go unacked before it is sent again. Under sync_interval: always the
	// server works off maxInFlight messages one fsync after the other, which a slow disk may take 20 ms for.
	ackTimeout = 30 * time.Second
	// maxInFlight is how many publishes may wait for their acks, over all callers: more than the server
	// can sync at once, and at 22 KB a message under 6 MB.
	maxInFlight = 256
)

// Limits bound one stream or bucket. A zero field is not given: see [Config].
type Limits struct {
	MaxBytes int64         // stored bytes before compression
	MaxAge   time.Duration // after which a message is removed, consumed or not
}

// Config says where the server is and how the streams are set up.
//
// Replicas, limits and Duplicates change an existing stream only where they are given. Left at zero they mean the
// default when [Conn.EnsureStreams] creates the stream, and what it has when it is there already: several processes
// share the streams, and one that was started without a setting must not undo what another was started with.
type Config struct {
	URL       string                     // nats://host:4222, several separated by commas; nats.DefaultURL when empty
	User      string                     // for servers whose URL names none
	Password  string                     // of User
	Creds     string                     // path of a credentials file, optional
	CA        string                     // path of a PEM file with the authorities to trust in place of the system's; encrypts
	Cert, Key string                     // paths of PEM files of the client's certificate and its key, where servers ask for one; encrypts
	Name      string                     // of the connection, as the server's monitoring shows it
	InProcess nats.InProcessConnProvider // an embedded server to connect to in place of URL

	// A server reserves the whole byte limit of a stream when it creates it. The defaults are 18.3 GiB together, with the
	// 64 MiB of ADVISORIES and for each replica: little enough for a small disk, and enough for 100,000
	// bookings, since 2,000 were measured to count 46 MiB in BOOKINGS and 158 MiB in RECORDS. The buckets mcis_fleet and
	// mcis_claims take 36 MiB of the server's memory.
	Replicas int    // of every stream and bucket; 1 by default
	Bookings Limits // 8 GiB and 7 days by default
	Records  Limits // 8 GiB and 30 days
	Dead     Limits // 1 GiB and 90 days
	State    Limits // of the bucket mcis_state: 256 MiB, no age
	Cache    Limits // of the bucket mcis_resources: 1 GiB and 7 days

	// Duplicates is how long the server remembers message ids, at about 146 bytes each: 30 minutes by default,
	// longer than a crashed process takes to come back, and 500 messages a second then cost 130 MB. DEAD has
	// 24 hours, whatever is given.
	Duplicates time.Duration

	Logger *slog.Logger // slog.Default when nil
}

func (c Config) withDefaults() Config {
	c.URL = cmp.Or(c.URL, nats.DefaultURL)
	c.Logger = cmp.Or(c.Logger, slog.Default())
	return c
}

// Conn is a connection to the server, safe for concurrent use.
type Conn struct {
	cfg   Config
	nc    *nats.Conn
	js    jetstream.JetStream
	log   *slog.Logger
	waits *waits

	buried  buried
	handles sync.Map // of streams, by name; see handle
}

// Connect connects and asks whether JetStream is there. It does not wait for a server that is not: the error is
// then a [fault.Unreachable]. Once connected, the connection is kept for ever. No error or log entry holds the
// user, password or token that the URL may carry.
func Connect(ctx context.Context, cfg Config) (*Conn, error) {
	cfg = cfg.withDefaults()
	nc, err := dial(ctx, cfg)
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(apiTimeout),
		jetstream.WithPublishAsyncMaxPending(maxInFlight), jetstream.WithPublishAsyncTimeout(ackTimeout))
	if err != nil {
		nc.Close()
		return nil, fmt.Errorf("set up JetStream: %w", err)
	}
	if _, err := js.AccountInfo(ctx); err != nil {
		nc.Close()
		return nil, unreachable("ask for JetStream", err)
	}
	return &Conn{cfg: cfg, nc: nc, js: js, log: cfg.Logger, waits: newWaits(cfg.Logger)}, nil
}

// MaxMessage is the largest message that the server takes, in bytes, headers included.
func (c *Conn) MaxMessage() int64 { return c.nc.MaxPayload() }

// IsConnected reports whether there is a server at the other end now.
func (c *Conn) IsConnected() bool { return c.nc.IsConnected() }

// Close sends what is still buffered and closes the connection. Call it after Consume and Publish have returned.
func (c *Conn) Close() {
	if c.nc.IsConnected() {
		_ = c.nc.FlushTimeout(apiTimeout) // only naks can be lost by failing here, and their messages come again
	}
	c.nc.Close()
}

// failed says what was being done, and marks the error as [fault.Unreachable] when no answer came.
func failed(doing string, err error) error {
	for _, silence := range []error{nats.ErrTimeout, nats.ErrNoResponders, nats.ErrDisconnected, nats.ErrConnectionClosed,
		context.DeadlineExceeded, jetstream.ErrNoStreamResponse} {
		if errors.Is(err, silence) {
			return unreachable(doing, err)
		}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func unreachable(doing string, err error) error {
	return &fault.Unreachable{What: "NATS", Err: fmt.Errorf("%s: %w", doing, err)}
}
